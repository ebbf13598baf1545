import type { Db } from '../knex.ts';

export interface CleanupSiteFilter {
  /** Names; absent means every site. */
  readonly names?: readonly string[] | undefined;
  readonly starterSlug?: string | undefined;
  /** Only sites that readers can see. */
  readonly publishedOnly?: boolean | undefined;
}

/** Ids of the sites that match, by name. */
export async function listCleanupSiteIds(db: Db, filter: CleanupSiteFilter): Promise<string[]> {
  const rows: { id: string }[] = await db('sites')
    .whereNull('sites.archived_at')
    .modify((query) => {
      if (filter.names !== undefined) query.whereIn('sites.name', [...filter.names]);
      if (filter.starterSlug !== undefined) query.whereIn('sites.starter_id', db('starters').where({ slug: filter.starterSlug }).select('id'));
      if (filter.publishedOnly === true) query.whereRaw(`exists (select 1 from deployments d where d.site_id = sites.id and d.version = 'live' and d.theme = '' and d.manifest_key is not null)`);
    })
    .orderBy('sites.name')
    .select('sites.id');
  return rows.map((row) => row.id);
}

/** Which of these names are no site’s. */
export async function unknownSiteNames(db: Db, names: readonly string[]): Promise<string[]> {
  const rows: { name: string }[] = await db('sites').whereIn('name', [...names]).select('name');
  const known = new Set(rows.map((row) => row.name));
  return names.filter((name) => !known.has(name));
}

/** The addresses of every other site that has one. */
export async function listOtherSites(db: Db, siteId: string): Promise<{ name: string; urlPath: string }[]> {
  const rows: { name: string; url_path: string }[] = await db('sites').whereNot({ id: siteId }).whereNotNull('url_path').select('name', 'url_path');
  return rows.map((row) => ({ name: row.name, urlPath: row.url_path }));
}

/** Where the items of a site were before they were renamed or moved. */
export async function listFormerPlaces(db: Db, siteId: string): Promise<{ textId: string; dirpath: string; filename: string }[]> {
  const rows: { text_id: string; dirpath: string; filename: string }[] = await db('content_revisions as r')
    .join('content_items as c', 'c.id', 'r.item_id')
    .where({ 'c.site_id': siteId, 'c.is_page_content': true })
    .whereNull('c.deleted_at')
    .whereRaw('(r.dirpath, r.filename) is distinct from (c.dirpath, c.filename)')
    .distinct('c.text_id', 'r.dirpath', 'r.filename');
  return rows.map((row) => ({ textId: row.text_id, dirpath: row.dirpath, filename: row.filename }));
}

/** Which of these items other sites have, as `<site>\n<text id>` with the site's name and with its address. */
export async function otherSitesItems(db: Db, siteId: string, textIds: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const wanted = [...new Set(textIds)];
  for (let start = 0; start < wanted.length; start += TEXT_IDS_AT_ONCE) {
    const rows: { name: string; url_path: string | null; text_id: string }[] = await db('content_items as c')
      .join('sites as s', 's.id', 'c.site_id')
      .whereNot('c.site_id', siteId)
      .whereNull('c.deleted_at')
      .whereIn('c.text_id', wanted.slice(start, start + TEXT_IDS_AT_ONCE))
      .select('s.name', 's.url_path', 'c.text_id');
    for (const row of rows) for (const site of [row.name, row.url_path]) if (site !== null) found.add(`${site}\n${row.text_id}`);
  }
  return found;
}

const TEXT_IDS_AT_ONCE = 1_000;
