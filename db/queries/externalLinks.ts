import { ARCHIVE_ANEW } from './linkArchive.ts';
import type { AddressFault } from '#domain/publicAddress.ts';
import type { ArchiveState } from '#domain/archiveState.ts';
import { EXTERNAL_RESOURCE } from '#domain/canonicalFile.ts';
import { afterCheck, type LinkMetadata, type LinkState, type LinkStatus, type LinkTrouble, type LinkVerdict, withLinkState, withoutLinkState } from '#domain/linkCheck.ts';
import type { Db } from '../knex.ts';
import { archivedSiteOf } from './archivedSites.ts';
import { changeContentItem } from './contentChanges.ts';
import { contentItemFromDb, type DbContentItem } from './contentItems.ts';
import { lockSite } from './sites.ts';

/** What is known of an item's link, its archived copy included. */
export interface ExternalLink extends LinkState {
  readonly itemId: string;
  readonly siteId: string;
  /** Empty where the item has no address. */
  readonly url: string;
  readonly checkedAt: Date | null;
  readonly archiveState: ArchiveState;
  /** The archive's word for why it failed. */
  readonly archiveReason: string | null;
  readonly archiveUrl: string | null;
  readonly archivedAt: Date | null;
}

interface DbLink {
  item_id: string;
  site_id: string;
  url: string;
  status: LinkStatus | null;
  code: number | null;
  failures: number;
  trouble: AddressFault | LinkTrouble | null;
  checked_at: Date | null;
  archive_state: ArchiveState;
  archive_reason: string | null;
  archive_url: string | null;
  archived_at: Date | null;
}

function fromDb(row: DbLink): ExternalLink {
  return {
    itemId: row.item_id,
    siteId: row.site_id,
    url: row.url,
    status: row.status,
    code: row.code,
    failures: row.failures,
    trouble: row.trouble,
    checkedAt: row.checked_at,
    archiveState: row.archive_state,
    archiveReason: row.archive_reason,
    archiveUrl: row.archive_url,
    archivedAt: row.archived_at,
  };
}

/** Sites that have external resources, or links of ones that are gone, behind the site `after`, in the order of their ids. */
export async function listSitesWithLinks(db: Db, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { site_id: string }[] }>(
    `select s.id as site_id from sites s
     where s.archived_at is null and (?::uuid is null or s.id > ?::uuid)
       and (exists (select 1 from content_items c where c.site_id = s.id and c.type = ? and c.deleted_at is null) or exists (select 1 from external_links l where l.site_id = s.id))
     order by s.id limit ?`,
    [after, after, EXTERNAL_RESOURCE, limit],
  );
  return rows.map((row) => row.site_id);
}

/**
 * Brings what is known of a site's links to the items it has: new ones come in with what their file said of them, those
 * whose address changed begin anew, those of deleted items go.
 * @returns how many links the site has.
 */
export async function takeInLinks(db: Db, siteId: string): Promise<number> {
  return db.transaction(async (trx) => {
    await lockSite(trx, siteId);
    const items = `select id, btrim(coalesce(metadata ->> 'external_url', '')) as url, metadata from content_items where site_id = :siteId and type = :type and deleted_at is null`;
    const at = { siteId, type: EXTERNAL_RESOURCE };
    await trx.raw(`delete from external_links l where l.site_id = :siteId and not exists (select 1 from (${items}) i where i.id = l.item_id)`, at);
    const { rows: changed } = await trx.raw<{ rows: { item_id: string }[] }>(
      `update external_links l
       set url = i.url, status = null, code = null, failures = 0, trouble = null, checked_at = null, broken_untold_at = null, ${ARCHIVE_ANEW}, updated_at = now()
       from (${items}) i where i.id = l.item_id and i.url <> l.url returning l.item_id`,
      at,
    );
    for (const { item_id: itemId } of changed) await writeLinkMetadata(trx, { siteId, itemId }, withoutLinkState, 'link-checked');
    await trx.raw(
      `insert into external_links (item_id, site_id, url, status, archive_url)
       select i.id, :siteId, i.url, case when i.metadata ->> 'status' in ('valid', 'broken', 'unchecked') then i.metadata ->> 'status' end, nullif(i.metadata ->> 'wayback_url', '')
       from (${items}) i on conflict (item_id) do nothing`,
      at,
    );
    const counted = await trx('external_links').where({ site_id: siteId }).count<{ count: string }[]>('* as count');
    return Number(counted[0]?.count ?? 0);
  });
}

export interface DueLinks {
  /** Null means every site's. */
  readonly siteId: string | null;
  /** Links that were not looked at since. */
  readonly before: Date;
}

/** Links whose check is due: first those never looked at, then those whose last look is the longest ago. */
export async function listDueLinks(db: Db, due: DueLinks, limit: number): Promise<ExternalLink[]> {
  const rows: DbLink[] = await ofDue(db, due).orderBy([{ column: 'checked_at', nulls: 'first' }, { column: 'item_id' }]).limit(limit).select<DbLink[]>('*');
  return rows.map(fromDb);
}

export async function countDueLinks(db: Db, due: DueLinks): Promise<number> {
  const rows = await ofDue(db, due).count<{ count: string }[]>('* as count');
  return Number(rows[0]?.count ?? 0);
}

/** The database's time, whatever the clock of whoever asks says. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await db.raw<{ rows: [{ now: Date }] }>('select clock_timestamp() as now');
  return rows[0].now;
}

export interface LookedLinks {
  readonly looked: number;
  readonly valid: number;
  readonly broken: number;
  readonly unchecked: number;
  /** Those whose last look found nothing out. */
  readonly failed: number;
}

/** What became of the links that were due and are not any more. */
export async function countLooked(db: Db, { siteId, before }: DueLinks): Promise<LookedLinks> {
  const of = (condition: string, name: string) => db.raw(`count(*) filter (where ${condition})::integer as ${name}`);
  const rows: LookedLinks[] = await db('external_links')
    .where('checked_at', '>=', before)
    .modify((query) => void (siteId === null ? query : query.where({ site_id: siteId })))
    .select(of('true', 'looked'), of(`trouble is null and status = 'valid'`, 'valid'), of(`trouble is null and status = 'broken'`, 'broken'), of(`trouble is null and status = 'unchecked'`, 'unchecked'), of('trouble is not null', 'failed'));
  return rows[0] ?? { looked: 0, valid: 0, broken: 0, unchecked: 0, failed: 0 };
}

function ofDue(db: Db, { siteId, before }: DueLinks) {
  return db('external_links')
    .whereNotExists(archivedSiteOf(db, 'external_links'))
    .where((either) => void either.whereNull('checked_at').orWhere('checked_at', '<', before))
    .modify((query) => void (siteId === null ? query : query.where({ site_id: siteId })));
}

/** The link of an item; undefined when it has none. */
export async function findExternalLink(db: Db, itemId: string): Promise<ExternalLink | undefined> {
  const row = await db('external_links').where({ item_id: itemId }).first<DbLink | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Notes what one look at a link found, and writes it into its item. What readers would not see differently raises no
 * revision, the item's or the site's. A link that meanwhile leads elsewhere, is gone, or was looked at by somebody else is
 * left as it is: two looks at one time are no two bad answers in a row.
 * @param link as it was before the look.
 * @returns what is known of it now; null when it was left.
 */
export async function saveCheck(db: Db, link: Pick<ExternalLink, 'itemId' | 'siteId' | 'url' | 'checkedAt'>, verdict: LinkVerdict, checkedAt: Date): Promise<LinkState | null> {
  return db.transaction(async (trx) => {
    await lockSite(trx, link.siteId);
    const row = await trx('external_links').where({ item_id: link.itemId, url: link.url }).forUpdate().first<DbLink | undefined>();
    if (row === undefined || row.checked_at?.getTime() !== link.checkedAt?.getTime()) return null;
    const { status, code, failures, trouble } = afterCheck(fromDb(row), verdict);
    await trx('external_links').where({ item_id: link.itemId }).update({
      status,
      code,
      failures,
      trouble,
      checked_at: checkedAt,
      ...(status !== 'broken' ? { broken_untold_at: null } : row.status === 'broken' ? {} : { broken_untold_at: checkedAt }),
      updated_at: trx.fn.now(),
    });
    await writeLinkMetadata(trx, link, (metadata) => withLinkState(metadata, { status, code, failures, trouble }), 'link-checked');
    return { status, code, failures, trouble };
  });
}

/** Sites with links that turned out to lead nowhere and of which nobody was told, behind the site `after`, in the order of their ids. */
export async function listSitesWithUntoldLinks(db: Db, after: string | null, limit: number): Promise<string[]> {
  const rows: { site_id: string }[] = await db('external_links')
    .whereNotNull('broken_untold_at')
    .modify((query) => void (after === null ? query : query.where('site_id', '>', after)))
    .distinct('site_id')
    .orderBy('site_id')
    .limit(limit);
  return rows.map((row) => row.site_id);
}

/** Takes a site's links that turned out to lead nowhere and of which nobody was told, by title; they are told of by who takes them. */
export async function takeUntoldLinks(trx: Db, siteId: string): Promise<{ readonly title: string | null; readonly url: string }[]> {
  const { rows } = await trx.raw<{ rows: { title: string | null; url: string }[] }>(
    `with taken as (update external_links set broken_untold_at = null, updated_at = now() where site_id = ? and broken_untold_at is not null returning item_id, url)
     select i.title, taken.url from taken join content_items i on i.id = taken.item_id where i.deleted_at is null order by i.title_order, i.id`,
    [siteId],
  );
  return rows;
}

/**
 * Writes into an item's metadata what is known of its link. Only what readers see differently is a change of the content,
 * with a revision of the item and the site; the rest is written beside. The site is locked already.
 */
export async function writeLinkMetadata(trx: Db, { siteId, itemId }: Pick<ExternalLink, 'siteId' | 'itemId'>, write: (metadata: Readonly<Record<string, unknown>>) => LinkMetadata, reason: string): Promise<void> {
  const row = await trx('content_items').where({ id: itemId }).whereNull('deleted_at').forNoKeyUpdate().first<DbContentItem | undefined>();
  if (row === undefined) return;
  const item = contentItemFromDb(row);
  const { metadata, isChanged, isSeen } = write(item.metadata);
  if (isSeen) await changeContentItem(trx, { siteId, textId: item.textId, fromRevision: null, set: { metadata }, by: null, reason });
  else if (isChanged) await trx('content_items').where({ id: itemId }).update({ metadata: JSON.stringify(metadata) });
}

/** A link as the report of its site shows it. */
export interface ReportedLink extends ExternalLink {
  readonly textId: string;
  readonly title: string | null;
}

export interface LinkReport {
  /** Links of the site by status; `open` are those of which nothing is known yet. */
  readonly counts: Readonly<Record<LinkStatus | 'open', number>>;
  /** Links of the site that have an archived copy. */
  readonly archived: number;
  /** How many the filter lets through, and those of the page: broken ones first, then by title. */
  readonly total: number;
  readonly links: readonly ReportedLink[];
}

/** What is known of a site's links. @param filter.status only those. */
export async function reportLinks(db: Db, siteId: string, filter: { readonly status?: LinkStatus }, page: { readonly limit: number; readonly offset: number }): Promise<LinkReport> {
  const groups: { status: LinkStatus | null; count: string; archived: string }[] = await db('external_links')
    .where({ site_id: siteId })
    .groupBy('status')
    .select('status', db.raw('count(*) as count'), db.raw('count(archive_url) as archived'));
  const of = (status: LinkStatus | null): number => Number(groups.find((group) => group.status === status)?.count ?? 0);
  const counts = { valid: of('valid'), broken: of('broken'), unchecked: of('unchecked'), open: of(null) };
  const rows: (DbLink & { text_id: string; title: string | null })[] = await db('external_links')
    .join('content_items', 'content_items.id', 'external_links.item_id')
    .where({ 'external_links.site_id': siteId })
    .modify((query) => void (filter.status === undefined ? query : query.where({ 'external_links.status': filter.status })))
    .orderByRaw(`external_links.status is distinct from 'broken', content_items.title_order, content_items.id`)
    .limit(page.limit)
    .offset(page.offset)
    .select('external_links.*', 'content_items.text_id', 'content_items.title');
  return {
    counts,
    archived: groups.reduce((sum, group) => sum + Number(group.archived), 0),
    total: filter.status === undefined ? counts.valid + counts.broken + counts.unchecked + counts.open : counts[filter.status],
    links: rows.map((row) => ({ ...fromDb(row), textId: row.text_id, title: row.title })),
  };
}

export interface LinkBacklog {
  readonly links: number;
  readonly broken: number;
  /** Not looked at since the moment that was named. */
  readonly dueForCheck: number;
  readonly oldestCheckAt: Date | null;
  /** By where they stand with the archive. */
  readonly archive: Readonly<Record<ArchiveState, number>>;
}

/** How much there is to do for the links of all sites. */
export async function countLinkBacklog(db: Db, before: Date): Promise<LinkBacklog> {
  const states: { archive_state: ArchiveState; count: string; broken: string; due: string; oldest: Date | null }[] = await db('external_links')
    .groupBy('archive_state')
    .select('archive_state', db.raw('count(*) as count'), db.raw(`count(*) filter (where status = 'broken') as broken`), db.raw('count(*) filter (where checked_at is null or checked_at < ?) as due', [before]), db.raw('min(checked_at) as oldest'));
  const of = (state: ArchiveState): number => Number(states.find((row) => row.archive_state === state)?.count ?? 0);
  const sum = (field: 'count' | 'broken' | 'due'): number => states.reduce((total, row) => total + Number(row[field]), 0);
  const oldest = states.flatMap((row) => (row.oldest === null ? [] : [row.oldest.getTime()]));
  return {
    links: sum('count'),
    broken: sum('broken'),
    dueForCheck: sum('due'),
    oldestCheckAt: oldest.length === 0 ? null : new Date(Math.min(...oldest)),
    archive: { none: of('none'), queued: of('queued'), submitted: of('submitted'), archived: of('archived'), failed: of('failed'), unknown: of('unknown') },
  };
}
