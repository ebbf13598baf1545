import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';
import { archivedSiteOf } from './archivedSites.ts';
import type { DriveReason } from './driveFiles.ts';

export const deletionStates = ['pending', 'going', 'done', 'kept', 'undoing', 'undone'] as const;
/** `going` has lost its item and not yet its file; `undoing` gets both back. */
export type DeletionState = (typeof deletionStates)[number];
/** What a person asked for, or what a sync found to be gone from its folder. */
export type DeletionCause = 'person' | 'missing';

/** An item on its way out with its file. */
export interface ContentDeletionRow {
  readonly id: string;
  readonly requestId: string;
  readonly siteId: string;
  /** Null for a file that has no resource. */
  readonly itemId: string | null;
  readonly textId: string | null;
  readonly title: string | null;
  readonly driveFileId: string | null;
  /** Drive's id of the file. */
  readonly fileId: string | null;
  readonly fileName: string | null;
  readonly cause: DeletionCause;
  readonly s3Key: string | null;
  /** Of the bytes that go. */
  readonly s3VersionId: string | null;
  /** Whether it was we who moved the file to Drive's trash, or are about to. */
  readonly isTrashed: boolean;
  readonly dueAt: Date;
  readonly state: DeletionState;
  readonly reason: DriveReason | null;
  readonly requestedBy: string | null;
  readonly requestedByName: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface DbContentDeletion {
  id: string;
  request_id: string;
  site_id: string;
  item_id: string | null;
  text_id: string | null;
  title: string | null;
  drive_file_id: string | null;
  file_id: string | null;
  file_name: string | null;
  cause: DeletionCause;
  s3_key: string | null;
  s3_version_id: string | null;
  is_trashed: boolean;
  due_at: Date;
  state: DeletionState;
  reason: DriveReason | null;
  requested_by: string | null;
  requested_by_name: string | null;
  created_at: Date;
  updated_at: Date;
}

const OPEN = ['pending', 'going', 'undoing'] as const;

function fromDb(row: DbContentDeletion): ContentDeletionRow {
  return {
    id: row.id,
    requestId: row.request_id,
    siteId: row.site_id,
    itemId: row.item_id,
    textId: row.text_id,
    title: row.title,
    driveFileId: row.drive_file_id,
    fileId: row.file_id,
    fileName: row.file_name,
    cause: row.cause,
    s3Key: row.s3_key,
    s3VersionId: row.s3_version_id,
    isTrashed: row.is_trashed,
    dueAt: row.due_at,
    state: row.state,
    reason: row.reason,
    requestedBy: row.requested_by,
    requestedByName: row.requested_by_name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function selectDeletions(db: Db) {
  return db('content_deletions as d')
    .leftJoin('content_items as item', 'item.id', 'd.item_id')
    .leftJoin('drive_files as file', 'file.id', 'd.drive_file_id')
    .leftJoin('users', 'users.id', 'd.requested_by')
    .select('d.*', 'item.text_id', 'item.title', 'file.file_id', 'file.name as file_name', 'users.name as requested_by_name');
}

/** Due, and nothing says that it cannot go on: what failed waits for a person. */
const IS_AT_WORK = `(d.reason is null and ((d.state = 'pending' and d.due_at <= now()) or d.state in ('going', 'undoing')))`;

export interface NewContentDeletion {
  readonly requestId: string;
  readonly siteId: string;
  readonly itemId: string | null;
  readonly driveFileId: string | null;
  readonly cause: DeletionCause;
  readonly s3Key: string | null;
  readonly s3VersionId: string | null;
  readonly requestedBy: string | null;
}

/**
 * Writes down that items go, `graceDays` from now; what is on its way already stays as it is. Call inside a transaction that holds the site.
 * @returns how many are new.
 */
export async function insertContentDeletions(trx: Db, deletions: readonly NewContentDeletion[], graceDays: number): Promise<number> {
  let inserted = 0;
  for (const deletion of deletions) {
    const rows = await trx('content_deletions')
      .insert({
        id: uuidv7(),
        request_id: deletion.requestId,
        site_id: deletion.siteId,
        item_id: deletion.itemId,
        drive_file_id: deletion.driveFileId,
        cause: deletion.cause,
        s3_key: deletion.s3Key,
        s3_version_id: deletion.s3VersionId,
        due_at: trx.raw(`now() + ? * interval '1 day'`, [graceDays]),
        requested_by: deletion.requestedBy,
      })
      .onConflict()
      .ignore()
      .returning<{ id: string }[]>('id');
    inserted += rows.length;
  }
  return inserted;
}

export async function findContentDeletion(db: Db, id: string): Promise<ContentDeletionRow | undefined> {
  const row = await selectDeletions(db).where('d.id', id).first<DbContentDeletion | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Deletions of a site in these states, what is due first before the rest. */
export async function listContentDeletions(db: Db, siteId: string, states: readonly DeletionState[], page: { limit: number; offset: number }): Promise<{ total: number; deletions: ContentDeletionRow[] }> {
  const counted = await db('content_deletions').where({ site_id: siteId }).whereIn('state', [...states]).count<{ count: number }[]>({ count: '*' }).first();
  const rows: DbContentDeletion[] = await selectDeletions(db).where('d.site_id', siteId).whereIn('d.state', [...states]).orderBy([{ column: 'd.due_at' }, { column: 'd.id' }]).limit(page.limit).offset(page.offset);
  return { total: counted?.count ?? 0, deletions: rows.map(fromDb) };
}

/** Deletions that were asked for at once. */
export async function listDeletionsOfRequest(db: Db, requestId: string): Promise<ContentDeletionRow[]> {
  const rows: DbContentDeletion[] = await selectDeletions(db).where('d.request_id', requestId).orderBy('d.id');
  return rows.map(fromDb);
}

/** Deletions that were asked for at once, held until the end of the transaction. */
export async function lockDeletionsOfRequest(trx: Db, siteId: string, requestId: string): Promise<ContentDeletionRow[]> {
  const rows: DbContentDeletion[] = await selectDeletions(trx).where({ 'd.site_id': siteId, 'd.request_id': requestId }).orderBy('d.id').forUpdate('d');
  return rows.map(fromDb);
}

/** One deletion, held until the end of the transaction. */
export async function lockContentDeletion(trx: Db, siteId: string, id: string): Promise<ContentDeletionRow | undefined> {
  const row = await selectDeletions(trx).where({ 'd.site_id': siteId, 'd.id': id }).forUpdate('d').first<DbContentDeletion | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** What of a site is to be gone on with now in one of these states, in a stable order; held until the end of the transaction. */
export async function lockDeletionsAtWork(trx: Db, siteId: string, state: DeletionState): Promise<ContentDeletionRow[]> {
  const rows: DbContentDeletion[] = await selectDeletions(trx).where({ 'd.site_id': siteId, 'd.state': state }).whereRaw(IS_AT_WORK).orderBy('d.id').forUpdate('d');
  return rows.map(fromDb);
}

/** What of a site is to be gone on with now in this state, in a stable order. */
export async function listDeletionsAtWork(db: Db, siteId: string, state: DeletionState): Promise<ContentDeletionRow[]> {
  const rows: DbContentDeletion[] = await selectDeletions(db).where({ 'd.site_id': siteId, 'd.state': state }).whereRaw(IS_AT_WORK).orderBy('d.id');
  return rows.map(fromDb);
}

/** Whether anything of a site is to be gone on with now, and when the next thing is due (ISO 8601; null when nothing waits). */
export async function deletionsAhead(db: Db, siteId: string): Promise<{ readonly isDue: boolean; readonly nextDueAt: string | null }> {
  const row = await db('content_deletions as d')
    .where('d.site_id', siteId)
    .whereIn('d.state', [...OPEN])
    .whereNull('d.reason')
    .first<{ is_due: boolean | null; next: Date | null }>(db.raw(`bool_or(${IS_AT_WORK}) as is_due`), db.raw(`min(d.due_at) filter (where d.state = 'pending' and d.due_at > now()) as next`));
  return { isDue: row.is_due === true, nextDueAt: row.next?.toISOString() ?? null };
}

export interface DeletionMove {
  readonly state: DeletionState;
  /** Absent is none. */
  readonly reason?: DriveReason | null;
  readonly s3VersionId?: string | null;
  readonly isTrashed?: boolean;
  /** Due now. */
  readonly isNow?: boolean;
}

/**
 * Says how far a deletion is.
 * @param from where it has to be still; absent is anywhere. Who takes files away holds no row meanwhile, and a person may undo it then.
 * @returns whether it was there.
 */
export async function moveContentDeletion(db: Db, id: string, to: DeletionMove, from?: DeletionState): Promise<boolean> {
  const moved = await db('content_deletions')
    .where({ id, ...(from === undefined ? {} : { state: from }) })
    .update({
      state: to.state,
      reason: to.reason == null ? null : JSON.stringify(to.reason),
      ...(to.s3VersionId === undefined ? {} : { s3_version_id: to.s3VersionId }),
      ...(to.isTrashed === undefined ? {} : { is_trashed: to.isTrashed }),
      ...(to.isNow === true ? { due_at: db.fn.now() } : {}),
      updated_at: db.raw('clock_timestamp()'),
    });
  return moved > 0;
}

/** Notes what is about to be done with a file, wherever its deletion is: by this an undo knows what to bring back. */
export async function noteDeletedFile(db: Db, id: string, noted: { readonly s3VersionId: string } | { readonly isTrashed: boolean }): Promise<void> {
  await db('content_deletions')
    .where({ id })
    .update({ ...('isTrashed' in noted ? { is_trashed: noted.isTrashed } : { s3_version_id: noted.s3VersionId }), updated_at: db.raw('clock_timestamp()') });
}

/** What could not go on, the newest first. */
export async function listStuckDeletions(db: Db, siteId: string, limit: number): Promise<ContentDeletionRow[]> {
  const rows: DbContentDeletion[] = await selectDeletions(db).where('d.site_id', siteId).whereIn('d.state', [...OPEN]).whereNotNull('d.reason').orderBy([{ column: 'd.updated_at', order: 'desc' }, { column: 'd.id' }]).limit(limit);
  return rows.map(fromDb);
}

/** Leaves a deletion as far as it came, with the reason why no further; one that a person moved on meanwhile is not held. */
export async function holdContentDeletion(db: Db, id: string, state: DeletionState, reason: DriveReason): Promise<void> {
  await db('content_deletions').where({ id, state }).update({ reason: JSON.stringify(reason), updated_at: db.raw('clock_timestamp()') });
}

/** Notes why nothing of a site goes on that was to; a person lets it go on. @returns how many that were. */
export async function holdDeletionsAtWork(db: Db, siteId: string, reason: DriveReason): Promise<number> {
  return db('content_deletions as d').where('d.site_id', siteId).whereRaw(IS_AT_WORK).update({ reason: JSON.stringify(reason), updated_at: db.fn.now() });
}

/** Those of a site’s files of Drive that are on their way out, or on their way back, by the ids of their rows. */
export async function driveFilesOnTheirWay(db: Db, siteId: string, driveFileIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db('content_deletions')
    .where({ site_id: siteId })
    .whereIn('drive_file_id', [...driveFileIds])
    .whereIn('state', [...OPEN])
    .select<{ drive_file_id: string }[]>('drive_file_id');
  return new Set(rows.map((row) => row.drive_file_id));
}

/** Items of a site that are to go and are there yet. */
export async function listPendingItems(db: Db, siteId: string): Promise<{ readonly itemId: string; readonly textId: string }[]> {
  const rows = await db('content_deletions as d').join('content_items as item', 'item.id', 'd.item_id').where({ 'd.site_id': siteId, 'd.state': 'pending' }).select<{ item_id: string; text_id: string }[]>('d.item_id', 'item.text_id');
  return rows.map((row) => ({ itemId: row.item_id, textId: row.text_id }));
}

/** Whether an item that is there has its bytes at this key, other than this one. */
export async function isKeyNeeded(db: Db, s3Key: string, butItemId: string | null): Promise<boolean> {
  const row = await db('content_items')
    .whereIn('file', [s3Key, `/${s3Key}`])
    .whereNull('deleted_at')
    .modify((query) => {
      if (butItemId !== null) query.whereNot({ id: butItemId });
    })
    .first<{ id: string } | undefined>('id');
  return row !== undefined;
}

/** Sites with a deletion that should have gone on `idleMs` milliseconds ago, and no request that would make it. */
export async function listForgottenDeletions(db: Db, process: string, idleMs: number, limit: number): Promise<string[]> {
  const rows = await db('content_deletions as d')
    .distinct('d.site_id')
    .whereNotExists(archivedSiteOf(db, 'd'))
    .whereRaw(IS_AT_WORK)
    .whereRaw(`greatest(d.due_at, d.updated_at) < now() - ? * interval '1 millisecond'`, [idleMs])
    .whereNotExists(db('run_requests').where({ process }).whereNull('run_id').whereRaw('run_requests.site_id = d.site_id'))
    .whereNotExists(db('runs').where({ process }).where('state', 'running').whereRaw('runs.site_id = d.site_id'))
    .limit(limit);
  return (rows as { site_id: string }[]).map((row) => row.site_id);
}

/** Whether an item went together with its file, or is going, and that was not undone. */
export async function isDeletedWithFile(db: Db, itemId: string): Promise<boolean> {
  const row = await db('content_deletions').where({ item_id: itemId }).whereIn('state', ['going', 'done', 'undoing']).first<{ id: string } | undefined>('id');
  return row !== undefined;
}
