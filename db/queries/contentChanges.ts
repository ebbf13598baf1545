import { isDeepStrictEqual } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import type { ContentItem } from '#domain/contentItem.ts';
import type { ContentReference } from '#domain/references.ts';
import type { Db } from '../knex.ts';
import { contentItemFromDb, contentItemToDb, type DbContentItem, type StoredContentItem } from './contentItems.ts';
import { setReferences } from './contentReferences.ts';
import { bumpContentRevision, lockSite } from './sites.ts';

/** Everything but the text id, which never changes. */
export type ContentFields = Omit<ContentItem, 'textId'>;

export interface ContentChange {
  readonly siteId: string;
  readonly textId: string;
  /** The revision the change was made from; null changes whatever there is (writers of the studio's own). */
  readonly fromRevision: number | null;
  /** What to set; what is absent stays. */
  readonly set: Partial<ContentFields>;
  /** True deletes, false brings back, absent leaves it. */
  readonly deleted?: boolean;
  readonly by: string | null;
  /** `edited`, `renamed`, `restored`, `deleted`, `undeleted`, `pulled`, `cleanup:<rule>`, … */
  readonly reason: string;
  /** What the item names after the change; absent leaves the known ones. */
  readonly references?: readonly ContentReference[];
}

export type ContentChangeResult =
  | { readonly kind: 'saved'; readonly item: StoredContentItem }
  /** The change would change nothing. */
  | { readonly kind: 'unchanged'; readonly item: StoredContentItem }
  /** Somebody saved meanwhile; `item` is what they saved. */
  | { readonly kind: 'conflict'; readonly item: StoredContentItem }
  | { readonly kind: 'missing' };

/**
 * Changes one item: the state it had goes to its history, its revision and the site's are raised. Call inside a
 * transaction; site and item are locked until its end.
 */
export async function changeContentItem(trx: Db, change: ContentChange): Promise<ContentChangeResult> {
  await lockSite(trx, change.siteId);
  // Weaker than what a deletion takes: whoever names this item holds it by its key, and need not wait for a save of it.
  const row = await trx('content_items').where({ site_id: change.siteId, text_id: change.textId }).forNoKeyUpdate().first<DbContentItem | undefined>();
  if (row === undefined) return { kind: 'missing' };
  const item = contentItemFromDb(row);
  if (change.fromRevision !== null && change.fromRevision !== item.revision) return { kind: 'conflict', item };
  const isDeleted = item.deletedAt !== null;
  const next: ContentItem = { ...item, ...change.set };
  if ((change.deleted ?? isDeleted) === isDeleted && isSame(item, next)) {
    if (change.references !== undefined) await setReferences(trx, item.id, change.references);
    return { kind: 'unchanged', item };
  }
  const siteRevision = await bumpContentRevision(trx, change.siteId);
  await trx('content_revisions').insert({
    id: uuidv7(),
    item_id: row.id,
    revision: row.revision,
    type: row.type,
    title: row.title,
    dirpath: row.dirpath,
    filename: row.filename,
    metadata: JSON.stringify(row.metadata),
    markdown: row.markdown,
    file: row.file,
    is_deleted: isDeleted,
    reason: row.reason,
    saved_by: row.updated_by,
    saved_at: row.updated_at,
    site_revision: row.site_revision,
  });
  const [updated] = await trx('content_items')
    .where({ id: row.id })
    .update({
      ...contentItemToDb(next),
      ...(change.deleted === undefined ? {} : { deleted_at: change.deleted ? (row.deleted_at ?? trx.fn.now()) : null }),
      revision: row.revision + 1,
      site_revision: siteRevision,
      reason: change.reason,
      updated_by: change.by,
      updated_at: trx.raw('clock_timestamp()'),
    })
    .returning<DbContentItem[]>('*');
  if (updated === undefined) throw new Error(`Item ${row.id} vanished while it was locked`);
  if (change.references !== undefined) await setReferences(trx, row.id, change.references);
  return { kind: 'saved', item: contentItemFromDb(updated) };
}

function isSame(before: ContentItem, after: ContentItem): boolean {
  return (['type', 'title', 'dirpath', 'filename', 'isPageContent', 'metadata', 'markdown', 'file'] as const).every((field) => isDeepStrictEqual(before[field], after[field]));
}

export interface NewItem {
  readonly siteId: string;
  readonly item: ContentItem;
  readonly by: string | null;
  /** `created`, `pulled`, `imported`, … */
  readonly reason: string;
  readonly references?: readonly ContentReference[];
}

/**
 * Adds one item and raises the site's revision. Call inside a transaction.
 * @throws the database's unique violation (23505) on `content_items_site_id_text_id_key` or `content_items_path`.
 */
export async function createContentItem(trx: Db, given: NewItem): Promise<StoredContentItem> {
  await lockSite(trx, given.siteId);
  const siteRevision = await bumpContentRevision(trx, given.siteId);
  const [row] = await trx('content_items')
    .insert({ id: uuidv7(), site_id: given.siteId, site_revision: siteRevision, text_id: given.item.textId, ...contentItemToDb(given.item), reason: given.reason, created_by: given.by, updated_by: given.by })
    .returning<DbContentItem[]>('*');
  if (row === undefined) throw new Error(`Item ${given.item.textId} was not inserted`);
  if (given.references !== undefined) await setReferences(trx, row.id, given.references);
  return contentItemFromDb(row);
}

/** Adds the item or gives the one of the same text id this content; a deleted one comes back. Call inside a transaction. */
export async function putContentItem(trx: Db, given: NewItem): Promise<StoredContentItem> {
  const { textId, ...set } = given.item;
  const changed = await changeContentItem(trx, { siteId: given.siteId, textId, fromRevision: null, set, deleted: false, by: given.by, reason: given.reason, ...(given.references === undefined ? {} : { references: given.references }) });
  return changed.kind === 'missing' ? createContentItem(trx, given) : changed.item;
}
