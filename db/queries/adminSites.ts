import type { Knex } from 'knex';
import type { Builder } from '#domain/builderOf.ts';
import type { SiteProblemId } from '#domain/siteProblems.ts';
import type { Db } from '../knex.ts';
import { findSite, type SiteRow } from './sites.ts';
import { containing, narrowToSitesNamed } from './searches.ts';

export type SiteType = 'ocw' | 'pk12';
export type SiteSource = 'studio' | 'ocw-import';

export interface AdminSiteRow {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly shortId: string;
  readonly urlPath: string | null;
  readonly starter: { readonly slug: string; readonly name: string } | null;
  readonly owner: { readonly id: string; readonly name: string; readonly email: string } | null;
  readonly siteType: SiteType;
  readonly source: SiteSource;
  /** Null is whatever the installation builds with. */
  readonly builder: Builder | null;
  readonly publishesCaptions: boolean;
  readonly isPublished: boolean;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly problems: readonly SiteProblemId[];
}

interface DbAdminSite {
  id: string;
  name: string;
  title: string;
  short_id: string;
  url_path: string | null;
  starter_slug: string | null;
  starter_name: string | null;
  owner_id: string | null;
  owner_name: string | null;
  owner_email: string | null;
  site_type: SiteType;
  source: SiteSource;
  builder: Builder | null;
  publishes_captions: boolean;
  is_published: boolean;
  archived_at: Date | null;
  created_at: Date;
  updated_at: Date;
  problems: SiteProblemId[];
}

function fromDb(row: DbAdminSite): AdminSiteRow {
  return {
    id: row.id,
    name: row.name,
    title: row.title,
    shortId: row.short_id,
    urlPath: row.url_path,
    starter: row.starter_slug === null ? null : { slug: row.starter_slug, name: row.starter_name ?? row.starter_slug },
    owner: row.owner_id === null ? null : { id: row.owner_id, name: row.owner_name ?? '', email: row.owner_email ?? '' },
    siteType: row.site_type,
    source: row.source,
    builder: row.builder,
    publishesCaptions: row.publishes_captions,
    isPublished: row.is_published,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    problems: row.problems,
  };
}

const IS_PUBLISHED = `exists (select 1 from deployments d where d.site_id = sites.id and d.version = 'live' and d.manifest_key is not null)`;
const newestFailed = (process: string): string =>
  `exists (select 1 from (select distinct on (r.version) r.state from runs r where r.site_id = sites.id and r.process = '${process}' order by r.version, r.started_at desc, r.id desc) newest where newest.state in ('failed', 'terminated'))`;

/** How each problem is found. What is archived has only the one that is left to do. */
const CONDITIONS: Readonly<Record<SiteProblemId, string>> = {
  'starter-missing': `(sites.archived_at is null and starters.config is null)`,
  'starter-removed': `(sites.archived_at is null and starters.removed_at is not null)`,
  'publish-failed': `(sites.archived_at is null and ${newestFailed('publish-site')})`,
  'commit-failed': `(sites.archived_at is null and ${newestFailed('site-repo')})`,
  'drive-failed': `(sites.archived_at is null and exists (select 1 from drive_files f where f.site_id = sites.id and f.state = 'failed'))`,
  'owner-missing': `(sites.archived_at is null and (sites.owner_id is null or not owner.is_active))`,
  'repository-open': `(sites.archived_at is not null and exists (select 1 from repositories r where r.site_id = sites.id and r.archived_at is null))`,
};
const PROBLEMS = `array_remove(array[${Object.entries(CONDITIONS).map(([id, condition]) => `case when ${condition} then '${id}' end`).join(', ')}], null)`;

export interface AdminSiteFilter {
  readonly search?: string | undefined;
  /** Slug, or `none`. */
  readonly starter?: string | undefined;
  /** Part of a name or an e-mail address, or `none`. */
  readonly owner?: string | undefined;
  readonly isPublished?: boolean | undefined;
  /** With what the installation builds with, for sites that chose nothing. */
  readonly builder?: { readonly chosen: Builder; readonly usual: Builder } | undefined;
  readonly archived: 'yes' | 'no' | 'all';
  readonly problem?: SiteProblemId | 'yes' | undefined;
  readonly sort: 'updated' | 'title';
}

function fromSites(db: Db): Knex.QueryBuilder {
  return db('sites').leftJoin('starters', 'starters.id', 'sites.starter_id').leftJoin('users as owner', 'owner.id', 'sites.owner_id');
}

function columns(db: Db) {
  return ['sites.*', 'starters.slug as starter_slug', 'starters.name as starter_name', 'owner.name as owner_name', 'owner.email as owner_email', db.raw(`${IS_PUBLISHED} as is_published`), db.raw(`${PROBLEMS} as problems`)];
}

/** Sites that match, in a stable order, `limit` from `offset`, with the number of all that match. */
export async function listAdminSites(db: Db, filter: AdminSiteFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; sites: AdminSiteRow[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    if (filter.archived !== 'all') query.whereRaw(`sites.archived_at is ${filter.archived === 'yes' ? 'not null' : 'null'}`);
    if (filter.starter === 'none') query.whereNull('sites.starter_id');
    else if (filter.starter !== undefined) query.where('starters.slug', filter.starter);
    const owner = filter.owner?.trim() ?? '';
    if (owner === 'none') query.whereNull('sites.owner_id');
    else if (owner !== '') query.where((either) => void either.whereILike('owner.name', containing(owner)).orWhereILike('owner.email', containing(owner)));
    if (filter.isPublished !== undefined) query.whereRaw(filter.isPublished ? IS_PUBLISHED : `not ${IS_PUBLISHED}`);
    if (filter.builder !== undefined) query.whereRaw('coalesce(sites.builder, ?) = ?', [filter.builder.usual, filter.builder.chosen]);
    if (filter.problem !== undefined) query.whereRaw(filter.problem === 'yes' ? `(${Object.values(CONDITIONS).join(' or ')})` : CONDITIONS[filter.problem]);
    narrowToSitesNamed(query, filter.search);
  };
  const order = filter.sort === 'title' ? [{ column: 'sites.title' }, { column: 'sites.id' }] : [{ column: 'sites.updated_at', order: 'desc' as const }, { column: 'sites.id' }];
  const rows = (await fromSites(db).select(columns(db)).modify(narrow).orderBy(order).limit(page.limit).offset(page.offset)) as DbAdminSite[];
  const counted = (await fromSites(db).modify(narrow).count({ count: '*' }).first()) as { count: number } | undefined;
  return { total: counted?.count ?? 0, sites: rows.map(fromDb) };
}

export async function findAdminSite(db: Db, siteId: string): Promise<AdminSiteRow | undefined> {
  const row = (await fromSites(db).select(columns(db)).where('sites.id', siteId).first()) as DbAdminSite | undefined;
  return row === undefined ? undefined : fromDb(row);
}

/** What an admin may write of a site’s row; what is absent stays. */
export interface SiteChange {
  readonly title?: string;
  readonly shortId?: string;
  readonly starterId?: string;
  readonly siteType?: SiteType;
  readonly source?: SiteSource;
}

/** Writes settings of a site; another starter is a change of all its files. Call inside a transaction that holds the site. */
export async function changeSite(trx: Db, siteId: string, change: SiteChange): Promise<SiteRow> {
  await trx('sites')
    .where({ id: siteId })
    .update({
      ...(change.title === undefined ? {} : { title: change.title }),
      ...(change.shortId === undefined ? {} : { short_id: change.shortId }),
      ...(change.starterId === undefined ? {} : { starter_id: change.starterId, content_revision: trx.raw('content_revision + 1') }),
      ...(change.siteType === undefined ? {} : { site_type: change.siteType }),
      ...(change.source === undefined ? {} : { source: change.source }),
      updated_at: trx.fn.now(),
    });
  const site = await findSite(trx, siteId);
  if (site === undefined) throw new Error(`Site ${siteId} vanished while it was changed`);
  return site;
}

/** How many of a site’s items are there, and how many are deleted. */
export async function countSiteItems(db: Db, siteId: string): Promise<{ readonly items: number; readonly deleted: number }> {
  const row = await db('content_items')
    .where({ site_id: siteId })
    .first<{ items: number; deleted: number } | undefined>(db.raw('count(*) filter (where deleted_at is null)::int as items'), db.raw('count(*) filter (where deleted_at is not null)::int as deleted'));
  return { items: Number(row?.items ?? 0), deleted: Number(row?.deleted ?? 0) };
}

/** How many files of Google Drive the studio knows of a site. */
export async function countDriveFiles(db: Db, siteId: string): Promise<number> {
  const row = await db('drive_files').where({ site_id: siteId }).whereNot({ state: 'trashed' }).count<{ count: number }[]>({ count: '*' }).first();
  return Number(row?.count ?? 0);
}

/** The site that has this folder of Google Drive, for itself or in its own. */
export async function siteOfDriveFolder(db: Db, folderId: string): Promise<string | undefined> {
  const row = await db('drive_folders')
    .join('sites', 'sites.id', 'drive_folders.site_id')
    .where((either) => void either.where({ folder_id: folderId }).orWhere({ files_id: folderId }).orWhere({ files_final_id: folderId }).orWhere({ videos_final_id: folderId }))
    .first<{ name: string } | undefined>('sites.name');
  return row?.name;
}

/** Gives a site another folder of Google Drive, whose inner folders are found or made next; null forgets all of them. */
export async function setDriveFolder(trx: Db, siteId: string, folderId: string | null): Promise<void> {
  const columnsOf = { folder_id: folderId, files_id: null, files_final_id: null, videos_final_id: null, made_at: null, updated_at: trx.fn.now() };
  await trx('drive_folders').insert({ site_id: siteId, ...columnsOf }).onConflict('site_id').merge(columnsOf);
}
