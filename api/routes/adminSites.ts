import { listAdminSites } from '#db/queries/adminSites.ts';
import { builderOf } from '#domain/builderOf.ts';
import { siteProblems } from '#domain/siteProblems.ts';
import { ApiError } from '../apiError.ts';
import { archiveSite, unarchiveSite } from '../archiveSite.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { presentRequest } from '../presenters/runs.ts';
import type { Handlers } from '../router.ts';
import { changeSettings, fitOf, NAMED_MISFITS, presentSettings } from '../siteSettings.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<
  Handlers,
  'GET /api/v1/admin/sites' | 'GET /api/v1/sites/:site/settings' | 'PATCH /api/v1/sites/:site/settings' | 'GET /api/v1/sites/:site/starter-fit' | 'POST /api/v1/sites/:site/archive' | 'POST /api/v1/sites/:site/unarchive'
>;

/** Sites as those who run the installation see and change them. */
export function adminSiteRoutes(deps: ApiDeps): Routes {
  const { config, db } = deps;

  function assertAdministers(who: Principal): void {
    if (!studioPolicy.administerSites(who)) throw new ApiError('forbidden', 'Only a global admin may do that. Ask one of them.');
  }

  async function administered(name: string, who: Principal) {
    const site = await visibleSite(deps, name, who);
    assertAdministers(who);
    return site;
  }

  return {
    'GET /api/v1/admin/sites': async ({ query, who }) => {
      assertAdministers(who);
      const { total, sites } = await listAdminSites(
        db,
        {
          search: query.search,
          starter: query.starter,
          owner: query.owner,
          isPublished: query.published === undefined ? undefined : query.published === 'yes',
          builder: query.builder === undefined ? undefined : { chosen: query.builder, usual: config.publishBuilder },
          archived: query.archived,
          problem: query.problems,
          sort: query.sort,
        },
        query,
      );
      return {
        total,
        sites: sites.map(({ owner, archivedAt, updatedAt, problems, ...site }) => ({
          name: site.name,
          title: site.title,
          shortId: site.shortId,
          urlPath: site.urlPath,
          starter: site.starter,
          owner: owner === null ? null : { id: owner.id, name: owner.name },
          siteType: site.siteType,
          source: site.source,
          builder: builderOf(config, site),
          isPublished: site.isPublished,
          archivedAt: archivedAt?.toISOString() ?? null,
          updatedAt: updatedAt.toISOString(),
          problems: problems.map((id) => ({ id, message: siteProblems[id] })),
        })),
      };
    },

    'GET /api/v1/sites/:site/settings': async ({ params, who }) => presentSettings(deps, await administered(params.site, who)),

    'GET /api/v1/sites/:site/starter-fit': async ({ params, query, who }) => {
      const { items, misfits } = await fitOf(deps, await administered(params.site, who), query.starter);
      return { starter: query.starter, items, total: misfits.length, misfits: misfits.slice(0, NAMED_MISFITS).map(({ issues, ...misfit }) => ({ ...misfit, issues: [...issues] })) };
    },

    'PATCH /api/v1/sites/:site/settings': async ({ params, body, who, note }) => {
      const site = await administered(params.site, who);
      const { site: changedSite, consequences, requestId, changed } = await changeSettings(deps, site, body, who);
      note({ changed: Object.fromEntries(changed.map((field) => [field, field === 'owner' ? changedSite.ownerId : (body[field] ?? null)])) });
      if (requestId !== null) await deps.engine.deliver(requestId);
      if (changed.includes('owner')) await deps.engine.mailsQueued();
      if (changed.includes('starter')) await deps.engine.contentSaved(changedSite);
      return { settings: await presentSettings(deps, changedSite), consequences: [...consequences] };
    },

    'POST /api/v1/sites/:site/archive': async ({ params, body, who, ctx, note }) => {
      const site = await administered(params.site, who);
      const reason = body.reason === '' ? null : body.reason;
      if (reason !== null) note({ reason });
      const row = await archiveSite(deps, site, who.userId, reason);
      ctx.set('location', `/api/v1/requests/${row.id}`);
      return presentRequest(row);
    },

    'POST /api/v1/sites/:site/unarchive': async ({ params, who, ctx }) => {
      const site = await administered(params.site, who);
      const row = await unarchiveSite(deps, site, who.userId);
      ctx.set('location', `/api/v1/requests/${row.id}`);
      return presentRequest(row);
    },
  };
}
