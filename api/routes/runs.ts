import { findRunRequest } from '#db/queries/runRequests.ts';
import { findRun, listRuns, type RunRow } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { ApiError } from '../apiError.ts';
import { assertNotArchived } from '../archiveSite.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { mayActOn, presentRequest, presentRuns } from '../presenters/runs.ts';
import type { Handlers } from '../router.ts';
import { visibleSite, visibleSiteIds } from './sites.ts';

type Routes = Pick<
  Handlers,
  'GET /api/v1/runs' | 'GET /api/v1/runs/:run' | 'GET /api/v1/requests/:request' | 'POST /api/v1/runs/:run/retry' | 'POST /api/v1/runs/:run/cancel' | 'POST /api/v1/runs/:run/give-up'
>;

export function runRoutes(deps: ApiDeps): Routes {
  const { db, engine } = deps;

  async function visibleRun(id: string, who: Principal): Promise<RunRow> {
    const run = await findRun(db, id);
    if (run === undefined) throw new ApiError('notFound', 'There is no such run.');
    const may = run.siteId === null ? studioPolicy.importSites(who) : sitePolicy.see(who, run.siteId);
    if (!may) throw new ApiError('forbidden', 'This run belongs to a site you have no role on.');
    return run;
  }

  async function present(run: RunRow, who: Principal) {
    const [presented] = await presentRuns(deps, [run], who);
    if (presented === undefined) throw new Error(`Run ${run.id} was not presented`);
    return presented;
  }

  /** One of the three buttons: allowed by role, possible in the run's state, and told to its workflow. */
  async function act(id: string, who: Principal, action: 'retry' | 'cancel' | 'giveUp', words: string) {
    const run = await visibleRun(id, who);
    const presented = await present(run, who);
    if (run.siteId !== null && !mayActOn(run, who)) throw new ApiError('forbidden', run.version === null ? 'Only who may start such a run may do that.' : 'Only who may publish this version may do that.');
    if (run.siteId === null && !mayActOn(run, who)) throw new ApiError('forbidden', 'Only a global admin may do that.');
    const site = run.siteId === null || action !== 'retry' ? undefined : await findSite(db, run.siteId);
    if (site !== undefined) assertNotArchived(site);
    if (!presented.can[action]) throw new ApiError('wrongState', `The run cannot be ${words} now: it ${describeState(run)}.`);
    await engine[action](run);
    return present((await findRun(db, id)) ?? run, who);
  }

  return {
    'GET /api/v1/runs': async ({ query, who }) => {
      const siteId = query.site === undefined ? undefined : (await visibleSite(deps, query.site, who)).id;
      const { total, runs } = await listRuns(db, { siteId, siteIds: visibleSiteIds(who), process: query.process, state: query.state, version: query.version }, query);
      return { total, runs: await presentRuns(deps, runs, who) };
    },
    'GET /api/v1/runs/:run': async ({ params, who }) => present(await visibleRun(params.run, who), who),
    'GET /api/v1/requests/:request': async ({ params, who }) => {
      const request = await findRunRequest(db, params.request);
      if (request === undefined) throw new ApiError('notFound', 'There is no such request.');
      const isOwn = request.requestedBy !== null && request.requestedBy === who.userId;
      const may = isOwn || studioPolicy.seeAllSites(who) || (request.siteId !== null && sitePolicy.see(who, request.siteId));
      if (!may) throw new ApiError('forbidden', 'This request is somebody else’s.');
      return presentRequest(request);
    },
    'POST /api/v1/runs/:run/retry': ({ params, who }) => act(params.run, who, 'retry', 'retried'),
    'POST /api/v1/runs/:run/cancel': ({ params, who }) => act(params.run, who, 'cancel', 'stopped'),
    'POST /api/v1/runs/:run/give-up': ({ params, who }) => act(params.run, who, 'giveUp', 'given up'),
  };
}

/** Phases after which readers may have met something new, so that the run goes on to its end. */
const WRITES_TO_THE_SITE: ReadonlySet<string> = new Set(['deploy', 'purge', 'verify', 'record', 'redirect', 'announce', 'remove', 'unlist']);

function describeState(run: RunRow): string {
  switch (run.state) {
    case 'running':
      return run.phase !== null && WRITES_TO_THE_SITE.has(run.phase) ? 'is writing to the site and will finish' : 'is running';
    case 'failed':
      return 'has failed';
    case 'succeeded':
      return 'has succeeded';
    case 'cancelled':
      return 'was cancelled';
    case 'superseded':
      return 'was superseded by a newer publish';
    case 'terminated':
      return 'was ended';
  }
}
