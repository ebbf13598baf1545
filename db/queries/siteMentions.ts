import type { Db } from '../knex.ts';
import { contentItemFromDb, type DbContentItem, type StoredContentItem } from './contentItems.ts';

/** An item that may name a site by its address. */
export interface MentioningItem {
  readonly siteId: string;
  readonly siteName: string;
  /** The configuration of the item's site; null when none was ever read without fault. */
  readonly config: unknown;
  readonly item: StoredContentItem;
}

/** Items of every site, deleted ones too, whose text or metadata holds these characters, by site and item. It reads all content: for rare deeds. */
export async function listMentioningItems(db: Db, text: string): Promise<MentioningItem[]> {
  const rows: (DbContentItem & { site_id: string; site_name: string; starter_config: unknown })[] = await db('content_items')
    .join('sites', 'sites.id', 'content_items.site_id')
    .leftJoin('starters', 'starters.id', 'sites.starter_id')
    .whereRaw('(position(:text in coalesce(content_items.markdown, \'\')) > 0 or position(:text in coalesce(cast(content_items.metadata as text), \'\')) > 0)', { text })
    .orderBy(['content_items.site_id', 'content_items.id'])
    .select('content_items.*', 'sites.name as site_name', 'starters.config as starter_config');
  return rows.map((row) => ({ siteId: row.site_id, siteName: row.site_name, config: row.starter_config, item: contentItemFromDb(row) }));
}

/** Lets what is known of references follow a site's address. */
export async function repointReferences(trx: Db, from: string, to: string): Promise<void> {
  await trx('content_references').where({ target_site: from }).update({ target_site: to, updated_at: trx.fn.now() });
}
