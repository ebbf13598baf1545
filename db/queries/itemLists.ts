import type { Knex } from 'knex';
import type { Db } from '../knex.ts';
import { containing } from './searches.ts';
import { shownAs } from './shownAs.ts';

export interface ItemFilter {
  readonly siteId: string;
  /** Kinds of content; all when absent. */
  readonly types?: readonly string[] | undefined;
  /** Part of the title, of the file's name, or of the uploaded file's name. */
  readonly search?: string | undefined;
  readonly resourceGroup?: 'Image' | 'Video' | 'Document' | 'Other' | undefined;
  readonly isDraft?: boolean | undefined;
  /** Deleted items instead of those that are there. */
  readonly deleted: boolean;
  readonly sort: 'updated' | 'title';
}

/** What a list shows of an item: no body, no metadata. */
export interface ItemSummaryRow {
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  readonly dirpath: string;
  readonly filename: string;
  readonly isPageContent: boolean;
  readonly resourcetype: string | null;
  readonly isDraft: boolean;
  readonly revision: number;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
  readonly deletedAt: Date | null;
}

interface DbItemSummary {
  text_id: string;
  type: string;
  title: string | null;
  dirpath: string;
  filename: string;
  is_page_content: boolean;
  resourcetype: string | null;
  is_draft: boolean;
  revision: number;
  updated_at: Date;
  updated_by: string | null;
  deleted_at: Date | null;
}

/** What is typed is text, not a pattern; small and capital letters are the same, by the database's own rule for both sides. `shown` is looked through as well. */
function narrowBySearch(query: Knex.QueryBuilder, search: string | undefined, shown: Knex.Raw | undefined): void {
  if (search === undefined || search.trim() === '') return;
  const wanted = containing(search.trim());
  query.where((either) => {
    void either.whereRaw(String.raw`search_text like lower(?) escape '\'`, [wanted]);
    if (shown !== undefined) void either.orWhereRaw('? ilike ?', [shown, wanted]);
  });
}

function narrow(query: Knex.QueryBuilder, filter: ItemFilter, shown?: Knex.Raw): void {
  query.where({ site_id: filter.siteId });
  if (filter.deleted) query.whereNotNull('deleted_at');
  else query.whereNull('deleted_at');
  const [only, ...others] = filter.types ?? [];
  if (only !== undefined) query.modify((narrowed) => void (others.length === 0 ? narrowed.where({ type: only }) : narrowed.whereIn('type', [only, ...others])));
  if (filter.resourceGroup !== undefined) query.where({ resource_group: filter.resourceGroup });
  // Written as the indexes have it, so that Postgres sees they fit.
  if (filter.isDraft !== undefined) query.whereRaw(filter.isDraft ? 'is_draft' : 'not is_draft');
  narrowBySearch(query, filter.search, shown);
}

/** The statement that reads one page of a list. */
export function itemPageQuery(db: Db, filter: ItemFilter, page: { limit: number; offset: number }): Knex.QueryBuilder {
  const order = filter.sort === 'title' ? [{ column: 'title_order' }, { column: 'id' }] : [{ column: 'updated_at', order: 'desc' as const }, { column: 'id' }];
  return db('content_items')
    .modify(narrow, filter)
    .orderBy(order)
    .limit(page.limit)
    .offset(page.offset)
    .select('text_id', 'type', 'title', 'dirpath', 'filename', 'is_page_content', 'resourcetype', 'is_draft', 'revision', 'updated_at', 'updated_by', 'deleted_at');
}

/** The statement that counts a list. */
export function itemCountQuery(db: Db, filter: ItemFilter): Knex.QueryBuilder {
  return db('content_items').modify(narrow, filter).count({ count: '*' });
}

/** Items of a site that match, in a stable order, `limit` from `offset`, with the number of all that match. */
export async function listItems(db: Db, filter: ItemFilter, page: { limit: number; offset: number }): Promise<{ total: number; items: ItemSummaryRow[] }> {
  const [rows, [counted]] = (await Promise.all([itemPageQuery(db, filter, page), itemCountQuery(db, filter)])) as [DbItemSummary[], { count: number }[]];
  return {
    total: counted?.count ?? 0,
    items: rows.map((row) => ({
      textId: row.text_id,
      type: row.type,
      title: row.title,
      dirpath: row.dirpath,
      filename: row.filename,
      isPageContent: row.is_page_content,
      resourcetype: row.resourcetype,
      isDraft: row.is_draft,
      revision: row.revision,
      updatedAt: row.updated_at,
      updatedBy: row.updated_by,
      deletedAt: row.deleted_at,
    })),
  };
}

export interface PickFilter extends Pick<ItemFilter, 'siteId' | 'types' | 'search'> {
  /** Only items with this text in this field of their metadata (or as their title); of `resourcetype`, `Other` is anything but the three groups. */
  readonly where?: { readonly field: string; readonly equals: string } | undefined;
  /** Text ids that are left out. */
  readonly except?: readonly string[] | undefined;
  /** Only what has a page of its own. */
  readonly onlyPages?: boolean;
  /** The field of the metadata that entries are shown, found and sorted by; the title where it is absent. */
  readonly display?: string | undefined;
  /** Only what readers could have met: no drafts, nothing made after a moment if one is given. Null takes everything. */
  readonly onlyPublic: { readonly madeBefore: Date | null } | null;
}

function narrowToPickable(query: Knex.QueryBuilder, { onlyPublic, where, except, onlyPages, ...rest }: PickFilter, shown: Knex.Raw | undefined): void {
  // The type of resource has a column and indexes; other fields are read from the items of the kinds that are asked for.
  const group = where?.field === 'resourcetype' && isResourceGroup(where.equals) ? where.equals : undefined;
  narrow(query, { ...rest, resourceGroup: group, deleted: false, sort: 'title' }, shown);
  if (where !== undefined && group === undefined) {
    if (where.field === 'title') query.where({ title: where.equals });
    else query.whereRaw('metadata ->> ? = ?', [where.field, where.equals]);
  }
  if (except !== undefined && except.length > 0) query.whereNotIn('text_id', [...except]);
  if (onlyPages === true) query.where({ is_page_content: true });
  if (onlyPublic !== null) query.whereRaw('not is_draft');
  if (onlyPublic?.madeBefore != null) query.where('created_at', '<=', onlyPublic.madeBefore);
}

function isResourceGroup(value: string): value is NonNullable<ItemFilter['resourceGroup']> {
  return value === 'Image' || value === 'Video' || value === 'Document' || value === 'Other';
}

/** The statement that reads one page of what can be picked. */
export function pickPageQuery(db: Db, filter: PickFilter, page: { limit: number; offset: number }): Knex.QueryBuilder {
  const shown = shownAs(db, filter.display);
  const order = shown === undefined ? db.raw('title_order') : db.raw('lower(?)', [shown]);
  return db('content_items').modify(narrowToPickable, filter, shown).orderByRaw('?, id', [order]).limit(page.limit).offset(page.offset).select('text_id', 'type', { title: shown ?? 'title' });
}

/** The statement that counts what can be picked. */
export function pickCountQuery(db: Db, filter: PickFilter): Knex.QueryBuilder {
  return db('content_items').modify(narrowToPickable, filter, shownAs(db, filter.display)).count({ count: '*' });
}

/** Items another site may name, by what they are shown as, with the number of all that match: nothing of them but what a choice needs. */
export async function listPickableItems(db: Db, filter: PickFilter, page: { limit: number; offset: number }): Promise<{ total: number; items: { textId: string; type: string; title: string | null }[] }> {
  const [rows, [counted]] = (await Promise.all([pickPageQuery(db, filter, page), pickCountQuery(db, filter)])) as [{ text_id: string; type: string; title: string | null }[], { count: number }[]];
  return { total: counted?.count ?? 0, items: rows.map((row) => ({ textId: row.text_id, type: row.type, title: row.title })) };
}

/** Names of the pages that lie in a folder, but of one item. */
export async function listFilenames(db: Db, siteId: string, dirpath: string, butTextId: string | null): Promise<Set<string>> {
  const rows: { filename: string }[] = await db('content_items')
    .where({ site_id: siteId, dirpath, is_page_content: true })
    .whereNull('deleted_at')
    .modify((query) => {
      if (butTextId !== null) query.whereNot({ text_id: butTextId });
    })
    .select('filename');
  return new Set(rows.map((row) => row.filename));
}

/** Metadata of every page of a site that has old addresses, but of one item. */
export async function listMetadataWithAliases(db: Db, siteId: string, butTextId: string | null): Promise<Record<string, unknown>[]> {
  const rows: { aliases: unknown }[] = await db('content_items')
    .where({ site_id: siteId })
    .whereNull('deleted_at')
    .whereRaw(`metadata -> 'aliases' is not null`)
    .modify((query) => {
      if (butTextId !== null) query.whereNot({ text_id: butTextId });
    })
    .select(db.raw(`metadata -> 'aliases' as aliases`));
  return rows.map((row) => ({ aliases: row.aliases }));
}

/** The text id of the item that stands for an outside address; undefined when there is none. */
export async function findExternalResource(db: Db, siteId: string, url: string): Promise<string | undefined> {
  const row = await db('content_items').where({ site_id: siteId, type: 'external-resource' }).whereNull('deleted_at').whereRaw(`metadata ->> 'external_url' = ?`, [url]).orderBy('id').first<{ text_id: string } | undefined>('text_id');
  return row?.text_id;
}
