import { closeAccessRequests } from '#db/queries/accessRequests.ts';
import { type NewMail, queueMails } from '#db/queries/mails.ts';
import { changeSiteOwner } from '#db/queries/sitePeople.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Db } from '#db/knex.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Principal } from './auth/principal.ts';

/** The mail to somebody who was given a role on a site. */
export function invitation(site: Pick<SiteRow, 'id' | 'name' | 'title'>, userId: string, role: string, who: Pick<Principal, 'name'>): NewMail {
  return { kind: 'invited', dedupeKey: `invited/${site.id}/${userId}/${uuidv7()}`, userId, data: { siteName: site.name, siteTitle: site.title, role, by: who.name } };
}

/**
 * Makes somebody the owner of a site, and queues the mails to them and to who owned it before, who stays one of its admins.
 * The caller starts queued mails after the transaction.
 */
export async function makeOwner(trx: Db, site: Pick<SiteRow, 'id' | 'name' | 'title'>, owner: { readonly id: string; readonly name: string }, who: Pick<Principal, 'name' | 'userId'>): Promise<void> {
  const before = await changeSiteOwner(trx, site.id, owner.id);
  await closeAccessRequests(trx, owner.id, site.id, who.userId);
  const told = before.filter((userId) => userId !== who.userId);
  await queueMails(trx, [
    ...(owner.id === who.userId ? [] : [invitation(site, owner.id, 'owner', who)]),
    ...told.map((userId): NewMail => ({ kind: 'owner-changed', dedupeKey: `owner-changed/${site.id}/${userId}/${uuidv7()}`, userId, data: { siteName: site.name, siteTitle: site.title, by: who.name, newOwner: owner.name } })),
  ]);
}
