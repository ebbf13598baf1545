import type { Db } from '../knex.ts';

/** How far the changes of a shared drive were read. */
export interface DriveChangesRow {
  readonly pageToken: string;
  /** From when on nothing was missed; what changed before that only a listing of each site tells. */
  readonly wholeSince: Date;
  /** When they were last read. */
  readonly readAt: Date;
}

export async function findDriveChanges(db: Db, driveId: string): Promise<DriveChangesRow | undefined> {
  const row = await db('drive_changes').where({ drive_id: driveId }).first<{ page_token: string; whole_since: Date; updated_at: Date } | undefined>('page_token', 'whole_since', 'updated_at');
  return row === undefined ? undefined : { pageToken: row.page_token, wholeSince: row.whole_since, readAt: row.updated_at };
}

/** Begins to read the changes of a drive at a token that was just got: what was before it is missed. */
export async function beginDriveChanges(db: Db, driveId: string, pageToken: string): Promise<void> {
  const begun = { page_token: pageToken, whole_since: db.fn.now(), updated_at: db.fn.now() };
  await db('drive_changes').insert({ drive_id: driveId, ...begun }).onConflict('drive_id').merge(begun);
}

/** Keeps where to go on, once what is before it was dealt with. */
export async function keepDriveChanges(db: Db, driveId: string, pageToken: string): Promise<void> {
  await db('drive_changes').where({ drive_id: driveId }).update({ page_token: pageToken, updated_at: db.fn.now() });
}

export interface DriveSite {
  readonly siteId: string;
  readonly siteName: string;
}

/** A folder that is some site’s. */
export interface DriveSiteFolder extends DriveSite {
  readonly folderId: string;
  /** Whether what lies in it is synced. */
  readonly isSynced: boolean;
}

/** The folders of all sites: their own, and those in them that are synced. */
export async function listDriveSiteFolders(db: Db): Promise<DriveSiteFolder[]> {
  const rows = await db('drive_folders')
    .join('sites', 'sites.id', 'drive_folders.site_id')
    .whereNull('sites.archived_at')
    .whereNotNull('made_at')
    .orderBy('sites.name')
    .select<{ site_id: string; name: string; folder_id: string | null; files_final_id: string | null; videos_final_id: string | null }[]>('site_id', 'sites.name', 'folder_id', 'files_final_id', 'videos_final_id');
  return rows.flatMap((row) =>
    [row.folder_id, row.files_final_id, row.videos_final_id].flatMap((folderId) => (folderId === null ? [] : [{ folderId, isSynced: folderId !== row.folder_id, siteId: row.site_id, siteName: row.name }])),
  );
}

/** Whose these files, and the files in these folders below the synced ones, are as far as the studio knows, by Drive’s ids of them. */
export async function sitesOfDriveIds(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, readonly DriveSite[]>> {
  const asked = db.raw('unnest(?::text[]) as asked (id)', [[...ids]]);
  const rows = await db
    .select<{ id: string; site_id: string; name: string }[]>('owned.id', 'owned.site_id', 'sites.name')
    .from(
      db
        .select('asked.id', 'site_id')
        .from(asked)
        .join('drive_files', 'drive_files.file_id', 'asked.id')
        // Of a folder that goes or moves Drive says nothing about what is in it.
        .union([db.select('asked.id', 'site_id').from(asked).joinRaw('join drive_files on drive_files.folder_ids @> array[asked.id]')])
        .as('owned'),
    )
    .join('sites', 'sites.id', 'owned.site_id')
    .whereNull('sites.archived_at')
    .orderBy('sites.name');
  const sites = new Map<string, DriveSite[]>();
  for (const row of rows) sites.set(row.id, [...(sites.get(row.id) ?? []), { siteId: row.site_id, siteName: row.name }]);
  return sites;
}

/** Sites with folders whose last sync was begun before `before`, who waits longest first; those that are at it are not due. */
export async function listSitesToList(db: Db, process: string, before: Date, limit: number): Promise<DriveSite[]> {
  const rows = await db('drive_folders')
    .join('sites', 'sites.id', 'drive_folders.site_id')
    .whereNull('sites.archived_at')
    .whereNotNull('made_at')
    .whereNotExists(db('runs').where({ process }).whereRaw('runs.site_id = drive_folders.site_id').where((open) => void open.where('started_at', '>=', before).orWhere({ state: 'running' })))
    .orderByRaw('(select max(started_at) from runs where runs.process = ? and runs.site_id = drive_folders.site_id) asc nulls first, sites.name', [process])
    .limit(limit)
    .select<{ site_id: string; name: string }[]>('site_id', 'sites.name');
  return rows.map((row) => ({ siteId: row.site_id, siteName: row.name }));
}
