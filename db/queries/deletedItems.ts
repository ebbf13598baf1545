import type { Knex } from 'knex';
import type { Db } from '../knex.ts';
import type { DeletionState } from './contentDeletions.ts';
import { containing } from './searches.ts';

/** An item that is deleted or on its way out, or (without one) a file that is. */
export interface DeletedItemRow {
  readonly siteId: string;
  readonly site: string;
  readonly siteTitle: string;
  readonly isSiteArchived: boolean;
  readonly textId: string | null;
  readonly type: string | null;
  readonly title: string | null;
  readonly fileName: string | null;
  /** When it was deleted, or asked to be. */
  readonly at: Date;
  readonly byName: string | null;
  /** The deletion with its file; null for an item that was deleted alone. */
  readonly deletion: { readonly id: string; readonly state: DeletionState; readonly dueAt: Date } | null;
  /** Whether the item is gone from the site already. */
  readonly isGone: boolean;
}

interface DbDeletedItem {
  site_id: string;
  site: string;
  site_title: string;
  is_site_archived: boolean;
  text_id: string | null;
  type: string | null;
  title: string | null;
  file_name: string | null;
  at: Date;
  by_name: string | null;
  deletion_id: string | null;
  state: DeletionState | null;
  due_at: Date | null;
  is_gone: boolean;
}

function fromDb(row: DbDeletedItem): DeletedItemRow {
  return {
    siteId: row.site_id,
    site: row.site,
    siteTitle: row.site_title,
    isSiteArchived: row.is_site_archived,
    textId: row.text_id,
    type: row.type,
    title: row.title,
    fileName: row.file_name,
    at: row.at,
    byName: row.by_name,
    deletion: row.deletion_id === null || row.state === null || row.due_at === null ? null : { id: row.deletion_id, state: row.state, dueAt: row.due_at },
    isGone: row.is_gone,
  };
}

/**
 * Of one deletion with its file there is one row, whatever became of it; an item that was deleted alone has one of its own. What was kept or
 * undone is there again, and is in no list of what is deleted.
 */
const ROWS = `(
  select d.site_id, item.text_id, item.type, item.title, file.name as file_name, d.created_at as at, users.name as by_name, d.id as deletion_id, d.state, d.due_at,
    coalesce(item.deleted_at is not null, d.state = 'done') as is_gone
  from content_deletions d
    left join content_items item on item.id = d.item_id
    left join drive_files file on file.id = d.drive_file_id
    left join users on users.id = d.requested_by
  where d.state in ('pending', 'going', 'done', 'undoing')
  union all
  select item.site_id, item.text_id, item.type, item.title, null, item.deleted_at, users.name, null, null, null, true
  from content_items item left join users on users.id = item.updated_by
  where item.deleted_at is not null and not exists (select 1 from content_deletions d where d.item_id = item.id and d.state in ('pending', 'going', 'done', 'undoing'))
)`;

export interface DeletedItemFilter {
  /** Part of a title, of an item's id or of a file's name. */
  readonly search?: string | undefined;
  /** Part of a site's name or title. */
  readonly site?: string | undefined;
}

/** Everything that is deleted or on its way out in all sites, the newest first. */
export async function listDeletedItems(db: Db, filter: DeletedItemFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; items: DeletedItemRow[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    const [search, site] = [filter.search?.trim() ?? '', filter.site?.trim() ?? ''];
    if (search !== '') query.where((either) => void either.whereILike('gone.title', containing(search)).orWhereILike('gone.text_id', containing(search)).orWhereILike('gone.file_name', containing(search)));
    if (site !== '') query.where((either) => void either.whereILike('sites.name', containing(site)).orWhereILike('sites.title', containing(site)));
  };
  const rows = (): Knex.QueryBuilder => db.from(db.raw(`${ROWS} as gone`)).join('sites', 'sites.id', 'gone.site_id').modify(narrow);
  const counted = await rows().first<{ count: number } | undefined>(db.raw('count(*) as count'));
  const found: DbDeletedItem[] = await rows()
    .orderBy([{ column: 'gone.at', order: 'desc' }, { column: 'gone.text_id' }, { column: 'gone.deletion_id' }])
    .limit(page.limit)
    .offset(page.offset)
    .select('gone.*', 'sites.name as site', 'sites.title as site_title', db.raw('sites.archived_at is not null as is_site_archived'));
  return { total: Number(counted?.count ?? 0), items: found.map(fromDb) };
}
