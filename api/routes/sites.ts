import { builderOf } from '#domain/builderOf.ts';
import { reviewFault } from '#domain/review.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { configItems } from '#domain/siteConfig.ts';
import { countItemsByType } from '#db/queries/contentItems.ts';
import { setFavourite } from '#db/queries/favouriteSites.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { newestPublishRuns } from '#db/queries/runs.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { findSiteByName, listSites, renameSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import { presentArchive } from '../archiveSite.ts';
import { createSite, lookAtNewSite } from '../createSite.ts';
import type { ApiDeps } from '../deps.ts';
import { isDriveSetUp } from '../isDriveSetUp.ts';
import { accountPolicy, sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { presentOffline } from '../presenters/offline.ts';
import { needsApproval } from '../presenters/reviews.ts';
import { presentRuns } from '../presenters/runs.ts';
import { presentSites } from '../presenters/sites.ts';
import type { Handlers } from '../router.ts';

/**
 * The site of this name, if the caller may see it.
 * @throws {ApiError} notFound or forbidden.
 */
export async function visibleSite(deps: Pick<ApiDeps, 'db'>, name: string, who: Principal): Promise<SiteRow> {
  const site = await findSiteByName(deps.db, name);
  // Who may see all is told that it does not exist; others learn only that it is not theirs.
  if (site === undefined && studioPolicy.seeAllSites(who)) throw new ApiError('notFound', `There is no site named ‘${name}’.`);
  if (site === undefined || !sitePolicy.see(who, site.id)) throw new ApiError('forbidden', 'You have no role on this site. Ask its owner to add you.');
  return site;
}

/** Ids of the sites the caller may see, or undefined for all. */
export function visibleSiteIds(who: Principal): string[] | undefined {
  if (studioPolicy.seeAllSites(who)) return undefined;
  return [...who.siteRoles.keys(), ...(who.reach?.sites ?? [])].filter((siteId) => sitePolicy.see(who, siteId));
}

type Routes = Pick<Handlers, 'GET /api/v1/sites' | 'GET /api/v1/sites/:site' | 'POST /api/v1/sites' | 'PATCH /api/v1/sites/:site' | 'PUT /api/v1/sites/:site/favourite' | 'DELETE /api/v1/sites/:site/favourite' | 'GET /api/v1/new-site'>;

export function siteRoutes(deps: ApiDeps): Routes {
  const { db, config } = deps;

  function starrer(who: Principal): string {
    if (!accountPolicy.star(who) || who.userId === null) throw new ApiError('forbidden', 'Only a person has a list of sites to star one in.');
    return who.userId;
  }

  async function summaryOf(site: SiteRow) {
    const [summary] = await presentSites(deps, [site]);
    if (summary === undefined) throw new Error(`Site ${site.id} was not presented`);
    return summary;
  }

  return {
    'POST /api/v1/sites': async ({ body, who, ctx, note }) => {
      note({ title: body.title, shortId: body.shortId, starter: body.starter });
      if (!studioPolicy.createSites(who)) throw new ApiError('forbidden', 'Only authors and admins of the studio may make sites.');
      const site = await createSite(deps, body, who.userId);
      note({ site: site.name });
      await deps.engine.requestRepository(site, { action: 'ensure' }, who.userId);
      if (isDriveSetUp(config)) await deps.engine.deliver((await insertRunRequest(db, { process: createDriveFoldersContract.process, siteId: site.id, requestedBy: who.userId })).id);
      ctx.set('location', `/api/v1/sites/${encodeURIComponent(site.name)}`);
      return summaryOf(site);
    },

    'PATCH /api/v1/sites/:site': async ({ params, body, who, note }) => {
      note({ ...body });
      const site = await visibleSite(deps, params.site, who);
      note({ before: { title: site.title } });
      if (!sitePolicy.change(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may change its title. Ask one of them.');
      if (body.title !== undefined && body.title !== site.title) await renameSite(db, site.id, body.title);
      return summaryOf((await findSiteByName(db, site.name)) ?? site);
    },

    'GET /api/v1/sites': async ({ query, who }) => {
      const seen = visibleSiteIds(who);
      const mine = query.only === 'mine' ? [...who.siteRoles.keys()].filter((id) => seen === undefined || seen.includes(id)) : undefined;
      const { total, sites } = await listSites(
        db,
        { search: query.search, state: query.state, version: query.version, starterSlug: query.starter, siteType: query.kind, sort: query.sort, siteIds: mine ?? seen, userId: who.userId, onlyFavourites: query.only === 'favourites' },
        query,
      );
      const summaries = await presentSites(deps, sites);
      return { total, sites: summaries.map((summary, index) => ({ ...summary, siteType: sites[index]?.siteType ?? 'ocw', isFavourite: sites[index]?.isFavourite ?? false, role: who.siteRoles.get(sites[index]?.id ?? '') ?? null })) };
    },

    'PUT /api/v1/sites/:site/favourite': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      await setFavourite(db, { userId: starrer(who), siteId: site.id }, true);
      return { isFavourite: true };
    },

    'DELETE /api/v1/sites/:site/favourite': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      await setFavourite(db, { userId: starrer(who), siteId: site.id }, false);
      return { isFavourite: false };
    },

    'GET /api/v1/new-site': async ({ query, who }) => {
      if (!studioPolicy.createSites(who)) throw new ApiError('forbidden', 'Only authors and admins of the studio may make sites.');
      return lookAtNewSite(deps, query);
    },

    'GET /api/v1/sites/:site': async ({ params, who }) => {
      const { id } = await visibleSite(deps, params.site, who);
      // Runs before what they leave: one that has ended here never stands beside the site as it was before it.
      const runs = await newestPublishRuns(db, [id]);
      const unpublish = await listRuns(db, { siteId: id, process: unpublishSiteContract.process }, { limit: 1, offset: 0 });
      const site = await visibleSite(deps, params.site, who);
      const summary = await summaryOf(site);
      const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
      const counts = await countItemsByType(db, site.id);
      const presented = await presentRuns(deps, [...runs.values(), ...unpublish.runs], who);
      const newestPublish = (version: 'draft' | 'live') => presented.find((run) => run.process === 'publish-site' && run.version === version) ?? null;
      return {
        ...summary,
        id: site.id,
        isRoot: site.name === config.rootWebsiteName,
        repositoryUrl: `${config.gitCloneBaseUrl}/${config.gitOrganization}/${site.shortId}`,
        itemCount: [...counts.values()].reduce((sum, count) => sum + count, 0),
        sections: starter?.config == null ? [] : configItems(starter.config as SiteConfig).map((item) => ({ category: item.category, name: item.name, label: item.label, count: counts.get(item.name) ?? 0 })),
        can: { publishDraft: sitePolicy.publishDraft(who, site.id), publishLive: sitePolicy.publishLive(who, site.id), publishLiveAtOnce: sitePolicy.publishLive(who, site.id) && (!needsApproval(config, 'live') || studioPolicy.skipApproval(who)), review: reviewFault(builderOf(config, site)) === undefined, inspect: studioPolicy.inspect(who), unpublish: sitePolicy.publishLive(who, site.id) && site.name !== config.rootWebsiteName && summary.live.url !== null },
        unpublished: site.unpublishStatus === 'succeeded' ? { at: site.unpublishStatusAt?.toISOString() ?? null, by: site.unpublishedByName } : null,
        archive: await presentArchive(deps, site),
        offline: await presentOffline(deps, site),
        currentRuns: { draft: newestPublish('draft'), live: newestPublish('live'), unpublish: presented.find((run) => run.process === unpublishSiteContract.process) ?? null },
      };
    },
  };
}
