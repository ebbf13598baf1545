import type { ArchiveState, LinkArchive } from '#domain/archiveState.ts';
import type { Db } from '../knex.ts';
import { archivedSiteOf } from './archivedSites.ts';

/** Sets what is known of a link's archived copy to nothing, in SQL. */
export const ARCHIVE_ANEW = `archive_state = 'none', archive_due_at = null, archive_job_id = null, archive_submitted_at = null, archive_starts_at = null, archive_step_at = null,
           archive_resubmitted = false, archive_reason = null, archive_failures = 0, archive_run_id = null, archive_url = null, archived_at = null`;

/** A link with what is known of its archived copy. */
export interface ArchivedLink {
  readonly itemId: string;
  readonly siteId: string;
  readonly url: string;
  readonly archive: LinkArchive;
}

interface DbArchive {
  item_id: string;
  site_id: string;
  url: string;
  archive_state: ArchiveState;
  archive_due_at: Date | null;
  archive_job_id: string | null;
  archive_submitted_at: Date | null;
  archive_starts_at: Date | null;
  archive_step_at: Date | null;
  archive_resubmitted: boolean;
  archive_reason: string | null;
  archive_failures: number;
  archive_url: string | null;
  archived_at: Date | null;
}

function fromDb(row: DbArchive): ArchivedLink {
  return {
    itemId: row.item_id,
    siteId: row.site_id,
    url: row.url,
    archive: {
      state: row.archive_state,
      dueAt: timeOf(row.archive_due_at),
      jobId: row.archive_job_id,
      submittedAt: timeOf(row.archive_submitted_at),
      startsAt: timeOf(row.archive_starts_at),
      stepAt: timeOf(row.archive_step_at),
      isResubmitted: row.archive_resubmitted,
      failures: row.archive_failures,
      reason: row.archive_reason,
      url: row.archive_url,
      archivedAt: timeOf(row.archived_at),
    },
  };
}

function toDb(archive: LinkArchive): Omit<DbArchive, 'item_id' | 'site_id' | 'url'> {
  return {
    archive_state: archive.state,
    archive_due_at: dateOf(archive.dueAt),
    archive_job_id: archive.jobId,
    archive_submitted_at: dateOf(archive.submittedAt),
    archive_starts_at: dateOf(archive.startsAt),
    archive_step_at: dateOf(archive.stepAt),
    archive_resubmitted: archive.isResubmitted,
    archive_reason: archive.reason,
    archive_failures: archive.failures,
    archive_url: archive.url,
    archived_at: dateOf(archive.archivedAt),
  };
}

const timeOf = (date: Date | null): number | null => date?.getTime() ?? null;
const dateOf = (time: number | null): Date | null => (time === null ? null : new Date(time));

export interface QueueWish {
  /** Links of this site; or this link alone. */
  readonly of: 'all' | { readonly siteId: string } | { readonly itemId: string };
  readonly now: Date;
  /** Days an archived copy, or a failure that was final, is new enough. */
  readonly intervalDays: number;
}

/**
 * Queues links to be archived: those that lead somewhere, as far as is known, and have neither a copy nor a final failure
 * that is new enough.
 * @returns how many.
 */
export async function queueLinks(db: Db, { of, now, intervalDays }: QueueWish): Promise<number> {
  return db('external_links')
    .where(of === 'all' ? {} : 'siteId' in of ? { site_id: of.siteId } : { item_id: of.itemId })
    .whereIn('archive_state', ['none', 'archived', 'failed'])
    .where((query) => void query.whereNull('status').orWhereNot('status', 'broken'))
    .whereRaw(`url <> ''`)
    .whereRaw(`coalesce(greatest(archived_at, case when archive_state = 'failed' then archive_step_at end), '-infinity') <= ?::timestamptz - ? * interval '1 day'`, [now, intervalDays])
    .update({ archive_state: 'queued', archive_due_at: now, archive_failures: 0, archive_reason: null, archive_resubmitted: false, updated_at: db.fn.now() });
}

/** Lets a run wait for the links of a site, or of all, that are queued, or being captured. @returns how many. */
export async function bindLinksToRun(trx: Db, siteId: string | null, runId: string): Promise<number> {
  return trx('external_links')
    .modify((query) => {
      if (siteId !== null) void query.where({ site_id: siteId });
      // Of all sites: but for those a run of their own site waits for.
      else void query.whereRaw(`not exists (select 1 from runs where runs.id = external_links.archive_run_id and runs.state = 'running')`);
    })
    .whereIn('archive_state', ['queued', 'submitted']).update({ archive_run_id: runId, updated_at: trx.fn.now() });
}

/** Takes out of the queue the links that this run waits for. */
export async function dropQueuedOfRun(trx: Db, runId: string): Promise<void> {
  await trx('external_links').where({ archive_run_id: runId, archive_state: 'queued' }).update({ archive_state: trx.raw(`case when archive_url is null then 'none' else 'archived' end`), archive_due_at: null, updated_at: trx.fn.now() });
}

/** Links that are to be submitted now, those that wait longest first. */
export async function listToSubmit(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows: { item_id: string }[] = await db('external_links').where({ archive_state: 'queued' }).where('archive_due_at', '<=', now).whereNotExists(archivedSiteOf(db, 'external_links')).orderBy(['archive_due_at', 'item_id']).limit(limit).select('item_id');
  return rows.map((row) => row.item_id);
}

/** Links whose capture is to be asked about or looked for now, those that wait longest first. */
export async function listToFollow(db: Db, now: Date, limit: number): Promise<ArchivedLink[]> {
  const rows: DbArchive[] = await db('external_links').whereIn('archive_state', ['submitted', 'unknown']).where('archive_due_at', '<=', now).whereNotExists(archivedSiteOf(db, 'external_links')).orderBy(['archive_due_at', 'item_id']).limit(limit).select<DbArchive[]>('*');
  return rows.map(fromDb);
}

/** When the next link is to be submitted, and the next followed; null where there is none. */
export async function nextArchiveTurn(db: Db): Promise<{ readonly submitAt: Date | null; readonly followAt: Date | null }> {
  const rows: { submit_at: Date | null; follow_at: Date | null }[] = await db('external_links')
    .whereIn('archive_state', ['queued', 'submitted', 'unknown'])
    .whereNotExists(archivedSiteOf(db, 'external_links'))
    .select(db.raw(`min(archive_due_at) filter (where archive_state = 'queued') as submit_at`), db.raw(`min(archive_due_at) filter (where archive_state <> 'queued') as follow_at`));
  return { submitAt: rows[0]?.submit_at ?? null, followAt: rows[0]?.follow_at ?? null };
}

export async function findArchivedLink(db: Db, itemId: string): Promise<ArchivedLink | undefined> {
  const row = await db('external_links').where({ item_id: itemId }).first<DbArchive | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Notes what became of a link's capture, unless the link leads elsewhere by now, or somebody else noted something.
 * Call inside a transaction, with the site locked where metadata is written too.
 * @returns whether it was noted.
 */
export async function saveArchive(trx: Db, link: ArchivedLink, archive: LinkArchive): Promise<boolean> {
  const updated = await trx('external_links')
    .where({ item_id: link.itemId, url: link.url, archive_state: link.archive.state })
    .whereRaw('archive_step_at is not distinct from ?::timestamptz', [dateOf(link.archive.stepAt)])
    .update({ ...toDb(archive), updated_at: trx.fn.now() });
  return updated > 0;
}

export interface ArchiveProgress {
  readonly runId: string;
  /** Links of the run of which nothing was heard yet. */
  readonly open: number;
  readonly archived: number;
  readonly failed: number;
  /** Those that are tried again, or looked for, later than anybody waits for. */
  readonly putOff: number;
}

/** How far the open runs of archiving are. */
export async function archiveProgress(db: Db, process: string): Promise<ArchiveProgress[]> {
  const of = (condition: string, name: string) => db.raw(`count(l.item_id) filter (where ${condition})::integer as "${name}"`);
  const isOpen = `l.archive_state = 'submitted' or (l.archive_state = 'queued' and l.archive_reason is null and not l.archive_resubmitted)`;
  return db('runs')
    .leftJoin('external_links as l', 'l.archive_run_id', 'runs.id')
    .where({ 'runs.process': process, 'runs.state': 'running' })
    .groupBy('runs.id')
    .orderBy('runs.id')
    .select<ArchiveProgress[]>('runs.id as runId', of(isOpen, 'open'), of(`l.archive_state = 'archived'`, 'archived'), of(`l.archive_state = 'failed'`, 'failed'), of(`l.archive_state in ('queued', 'unknown') and not (${isOpen})`, 'putOff'));
}

/** What the account at the archive may do, as it said last. */
export interface ArchiveAccount {
  readonly available: number;
  readonly processing: number;
  /** Null where it does not say. */
  readonly dailyCaptures: number | null;
  readonly dailyLimit: number | null;
  readonly askedAt: Date;
}

export async function saveArchiveAccount(db: Db, account: ArchiveAccount): Promise<void> {
  const columns = { available: account.available, processing: account.processing, daily_captures: account.dailyCaptures, daily_limit: account.dailyLimit, asked_at: account.askedAt };
  await db('archive_accounts').insert({ is_only: true, ...columns }).onConflict('is_only').merge(columns);
}

/** Undefined before it was asked for the first time. */
export async function findArchiveAccount(db: Db): Promise<ArchiveAccount | undefined> {
  const row = await db('archive_accounts').first<{ available: number; processing: number; daily_captures: number | null; daily_limit: number | null; asked_at: Date } | undefined>();
  return row === undefined ? undefined : { available: row.available, processing: row.processing, dailyCaptures: row.daily_captures, dailyLimit: row.daily_limit, askedAt: row.asked_at };
}
