import type { Db } from '#db/knex.ts';
import { findSite } from '#db/queries/sites.ts';
import type { PublishVersion } from '#domain/runs.ts';

/** Why what was reviewed at that moment must not go live, as a sentence: the site was taken offline since. Undefined when it was not. */
export async function offlineSince(db: Db, of: { readonly siteId: string; readonly version: PublishVersion }, reviewedAt: Date): Promise<string | undefined> {
  if (of.version !== 'live') return undefined;
  const site = await findSite(db, of.siteId);
  const isOffline = site?.unpublishStatus === 'succeeded' && site.unpublishStatusAt !== null && site.unpublishStatusAt > reviewedAt;
  return isOffline ? 'The site was unpublished after this one was reviewed, so it stays offline. To bring it back, publish it, or review it again.' : undefined;
}
