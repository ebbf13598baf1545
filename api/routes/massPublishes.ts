import { unknownSiteNames } from '#db/queries/cleanupSites.ts';
import { countSitesOf, listMassSites, listPublishableSites } from '#db/queries/massPublishSites.ts';
import { findMassPublish, hasWaitingMassPublish, listMassPublishIds, lockMassPublishes } from '#db/queries/massPublishes.ts';
import type { Db } from '#db/knex.ts';
import { findRunRequest, insertRunRequest } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { findRun, type RunRow } from '#db/queries/runs.ts';
import { findStarterBySlug } from '#db/queries/starters.ts';
import { publishableAmong } from '#domain/massPublish.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { massPublishContract, type MassPublishRequest, pauseRequested, resumeRequested, retryFailedRequested, windowChanged } from '#temporal/contracts/massPublish.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { RouteKey } from '../contracts/index.ts';
import type { MassPublish } from '../contracts/massPublishes.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { canUndo, presentMassPublishes } from '../presenters/massPublishes.ts';
import { presentRequest } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';

type Routes = Pick<Handlers, Extract<RouteKey, `${string} /api/v1/mass-publishes${string}`>>;
type Choice = Call<'POST /api/v1/mass-publishes'>['body'];

/** Sites a preview names. */
const FIRST = 20;

export function massPublishRoutes(deps: ApiDeps): Routes {
  const { config, db, engine } = deps;

  function assertMay(who: Principal): void {
    if (!studioPolicy.massPublish(who)) throw new ApiError('forbidden', 'Only a global admin may publish many sites at once.');
  }

  async function assertKnown(choice: Choice): Promise<void> {
    if (choice.starter !== undefined && (await findStarterBySlug(db, choice.starter)) === undefined) throw new ApiError('starterMissing', `There is no starter ‘${choice.starter}’.`);
    const unknown = choice.filter === undefined ? [] : await unknownSiteNames(db, choice.filter);
    if (unknown.length > 0) throw new ApiError('notFound', `There is no site named ${unknown.map((name) => `‘${name}’`).join(', ')}.`);
  }

  /** Why no mass publish of this version may begin now, or null. */
  async function refusalOf(trx: Db, version: PublishVersion): Promise<string | null> {
    const [running] = await listMassPublishIds(trx, version, 'running', null);
    if (running !== undefined) return `A mass publish of the ${version} sites is at work (${running}). Two at once would publish each site twice: wait for its end, or cancel it first.`;
    return (await hasWaitingMassPublish(trx, version)) ? `A mass publish of the ${version} sites is asked for already. Wait for its end.` : null;
  }

  async function accept(call: Pick<Call<RouteKey>, 'who' | 'ctx' | 'note'>, version: PublishVersion, input: MassPublishRequest): Promise<ReturnType<typeof presentRequest>> {
    const row = await db.transaction(async (trx) => {
      await lockMassPublishes(trx);
      const refusal = await refusalOf(trx, version);
      if (refusal !== null) throw new ApiError('wrongState', refusal);
      return insertRunRequest(trx, { process: massPublishContract.process, version, requestedBy: call.who.userId, input: { ...input } });
    });
    call.note({ request: row.id });
    await engine.deliver(row.id);
    call.ctx.set('location', `/api/v1/requests/${row.id}`);
    return presentRequest((await findRunRequest(db, row.id)) ?? row);
  }

  async function massRun(id: string): Promise<RunRow> {
    const run = await findRun(db, id);
    if (run?.process !== massPublishContract.process) throw new ApiError('notFound', 'There is no such mass publish.');
    return run;
  }

  async function present(run: RunRow): Promise<MassPublish> {
    const [presented] = await presentMassPublishes(deps, [run]);
    if (presented === undefined) throw new ApiError('notFound', 'There is no such mass publish.');
    return presented;
  }

  /** One of the buttons: possible in its state, and told to its workflow, whichever execution that is by now. */
  async function steer(call: Pick<Call<RouteKey>, 'who' | 'note'>, id: string, action: keyof MassPublish['can'], words: string, tell: (run: Pick<RunRow, 'id' | 'workflowId'>) => Promise<void>): Promise<MassPublish> {
    call.note({ step: words });
    assertMay(call.who);
    const run = await massRun(id);
    call.note({ version: run.version });
    const shown = await present(run);
    if (!shown.can[action]) throw new ApiError('wrongState', `The mass publish cannot be ${words} now: it ${shown.isPaused && shown.state === 'running' ? 'is paused' : stateWords[shown.state]}${action === 'retryFailed' && shown.counts.failed === 0 ? ', and no site of it failed' : ''}.`);
    await tell({ id: run.id, workflowId: run.workflowId });
    return present(await massRun(id));
  }

  return {
    'POST /api/v1/mass-publishes/preview': async ({ body, who }) => {
      assertMay(who);
      await assertKnown(body);
      const sites = await listPublishableSites(db, { ...publishableAmong(config), version: body.version, names: body.filter, starterSlug: body.starter, source: body.source });
      const names = sites.map((site) => site.name);
      const chosen = new Set(names);
      return { sites: names.length, first: names.slice(0, FIRST), leftOut: (body.filter ?? []).filter((name) => !chosen.has(name)), window: body.window ?? config.massPublishWindow, refusal: await refusalOf(db, body.version) };
    },

    'POST /api/v1/mass-publishes': async (call) => {
      const { body, who, note } = call;
      note({ version: body.version, ...(body.filter === undefined ? {} : { sites: body.filter.length, names: body.filter.slice(0, FIRST) }), ...(body.starter === undefined ? {} : { starter: body.starter }) });
      assertMay(who);
      await assertKnown(body);
      return accept(call, body.version, {
        kind: 'publish',
        ...(body.filter === undefined ? {} : { names: body.filter }),
        ...(body.starter === undefined ? {} : { starter: body.starter }),
        ...(body.source === undefined ? {} : { source: body.source }),
        window: body.window ?? config.massPublishWindow,
      });
    },

    'GET /api/v1/mass-publishes': async ({ query, who }) => {
      assertMay(who);
      const { total, runs } = await listRuns(db, { process: massPublishContract.process }, query);
      return { total, massPublishes: await presentMassPublishes(deps, runs) };
    },

    'GET /api/v1/mass-publishes/:run': async ({ params, who }) => {
      assertMay(who);
      return present(await massRun(params.run));
    },

    'GET /api/v1/mass-publishes/:run/sites': async ({ params, query, who }) => {
      assertMay(who);
      const { total, sites } = await listMassSites(db, (await massRun(params.run)).id, query.state, query);
      return {
        total,
        sites: sites.map((site) => ({ site: { name: site.siteName, title: site.siteTitle }, state: site.state, attempt: site.attempt, runId: site.publishRunId, reason: site.reason, askedAt: site.askedAt?.toISOString() ?? null, endedAt: site.endedAt?.toISOString() ?? null })),
      };
    },

    'POST /api/v1/mass-publishes/:run/pause': (call) => steer(call, call.params.run, 'pause', 'paused', (run) => engine.signal(run, pauseRequested, { runId: run.id })),
    'POST /api/v1/mass-publishes/:run/resume': (call) => steer(call, call.params.run, 'resume', 'resumed', (run) => engine.signal(run, resumeRequested, { runId: run.id })),
    'POST /api/v1/mass-publishes/:run/cancel': (call) => steer(call, call.params.run, 'cancel', 'cancelled', (run) => engine.signal(run, cancelRequested, { runId: run.id })),
    'POST /api/v1/mass-publishes/:run/window': (call) => {
      call.note({ window: call.body.window });
      return steer(call, call.params.run, 'changeWindow', 'changed', (run) => engine.signal(run, windowChanged, { window: call.body.window }));
    },
    'POST /api/v1/mass-publishes/:run/retry-failed': (call) => steer(call, call.params.run, 'retryFailed', 'retried', (run) => engine.signal(run, retryFailedRequested, { runId: run.id })),

    'POST /api/v1/mass-publishes/:run/undo': async (call) => {
      call.note({ step: 'undo it' });
      assertMay(call.who);
      const run = await massRun(call.params.run);
      const mass = await findMassPublish(db, run.id);
      const counts = await countSitesOf(db, run.id);
      if (mass === undefined || !canUndo(run, mass, counts.succeeded)) {
        const why = mass?.kind === 'undo' ? 'it is an undo itself; publish the sites instead' : run.state === 'running' ? 'it is at work; cancel it first' : 'nothing is left of it that could be taken back';
        throw new ApiError('wrongState', `The mass publish cannot be undone: ${why}.`);
      }
      return accept(call, mass.version, { kind: 'undo', undoes: run.id, window: mass.window });
    },
  };
}

const stateWords = {
  running: 'is at work',
  failed: 'waits with failed sites',
  succeeded: 'has ended',
  cancelled: 'was cancelled',
  superseded: 'was superseded by a newer one',
  terminated: 'was ended',
} as const;
