import { v7 as uuidv7 } from 'uuid';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';

/** The text a starter was read from, and an edit of it that is tried out. */
export interface StarterTexts {
  /** Null until it is read again after the studio began to keep it. */
  readonly sourceText: string | null;
  readonly sourceFile: string | null;
  readonly draft: { readonly text: string; readonly at: Date; readonly byName: string | null } | null;
}

export async function findStarterTexts(db: Db, starterId: string): Promise<StarterTexts> {
  const row = await db('starters')
    .leftJoin('users', 'users.id', 'starters.draft_by')
    .where('starters.id', starterId)
    .first<{ source_text: string | null; source_file: string | null; draft_text: string | null; draft_at: Date | null; draft_by_name: string | null } | undefined>('source_text', 'source_file', 'draft_text', 'draft_at', 'users.name as draft_by_name');
  return { sourceText: row?.source_text ?? null, sourceFile: row?.source_file ?? null, draft: row?.draft_text == null || row.draft_at === null ? null : { text: row.draft_text, at: row.draft_at, byName: row.draft_by_name } };
}

/** Keeps the file that a configuration was read from. */
export async function keepStarterSource(db: Db, path: string, source: { readonly text: string; readonly file: string }): Promise<void> {
  await db('starters').where({ source: 'github', path }).update({ source_text: source.text, source_file: source.file });
}

/** Keeps an edit, or (null) throws it away. */
export async function keepStarterDraft(db: Db, starterId: string, draft: { readonly text: string; readonly by: string | null } | null): Promise<void> {
  await db('starters').where({ id: starterId }).update(draft === null ? { draft_text: null, draft_by: null, draft_at: null } : { draft_text: draft.text, draft_by: draft.by, draft_at: db.fn.now() });
}

/** Gives a starter another name or status; one alone is the default. */
export async function changeStarter(trx: Db, starterId: string, change: { readonly name?: string | undefined; readonly status?: 'default' | 'active' | 'inactive' | undefined }): Promise<void> {
  if (change.status === 'default') await trx('starters').whereNot({ id: starterId }).where({ status: 'default' }).update({ status: 'active', updated_at: trx.fn.now() });
  await trx('starters').where({ id: starterId }).update({ ...(change.name === undefined ? {} : { name: change.name }), ...(change.status === undefined ? {} : { status: change.status }), updated_at: trx.fn.now() });
  await announce(trx, { kind: 'site', site: null, runId: null });
}

export interface StarterChangeRow {
  readonly commit: string;
  readonly changes: readonly string[];
  readonly sites: number;
  readonly at: Date;
}

/** Notes what a reading changed. */
export async function insertStarterChange(trx: Db, slug: string, change: Omit<StarterChangeRow, 'at'>): Promise<void> {
  const starter = await trx('starters').where({ slug }).first<{ id: string } | undefined>('id');
  if (starter !== undefined) await trx('starter_changes').insert({ id: uuidv7(), starter_id: starter.id, commit: change.commit, changes: JSON.stringify(change.changes), sites: change.sites });
}

/** What the last readings changed, the newest first. */
export async function listStarterChanges(db: Db, starterId: string, limit: number): Promise<StarterChangeRow[]> {
  const rows: { commit: string; changes: string[]; sites: number; created_at: Date }[] = await db('starter_changes').where({ starter_id: starterId }).orderBy([{ column: 'created_at', order: 'desc' }, { column: 'id', order: 'desc' }]).limit(limit).select('commit', 'changes', 'sites', 'created_at');
  return rows.map((row) => ({ commit: row.commit, changes: row.changes, sites: row.sites, at: row.created_at }));
}

/** Sites of a starter that are in use, the first `limit` by title, with the number of all and of those that are archived. */
export async function listSitesOfStarter(db: Db, starterId: string, limit: number): Promise<{ readonly total: number; readonly archived: number; readonly first: readonly { readonly name: string; readonly title: string }[] }> {
  const counted = await db('sites').where({ starter_id: starterId }).first<{ total: number; archived: number } | undefined>(db.raw('count(*) filter (where archived_at is null)::int as total'), db.raw('count(*) filter (where archived_at is not null)::int as archived'));
  const first: { name: string; title: string }[] = await db('sites').where({ starter_id: starterId }).whereNull('archived_at').orderBy([{ column: 'title' }, { column: 'id' }]).limit(limit).select('name', 'title');
  return { total: Number(counted?.total ?? 0), archived: Number(counted?.archived ?? 0), first };
}

/** Text ids of a starter's items of these kinds, in all its sites that are in use, the first `limit` in the order of sites, with the number of all. */
export async function listItemsOfKinds(db: Db, starterId: string, kinds: readonly string[] | null, limit: number): Promise<{ readonly total: number; readonly items: readonly { readonly id: string; readonly site: string }[] }> {
  const matching = () =>
    db('content_items as c')
      .join('sites as s', 's.id', 'c.site_id')
      .where('s.starter_id', starterId)
      .whereNull('s.archived_at')
      .whereNull('c.deleted_at')
      .modify((query) => void (kinds === null ? query : query.whereIn('c.type', [...kinds])));
  const counted = await matching().count<{ count: number }[]>({ count: '*' }).first();
  const items: { id: string; site: string }[] = await matching().orderBy([{ column: 's.name' }, { column: 'c.id' }]).limit(limit).select('c.id', 's.name as site');
  return { total: Number(counted?.count ?? 0), items };
}
