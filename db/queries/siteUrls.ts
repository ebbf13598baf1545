import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';
import { bumpContentRevision } from './sites.ts';
import { findUrlHolder, type UrlHolder } from './urlHolder.ts';

/**
 * The addresses of sites: who holds which, and when one is fixed. Every change here takes the same lock first, so that two
 * sites never get one place and a publish that begins to write decides at the same moment as a person who changes it.
 */

/** Waits for everybody else who gives or changes an address; held until the end of the transaction. */
export async function lockUrls(trx: Db): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('site-urls'))`);
}

/** Whether readers know the site by its address: its first live deploy has ended, or has begun to write there. */
export async function isUrlFrozen(db: Db, siteId: string): Promise<'published' | 'writing' | false> {
  const rows: { first_deployed_at: Date | null }[] = await db('deployments')
    .where({ site_id: siteId, version: 'live' })
    .where((query) => query.whereNotNull('first_deployed_at').orWhereNotNull('pending_manifest_key'))
    .select('first_deployed_at');
  if (rows.length === 0) return false;
  return rows.some((row) => row.first_deployed_at !== null) ? 'published' : 'writing';
}

export type GivenUrl =
  | { readonly kind: 'set' | 'unchanged' | 'published' | 'writing' }
  | { readonly kind: 'inUse'; readonly holder: UrlHolder };

/** Gives a site an address with its root prefix, unless readers know it by another one already. Its files are written anew by that. */
export async function giveSiteUrl(db: Db, siteId: string, urlPath: string): Promise<GivenUrl> {
  return db.transaction(async (trx) => {
    await lockUrls(trx);
    const site = await trx('sites').where({ id: siteId }).forNoKeyUpdate().first<{ url_path: string | null } | undefined>('url_path');
    if (site === undefined) throw new Error(`Site ${siteId} does not exist`);
    if (site.url_path === urlPath) return { kind: 'unchanged' };
    const frozen = await isUrlFrozen(trx, siteId);
    if (frozen !== false) return { kind: frozen };
    const holder = await findUrlHolder(trx, urlPath, siteId);
    if (holder !== undefined) return { kind: 'inUse', holder };
    await trx('sites').where({ id: siteId }).update({ url_path: urlPath });
    await bumpContentRevision(trx, siteId);
    return { kind: 'set' };
  });
}

/** Gives a site that moves its other address, without the question whether readers know the old one. Call with the lock, inside a transaction. */
export async function replaceSiteUrl(trx: Db, siteId: string, urlPath: string | null): Promise<void> {
  await trx('sites').where({ id: siteId }).update({ url_path: urlPath });
  await bumpContentRevision(trx, siteId);
}

export type ClaimedUrl = { readonly kind: 'claimed' | 'moved'; readonly urlPath: string | null } | { readonly kind: 'inUse'; readonly holder: UrlHolder };

/**
 * Makes sure, before a deploy writes its first object, that its place is the site's. The first live deploy wins over a
 * change of the address made since its input was frozen; a deploy of a site that moved meanwhile is refused. Call inside
 * the transaction that notes the deploy.
 */
export async function claimDeployUrl(trx: Db, claim: { readonly siteId: string; readonly version: 'draft' | 'live'; readonly prefix: string }): Promise<ClaimedUrl> {
  await lockUrls(trx);
  const site = await trx('sites').where({ id: claim.siteId }).forNoKeyUpdate().first<{ url_path: string | null; name: string } | undefined>('url_path', 'name');
  if (site === undefined) throw new Error(`Site ${claim.siteId} does not exist`);
  if (site.url_path === claim.prefix) return { kind: 'claimed', urlPath: site.url_path };
  const frozen = await isUrlFrozen(trx, claim.siteId);
  if (frozen === 'published') return { kind: 'moved', urlPath: site.url_path };
  const holder = await findUrlHolder(trx, claim.prefix, claim.siteId);
  if (holder !== undefined) return { kind: 'inUse', holder };
  if (claim.version === 'live') {
    await trx('sites').where({ id: claim.siteId }).update({ url_path: claim.prefix });
    await bumpContentRevision(trx, claim.siteId);
    await announce(trx, { kind: 'site', site: site.name, runId: null });
  }
  return { kind: 'claimed', urlPath: claim.version === 'live' ? claim.prefix : site.url_path };
}
