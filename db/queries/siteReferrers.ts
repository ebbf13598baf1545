import type { Db } from '../knex.ts';
import type { NamedSite, Referrer } from './contentReferences.ts';

/**
 * Everything of other sites that refers to a site or to one of its items, in a stable order. What the root site lists of it is
 * the studio's own, and does not count.
 */
export async function listSiteReferrers(db: Db, site: NamedSite): Promise<Referrer[]> {
  const names = site.urlPath === null ? [site.name] : [site.name, site.urlPath];
  const rows: { site_id: string; site: string; text_id: string; type: string; title: string | null; field: string }[] = await db('content_references as r')
    .join('content_items as referrer', 'referrer.id', 'r.item_id')
    .join('sites', 'sites.id', 'referrer.site_id')
    .whereIn('r.target_site', names)
    .whereNull('referrer.deleted_at')
    .whereNot('referrer.site_id', site.id)
    .whereNot('referrer.type', 'website')
    .groupBy('referrer.site_id', 'sites.name', 'referrer.text_id', 'referrer.type', 'referrer.title', 'r.field')
    .orderByRaw('sites.name, referrer.title nulls last, referrer.text_id, r.field')
    .select('referrer.site_id', 'sites.name as site', 'referrer.text_id', 'referrer.type', 'referrer.title', 'r.field');
  return rows.map((row) => ({ siteId: row.site_id, site: row.site, textId: row.text_id, type: row.type, title: row.title, field: row.field }));
}
