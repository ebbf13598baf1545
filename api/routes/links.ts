import { findContentItem } from '#db/queries/contentItems.ts';
import { countLinkBacklog, type ExternalLink, findExternalLink, reportLinks } from '#db/queries/externalLinks.ts';
import { findArchiveAccount } from '#db/queries/linkArchive.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { checkLinksContract } from '#temporal/contracts/checkLinks.ts';
import { ApiError } from '../apiError.ts';
import { noSuchItem } from '../contentWriter.ts';
import type { Link } from '../contracts/links.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<Handlers, 'GET /api/v1/sites/:site/links' | 'GET /api/v1/sites/:site/items/:item/link' | 'POST /api/v1/sites/:site/link-checks' | 'POST /api/v1/sites/:site/link-archivings' | 'POST /api/v1/link-archivings' | 'GET /api/v1/links'>;

export function linkRoutes(deps: ApiDeps): Routes {
  const { db, config } = deps;
  const isArchiving = config.enableWaybackTasks;

  function assertArchiving(): void {
    if (!isArchiving) throw new ApiError('wrongState', 'Links are not archived here: no account of the Wayback Machine is set up. Ask the operators to set ENABLE_WAYBACK_TASKS and its keys.');
  }

  return {
    'GET /api/v1/sites/:site/links': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const report = await reportLinks(db, site.id, query.status === undefined ? {} : { status: query.status }, query);
      return { ...report, isArchiving, links: report.links.map((link) => ({ ...presentLink(link), item: link.textId, title: link.title })) };
    },

    'GET /api/v1/sites/:site/items/:item/link': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const item = await findContentItem(db, site.id, params.item);
      if (item === undefined) throw noSuchItem({ site }, params.item);
      const link = await findExternalLink(db, item.id);
      return { link: link === undefined ? null : presentLink(link) };
    },

    'POST /api/v1/sites/:site/link-checks': async (call) => {
      const site = await visibleSite(deps, call.params.site, call.who);
      return acceptRequest(deps, call, { process: checkLinksContract.process, siteId: site.id, requestedBy: call.who.userId });
    },

    'POST /api/v1/sites/:site/link-archivings': async (call) => {
      const site = await visibleSite(deps, call.params.site, call.who);
      assertArchiving();
      return acceptRequest(deps, call, { process: archiveLinksContract.process, siteId: site.id, requestedBy: call.who.userId });
    },

    'POST /api/v1/link-archivings': async (call) => {
      if (!studioPolicy.seeLinks(call.who)) throw new ApiError('forbidden', 'Only a global admin may have the links of all sites archived: one account does it for all.');
      assertArchiving();
      const [running] = (await listRuns(db, { process: archiveLinksContract.process, state: 'running', withoutSite: true }, { limit: 1, offset: 0 })).runs;
      if (running !== undefined) throw new ApiError('wrongState', 'The links of all sites are being archived now. Wait for the end of that run, or stop it.');
      return acceptRequest(deps, call, { process: archiveLinksContract.process, requestedBy: call.who.userId });
    },

    'GET /api/v1/links': async ({ who }) => {
      if (!studioPolicy.seeLinks(who)) throw new ApiError('forbidden', 'Only a global admin may see what there is to do for the links of all sites.');
      const backlog = await countLinkBacklog(db, new Date(Date.now() - config.linkCheckSeconds * 1_000));
      const account = await findArchiveAccount(db);
      return { ...backlog, oldestCheckAt: backlog.oldestCheckAt?.toISOString() ?? null, isArchiving, account: account === undefined ? null : { ...account, askedAt: account.askedAt.toISOString() } };
    },
  };
}

function presentLink({ url, status, code, failures, trouble, checkedAt, archiveState, archiveReason, archiveUrl, archivedAt }: ExternalLink): Link {
  return { url, status, code, failures, trouble, checkedAt: checkedAt?.toISOString() ?? null, archive: { state: archiveState, reason: archiveReason, url: archiveUrl, archivedAt: archivedAt?.toISOString() ?? null } };
}
