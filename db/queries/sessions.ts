import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface SessionRow {
  readonly id: string;
  readonly userId: string;
}

/** Opens a session; only the SHA-256 (hex) of its token is stored. */
export async function insertSession(db: Db, session: { tokenHash: string; userId: string; expiresAt: Date; nameId: string | null; sessionIndex: string | null }): Promise<string> {
  const id = uuidv7();
  await db('sessions').insert({ id, token_hash: session.tokenHash, user_id: session.userId, expires_at: session.expiresAt, saml_name_id: session.nameId, saml_session_index: session.sessionIndex });
  return id;
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
