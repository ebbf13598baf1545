import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import type { Builder } from '#domain/builderOf.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';
import { grantRole } from './roleGrants.ts';
import { findUrlHolder } from './urlHolder.ts';
import { narrowToSitesNamed } from './searches.ts';


export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly shortId: string;
  readonly title: string;
  readonly starterId: string | null;
  readonly starterSlug: string | null;
  readonly starterName: string | null;
  readonly ownerId: string | null;
  /** With the root prefix, such as `courses/18-065-spring-2018`; null until the site has an address. */
  readonly urlPath: string | null;
  readonly contentRevision: number;
  readonly committedRevision: number;
  /** Null is whatever the installation builds with. */
  readonly builder: Builder | null;
  readonly updatedAt: Date;
  /** How far taking it offline is, in the words of the existing system; null while nobody asked for that, or it is published again. */
  readonly unpublishStatus: UnpublishStatus | null;
  readonly unpublishStatusAt: Date | null;
  readonly unpublishedByName: string | null;
  /** Since when it is put away: nothing of it can be published, edited or synced. */
  readonly archivedAt: Date | null;
}

/** In the words of the existing system: `succeeded` is offline, `errored` waits for a person. */
export type UnpublishStatus = 'not-started' | 'pending' | 'started' | 'succeeded' | 'errored' | 'aborted';

interface DbSite {
  id: string;
  name: string;
  short_id: string;
  title: string;
  starter_id: string | null;
  starter_slug: string | null;
  starter_name: string | null;
  owner_id: string | null;
  url_path: string | null;
  content_revision: number;
  committed_revision: number;
  builder: Builder | null;
  updated_at: Date;
  unpublish_status: UnpublishStatus | null;
  unpublish_status_at: Date | null;
  unpublished_by_name: string | null;
  archived_at: Date | null;
}

function fromDb(row: DbSite): SiteRow {
  return {
    id: row.id,
    name: row.name,
    shortId: row.short_id,
    title: row.title,
    starterId: row.starter_id,
    starterSlug: row.starter_slug,
    starterName: row.starter_name,
    ownerId: row.owner_id,
    urlPath: row.url_path,
    contentRevision: row.content_revision,
    committedRevision: row.committed_revision,
    builder: row.builder,
    updatedAt: row.updated_at,
    unpublishStatus: row.unpublish_status,
    unpublishStatusAt: row.unpublish_status_at,
    unpublishedByName: row.unpublished_by_name,
    archivedAt: row.archived_at,
  };
}

function selectSites(db: Db) {
  return db('sites')
    .leftJoin('starters', 'starters.id', 'sites.starter_id')
    .leftJoin('users as unpublisher', 'unpublisher.id', 'sites.unpublished_by')
    .select('sites.*', 'starters.slug as starter_slug', 'starters.name as starter_name', 'unpublisher.name as unpublished_by_name');
}

export async function findSite(db: Db, id: string): Promise<SiteRow | undefined> {
  const row = await selectSites(db).where('sites.id', id).first<DbSite | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

export async function findSiteByName(db: Db, name: string): Promise<SiteRow | undefined> {
  const row = await selectSites(db).where('sites.name', name).first<DbSite | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The site whose repository has this name; GitHub tells no case apart. */
export async function findSiteByShortId(db: Db, shortId: string): Promise<SiteRow | undefined> {
  const row = await selectSites(db).whereRaw('lower(sites.short_id) = lower(?)', [shortId]).first<DbSite | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

export type SiteStateFilter = 'published' | 'unpublished' | 'changed' | 'running' | 'failed';

export interface SiteFilter {
  /** Part of title, name or short id; `.` also matches `-`, so that 17.482 finds 17-482-…. */
  readonly search?: string | undefined;
  readonly state?: SiteStateFilter | undefined;
  /** The version that `state` is said of; without it, what is out is said of live, and a run of either. */
  readonly version?: PublishVersion | undefined;
  readonly starterSlug?: string | undefined;
  readonly siteType?: SiteType | undefined;
  readonly sort: 'updated' | 'title';
  /** Only these sites, for people who may not see all. */
  readonly siteIds?: readonly string[] | undefined;
  /** Whose stars count: what this person starred comes first. */
  readonly userId?: string | null | undefined;
  /** Only what that person starred. */
  readonly onlyFavourites?: boolean | undefined;
}

export type SiteType = 'ocw' | 'pk12';

/** A site in somebody's list. */
export interface ListedSiteRow extends SiteRow {
  readonly siteType: SiteType;
  readonly isFavourite: boolean;
}

function conditionOf(state: SiteStateFilter, version: PublishVersion | undefined): string {
  const out = `exists (select 1 from deployments d where d.site_id = sites.id and d.version = '${version ?? 'live'}' and d.theme = '' and d.manifest_key is not null)`;
  const newest = (runState: string): string =>
    `exists (select 1 from (select distinct on (r.version) r.version, r.state from runs r where r.site_id = sites.id and r.process = 'publish-site' order by r.version, r.started_at desc, r.id desc) newest where newest.state = '${runState}'${version === undefined ? '' : ` and newest.version = '${version}'`})`;
  switch (state) {
    case 'published':
      return out;
    case 'unpublished':
      return `not ${out}`;
    case 'changed':
      return `exists (select 1 from deployments d where d.site_id = sites.id and d.version = '${version ?? 'live'}' and d.content_revision < sites.content_revision)`;
    case 'running':
    case 'failed':
      return newest(state);
  }
}

const STAR = 'exists (select 1 from favourite_sites f where f.site_id = sites.id and f.user_id = ?)';

/** Sites that match, in a stable order with what the person starred first, `limit` from `offset`, with the number of all that match. */
export async function listSites(db: Db, filter: SiteFilter, page: { limit: number; offset: number }): Promise<{ total: number; sites: ListedSiteRow[] }> {
  const userId = filter.userId ?? null;
  const narrow = (query: Knex.QueryBuilder): void => {
    // What is put away is in the list of the administration only.
    query.whereNull('sites.archived_at');
    if (filter.siteIds !== undefined) query.whereIn('sites.id', [...filter.siteIds]);
    if (filter.state !== undefined) query.whereRaw(conditionOf(filter.state, filter.version));
    if (filter.starterSlug !== undefined) query.whereIn('sites.starter_id', db('starters').where({ slug: filter.starterSlug }).select('id'));
    if (filter.siteType !== undefined) query.where('sites.site_type', filter.siteType);
    if (filter.onlyFavourites === true) query.whereRaw(STAR, [userId]);
    narrowToSitesNamed(query, filter.search);
  };
  const order = filter.sort === 'title' ? [{ column: 'sites.title' }, { column: 'sites.id' }] : [{ column: 'sites.updated_at', order: 'desc' as const }, { column: 'sites.id' }];
  const rows: (DbSite & { site_type: SiteType; is_favourite: boolean })[] = await selectSites(db)
    .select(userId === null ? db.raw('false as is_favourite') : db.raw(`${STAR} as is_favourite`, [userId]))
    .modify(narrow)
    .modify((query) => void (userId === null ? query : query.orderBy('is_favourite', 'desc')))
    .orderBy(order)
    .limit(page.limit)
    .offset(page.offset);
  const counted = await db('sites').modify(narrow).count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, sites: rows.map((row) => ({ ...fromDb(row), siteType: row.site_type, isFavourite: row.is_favourite })) };
}

export interface NewSite {
  readonly id?: string;
  readonly name: string;
  readonly shortId: string;
  readonly title: string;
  readonly starterId: string;
  readonly ownerId: string | null;
  readonly urlPath: string | null;
  readonly siteType?: 'ocw' | 'pk12';
}

/** What of a new site is already another site's, in the order a person would mend it; undefined when nothing is. */
export async function findSiteClash(db: Db, site: Pick<NewSite, 'name' | 'shortId' | 'urlPath'>): Promise<{ field: 'name' | 'shortId' | 'urlPath'; site: string } | undefined> {
  const rows: { name: string; short_id: string }[] = await db('sites')
    .where({ name: site.name })
    .orWhere({ short_id: site.shortId })
    .select('name', 'short_id');
  const byUrl = site.urlPath === null || site.urlPath === '' ? undefined : await findUrlHolder(db, site.urlPath, null);
  if (byUrl !== undefined) return { field: 'urlPath', site: byUrl.site };
  const byName = rows.find((row) => row.name === site.name);
  if (byName !== undefined) return { field: 'name', site: byName.name };
  const byShortId = rows.find((row) => row.short_id === site.shortId);
  return byShortId === undefined ? undefined : { field: 'shortId', site: byShortId.name };
}

/** Inserts a site, with the role of who owns it; the unique indexes refuse a clash that came between check and insert. Call inside a transaction. */
export async function insertSite(db: Db, site: NewSite): Promise<string> {
  const id = site.id ?? uuidv7();
  await db('sites').insert({ id, name: site.name, short_id: site.shortId, title: site.title, starter_id: site.starterId, url_path: site.urlPath, ...(site.siteType === undefined ? {} : { site_type: site.siteType }) });
  if (site.ownerId !== null) await grantRole(db, site.ownerId, { role: 'owner', siteId: id });
  await announce(db, { kind: 'site', site: site.name, runId: null });
  return id;
}

/** Sites that chose another builder than `usual`: the first `limit` by name, with the number of all. */
export async function listSitesBuiltOtherwise(db: Db, usual: Builder, limit: number): Promise<{ total: number; first: { name: string; title: string }[] }> {
  const choosing = () => db('sites').whereNull('archived_at').whereNotNull('builder').whereNot({ builder: usual });
  const counted = await choosing().count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, first: await choosing().orderBy('name').limit(limit).select('name', 'title') };
}

/** Says what builds a site from now on; null is whatever the installation builds with. */
export async function setBuilder(db: Db, siteId: string, builder: Builder | null): Promise<void> {
  const rows = await db('sites').where({ id: siteId }).update({ builder, updated_at: db.fn.now() }).returning<{ name: string }[]>('name');
  for (const { name } of rows) await announce(db, { kind: 'site', site: name, runId: null });
}

/** Gives a site another title; its files do not name it. */
export async function renameSite(db: Db, siteId: string, title: string): Promise<void> {
  const rows = await db('sites').where({ id: siteId }).update({ title, updated_at: db.fn.now() }).returning<{ name: string }[]>('name');
  await announce(db, { kind: 'site', site: rows[0]?.name ?? null, runId: null });
}

/** Counts one more saved change of the site's content, in one atomic statement. */
export async function bumpContentRevision(db: Db, siteId: string): Promise<number> {
  const rows = await db('sites').where({ id: siteId }).update({ content_revision: db.raw('content_revision + 1'), updated_at: db.fn.now() }).returning<{ content_revision: number; name: string }[]>(['content_revision', 'name']);
  const row = rows[0];
  if (row === undefined) throw new Error(`Site ${siteId} does not exist`);
  await announce(db, { kind: 'site', site: row.name, runId: null });
  return row.content_revision;
}

/**
 * Holds a site until the end of the transaction, so that writers of its content take turns. It is the first lock whoever
 * writes content takes: items, menus and counters come after it, in any order.
 */
export async function lockSite(trx: Db, siteId: string): Promise<void> {
  await trx('sites').where({ id: siteId }).forNoKeyUpdate().first('id');
}

/** Gives a site the title its metadata says. */
export async function setSiteTitle(db: Db, siteId: string, title: string): Promise<void> {
  await db('sites').where({ id: siteId }).whereNot({ title }).update({ title, updated_at: db.fn.now() });
}

/** Notes that main holds the content of `revision`; an older revision that arrives late changes nothing. */
export async function recordCommittedRevision(db: Db, siteId: string, revision: number): Promise<void> {
  await db('sites').where({ id: siteId }).where('committed_revision', '<', revision).update({ committed_revision: revision });
}

/** Addresses of every other site, old ones with their redirect pages included: prefixes of the same buckets that are not this site's to touch. */
export async function listOtherUrlPaths(db: Db, siteId: string): Promise<string[]> {
  const rows: { url_path: string }[] = await db('sites').whereNot({ id: siteId }).whereNotNull('url_path').select('url_path');
  const old: { from_path: string }[] = await db('site_redirects').whereNot({ site_id: siteId }).select('from_path');
  return [...rows.map((row) => row.url_path), ...old.map((row) => row.from_path)];
}

/** One more change for every site of a starter, in one statement. @returns how many sites. */
export async function bumpSitesOfStarter(db: Db, starterSlug: string): Promise<number> {
  return db('sites')
    .whereIn('starter_id', db('starters').where({ slug: starterSlug }).select('id'))
    .update({ content_revision: db.raw('content_revision + 1') });
}

/** Removes a site with all its rows; for an import that could not be finished. */
export async function deleteSite(db: Db, siteId: string): Promise<void> {
  await db('sites').where({ id: siteId }).delete();
}

/** These sites, keyed by id. */
export async function listSitesByIds(db: Db, ids: readonly string[]): Promise<Map<string, SiteRow>> {
  const rows: DbSite[] = await selectSites(db).whereIn('sites.id', [...new Set(ids)]);
  return new Map(rows.map((row) => [row.id, fromDb(row)]));
}
