import type { Knex } from 'knex';
import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';
import { narrowToSitesNamed } from './searches.ts';

/** A site with the columns that the existing system's themes and builders ask for. */
export interface WebsiteRow {
  readonly id: string;
  readonly name: string;
  readonly shortId: string;
  readonly title: string;
  readonly source: string;
  readonly siteType: string;
  readonly urlPath: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly draftDeployedAt: Date | null;
  readonly liveDeployedAt: Date | null;
  readonly liveFirstDeployedAt: Date | null;
  readonly unpublishStatus: string | null;
  readonly unpublishStatusAt: Date | null;
  readonly starter: { readonly id: string; readonly slug: string; readonly name: string; readonly path: string; readonly source: string; readonly commit: string | null; readonly status: string; readonly config: unknown } | null;
}

interface DbWebsite {
  id: string;
  name: string;
  short_id: string;
  title: string;
  source: string;
  site_type: string;
  url_path: string | null;
  created_at: Date;
  updated_at: Date;
  draft_deployed_at: Date | null;
  live_deployed_at: Date | null;
  live_first_deployed_at: Date | null;
  unpublish_status: string | null;
  unpublish_status_at: Date | null;
  starter_id: string | null;
  starter_slug: string | null;
  starter_name: string | null;
  starter_path: string | null;
  starter_source: string | null;
  starter_commit: string | null;
  starter_status: string | null;
  starter_config: unknown;
}

function fromDb(row: DbWebsite): WebsiteRow {
  const text = (value: string | null): string => value ?? '';
  return {
    id: row.id,
    name: row.name,
    shortId: row.short_id,
    title: row.title,
    source: row.source,
    siteType: row.site_type,
    urlPath: row.url_path,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    draftDeployedAt: row.draft_deployed_at,
    liveDeployedAt: row.live_deployed_at,
    liveFirstDeployedAt: row.live_first_deployed_at,
    unpublishStatus: row.unpublish_status,
    unpublishStatusAt: row.unpublish_status_at,
    starter:
      row.starter_id === null
        ? null
        : { id: row.starter_id, slug: text(row.starter_slug), name: text(row.starter_name), path: text(row.starter_path), source: text(row.starter_source), commit: row.starter_commit, status: text(row.starter_status), config: row.starter_config },
  };
}

/** Sites with their starters and with what is deployed of each version in the site's own theme. */
function fromWebsites(db: Db): Knex.QueryBuilder {
  const deployed = (version: PublishVersion): Knex.JoinCallback => (join) => {
    join.on(`${version}.site_id`, 'sites.id').andOnVal(`${version}.version`, version).andOnVal(`${version}.theme`, '').andOnNotNull(`${version}.manifest_key`);
  };
  return db('sites')
    .leftJoin('starters', 'starters.id', 'sites.starter_id')
    .leftJoin('deployments as draft', deployed('draft'))
    .leftJoin('deployments as live', deployed('live'));
}

const columns = [
  'sites.id', 'sites.name', 'sites.short_id', 'sites.title', 'sites.source', 'sites.site_type', 'sites.url_path', 'sites.created_at', 'sites.updated_at', 'sites.unpublish_status', 'sites.unpublish_status_at',
  'draft.deployed_at as draft_deployed_at', 'live.deployed_at as live_deployed_at', 'live.first_deployed_at as live_first_deployed_at',
  'starters.id as starter_id', 'starters.slug as starter_slug', 'starters.name as starter_name', 'starters.path as starter_path', 'starters.source as starter_source', 'starters.commit as starter_commit', 'starters.status as starter_status', 'starters.config as starter_config',
];

/** Readers see it, and it can be shown in a list: what has no metadata breaks the pages of the root site. */
const isPublished = `(live.first_deployed_at is not null and sites.unpublish_status is null
  and exists (select 1 from content_items i where i.site_id = sites.id and i.text_id = 'sitemetadata' and i.deleted_at is null and i.metadata is not null))`;

/** Names under which lists can be sorted, in the words of the existing system. */
export const websiteSorts = {
  name: 'sites.name',
  short_id: 'sites.short_id',
  title: 'sites.title',
  created_on: 'sites.created_at',
  updated_on: 'sites.updated_at',
  publish_date: 'live.deployed_at',
  first_published_to_production: 'live.first_deployed_at',
} as const;

export interface WebsiteFilter {
  /** Null means every site. */
  readonly siteIds: readonly string[] | null;
  readonly isPublished?: boolean | undefined;
  readonly starterSlug?: string | undefined;
  /** Part of title, name or short id; `.` also matches `-`. */
  readonly search?: string | undefined;
  /** Names that are left out. */
  readonly except: readonly string[];
  readonly sort: { readonly by: keyof typeof websiteSorts; readonly isDescending: boolean };
}

/** Sites that match, `limit` from `offset` in a stable order, with the number of all of them. */
export async function listWebsites(db: Db, filter: WebsiteFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; websites: WebsiteRow[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    query.whereNotIn('sites.name', [...filter.except]).whereNull('sites.archived_at');
    if (filter.siteIds !== null) query.whereIn('sites.id', [...filter.siteIds]);
    if (filter.isPublished !== undefined) query.whereRaw(filter.isPublished ? isPublished : `not ${isPublished}`);
    if (filter.starterSlug !== undefined) query.where('starters.slug', filter.starterSlug);
    narrowToSitesNamed(query, filter.search);
  };
  const rows: DbWebsite[] = await fromWebsites(db)
    .select(columns)
    .modify(narrow)
    .orderBy([{ column: websiteSorts[filter.sort.by], order: filter.sort.isDescending ? 'desc' : 'asc', nulls: 'last' }, { column: 'sites.id' }])
    .limit(page.limit)
    .offset(page.offset);
  const counted = (await fromWebsites(db).modify(narrow).count({ count: '*' }).first()) as { count: number } | undefined;
  return { total: counted?.count ?? 0, websites: rows.map(fromDb) };
}

/** Every site with a starter of which this version was ever put out, by name; unpublished ones are not out live. */
export async function listDeployedWebsites(db: Db, filter: { readonly version: PublishVersion; readonly starterSlug?: string | undefined; readonly except: readonly string[] }): Promise<WebsiteRow[]> {
  const rows: DbWebsite[] = await fromWebsites(db)
    .select(columns)
    .whereNotNull('starters.id')
    .whereNull('sites.archived_at')
    .whereNotNull(`${filter.version}.first_deployed_at`)
    .whereNotIn('sites.name', [...filter.except])
    .modify((query) => {
      if (filter.version === 'live') query.whereNull('sites.unpublish_status');
      if (filter.starterSlug !== undefined) query.where('starters.slug', filter.starterSlug);
    })
    .orderBy('sites.name');
  return rows.map(fromDb);
}

/** Names of the sites whose courses say that they are not to be downloaded. */
export async function listUndownloadableSites(db: Db): Promise<Set<string>> {
  const rows: { name: string }[] = await db('content_items')
    .join('sites', 'sites.id', 'content_items.site_id')
    .where({ text_id: 'sitemetadata' })
    .whereNull('content_items.deleted_at')
    .whereRaw(`content_items.metadata ->> 'hide_download' = 'true'`)
    .select('sites.name');
  return new Set(rows.map((row) => row.name));
}

/** Sites that are to be taken offline and are not yet, with the id they had in the system before the existing one. */
export async function listUnpublishingWebsites(db: Db): Promise<{ id: string; name: string; urlPath: string | null; legacyUid: string | null }[]> {
  const rows: { id: string; name: string; url_path: string | null; legacy_uid: string | null }[] = await db('sites')
    .leftJoin('content_items as metadata', (join) => join.on('metadata.site_id', 'sites.id').andOnVal('metadata.text_id', 'sitemetadata').andOnNull('metadata.deleted_at'))
    .whereNotNull('sites.unpublish_status')
    .whereNot('sites.unpublish_status', 'succeeded')
    .orderBy('sites.name')
    .select('sites.id', 'sites.name', 'sites.url_path', db.raw(`metadata.metadata ->> 'legacy_uid' as legacy_uid`));
  return rows.map((row) => ({ id: row.id, name: row.name, urlPath: row.url_path, legacyUid: row.legacy_uid === '' ? null : row.legacy_uid }));
}
