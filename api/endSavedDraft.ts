import type { Db } from '#db/knex.ts';
import { endDraft } from '#db/queries/itemDrafts.ts';
import type { Principal } from './auth/principal.ts';
import type { SiteContent } from './siteContent.ts';

/**
 * Ends the draft of what a person saved, in the transaction of the save: there is never one beside what was made of it. What an admin
 * saves in somebody's name leaves that person's own draft alone.
 */
export async function endSavedDraft(trx: Db, { site }: Pick<SiteContent, 'site'>, who: Principal, saved: { readonly itemId: string | null; readonly type: string }, edit: string | undefined): Promise<void> {
  if (who.userId === null || who.impersonator !== null) return;
  await endDraft(trx, { userId: who.userId, siteId: site.id, ...saved }, edit ?? null);
}
