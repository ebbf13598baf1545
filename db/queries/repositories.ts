import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** What was last seen of a site's repository; a head is null until it was seen. */
export interface RepositoryRow {
  readonly htmlUrl: string | null;
  readonly mainHead: string | null;
  readonly previewHead: string | null;
  readonly releaseHead: string | null;
  /** Whether GitHub refuses writes to it, because its site is archived. */
  readonly isArchived: boolean;
  readonly seenAt: Date;
}

interface DbRepository {
  html_url: string | null;
  main_head: string | null;
  preview_head: string | null;
  release_head: string | null;
  archived_at: Date | null;
  seen_at: Date;
}

export type SeenRepository = Partial<Omit<RepositoryRow, 'seenAt'>>;

/** Notes what was seen just now; what is absent stays as it was seen before. */
export async function noteRepository(db: Db, siteId: string, seen: SeenRepository): Promise<void> {
  const columns = {
    ...(seen.htmlUrl === undefined ? {} : { html_url: seen.htmlUrl }),
    ...(seen.mainHead === undefined ? {} : { main_head: seen.mainHead }),
    ...(seen.previewHead === undefined ? {} : { preview_head: seen.previewHead }),
    ...(seen.releaseHead === undefined ? {} : { release_head: seen.releaseHead }),
    ...(seen.isArchived === undefined ? {} : { archived_at: seen.isArchived ? db.fn.now() : null }),
    seen_at: db.fn.now(),
    updated_at: db.fn.now(),
  };
  await db('repositories').insert({ id: uuidv7(), site_id: siteId, ...columns }).onConflict('site_id').merge(columns);
}

export async function findRepository(db: Db, siteId: string): Promise<RepositoryRow | undefined> {
  const row = await db('repositories').where({ site_id: siteId }).first<DbRepository | undefined>();
  return row === undefined ? undefined : { htmlUrl: row.html_url, mainHead: row.main_head, previewHead: row.preview_head, releaseHead: row.release_head, isArchived: row.archived_at !== null, seenAt: row.seen_at };
}

/** A site whose saves no commit followed. */
export interface ForgottenSite {
  readonly siteId: string;
  readonly siteName: string;
}

/**
 * Sites with saved changes that main lacks and that were quiet for `quietMs` milliseconds, the longest waiting first. One whose
 * commit failed after its last change is left alone for `pauseMs`: nothing has changed that could mend it.
 */
export async function listForgottenSaves(db: Db, bounds: { readonly quietMs: number; readonly pauseMs: number; readonly limit: number }): Promise<ForgottenSite[]> {
  const rows: { id: string; name: string }[] = await db('sites')
    .whereNotNull('starter_id')
    .whereNull('archived_at')
    .whereRaw('content_revision > committed_revision')
    .whereRaw(`updated_at < now() - ? * interval '1 millisecond'`, [bounds.quietMs])
    .whereRaw(
      `not exists (select 1 from runs r where r.site_id = sites.id and r.process = 'site-repo' and r.started_at > sites.updated_at
         and (r.state = 'running' or r.started_at > now() - ? * interval '1 millisecond'))`,
      [bounds.pauseMs],
    )
    .orderBy('updated_at')
    .limit(bounds.limit)
    .select('id', 'name');
  return rows.map((row) => ({ siteId: row.id, siteName: row.name }));
}
