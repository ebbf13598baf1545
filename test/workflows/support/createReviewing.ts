import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '#activities/index.ts';
import type { ReviewNote } from '#activities/reviews.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { reviewPublishContract } from '#temporal/contracts/reviewPublish.ts';
import type { reviewPublish } from '#workflows/reviewPublish.ts';

export type ReviewHandle = WorkflowHandleWithFirstExecutionRunId<typeof reviewPublish>;

type Step = 'freeze' | 'commit' | 'build' | 'plan' | 'merge' | 'publish' | 'check';

type ReviewActivities = Pick<
  Activities,
  | 'openReview'
  | 'supersedeReviews'
  | 'freezeRevision'
  | 'requestCommit'
  | 'buildSite'
  | 'reportReview'
  | 'noteReview'
  | 'checkReviewed'
  | 'mergeReviewed'
  | 'publishReviewed'
  | 'tellScheduleFailed'
  | 'recordFailed'
  | 'recordResumed'
  | 'recordEnded'
>;

/** Who asked for the review; the others of these tests did not. */
export const asker = 'ada';

/** The rows of one review, in memory, with activities over them. `during` is what happens inside a step before it succeeds. */
export function createReviewing(during: Partial<Record<Step, () => Promise<void> | void>> = {}, isOutdated = false, why?: string) {
  const steps: string[] = [];
  const notes: ReviewNote[] = [];
  const states: RunState[] = [];
  const failedSchedules: string[] = [];
  let reason: { readonly code: string; readonly message: string } | null = null;
  let result: Record<string, unknown> | undefined;

  async function step<R>(name: Step, label: string, answer: R): Promise<R> {
    steps.push(label);
    await during[name]?.();
    return answer;
  }

  function move(state: RunState): void {
    const from = states.at(-1);
    if (from === undefined || !canMove(from, state)) throw new Error(`The review was to go from ${String(from)} to ${state}`);
    states.push(state);
  }

  const of = (summary: string): { summary: string; counts: Record<string, number> } => ({ summary, counts: {} });
  const activities: ReviewActivities = {
    openReview: () => {
      states.push('running');
      return Promise.resolve({ runId: 'run-1', askedBy: asker });
    },
    supersedeReviews: () => Promise.resolve(void steps.push('supersede')),
    freezeRevision: (input) => step('freeze', input.isReview === true ? 'freeze' : 'freeze as a publish', { ...of('Revision 4'), revision: 4, snapshotKey: 'snapshots/1' }),
    requestCommit: (input) => step('commit', `commit, merge ${String(input.version)}`, { ...of('Committed'), commit: 'c'.repeat(40) }),
    buildSite: () => step('build', 'build', { ...of('9 files'), buildKey: 'manifests/1' }),
    reportReview: () => step('plan', 'plan', of('1 page differs')),
    noteReview: ({ note }) => Promise.resolve(void notes.push(note)),
    checkReviewed: () => step('check', 'check', { isOutdated, ...(why === undefined ? {} : { why }) }),
    mergeReviewed: (input) => step('merge', `merge ${input.commit.slice(0, 2)} for ${input.version}`, of('Merged')),
    publishReviewed: (input) => step('publish', `publish ${input.attempt}`, { ...of('It is out'), publishRunId: 'run-2' }),
    tellScheduleFailed: (input) => Promise.resolve(void failedSchedules.push(input.reason)),
    recordFailed: (input) => {
      move('failed');
      reason = input.reason;
      return Promise.resolve();
    },
    recordResumed: () => Promise.resolve(move('running')),
    recordEnded: (input) => {
      move(input.state);
      if (input.reason !== null) reason = input.reason;
      result = input.result;
      return Promise.resolve();
    },
  };

  return {
    activities,
    steps,
    notes,
    /** Every state the run was in, oldest first. */
    states,
    /** Mails to who had scheduled it. */
    failedSchedules,
    get reason() {
      return reason;
    },
    get result() {
      return result;
    },
    /** Starts the review as the API does. */
    start: (environment: TestWorkflowEnvironment, taskQueue: string): Promise<ReviewHandle> =>
      environment.client.workflow.start<typeof reviewPublish>(reviewPublishContract.workflowType, {
        workflowId: reviewPublishContract.workflowId('ocw-1', 'live', `request-${taskQueue}`),
        taskQueue,
        workflowIdReusePolicy: reviewPublishContract.workflowIdReusePolicy,
        args: [{ requestId: 'request-1', siteId: 'site-1', siteName: 'ocw-1', version: 'live' }],
        staticSummary: 'Review ocw-1 (live)',
      }),
  };
}
