import { findRepository } from '#db/queries/repositories.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { type RepositoryAction, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { presentRequest } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';
import type { RouteKey } from '../contracts/index.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<Handlers, 'GET /api/v1/sites/:site/repository' | 'POST /api/v1/sites/:site/repository' | 'POST /api/v1/sites/:site/repository/commits' | 'POST /api/v1/sites/:site/repository/orphans'>;

export function repositoryRoutes(deps: ApiDeps): Routes {
  const { db, config, engine } = deps;

  async function accept<K extends RouteKey>(call: Call<K>, site: SiteRow, asked: RepositoryAction): Promise<ReturnType<typeof presentRequest>> {
    call.note({ process: syncContentContract.process, ...asked });
    const row = await engine.requestRepository(site, asked, call.who.userId);
    call.note({ request: row.id });
    call.ctx.set('location', `/api/v1/requests/${row.id}`);
    return presentRequest(row);
  }

  function assertAnswersFor(call: { readonly who: Call<'GET /api/v1/sites'>['who'] }, site: SiteRow, what: string): void {
    if (!sitePolicy.manageRepository(call.who, site.id)) throw new ApiError('forbidden', `Only an owner or admin of the site may ${what}. Ask one of them.`);
  }

  return {
    'GET /api/v1/sites/:site/repository': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const seen = await findRepository(db, site.id);
      return {
        url: seen?.htmlUrl ?? `${config.gitCloneBaseUrl}/${config.gitOrganization}/${site.shortId}`,
        savedRevision: site.contentRevision,
        committedRevision: site.committedRevision,
        main: { branch: config.gitBranchMain, commit: seen?.mainHead ?? null },
        preview: { branch: config.gitBranchPreview, commit: seen?.previewHead ?? null },
        release: { branch: config.gitBranchRelease, commit: seen?.releaseHead ?? null },
        seenAt: seen?.seenAt.toISOString() ?? null,
      };
    },
    'POST /api/v1/sites/:site/repository': async (call) => {
      const site = await visibleSite(deps, call.params.site, call.who);
      assertAnswersFor(call, site, 'create its repository');
      return accept(call, site, { action: 'ensure' });
    },
    'POST /api/v1/sites/:site/repository/commits': async (call) => {
      const site = await visibleSite(deps, call.params.site, call.who);
      if (!sitePolicy.publishDraft(call.who, site.id)) throw new ApiError('forbidden', 'Only who may publish the draft may commit.');
      if (!call.body.overwrite) return accept(call, site, { action: 'sync' });
      call.note({ overwrite: true });
      assertAnswersFor(call, site, 'write over what others changed in the repository');
      return accept(call, site, { action: 'sync', overwrite: true });
    },
    'POST /api/v1/sites/:site/repository/orphans': async (call) => {
      const site = await visibleSite(deps, call.params.site, call.who);
      call.note({ delete: call.body.delete });
      assertAnswersFor(call, site, 'look for orphans');
      return accept(call, site, { action: 'orphans', delete: call.body.delete });
    },
  };
}
