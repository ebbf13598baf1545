import type { Db } from '../knex.ts';

export const unpublishedKinds = ['new', 'changed', 'renamed', 'deleted'] as const;
export type UnpublishedKind = (typeof unpublishedKinds)[number];

/** An item that is another than it was at a revision of its site. */
export interface UnpublishedRow {
  readonly id: string;
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  readonly kind: UnpublishedKind;
  readonly dirpath: string;
  readonly filename: string;
  readonly isPageContent: boolean;
  readonly isDraft: boolean;
  readonly revision: number;
  /** The state it had then; null where it was not there. */
  readonly before: { readonly revision: number; readonly dirpath: string; readonly filename: string } | null;
  /** How often it was saved since. */
  readonly saves: number;
  readonly savedAt: Date;
  readonly savedBy: string | null;
}

interface DbUnpublished {
  id: string;
  text_id: string;
  type: string;
  title: string | null;
  kind: UnpublishedKind;
  dirpath: string;
  filename: string;
  is_page_content: boolean;
  is_draft: boolean;
  revision: number;
  before_revision: number | null;
  before_dirpath: string | null;
  before_filename: string | null;
  saves: number;
  updated_at: Date;
  updated_by: string | null;
}

/**
 * Items whose state at the site's revision `since` was another than it is now, with the state they had. What was changed and
 * changed back, or made and deleted since, is none: a publish would not show it.
 */
const DIFFERENT = `
  select c.id, c.text_id, c.type, c.title, c.dirpath, c.filename, c.is_page_content, c.is_draft, c.revision, c.updated_at, c.updated_by,
    b.revision as before_revision, b.dirpath as before_dirpath, b.filename as before_filename,
    case when b.revision is null then 'new' when c.deleted_at is not null then 'deleted' when (c.dirpath, c.filename) is distinct from (b.dirpath, b.filename) then 'renamed' else 'changed' end as kind
  from content_items c
  left join lateral (
    select was.* from (select r.* from content_revisions r where r.item_id = c.id and r.site_revision <= :since order by r.revision desc limit 1) was where not was.is_deleted
  ) b on true
  where c.site_id = :siteId and c.site_revision > :since
    and (b.revision is not null or c.deleted_at is null)
    and (b.revision is null or c.deleted_at is not null
      or (c.type, c.title, c.dirpath, c.filename, coalesce(c.metadata, '{}'), c.markdown, c.file) is distinct from (b.type, b.title, b.dirpath, b.filename, coalesce(b.metadata, '{}'), b.markdown, b.file))`;

/** What was out before anything was. */
export const NOTHING_OUT = -1;

/** How many items of a site are another than at its revision `since`, by what became of them. */
export async function countUnpublished(db: Db, siteId: string, since: number): Promise<Record<UnpublishedKind, number>> {
  const { rows } = await db.raw<{ rows: { kind: UnpublishedKind; count: number }[] }>(`select kind, count(*) as count from (${DIFFERENT}) different group by kind`, { siteId, since });
  const of = (kind: UnpublishedKind): number => Number(rows.find((row) => row.kind === kind)?.count ?? 0);
  return { new: of('new'), changed: of('changed'), renamed: of('renamed'), deleted: of('deleted') };
}

/** Those items, the latest first. */
export async function listUnpublished(db: Db, siteId: string, since: number, page: { readonly limit: number; readonly offset: number }): Promise<UnpublishedRow[]> {
  const { rows } = await db.raw<{ rows: DbUnpublished[] }>(
    `select shown.*, 1 + (select count(*) from content_revisions r where r.item_id = shown.id and r.site_revision > :since)::integer as saves
     from (${DIFFERENT} order by c.updated_at desc, c.id limit :limit offset :offset) shown order by shown.updated_at desc, shown.id`,
    { siteId, since, limit: page.limit, offset: page.offset },
  );
  return rows.map((row) => ({
    id: row.id,
    textId: row.text_id,
    type: row.type,
    title: row.title,
    kind: row.kind,
    dirpath: row.dirpath,
    filename: row.filename,
    isPageContent: row.is_page_content,
    isDraft: row.is_draft,
    revision: row.revision,
    before: row.before_revision === null ? null : { revision: row.before_revision, dirpath: row.before_dirpath ?? '', filename: row.before_filename ?? '' },
    saves: row.saves,
    savedAt: row.updated_at,
    savedBy: row.updated_by,
  }));
}

/** Ids of those items that were not deleted, the latest first, `limit` at most. */
export async function listUnpublishedIds(db: Db, siteId: string, since: number, limit: number): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(`select id from (${DIFFERENT} and c.deleted_at is null order by c.updated_at desc, c.id limit :limit) different`, { siteId, since, limit });
  return rows.map((row) => row.id);
}

/** How many saves of items raised the site's revision beyond `since`; what else raised it is no item's. */
export async function countSavesSince(db: Db, siteId: string, since: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { saves: number }[] }>(
    `select (select count(*) from content_items where site_id = :siteId and site_revision > :since)
       + (select count(*) from content_revisions r join content_items c on c.id = r.item_id where c.site_id = :siteId and c.site_revision > :since and r.site_revision > :since) as saves`,
    { siteId, since },
  );
  return Number(rows[0]?.saves ?? 0);
}
