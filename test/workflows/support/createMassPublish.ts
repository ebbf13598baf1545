import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import { type MassCounts, type MassSiteState, noMassCounts } from '#domain/massPublish.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { massPublishContract, type MassPublishGoing, publishFinished } from '#temporal/contracts/massPublish.ts';
import type { massPublish } from '#workflows/massPublish.ts';
import { until } from '../../support/until.ts';

type MassActivities = Pick<
  Activities,
  'openMassPublish' | 'chooseMassSites' | 'settleMassSites' | 'requestPublishes' | 'reopenFailedMassSites' | 'takeMassNotice' | 'finishMassPublish' | 'followExecution' | 'recordFailed' | 'recordEnded' | 'tellCatalogue' | 'recordUntold'
>;

interface Line {
  state: MassSiteState;
  /** How its publish ended, before anybody looked. */
  ended: 'succeeded' | 'failed' | null;
  noticed: boolean;
}

export interface MassOptions {
  readonly sites: number;
  readonly version?: 'draft' | 'live';
  readonly isOpen?: boolean;
  readonly superseded?: readonly string[];
  readonly receivers?: readonly string[];
  /** Addresses one notice takes. */
  readonly addressesAtOnce?: number;
  readonly during?: { readonly choose?: () => void; readonly request?: () => Promise<void> | void };
}

/** The rows of one mass publish, in memory, with activities over them; the test says how each site's publish ends. */
export function createMassPublish(id: string, options: MassOptions) {
  const lines: Line[] = [];
  const states: RunState[] = [];
  const executions: string[] = [];
  const steered: string[] = [];
  const asks: number[] = [];
  const notices: number[] = [];
  const tellings: string[] = [];
  const reasons: (string | null)[] = [];
  let mostAtOnce = 0;

  const counts = (): MassCounts => {
    const found = { ...noMassCounts };
    for (const line of lines) found[line.state] += 1;
    return found;
  };
  const move = (state: RunState, reason: string | null = null): void => {
    const from = states.at(-1);
    if (from !== undefined && !canMove(from, state)) return;
    if (from !== state) states.push(state);
    reasons.push(reason);
  };

  const activities: MassActivities = {
    openMassPublish: () => {
      if (states.length === 0) move('running');
      if (options.isOpen === false) move('cancelled');
      return Promise.resolve({ isOpen: options.isOpen !== false, superseded: options.superseded ?? [] });
    },
    followExecution: ({ workflowRunId }) => Promise.resolve(void executions.push(workflowRunId)),
    chooseMassSites: () => {
      options.during?.choose?.();
      if (lines.length === 0) lines.push(...Array.from({ length: options.sites }, (): Line => ({ state: 'waiting', ended: null, noticed: false })));
      return Promise.resolve({ summary: `${options.sites} sites`, counts: { sites: options.sites } });
    },
    settleMassSites: ({ window, isPaused, isCancelled }) => {
      const said = `${window}${isPaused ? ' paused' : ''}`;
      if (steered.at(-1) !== said) steered.push(said);
      for (const line of lines) {
        if (isCancelled && line.state === 'waiting') line.state = 'cancelled';
        if (line.state === 'asked' && line.ended !== null) line.state = line.ended;
        if (line.state === 'failed' && line.ended === 'succeeded') line.state = 'succeeded';
      }
      const unnoticed = (options.receivers ?? []).length === 0 ? 0 : lines.filter((line) => line.state === 'succeeded' && !line.noticed).length;
      return Promise.resolve({ counts: counts(), unnoticed });
    },
    requestPublishes: async ({ window }) => {
      await options.during?.request?.();
      let asked = 0;
      while (counts().asked < window) {
        const index = lines.findIndex((line) => line.state === 'waiting');
        const line = lines[index];
        if (line === undefined) break;
        Object.assign(line, { state: 'asked', ended: null });
        asks.push(index);
        asked += 1;
      }
      mostAtOnce = Math.max(mostAtOnce, counts().asked);
      return { asked, skipped: 0 };
    },
    reopenFailedMassSites: () => {
      const failed = lines.filter((line) => line.state === 'failed');
      for (const line of failed) Object.assign(line, { state: 'waiting', ended: null });
      move('running');
      return Promise.resolve({ reopened: failed.length });
    },
    takeMassNotice: ({ batch }) => {
      const taken = lines.filter((line) => line.state === 'succeeded' && !line.noticed).slice(0, options.addressesAtOnce ?? 100);
      for (const line of taken) line.noticed = true;
      notices[batch - 1] = taken.length;
      return Promise.resolve({ prefixes: taken.map((_line, index) => `courses/${batch}-${index}`), receivers: options.receivers ?? [] });
    },
    finishMassPublish: ({ isCancelled }) => {
      const state = isCancelled ? 'cancelled' : counts().failed > 0 ? 'failed' : 'succeeded';
      move(state);
      return Promise.resolve({ state, summary: 'done' });
    },
    recordFailed: ({ reason }) => Promise.resolve(move('failed', reason.message)),
    recordEnded: ({ state }) => Promise.resolve(move(state)),
    tellCatalogue: ({ eventId, receiver, event }) => Promise.resolve(void tellings.push(`${eventId.replace(id, 'mass')} to ${receiver}: ${event.kind === 'published' ? event.prefixes.length : 0}`)),
    recordUntold: () => Promise.resolve(),
  };

  return {
    id,
    activities,
    lines,
    /** Every state the run was in, oldest first. */
    states,
    /** What `recordFailed` said, among nulls. */
    reasons,
    executions,
    /** Windows and pauses as the rows were told, each change once. */
    steered,
    /** Indexes of the sites asked for, in order. */
    asks,
    /** How many addresses each notice had. */
    notices,
    /** What the catalogues were told, in order. */
    tellings,
    counts,
    get mostAtOnce(): number {
      return mostAtOnce;
    },

    start: (environment: TestWorkflowEnvironment, taskQueue: string, window = 2, going?: MassPublishGoing): Promise<WorkflowHandleWithFirstExecutionRunId<typeof massPublish>> =>
      environment.client.workflow.start<typeof massPublish>(massPublishContract.workflowType, {
        workflowId: massPublishContract.workflowId(id),
        taskQueue,
        workflowIdReusePolicy: massPublishContract.workflowIdReusePolicy,
        args: [{ massRunId: id, version: options.version ?? 'draft', kind: 'publish', window, ...(going === undefined ? {} : { going }) }],
      }),

    /** Waits until a site was asked for, and lets its publish end; with `tells` as a pass does, by a signal too. */
    async end(handle: WorkflowHandle<typeof massPublish>, index: number, state: 'succeeded' | 'failed' = 'succeeded', tells = true): Promise<void> {
      await until(`site ${index} is asked for`, () => Promise.resolve(lines[index]?.state === 'asked'));
      const line = lines[index];
      if (line !== undefined) line.ended = state;
      if (tells) await handle.signal(publishFinished, { requestId: `request-${index}`, runId: `run-${index}`, siteId: `site-${index}`, state });
    },

    /** A failed site's own publish is retried by a person and goes out. */
    async retryByHand(handle: WorkflowHandle<typeof massPublish>, index: number): Promise<void> {
      const line = lines[index];
      if (line?.state !== 'failed') throw new Error(`Site ${index} has not failed`);
      line.ended = 'succeeded';
      await handle.signal(publishFinished, { requestId: `request-${index}`, runId: `run-${index}`, siteId: `site-${index}`, state: 'succeeded' });
    },
  };
}
