import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** An address a site had before. */
export interface SiteRedirectRow {
  readonly siteId: string;
  readonly fromPath: string;
  readonly toPath: string;
  /** Theme output -> key of the manifest of the pages that lead on; until the move has written them, of the site as it stands there. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly runId: string | null;
}

interface DbSiteRedirect {
  site_id: string;
  from_path: string;
  to_path: string;
  manifests: Record<string, string>;
  run_id: string | null;
}

function fromDb(row: DbSiteRedirect): SiteRedirectRow {
  return { siteId: row.site_id, fromPath: row.from_path, toPath: row.to_path, manifests: row.manifests, runId: row.run_id };
}

/** The old addresses of a site, in the order of their text. */
export async function listSiteRedirects(db: Db, siteId: string): Promise<SiteRedirectRow[]> {
  const rows: DbSiteRedirect[] = await db('site_redirects').where({ site_id: siteId }).orderBy('from_path');
  return rows.map(fromDb);
}

/** Leads readers from the site's old place, and from every older one, straight to where it goes now. Repeating it changes nothing. */
export async function leadOn(trx: Db, redirect: { readonly siteId: string; readonly fromPath: string; readonly toPath: string; readonly runId: string; readonly manifests?: Readonly<Record<string, string>> }): Promise<void> {
  const manifests = JSON.stringify(redirect.manifests ?? {});
  await trx('site_redirects')
    .insert({ id: uuidv7(), site_id: redirect.siteId, from_path: redirect.fromPath, to_path: redirect.toPath, run_id: redirect.runId, manifests })
    .onConflict(trx.raw('(lower(from_path))'))
    .merge({ from_path: redirect.fromPath, to_path: redirect.toPath, run_id: redirect.runId, manifests, updated_at: trx.fn.now() });
  await trx('site_redirects').where({ site_id: redirect.siteId }).whereNot({ to_path: redirect.toPath }).update({ to_path: redirect.toPath, updated_at: trx.fn.now() });
}

/** Notes which pages lead on from an old address, by theme output, and which run wrote them. */
export async function recordRedirectManifests(db: Db, redirect: { readonly siteId: string; readonly fromPath: string; readonly manifests: Readonly<Record<string, string>>; readonly runId: string }): Promise<void> {
  const { siteId, fromPath, manifests, runId } = redirect;
  await db('site_redirects')
    .where({ site_id: siteId, from_path: fromPath })
    .update({ run_id: runId, manifests: db.raw('manifests || ?::jsonb', [JSON.stringify(manifests)]), updated_at: db.fn.now() });
}

/** Whether a move of the site ended before readers were led on from its old places. */
export async function hasUnfinishedRedirects(db: Db, siteId: string): Promise<boolean> {
  const row = await db('site_redirects').join('runs', 'runs.id', 'site_redirects.run_id').where({ 'site_redirects.site_id': siteId }).whereRaw(`runs.frozen -> 'redirectPages' is null`).first<{ id: string } | undefined>('site_redirects.id');
  return row !== undefined;
}

/** Notes that no pages lead on from the old addresses of a site any more: its unpublish takes them away. They stay the site's. */
export async function suspendRedirects(trx: Db, siteId: string, runId: string): Promise<void> {
  await trx('site_redirects').where({ site_id: siteId }).update({ run_id: runId, updated_at: trx.fn.now() });
}

/** The old addresses of a site from which no pages lead on since it was unpublished, in the order of their text. */
export async function listSuspendedRedirects(db: Db, siteId: string): Promise<SiteRedirectRow[]> {
  const rows: DbSiteRedirect[] = await db('site_redirects').join('runs', 'runs.id', 'site_redirects.run_id').where({ 'site_redirects.site_id': siteId, 'runs.process': 'unpublish-site' }).orderBy('from_path').select('site_redirects.*');
  return rows.map(fromDb);
}

/** Forgets an old address at which the site stands again. */
export async function forgetRedirect(db: Db, siteId: string, fromPath: string): Promise<void> {
  await db('site_redirects').where({ site_id: siteId, from_path: fromPath }).delete();
}

/** Puts a site's old addresses back as they were. */
export async function restoreRedirects(trx: Db, siteId: string, rows: readonly SiteRedirectRow[]): Promise<void> {
  await trx('site_redirects').where({ site_id: siteId }).delete();
  if (rows.length === 0) return;
  await trx('site_redirects').insert(rows.map((row) => ({ id: uuidv7(), site_id: row.siteId, from_path: row.fromPath, to_path: row.toPath, manifests: JSON.stringify(row.manifests), run_id: row.runId })));
}
