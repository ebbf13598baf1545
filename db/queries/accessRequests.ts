import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type AccessRequestState = 'open' | 'approved' | 'refused';

export interface AccessRequestRow {
  readonly id: string;
  readonly userId: string;
  readonly userName: string;
  readonly userEmail: string;
  /** Null when no site had the name. */
  readonly siteId: string | null;
  readonly siteName: string;
  readonly message: string;
  readonly state: AccessRequestState;
  readonly answer: string | null;
  readonly askedAt: Date;
  readonly decidedAt: Date | null;
}

interface DbAccessRequest {
  id: string;
  user_id: string;
  user_name: string;
  user_email: string;
  site_id: string | null;
  site_name: string;
  message: string;
  state: AccessRequestState;
  answer: string | null;
  created_at: Date;
  decided_at: Date | null;
}

function fromDb(row: DbAccessRequest): AccessRequestRow {
  return { id: row.id, userId: row.user_id, userName: row.user_name, userEmail: row.user_email, siteId: row.site_id, siteName: row.site_name, message: row.message, state: row.state, answer: row.answer, askedAt: row.created_at, decidedAt: row.decided_at };
}

const selectRequests = (db: Db) => db('access_requests').join('users', 'users.id', 'access_requests.user_id').select('access_requests.*', 'users.name as user_name', 'users.email as user_email');

/** Keeps that somebody asks for a site. @returns its id, or undefined when they ask for it already. */
export async function insertAccessRequest(trx: Db, asked: { readonly userId: string; readonly siteId: string | null; readonly siteName: string; readonly message: string }): Promise<string | undefined> {
  const rows = await trx('access_requests')
    .insert({ id: uuidv7(), user_id: asked.userId, site_id: asked.siteId, site_name: asked.siteName, message: asked.message })
    .onConflict(trx.raw(`(user_id, site_name) where state = 'open'`))
    .ignore()
    .returning<{ id: string }[]>('id');
  return rows[0]?.id;
}

/** What a person asked for, the newest first. */
export async function listAccessRequestsOf(db: Db, userId: string, limit: number): Promise<AccessRequestRow[]> {
  const rows: DbAccessRequest[] = await selectRequests(db).where({ user_id: userId }).orderBy([{ column: 'access_requests.created_at', order: 'desc' }, { column: 'access_requests.id', order: 'desc' }]).limit(limit);
  return rows.map(fromDb);
}

/** What waits for a decision of those who answer for a site, the oldest first. */
export async function listOpenAccessRequests(db: Db, siteId: string): Promise<AccessRequestRow[]> {
  const rows: DbAccessRequest[] = await selectRequests(db).where({ site_id: siteId, state: 'open', is_active: true }).orderBy('access_requests.created_at');
  return rows.map(fromDb);
}

export async function findAccessRequest(db: Db, id: string): Promise<AccessRequestRow | undefined> {
  const row = await selectRequests(db).where({ 'access_requests.id': id }).first<DbAccessRequest | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** How many requests of a person are open. */
export async function countOpenAccessRequests(db: Db, userId: string): Promise<number> {
  const row = await db('access_requests').where({ user_id: userId, state: 'open' }).count<{ count: number }[]>({ count: '*' }).first();
  return row?.count ?? 0;
}

/** Notes what was decided. @returns false when it was decided before. */
export async function decideAccessRequest(trx: Db, id: string, decision: { readonly state: 'approved' | 'refused'; readonly answer: string | null; readonly by: string | null }): Promise<boolean> {
  const changed = await trx('access_requests').where({ id, state: 'open' }).update({ state: decision.state, answer: decision.answer, decided_by: decision.by, decided_at: trx.fn.now(), updated_at: trx.fn.now() });
  return changed > 0;
}

/** Who was given a role need not be answered any more. */
export async function closeAccessRequests(trx: Db, userId: string, siteId: string, by: string | null): Promise<void> {
  await trx('access_requests').where({ user_id: userId, site_id: siteId, state: 'open' }).update({ state: 'approved', decided_by: by, decided_at: trx.fn.now(), updated_at: trx.fn.now() });
}
