import type { Knex } from 'knex';
import type { Db } from '../knex.ts';
import { narrowToSitesNamed } from './searches.ts';
import { shownAs } from './shownAs.ts';

/** A site as a picker needs it. */
export interface NamedSite {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly shortId: string;
  readonly urlPath: string | null;
  /** When its live version was deployed last; null for what readers do not see. */
  readonly publishedAt: Date | null;
}

interface DbNamedSite {
  id: string;
  name: string;
  title: string;
  short_id: string;
  url_path: string | null;
  published_at: Date | null;
}

function selectSites(db: Db): Knex.QueryBuilder {
  return db('sites')
    .leftJoin('deployments as live', (on) => void on.on('live.site_id', 'sites.id').andOnVal('live.version', 'live').andOnVal('live.theme', '').andOnNotNull('live.manifest_key'))
    .select('sites.id', 'sites.name', 'sites.title', 'sites.short_id', 'sites.url_path', 'live.deployed_at as published_at');
}

const fromDb = (row: DbNamedSite): NamedSite => ({ id: row.id, name: row.name, title: row.title, shortId: row.short_id, urlPath: row.url_path, publishedAt: row.published_at });

/** Sites by what they were asked for by: a name, or a URL path where no site has that name. */
export async function listNamedSites(db: Db, names: readonly string[]): Promise<Map<string, NamedSite>> {
  const asked = names.filter((name) => name !== '');
  if (asked.length === 0) return new Map();
  const rows: DbNamedSite[] = await selectSites(db).whereIn('sites.name', asked).orWhereIn('sites.url_path', asked);
  const found = new Map<string, NamedSite>();
  for (const row of rows) if (row.url_path !== null && row.url_path !== '') found.set(row.url_path, fromDb(row));
  for (const row of rows) found.set(row.name, fromDb(row));
  return found;
}

/** The site of this name or URL path. */
export async function findNamedSite(db: Db, name: string): Promise<NamedSite | undefined> {
  return (await listNamedSites(db, [name])).get(name);
}

export interface PublishedSiteFilter {
  /** Part of title, name or short id; `.` also matches `-`. */
  readonly search?: string | undefined;
  /** URL paths that are left out. */
  readonly except?: readonly string[] | undefined;
}

/** Sites that readers see and that have an address of their own, by title, with the number of all that match. */
export async function listPublishedSites(db: Db, filter: PublishedSiteFilter, page: { limit: number; offset: number }): Promise<{ total: number; sites: { name: string; urlPath: string; shortId: string; title: string }[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    query.whereNull('sites.archived_at').whereNot('sites.url_path', '');
    query.whereExists(db('deployments').whereRaw('deployments.site_id = sites.id').where({ version: 'live', theme: '' }).whereNotNull('manifest_key').select('site_id'));
    if (filter.except !== undefined && filter.except.length > 0) query.whereNotIn('sites.url_path', [...filter.except]);
    narrowToSitesNamed(query, filter.search);
  };
  const rows: { name: string; url_path: string; short_id: string; title: string }[] = await db('sites').modify(narrow).orderByRaw('lower(sites.title), sites.id').limit(page.limit).offset(page.offset).select('sites.name', 'sites.url_path', 'sites.short_id', 'sites.title');
  const counted = await db('sites').modify(narrow).count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, sites: rows.map((row) => ({ name: row.name, urlPath: row.url_path, shortId: row.short_id, title: row.title })) };
}

/** An item that was chosen, with what says whether readers can have met it. */
export interface NamedItem {
  readonly type: string;
  readonly title: string | null;
  /** What the field that was asked for says of it; its title where that says nothing. */
  readonly shown: string | null;
  readonly isDraft: boolean;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

/** Items by `<site id>/<text id>`, deleted ones too, in one statement, `shown` by the field `display` of their metadata. */
export async function listNamedItems(db: Db, wanted: readonly { readonly siteId: string; readonly textId: string }[], display?: string): Promise<Map<string, NamedItem>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: { site_id: string; text_id: string; type: string; title: string | null; shown: string | null; is_draft: boolean; created_at: Date; deleted_at: Date | null }[] }>(
    `select i.site_id, i.text_id, i.type, i.title, ? as shown, i.is_draft, i.created_at, i.deleted_at
     from unnest(?::uuid[], ?::text[]) as wanted (site_id, text_id) join content_items i on i.site_id = wanted.site_id and i.text_id = wanted.text_id`,
    [shownAs(db, display, 'i') ?? db.raw('i.title'), wanted.map(({ siteId }) => siteId), wanted.map(({ textId }) => textId)],
  );
  return new Map(rows.map((row) => [`${row.site_id}/${row.text_id}`, { type: row.type, title: row.title, shown: row.shown, isDraft: row.is_draft, createdAt: row.created_at, deletedAt: row.deleted_at }]));
}
