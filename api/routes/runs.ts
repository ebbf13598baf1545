import { findRunRequest } from '#db/queries/runRequests.ts';
import { countRuns, listOpenRuns, listRuns, RETRIED_BY_PEOPLE, type RunFilter } from '#db/queries/runLists.ts';
import { findRun, type RunRow } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { processById, processes } from '#domain/processes.ts';
import { ApiError } from '../apiError.ts';
import { assertNotArchived } from '../archiveSite.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { mayActOn, presentRequest, presentRuns, temporalUrl } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';
import { visibleSite, visibleSiteIds } from './sites.ts';

type Routes = Pick<
  Handlers,
  'GET /api/v1/runs' | 'GET /api/v1/run-counts' | 'GET /api/v1/run-differences' | 'GET /api/v1/runs/:run' | 'GET /api/v1/requests/:request' | 'POST /api/v1/runs/:run/retry' | 'POST /api/v1/runs/:run/cancel' | 'POST /api/v1/runs/:run/give-up'
>;

/** Counts of the list by state are told to here. */
const COUNTED_TO = 1_000;
/** Open runs and executions that are compared; with more, nothing is said of a difference. */
const COMPARED = 2_000;
const SETTLED_MS = 60_000;
/** Processes whose workflow stays open while there is nothing to do for it. */
const WAITS_WITHOUT_A_RUN: ReadonlySet<string> = new Set(['site-repo', 'delete-content', 'archive-links', 'sync-drive-folder', 'ingest-video', 'publish-site']);

/** A run that failed for good keeps no execution where nobody can retry it. */
const keepsItsExecution = (run: RunRow): boolean => run.state === 'running' || RETRIED_BY_PEOPLE.includes(run.process);

export function runRoutes(deps: ApiDeps): Routes {
  const { db, engine } = deps;

  async function visibleRun(id: string, who: Principal, note?: Call<'POST /api/v1/runs/:run/retry'>['note']): Promise<RunRow> {
    const run = await findRun(db, id);
    if (run === undefined) throw new ApiError('notFound', 'There is no such run.');
    note?.({ process: run.process, ...(run.version === null ? {} : { version: run.version }) });
    const may = run.siteId === null ? studioPolicy.importSites(who) : sitePolicy.see(who, run.siteId);
    if (!may) throw new ApiError('forbidden', 'This run belongs to a site you have no role on.');
    return run;
  }

  async function filterOf({ site, process, version, person, since, until }: Call<'GET /api/v1/run-counts'>['query'], who: Principal): Promise<RunFilter> {
    return {
      siteId: site === undefined ? undefined : (await visibleSite(deps, site, who)).id,
      siteIds: visibleSiteIds(who),
      process,
      version,
      person,
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    };
  }

  async function present(run: RunRow, who: Principal) {
    const [presented] = await presentRuns(deps, [run], who);
    if (presented === undefined) throw new Error(`Run ${run.id} was not presented`);
    return presented;
  }

  /** One of the three buttons: allowed by role, possible in the run's state, and told to its workflow. */
  async function act({ params: { run: id }, who, note }: Pick<Call<'POST /api/v1/runs/:run/retry'>, 'params' | 'who' | 'note'>, action: 'retry' | 'cancel' | 'giveUp', words: string) {
    const run = await visibleRun(id, who, note);
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
      const { total, runs } = await listRuns(db, { ...(await filterOf(query, who)), state: query.state, waitsForPerson: query.waits === 'person' }, query);
      return { total, runs: await presentRuns(deps, runs, who) };
    },
    'GET /api/v1/run-counts': async ({ query, who }) => ({ counts: await countRuns(db, await filterOf(query, who), COUNTED_TO), countedTo: COUNTED_TO }),
    'GET /api/v1/run-differences': async ({ who }) => {
      if (!studioPolicy.inspect(who)) throw new ApiError('forbidden', 'Only a global admin compares runs with what Temporal runs.');
      const executions = await engine.openExecutions(COMPARED);
      const rows = await listOpenRuns(db, COMPARED);
      const isWhole = executions.length < COMPARED && rows.length < COMPARED;
      const running = new Set(executions.map(({ workflowId, workflowRunId }) => `${workflowId} ${workflowRunId}`));
      const told = new Set(rows.map(({ workflowId }) => workflowId));
      // Begun or ended a moment ago: Temporal’s list and ours follow each other by some seconds.
      const settled = Date.now() - SETTLED_MS;
      return {
        rowsWithoutExecution: !isWhole
          ? []
          : rows
              .filter((run) => run.updatedAt.getTime() < settled && !running.has(`${run.workflowId} ${run.workflowRunId}`) && keepsItsExecution(run))
              .map((run) => ({ run: run.id, process: run.process, title: processById(run.process)?.title ?? run.process, site: run.siteName, state: run.state, startedAt: run.startedAt.toISOString() })),
        executionsWithoutRow: !isWhole
          ? []
          : executions
              .filter(({ workflowId, startedAt }) => !told.has(workflowId) && startedAt.getTime() < settled)
              .map((execution) => {
                const process = processes.find(({ workflow }) => workflow === execution.workflowType);
                return { workflowId: execution.workflowId, workflowType: execution.workflowType, title: process?.title ?? execution.workflowType, startedAt: execution.startedAt.toISOString(), temporalUrl: temporalUrl(deps.config, execution), isUsual: process !== undefined && (process.phases.length === 0 || WAITS_WITHOUT_A_RUN.has(process.id)) };
              }),
        compared: { rows: rows.length, executions: executions.length, isWhole },
      };
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
    'POST /api/v1/runs/:run/retry': (call) => act(call, 'retry', 'retried'),
    'POST /api/v1/runs/:run/cancel': (call) => act(call, 'cancel', 'stopped'),
    'POST /api/v1/runs/:run/give-up': (call) => act(call, 'giveUp', 'given up'),
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
