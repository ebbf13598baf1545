import type { Db } from '../knex.ts';

export const driveFolderNames = ['site', 'files', 'files_final', 'videos_final'] as const;
/** A site's own folder, and the three in it. */
export type DriveFolderName = (typeof driveFolderNames)[number];

/** Where a site's folders are in Google Drive. An id is null until it is found or reserved. */
export interface DriveFoldersRow {
  readonly siteId: string;
  readonly ids: Readonly<Record<DriveFolderName, string | null>>;
  /** When all four were there; until then an id may be one that is only reserved. */
  readonly madeAt: Date | null;
}

interface DbDriveFolders {
  site_id: string;
  folder_id: string | null;
  files_id: string | null;
  files_final_id: string | null;
  videos_final_id: string | null;
  made_at: Date | null;
}

const columns = { site: 'folder_id', files: 'files_id', files_final: 'files_final_id', videos_final: 'videos_final_id' } as const;

function fromDb(row: DbDriveFolders): DriveFoldersRow {
  return { siteId: row.site_id, ids: { site: row.folder_id, files: row.files_id, files_final: row.files_final_id, videos_final: row.videos_final_id }, madeAt: row.made_at };
}

export async function findDriveFolders(db: Db, siteId: string): Promise<DriveFoldersRow | undefined> {
  const row = await db('drive_folders').where({ site_id: siteId }).first<DbDriveFolders | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Keeps the id of a folder unless one is kept already.
 * @returns the id that is kept.
 */
export async function keepDriveFolderId(db: Db, siteId: string, name: DriveFolderName, id: string): Promise<string> {
  const column = columns[name];
  await db('drive_folders').insert({ site_id: siteId }).onConflict('site_id').ignore();
  await db('drive_folders').where({ site_id: siteId }).whereNull(column).update({ [column]: id, updated_at: db.fn.now() });
  const kept = (await findDriveFolders(db, siteId))?.ids[name];
  if (kept == null) throw new Error(`The Drive folder ‘${name}’ of site ${siteId} vanished between write and read`);
  return kept;
}

/** Forgets a folder that is not there any more, and with a site's own folder those in it; an id that was replaced meanwhile stays. */
export async function forgetDriveFolderId(db: Db, siteId: string, name: DriveFolderName, id: string): Promise<void> {
  const gone = name === 'site' ? { folder_id: null, files_id: null, files_final_id: null, videos_final_id: null } : { [columns[name]]: null };
  await db('drive_folders').where({ site_id: siteId, [columns[name]]: id }).update({ ...gone, made_at: null, updated_at: db.fn.now() });
}

/** Notes that all folders of a site are there. */
export async function noteDriveFoldersMade(db: Db, siteId: string): Promise<void> {
  await db('drive_folders').where({ site_id: siteId }).update({ made_at: db.raw('coalesce(made_at, now())'), updated_at: db.fn.now() });
}

/** Which of these folders are another site's. */
export async function foldersOfOtherSites(db: Db, siteId: string, folderIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db('drive_folders').whereNot({ site_id: siteId }).whereIn('folder_id', [...folderIds]).select<{ folder_id: string }[]>('folder_id');
  return new Set(rows.map((row) => row.folder_id));
}
