import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';
import type { DriveReason, DriveSyncFolder } from './driveFiles.ts';

export const driveOutcomes = ['waiting', 'streamed', 'unchanged', 'skipped', 'failed', 'removed', 'kept'] as const;
export type DriveOutcome = (typeof driveOutcomes)[number];

/** What one sync did with a file. */
export interface DriveRunFileRow {
  /** Drive's. */
  readonly fileId: string;
  readonly folder: DriveSyncFolder;
  readonly path: string;
  readonly name: string;
  readonly outcome: DriveOutcome;
  readonly reason: DriveReason | null;
  /** Read from Drive; while it waits, what is there. */
  readonly bytes: number;
}

interface DbDriveRunFile {
  file_id: string;
  folder: DriveSyncFolder;
  path: string;
  name: string;
  outcome: DriveOutcome;
  reason: DriveReason | null;
  bytes: string;
}

export type NewDriveRunFile = Omit<DriveRunFileRow, 'bytes'>;

const ROWS_AT_ONCE = 500;

function fromDb(row: DbDriveRunFile): DriveRunFileRow {
  return { fileId: row.file_id, folder: row.folder, path: row.path, name: row.name, outcome: row.outcome, reason: row.reason, bytes: Number(row.bytes) };
}

/** Begins the report of a sync; what is in it already stays as it is. */
export async function insertDriveRunFiles(db: Db, runId: string, files: readonly NewDriveRunFile[]): Promise<void> {
  for (let start = 0; start < files.length; start += ROWS_AT_ONCE) {
    await db('drive_run_files')
      .insert(
        files.slice(start, start + ROWS_AT_ONCE).map((file) => ({
          id: uuidv7(),
          run_id: runId,
          file_id: file.fileId,
          folder: file.folder,
          path: file.path,
          name: file.name,
          outcome: file.outcome,
          reason: file.reason === null ? null : JSON.stringify(file.reason),
        })),
      )
      .onConflict(['run_id', 'file_id'])
      .ignore();
  }
}

/** Says what became of a file in a sync; what an earlier try said of it is replaced. */
export async function recordDriveRunFile(db: Db, runId: string, fileId: string, told: { readonly outcome: DriveOutcome; readonly reason: DriveReason | null; readonly bytes?: number }): Promise<void> {
  await db('drive_run_files')
    .where({ run_id: runId, file_id: fileId })
    .update({ outcome: told.outcome, reason: told.reason === null ? null : JSON.stringify(told.reason), ...(told.bytes === undefined ? {} : { bytes: told.bytes }), updated_at: db.fn.now() });
}

/** Says how much of a file that is being brought over is there; of one that has come to its end nothing more is said. */
export async function noteDriveRunBytes(db: Db, runId: string, fileId: string, bytes: number): Promise<void> {
  await db('drive_run_files').where({ run_id: runId, file_id: fileId, outcome: 'waiting' }).update({ bytes, updated_at: db.fn.now() });
}

/** How many files came to which outcome, and the bytes that were read for them. */
export async function countDriveRunFiles(db: Db, runId: string): Promise<{ readonly outcomes: Readonly<Record<DriveOutcome, number>>; readonly bytes: number }> {
  const rows = await db('drive_run_files').where({ run_id: runId }).groupBy('outcome').select<{ outcome: DriveOutcome; files: string; bytes: string }[]>('outcome', db.raw('count(*) as files'), db.raw('sum(bytes) as bytes'));
  const outcomes = Object.fromEntries(driveOutcomes.map((outcome) => [outcome, Number(rows.find((row) => row.outcome === outcome)?.files ?? 0)])) as Record<DriveOutcome, number>;
  return { outcomes, bytes: rows.reduce((sum, row) => sum + Number(row.bytes), 0) };
}

/** The report of a sync in the order of folders and names, `limit` from `offset`, of one outcome or of all. */
export async function listDriveRunFiles(db: Db, runId: string, page: { readonly limit: number; readonly offset: number; readonly outcome?: DriveOutcome | undefined }): Promise<DriveRunFileRow[]> {
  const rows: DbDriveRunFile[] = await db('drive_run_files')
    .where({ run_id: runId, ...(page.outcome === undefined ? {} : { outcome: page.outcome }) })
    .orderBy(['folder', 'path', 'name', 'file_id'])
    .limit(page.limit)
    .offset(page.offset);
  return rows.map(fromDb);
}

/** What a listing says of a file that is not in it any more, until it is decided what becomes of that. */
export const MISSING = 'Missing';

/** Rows of files that wait for being brought over in a sync, but of some, `limit` at most. */
export async function waitingDriveFileIds(db: Db, runId: string, except: readonly string[], limit: number): Promise<string[]> {
  const rows: { id: string }[] = await db('drive_run_files')
    .join('drive_files', 'drive_files.file_id', 'drive_run_files.file_id')
    .where({ run_id: runId, outcome: 'waiting' })
    .whereNotIn('drive_files.id', [...except])
    .orderBy(['drive_run_files.folder', 'drive_run_files.path', 'drive_run_files.name', 'drive_files.id'])
    .limit(limit)
    .select('drive_files.id');
  return rows.map((row) => row.id);
}

/** Drive's ids of files that are missing and of which nothing is decided, `limit` at most. */
export async function missingDriveFileIds(db: Db, runId: string, limit: number): Promise<string[]> {
  const rows: { file_id: string }[] = await undecided(db, runId).orderBy('file_id').limit(limit).select('file_id');
  return rows.map((row) => row.file_id);
}

/** Code of the reason for which a file stays because a person said so: later syncs do not ask again. */
export const REFUSED = 'Refused';

/** Says of every missing file of which nothing is decided that it stays, and why; what a person said is noted with the file, until that is found again. */
export async function keepMissingDriveFiles(db: Db, runId: string, reason: DriveReason): Promise<void> {
  if (reason.code === REFUSED) await db('drive_files').whereIn('file_id', undecided(db, runId).select('file_id')).update({ reason: JSON.stringify(reason), updated_at: db.fn.now() });
  await undecided(db, runId).update({ reason: JSON.stringify(reason), updated_at: db.fn.now() });
}

function undecided(db: Db, runId: string) {
  return db('drive_run_files').where({ run_id: runId, outcome: 'kept' }).whereRaw(`reason ->> 'code' = ?`, [MISSING]);
}
