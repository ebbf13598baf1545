import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface SessionRow {
  readonly id: string;
  readonly userId: string;
}

export type SignInProvider = 'saml' | 'oidc';

/** By which service somebody came, and what it wants to be told when the session ends. */
export interface ProviderSession {
  readonly provider: SignInProvider | null;
  readonly nameId: string | null;
  readonly sessionIndex: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

interface NewSession {
  readonly tokenHash: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly nameId: string | null;
  readonly sessionIndex: string | null;
  readonly provider?: SignInProvider;
  readonly providerSession?: Readonly<Record<string, string>>;
}

/** Opens a session; only the SHA-256 (hex) of its token is stored. */
export async function insertSession(db: Db, session: NewSession): Promise<string> {
  const id = uuidv7();
  await db('sessions').insert({ id, token_hash: session.tokenHash, user_id: session.userId, expires_at: session.expiresAt, saml_name_id: session.nameId, saml_session_index: session.sessionIndex, provider: session.provider ?? null, provider_session: JSON.stringify(session.providerSession ?? {}) });
  return id;
}

/** How the person of a session came; undefined when it is over. */
export async function findProviderSession(db: Db, id: string): Promise<ProviderSession | undefined> {
  const row = await db('sessions').where({ id }).first<{ provider: SignInProvider | null; saml_name_id: string | null; saml_session_index: string | null; provider_session: Record<string, string> } | undefined>('provider', 'saml_name_id', 'saml_session_index', 'provider_session');
  return row === undefined ? undefined : { provider: row.provider, nameId: row.saml_name_id, sessionIndex: row.saml_session_index, detail: row.provider_session };
}

/**
 * Ends the sessions that a SAML identity provider opened for a name id: those with one of these session indexes, or all when it names none.
 * @returns whose they were, one entry per session.
 */
export async function endSamlSessions(trx: Db, nameId: string, indexes: readonly string[]): Promise<{ userId: string; name: string }[]> {
  const ended = await trx('sessions')
    .where({ provider: 'saml', saml_name_id: nameId })
    .modify((query) => {
      if (indexes.length > 0) void query.whereIn('saml_session_index', indexes);
    })
    .delete()
    .returning<{ user_id: string }[]>('user_id');
  const users = await trx('users').whereIn('id', ended.map((row) => row.user_id)).select<{ id: string; name: string }[]>('id', 'name');
  return ended.map((row) => ({ userId: row.user_id, name: users.find((user) => user.id === row.user_id)?.name ?? '' }));
}

/** A session that is neither ended nor idle for `idleHours`; notes that it was used, at most once a minute, unless `isUse` is false. */
export async function useSession(db: Db, tokenHash: string, idleHours: number, isUse = true): Promise<SessionRow | undefined> {
  const row = await db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .where({ token_hash: tokenHash, is_active: true })
    .whereRaw('sessions.expires_at > now() and sessions.last_seen_at > now() - ? * interval \'1 hour\'', [idleHours])
    .first<{ id: string; user_id: string } | undefined>('sessions.id', 'sessions.user_id');
  if (row === undefined) return undefined;
  if (isUse) await db('sessions').where({ id: row.id }).whereRaw('last_seen_at < now() - interval \'1 minute\'').update({ last_seen_at: db.fn.now(), updated_at: db.fn.now() });
  return { id: row.id, userId: row.user_id };
}

export async function deleteSession(db: Db, id: string): Promise<void> {
  await db('sessions').where({ id }).delete();
}

/** Sessions past their end. */
export async function deleteExpiredSessions(db: Db): Promise<void> {
  await db('sessions').whereRaw('expires_at < now()').delete();
}
