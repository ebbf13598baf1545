import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface SessionRow {
  readonly id: string;
  readonly userId: string;
  /** The admin who acts in the person's name, or null. */
  readonly impersonatorId: string | null;
  readonly expiresAt: Date;
}

/** Where a request comes from, as far as it says so. */
export interface SentFrom {
  readonly userAgent: string | null;
  readonly ip: string | null;
}

export interface NewSession {
  readonly tokenHash: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly nameId: string | null;
  readonly sessionIndex: string | null;
  readonly provider?: SignInProvider;
  readonly providerSession?: Readonly<Record<string, string>>;
  readonly from?: SentFrom;
  /** Who acts in the person's name, and from which session of theirs. */
  readonly impersonator?: { readonly userId: string; readonly sessionId: string };
}

export type SignInProvider = 'saml' | 'oidc';

/** By which service somebody came, and what it wants to be told when the session ends. */
export interface ProviderSession {
  readonly provider: SignInProvider | null;
  readonly nameId: string | null;
  readonly sessionIndex: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

/** Opens a session; only the SHA-256 (hex) of its token is stored. */
export async function insertSession(db: Db, session: NewSession): Promise<string> {
  const id = uuidv7();
  await db('sessions').insert({
    id,
    token_hash: session.tokenHash,
    user_id: session.userId,
    expires_at: session.expiresAt,
    saml_name_id: session.nameId,
    saml_session_index: session.sessionIndex,
    provider: session.provider ?? null,
    provider_session: JSON.stringify(session.providerSession ?? {}),
    user_agent: session.from?.userAgent ?? null,
    ip: session.from?.ip ?? null,
    last_user_agent: session.from?.userAgent ?? null,
    last_ip: session.from?.ip ?? null,
    impersonator_id: session.impersonator?.userId ?? null,
    parent_id: session.impersonator?.sessionId ?? null,
  });
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

/**
 * A session that is neither ended nor idle for `idleHours`; notes that it was used and from where, at most once a minute, unless
 * `from` is null. One in somebody else's name lives as long as its admin is one.
 */
export async function useSession(db: Db, tokenHash: string, idleHours: number, from: SentFrom | null): Promise<SessionRow | undefined> {
  const row = await db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .where({ token_hash: tokenHash, is_active: true })
    .whereRaw('sessions.expires_at > now() and sessions.last_seen_at > now() - ? * interval \'1 hour\'', [idleHours])
    .whereRaw(`(impersonator_id is null or exists (
      select from role_grants join users as admins on admins.id = role_grants.user_id
      where admins.id = sessions.impersonator_id and admins.is_active and role_grants.role = 'global_admin'))`)
    .first<{ id: string; user_id: string; impersonator_id: string | null; expires_at: Date } | undefined>('sessions.id', 'sessions.user_id', 'sessions.impersonator_id', 'sessions.expires_at');
  if (row === undefined) return undefined;
  if (from !== null) await db('sessions').where({ id: row.id }).whereRaw('last_seen_at < now() - interval \'1 minute\'').update({ last_seen_at: db.fn.now(), last_user_agent: from.userAgent, last_ip: from.ip, updated_at: db.fn.now() });
  return { id: row.id, userId: row.user_id, impersonatorId: row.impersonator_id, expiresAt: row.expires_at };
}

export interface ListedSession {
  readonly id: string;
  readonly userId: string;
  readonly beganAt: Date;
  readonly usedAt: Date;
  readonly expiresAt: Date;
  readonly beganFrom: SentFrom;
  readonly usedFrom: SentFrom;
  readonly impersonatorName: string | null;
}

/** Sessions of a person that still open the studio, the one used last first. */
export async function listSessions(db: Db, userId: string, idleHours: number): Promise<ListedSession[]> {
  const rows: { id: string; user_id: string; created_at: Date; last_seen_at: Date; expires_at: Date; user_agent: string | null; ip: string | null; last_user_agent: string | null; last_ip: string | null; impersonator_name: string | null }[] = await db('sessions')
    .leftJoin('users', 'users.id', 'sessions.impersonator_id')
    .where({ user_id: userId })
    .whereRaw('sessions.expires_at > now() and last_seen_at > now() - ? * interval \'1 hour\'', [idleHours])
    .orderBy([{ column: 'last_seen_at', order: 'desc' }, { column: 'sessions.id', order: 'desc' }])
    .select('sessions.*', 'users.name as impersonator_name');
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    beganAt: row.created_at,
    usedAt: row.last_seen_at,
    expiresAt: row.expires_at,
    beganFrom: { userAgent: row.user_agent, ip: row.ip },
    usedFrom: { userAgent: row.last_user_agent, ip: row.last_ip },
    impersonatorName: row.impersonator_name,
  }));
}

/** Whose session this is, or undefined. */
export async function findSessionOwner(db: Db, id: string): Promise<string | undefined> {
  return (await db('sessions').where({ id }).first<{ user_id: string } | undefined>('user_id'))?.user_id;
}

export async function deleteSession(db: Db, id: string): Promise<void> {
  await db('sessions').where({ id }).delete();
}

/** Signs a browser out: ends its session, and with one in somebody else's name the admin's own. @returns whose they were. */
export async function deleteWholeSession(trx: Db, id: string): Promise<string[]> {
  const own = trx('sessions').where({ id }).select(trx.raw('coalesce(parent_id, id)'));
  const rows = await trx('sessions').whereIn('id', own).orWhere({ id }).orWhereIn('parent_id', own.clone()).delete().returning<{ user_id: string }[]>('user_id');
  return rows.map((row) => row.user_id);
}

/** Ends the session that a browser had before. @returns whose it was. */
export async function deleteSessionByToken(db: Db, tokenHash: string): Promise<string | undefined> {
  const rows = await db('sessions').where({ token_hash: tokenHash }).delete().returning<{ user_id: string }[]>('user_id');
  return rows[0]?.user_id;
}

/** Ends all sessions of a person but `butId`, and those in which the person acts as somebody else. @returns whose they were, one name per session. */
export async function deleteSessionsOf(trx: Db, userId: string, butId: string | null = null): Promise<string[]> {
  const rows = await trx('sessions')
    .where((query) => void query.where({ user_id: userId }).orWhere({ impersonator_id: userId }))
    .modify((query) => (butId === null ? undefined : void query.whereNot({ id: butId })))
    .delete()
    .returning<{ user_id: string }[]>('user_id');
  return rows.map((row) => row.user_id);
}

/**
 * Ends a session in somebody else's name and gives the admin's own session, if it still lives, this token instead of its old one.
 * @returns when the admin's session ends, or undefined when it has.
 */
export async function resumeOwnSession(trx: Db, sessionId: string, tokenHash: string): Promise<Date | undefined> {
  const child = await trx('sessions').where({ id: sessionId }).whereNotNull('parent_id').first<{ parent_id: string } | undefined>('parent_id');
  if (child === undefined) return undefined;
  await deleteSession(trx, sessionId);
  // It was not idle: somebody acted from it.
  const rows = await trx('sessions').where({ id: child.parent_id }).whereRaw('expires_at > now()').update({ token_hash: tokenHash, last_seen_at: trx.fn.now(), updated_at: trx.fn.now() }).returning<{ expires_at: Date }[]>('expires_at');
  return rows[0]?.expires_at;
}

/** Sessions past their end. */
export async function deleteExpiredSessions(db: Db): Promise<void> {
  await db('sessions').whereRaw('expires_at < now()').delete();
}
