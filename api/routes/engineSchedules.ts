import { findRunsOfExecutions } from '#db/queries/runLists.ts';
import { processById } from '#domain/processes.ts';
import { scheduledWork, type ScheduleState } from '#temporal/scheduledWork.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { EngineSchedule } from '../contracts/engineSchedules.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { temporalUrl } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';

type Routes = Pick<Handlers, 'GET /api/v1/engine-schedules' | 'POST /api/v1/engine-schedules/:schedule/pause' | 'POST /api/v1/engine-schedules/:schedule/resume' | 'POST /api/v1/engine-schedules/:schedule/run'>;
type Steering = Pick<Call<'POST /api/v1/engine-schedules/:schedule/resume'>, 'params' | 'who' | 'note'>;

export function engineScheduleRoutes(deps: ApiDeps): Routes {
  const { config, db, engine } = deps;

  function assertMay(who: Principal): void {
    if (!studioPolicy.steerSchedules(who)) throw new ApiError('forbidden', 'Only a global admin sees and steers the studio’s recurring work.');
  }

  async function present({ id, summary }: (typeof scheduledWork)[number], state: ScheduleState | null): Promise<EngineSchedule> {
    const title = processById(id)?.title ?? id;
    if (state === null) return { id, title, summary, isSetUp: false, everyMs: null, paused: null, nextAt: null, isRunning: false, skipped: 0, recent: [] };
    const runs = await findRunsOfExecutions(db, state.recent);
    return {
      id,
      title,
      summary,
      isSetUp: true,
      everyMs: state.everyMs,
      paused: state.pausedBecause === null ? null : { reason: state.pausedBecause },
      nextAt: state.nextAt?.toISOString() ?? null,
      isRunning: state.isRunning,
      skipped: state.skipped,
      recent: state.recent.map((execution) => ({ at: execution.at.toISOString(), run: runs.get(`${execution.workflowId} ${execution.workflowRunId}`) ?? null, temporalUrl: temporalUrl(config, execution) })),
    };
  }

  /** The schedule of this id as it is, for one of its buttons. */
  async function found({ params, who, note }: Steering): Promise<{ readonly work: (typeof scheduledWork)[number]; readonly state: ScheduleState }> {
    note({ process: params.schedule });
    assertMay(who);
    const work = scheduledWork.find(({ id }) => id === params.schedule);
    if (work === undefined) throw new ApiError('notFound', `No recurring work is called ‘${params.schedule}’. There are ${scheduledWork.map(({ id }) => id).join(', ')}.`);
    const state = await engine.schedule(work.id);
    if (state === null) throw new ApiError('wrongState', 'This work is not set up to recur: its interval is 0, or no worker has started yet. The deployment guide names the variable.');
    return { work, state };
  }

  return {
    'GET /api/v1/engine-schedules': async ({ who }) => {
      assertMay(who);
      return { schedules: await Promise.all(scheduledWork.map(async (work) => present(work, await engine.schedule(work.id)))) };
    },

    'POST /api/v1/engine-schedules/:schedule/pause': async (call) => {
      call.note({ reason: call.body.reason });
      const { work, state } = await found(call);
      if (state.pausedBecause !== null) throw new ApiError('wrongState', `It is paused already: ${state.pausedBecause}`);
      return present(work, await engine.steerSchedule(work.id, { kind: 'pause', reason: `${call.body.reason} (${call.who.name})` }));
    },

    'POST /api/v1/engine-schedules/:schedule/resume': async (call) => {
      const { work, state } = await found(call);
      if (state.pausedBecause === null) throw new ApiError('wrongState', 'It is not paused.');
      return present(work, await engine.steerSchedule(work.id, { kind: 'resume' }));
    },

    'POST /api/v1/engine-schedules/:schedule/run': async (call) => {
      const { work, state } = await found(call);
      if (state.isRunning) throw new ApiError('wrongState', 'It is at work now. Wait for its end: two at once would do the same twice.');
      return present(work, await engine.steerSchedule(work.id, { kind: 'run' }));
    },
  };
}
