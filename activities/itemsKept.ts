import { listReferrers, type Referrer } from '#db/queries/contentReferences.ts';
import type { DriveReason } from '#db/queries/driveFiles.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Db } from '#db/knex.ts';
import { keptByReferences, REFERENCED } from '#domain/contentDeletions.ts';

interface GoingItem {
  readonly itemId: string;
  readonly textId: string;
}

/**
 * Which of these items of a site stay because something names them that stays itself, and why. Call inside a transaction that holds the site.
 * @param pending items that are on their way out already: they keep nothing.
 * @returns reasons by the items' ids.
 */
export async function itemsKept(trx: Db, site: SiteRow, items: readonly GoingItem[], pending: readonly GoingItem[] = []): Promise<ReadonlyMap<string, DriveReason>> {
  const candidates: { itemId: string; siteId: string; textId: string; namedBy: readonly Referrer[] }[] = pending.map((item) => ({ ...item, siteId: site.id, namedBy: [] }));
  for (const item of items) candidates.push({ ...item, siteId: site.id, namedBy: await listReferrers(trx, site, item.textId) });
  const keepers = keptByReferences(candidates);
  return new Map([...keepers].map(([itemId, referrers]) => [itemId, referencedReason(referrers, site.id)]));
}

/** Why something is kept, with the first of those that name it; titles of other sites’ items stay there. */
function referencedReason(referrers: readonly Referrer[], siteId: string): DriveReason {
  const names = [...new Set(referrers.map((referrer) => (referrer.siteId === siteId ? `‘${referrer.title ?? referrer.textId}’` : `an item of ‘${referrer.site}’`)))];
  const more = names.length - 3;
  return { code: REFERENCED, message: `It stays, because ${names.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''} ${names.length === 1 ? 'names' : 'name'} it. Take it out there first.` };
}
