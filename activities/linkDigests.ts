import { listSitesWithUntoldLinks, takeUntoldLinks } from '#db/queries/externalLinks.ts';
import { listPeopleWithRoles } from '#db/queries/roleGrants.ts';
import { findSite, lockSite } from '#db/queries/sites.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import { withMails } from './withMails.ts';

const SITES_PER_PAGE = 100;
/** How many links a mail names; the page of the site has all. */
const NAMED = 20;

/** Mails about links that lead nowhere any more. */
export function createLinkDigestsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'temporal' | 'log'>) {
  return {
    /**
     * Writes one mail to each person who answers for a site about its links that broke and were not told of; none about a site without.
     * Idempotent because a link is told of in the transaction that notes it, and a mail has one key per run, site and person.
     * Kill points: between two sites, inside one (its transaction is undone); the next try tells of the rest.
     */
    async tellBrokenLinks(input: { readonly runId: string }): Promise<{ sites: number }> {
      const { abortSignal } = activityContext();
      let sites = 0;
      for (let after: string | null = null; ; ) {
        const page: readonly string[] = await listSitesWithUntoldLinks(deps.db, after, SITES_PER_PAGE);
        for (const siteId of page) {
          abortSignal.throwIfAborted();
          after = siteId;
          if (await tellOf(input.runId, siteId)) sites += 1;
        }
        if (page.length < SITES_PER_PAGE) return { sites };
      }
    },
  };

  async function tellOf(runId: string, siteId: string): Promise<boolean> {
    return withMails(deps, async (trx, mail) => {
      await lockSite(trx, siteId);
      const site = await findSite(trx, siteId);
      const links = await takeUntoldLinks(trx, siteId);
      if (site === undefined || links.length === 0) return false;
      const problems = links.slice(0, NAMED).map(({ title, url }) => (title === null || title === '' ? url : `${title}: ${url}`));
      const data = { siteName: site.name, siteTitle: site.title, count: links.length, problems, more: Math.max(0, links.length - NAMED) };
      const people = await listPeopleWithRoles(trx, ['owner', 'admin'], siteId);
      await mail(people.map((userId) => ({ kind: 'links-broken', dedupeKey: `links-broken/${runId}/${siteId}/${userId}`, userId, data })));
      return true;
    });
  }
}
