import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { CaptionPlan } from '#activities/captionOrders.ts';
import type { Activities } from '#activities/index.ts';
import { captionVideoContract } from '#temporal/contracts/captionVideo.ts';
import type { captionVideo } from '#workflows/captionVideo.ts';

type CaptionActivities = Pick<
  Activities,
  'noteCaptions' | 'takeSuppliedCaptions' | 'planCaptionOrder' | 'placeCaptionOrder' | 'lookForCaptionOrder' | 'watchCaptionOrder' | 'storeCaptions' | 'endCaptions' | 'sendCaptions' | 'tellDriveContent' | 'publishCaptions'
>;

interface Given {
  /** What 3Play does with each order that is placed, in turn: by default it takes it. `supplied`: people were faster, and it is not asked. */
  readonly place?: readonly ('taken' | 'lost' | 'dropped' | 'supplied')[];
  /** After how many looks an order that was taken without a word shows. */
  readonly shownAfter?: number;
  /** How long 3Play works, in milliseconds of the server that runs the workflow. */
  readonly worksMs?: number;
  readonly cancels?: boolean;
  /** Whether an order waits for a person before it is placed. */
  readonly asks?: boolean;
  readonly plan?: () => Promise<void> | void;
}

/** Captions of one video with 3Play in memory: `charges` are the orders it was paid for. */
export function createCaptions(environment: TestWorkflowEnvironment, given: Given = {}) {
  const state = { isSupplied: false, isApproved: given.asks !== true, charges: 0, orders: 0, order: 'none' as 'none' | 'intended' | 'unknown' | 'ordered' | 'cancelled' | 'complete', isAtThreePlay: false, looks: 0, doneAt: 0, tries: 0 };
  const steps: string[] = [];
  const places = [...(given.place ?? [])];
  const planOf = (): CaptionPlan => {
    const orderId = `order-${state.orders}`;
    if (state.order === 'unknown') return { next: 'look', orderId };
    if (state.order === 'ordered') return { next: 'watch', orderId };
    if (state.order === 'complete') return { next: 'store', orderId };
    if (state.order === 'cancelled') return { next: 'none', orderId, message: 'It was refused.' };
    return state.isApproved ? { next: 'place', orderId } : { next: 'wait', orderId, untilMs: null, message: 'This order costs much. Approve it or refuse it.' };
  };
  const activities: CaptionActivities = {
    noteCaptions: () => Promise.resolve(),
    takeSuppliedCaptions: () => Promise.resolve({ isSupplied: state.isSupplied, tracks: 0 }),
    planCaptionOrder: async ({ isNew, isLookedFor }) => {
      await given.plan?.();
      if (state.order === 'none' || (state.order === 'unknown' && isLookedFor === true) || (state.order === 'cancelled' && isNew === true)) {
        state.orders += 1;
        state.order = 'intended';
        // The third in a row needs a person.
        if (state.orders > 2) state.isApproved = false;
      }
      const plan = planOf();
      steps.push(`plan: ${plan.next}`);
      return plan;
    },
    placeCaptionOrder: async () => {
      const fate = places.shift() ?? 'taken';
      if (fate === 'supplied') {
        state.isSupplied = true;
        steps.push('place: supplied');
        return { next: 'plan' };
      }
      if (fate !== 'dropped') state.charges += 1;
      state.isAtThreePlay ||= fate !== 'dropped';
      state.order = fate === 'taken' ? 'ordered' : 'unknown';
      state.looks = 0;
      state.doneAt = (await environment.currentTimeMs()) + (given.worksMs ?? 0);
      steps.push(`place: ${fate}`);
      return { next: fate === 'taken' ? 'watch' : 'look' };
    },
    lookForCaptionOrder: () => {
      state.looks += 1;
      const isFound = state.isAtThreePlay && state.looks > (given.shownAfter ?? 0);
      if (isFound) state.order = 'ordered';
      steps.push(`look: ${isFound ? 'found' : 'nothing'}`);
      return Promise.resolve({ isFound });
    },
    watchCaptionOrder: async () => {
      const now = await environment.currentTimeMs();
      // Whoever sees this try in `tries` may change what 3Play says next; this try has its answer by then.
      state.tries += 1;
      if (now < state.doneAt) throw ApplicationFailure.create({ type: 'CaptionsNotReady', message: '3Play is at work.', nextRetryDelay: '2 hours' });
      state.order = given.cancels === true ? 'cancelled' : 'complete';
      steps.push(`watched: ${state.order}`);
      return given.cancels === true ? { state: 'cancelled', message: '3Play cancelled it.' } : { state: 'complete', message: '' };
    },
    storeCaptions: () => Promise.resolve((steps.push('store'), { stored: 2, changed: 0, counts: {}, summary: 'Captions and transcript are in the site' })),
    sendCaptions: () => Promise.resolve((steps.push('send'), { sent: 1 })),
    tellDriveContent: () => Promise.resolve(void steps.push('tell')),
    publishCaptions: () => Promise.resolve((steps.push('publish'), { isAsked: true })),
    endCaptions: ({ outcome, reason }) => Promise.resolve(void steps.push(`end: ${outcome}${reason === null ? '' : ` ${reason.code}`}`)),
  };
  const videoId = randomUUID();
  return {
    activities,
    state,
    steps,
    start(taskQueue: string): Promise<WorkflowHandleWithFirstExecutionRunId<typeof captionVideo>> {
      return environment.client.workflow.start<typeof captionVideo>(captionVideoContract.workflowType, {
        workflowId: captionVideoContract.workflowId(videoId),
        taskQueue,
        workflowIdReusePolicy: captionVideoContract.workflowIdReusePolicy,
        args: [{ videoId, siteId: 'site-1', runId: 'run-1' }],
      });
    },
  };
}
