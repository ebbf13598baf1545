import { ActivityCancellationType, CancellationScope, condition, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { ReviewNote } from '#activities/reviews.ts';
import { type ReviewPhaseId, reviewPublishProcess } from '#domain/processes.ts';
import { DECIDE_WITHIN_DAYS, isSecondParty, reviewEndCodes } from '#domain/review.ts';
import { withinBudget } from '#temporal/budget.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import {
  approvalAsked,
  approved,
  letThrough,
  rejected,
  reviewProgress,
  type ReviewProgress,
  type ReviewPublishInput,
  type ReviewPublishResult,
  reviewSuperseded,
  scheduled,
  unscheduled,
} from '#temporal/contracts/reviewPublish.ts';
import { buildProfile, databaseProfile, publishProfile, repositoryProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { phaseLines } from './phaseLines.ts';
import { reasonOf } from './reasonOf.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** A run is said to be over when nothing of it is at work: what is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const database = proxyActivities<Activities>({ ...databaseProfile, ...waited });
/** What it waits for does not hear of a cancel, and would be waited for through an outage of GitHub. */
const repository = proxyActivities<Activities>(repositoryProfile);
const publishing = proxyActivities<Activities>(publishProfile);

const DAY_MS = 24 * 60 * 60_000;

/** Why a review ended without a publish. */
class ReviewEnded extends Error {
  override readonly name = 'ReviewEnded';
  readonly why: 'cancelled' | 'rejected' | 'superseded' | 'outdated' | 'expired' | 'givenUp';
  constructor(why: ReviewEnded['why']) {
    super(why);
    this.why = why;
  }
}

/**
 * Shows what a publish would change before it goes out, and publishes exactly that once somebody lets it through.
 * Started by who asks for a review; its id `review-publish/<site>/<version>/<request>` is one review, bound to one commit.
 * 1. openReview opens the run; supersedeReviews tells older reviews of the site and version, which end unless they are
 *    approved or scheduled. 2. freeze, commit: as a publish, but to main only, so that no branch that is built from moves.
 * 3. build: under the review's own run. 4. plan: files, pages with their text, addresses that would die; stored as a report.
 * 5. decide: waits for letThrough, or scheduled (a durable timer) and unscheduled; approvalAsked and approved by a second
 *    person; rejected. Nobody decides for 30 days: it expires. Later edits are another review's.
 * 6. When something newer was published since, it ends, for it would put older content in front of readers.
 * 7. merge: the commit goes into the branches. 8. publish: publishSite deploys the stored build, and is waited for.
 * If it dies at step n, another worker goes on at step n with the same frozen input; a timer that ran out meanwhile fires at
 * once. A step that failed for good leaves the run `failed` and this execution open for 7 days: retryRequested repeats
 * the step, gaveUp or day 7 closes it, and whoever scheduled the publish is told.
 * Cancel (signal or Temporal's own) is honoured until step 7 begins; nothing was published then. Query: reviewProgress.
 */
export async function reviewPublish(input: ReviewPublishInput): Promise<ReviewPublishResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName, version } = input;
  const build = proxyActivities<Activities>({ ...buildProfile, ...waited, taskQueue: queueOf('build') });
  const transfer = proxyActivities<Activities>({ ...transferProfile, ...waited, taskQueue: queueOf('transfer') });

  let runId: string | null = null;
  let phase: ReviewPhaseId | null = null;
  let state: ReviewProgress['state'] = 'idle';
  let done: { phase: ReviewPhaseId; summary: string }[] = [];
  let decision: 'retry' | 'cancel' | 'giveUp' | null = null;
  let isSuperseded = false;
  let isPastReturn = false;
  let currentScope: CancellationScope | null = null;
  /** What people said and nobody has noted yet. */
  const said: ReviewNote[] = [];
  let askers: Parameters<typeof isSecondParty>[0] = { askedBy: null };
  let isApproved = false;
  let isLetThrough = false;
  let schedule: { at: string; by: string | null } | null = null;
  let rejection = '';
  let outdatedBecause = 'A newer state of the site was published after this one was reviewed, so it was not put in its place. Review again to publish what is saved now.';
  const execution = CancellationScope.current();

  /** People decide about what they see: what is said before or after that is not heard. */
  const isHeard = (signal: { readonly runId: string }): boolean => signal.runId === runId && phase === 'decide' && state === 'running';

  setHandler(letThrough, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'letThrough', by: signal.by });
  });
  setHandler(scheduled, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'scheduled', at: signal.at, by: signal.by });
  });
  setHandler(unscheduled, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'unscheduled', by: signal.by });
  });
  setHandler(approvalAsked, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'approvalAsked', by: signal.by });
  });
  setHandler(approved, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'approved', by: signal.by });
  });
  setHandler(rejected, (signal) => {
    if (isHeard(signal)) said.push({ kind: 'rejected', by: signal.by, reason: signal.reason });
  });
  setHandler(reviewSuperseded, (signal) => {
    if (signal.runId !== runId || isPastReturn) return;
    isSuperseded = true;
    if (mayBeSuperseded()) currentScope?.cancel();
  });
  setHandler(retryRequested, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'retry';
  });
  setHandler(gaveUp, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'giveUp';
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId !== runId || isPastReturn) return;
    decision = 'cancel';
    currentScope?.cancel();
  });
  setHandler(reviewProgress, () => withinBudget<ReviewProgress>({ runId, state, phase, done, isApproved, scheduledAt: schedule?.at ?? null }));

  /** Somebody has decided about this one, so a newer review does not take its place. */
  const mayBeSuperseded = (): boolean => isSuperseded && !isApproved && !isLetThrough && schedule === null && said.length === 0;
  const isCancelled = (): boolean => !isPastReturn && (decision === 'cancel' || execution.consideredCancelled);

  function assertGoesOn(): void {
    if (isCancelled()) throw new ReviewEnded('cancelled');
    if (mayBeSuperseded()) throw new ReviewEnded('superseded');
  }

  function describe(): void {
    const lines = phaseLines(reviewPublishProcess.phases, { phase, state, done });
    const when = schedule === null ? '' : `\n\nTo be published at ${schedule.at}.`;
    setCurrentDetails(`**Review of the ${version} site \`${siteName}\`: ${state}**\n\n${lines}${when}`);
  }

  /** Runs one step until it succeeds or the review ends; a failed step waits for a person. `attempt` counts from 1. */
  async function step<T extends { summary: string }>(id: string, at: ReviewPhaseId, work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      assertGoesOn();
      phase = at;
      state = 'running';
      describe();
      const scope = new CancellationScope();
      currentScope = scope;
      let failure: unknown;
      try {
        const result = await scope.run(() => work(attempt));
        done = [...done, { phase: at, summary: result.summary }];
        describe();
        return result;
      } catch (error) {
        assertGoesOn();
        if (isCancellation(error)) throw new ReviewEnded('cancelled');
        failure = error;
      } finally {
        currentScope = null;
      }
      await waitForPerson(id, failure);
    }
  }

  /** Says at once that the run failed, then waits for a retry; anything else ends the review. */
  async function waitForPerson(id: string, error: unknown): Promise<void> {
    const { reason, problems } = reasonOf(error);
    state = 'failed';
    decision = null;
    await CancellationScope.nonCancellable(async () => {
      await rows.recordFailed({ runId: id, reason, problems });
      if (schedule !== null) await rows.tellScheduleFailed({ runId: id, reason: reason.message });
      describe();
      await condition(() => decision !== null || isCancelled() || mayBeSuperseded(), retryWindowMs);
    });
    assertGoesOn();
    if (decision !== 'retry') throw new ReviewEnded('givenUp');
    decision = null;
    await CancellationScope.nonCancellable(() => rows.recordResumed({ runId: id }));
  }

  /** Waits until somebody lets it through or its time has come. */
  async function decide(id: string): Promise<void> {
    phase = 'decide';
    state = 'running';
    const note = (what: ReviewNote): Promise<void> => CancellationScope.nonCancellable(() => rows.noteReview({ runId: id, note: what }));
    await note({ kind: 'ready' });
    let expiresAt = Date.now() + DECIDE_WITHIN_DAYS * DAY_MS;
    for (;;) {
      describe();
      assertGoesOn();
      const next = said.shift();
      if (next !== undefined) {
        expiresAt = Date.now() + DECIDE_WITHIN_DAYS * DAY_MS;
        if (await hear(next, note)) return;
        continue;
      }
      const untilMs = (schedule === null ? expiresAt : Date.parse(schedule.at)) - Date.now();
      const isTold = untilMs > 0 && (await condition(() => said.length > 0 || isCancelled() || mayBeSuperseded(), untilMs));
      if (isTold) continue;
      if (schedule === null) throw new ReviewEnded('expired');
      isLetThrough = true;
      await note({ kind: 'letThrough', by: schedule.by });
      return;
    }
  }

  /** Takes in what somebody said. @returns whether it is let through. */
  async function hear(what: ReviewNote, note: (what: ReviewNote) => Promise<void>): Promise<boolean> {
    // Judged here too: of two people who press at once the second one's right may be gone.
    if (what.kind === 'approved' && !isSecondParty(askers, what.by)) return false;
    if (what.kind === 'rejected') {
      rejection = what.reason;
      await note(what);
      throw new ReviewEnded('rejected');
    }
    if (what.kind === 'approved') isApproved = true;
    if (what.kind === 'approvalAsked') askers = { ...askers, approvalAskedBy: what.by };
    if (what.kind === 'scheduled') schedule = { at: what.at, by: what.by };
    if (what.kind === 'unscheduled' || what.kind === 'letThrough') schedule = null;
    if (what.kind === 'letThrough') isLetThrough = true;
    await note(what);
    return isLetThrough;
  }

  async function review(id: string): Promise<void> {
    const at = { runId: id, siteId, version };
    await database.supersedeReviews.executeWithOptions({ summary: 'Tell older reviews' }, [at]);
    const frozen = await step(id, 'freeze', () => database.freezeRevision.executeWithOptions({ summary: `Freeze ${siteName}` }, [{ ...at, phase: 'freeze', isReview: true }]));
    const { commit } = await step(id, 'commit', () =>
      repository.requestCommit.executeWithOptions({ summary: `Commit revision ${frozen.revision}, merge nothing` }, [{ ...at, phase: 'commit', siteName, snapshotKey: frozen.snapshotKey, revision: frozen.revision, version: null }]),
    );
    await step(id, 'build', () => build.buildSite.executeWithOptions({ summary: `Hugo build of ${commit.slice(0, 8)}` }, [{ ...at, phase: 'build', commit }]));
    await step(id, 'plan', () => transfer.reportReview.executeWithOptions({ summary: 'Compare with what readers see' }, [{ ...at, phase: 'plan' }]));
    await decide(id);
    done = [...done, { phase: 'decide', summary: schedule === null ? 'Let through' : 'Its time has come' }];
    const { isOutdated, why } = await CancellationScope.nonCancellable(() => rows.checkReviewed(at));
    if (isOutdated) {
      outdatedBecause = why ?? outdatedBecause;
      throw new ReviewEnded('outdated');
    }
    assertGoesOn();
    // From here branches and readers may meet what was reviewed, so the review goes on to its end whoever cancels.
    isPastReturn = true;
    await CancellationScope.nonCancellable(async () => {
      await step(id, 'merge', () => repository.mergeReviewed.executeWithOptions({ summary: `Merge ${commit.slice(0, 8)}` }, [{ ...at, phase: 'merge', siteName, commit }]));
      const { publishRunId } = await step(id, 'publish', (attempt) => publishing.publishReviewed.executeWithOptions({ summary: `Publish ${commit.slice(0, 8)} (${version})` }, [{ ...at, phase: 'publish', siteName, attempt }]));
      await rows.recordEnded({ runId: id, state: 'succeeded', reason: null, result: { publishRunId } });
    });
  }

  async function end(id: string, why: ReviewEnded['why']): Promise<ReviewPublishResult['outcome']> {
    const record = async (final: 'cancelled' | 'superseded' | 'terminated', reason: { code: string; message: string } | null): Promise<void> => {
      state = final;
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: final, reason }));
    };
    switch (why) {
      case 'cancelled':
        await record('cancelled', { code: 'Cancelled', message: 'A person stopped this review. Nothing of it was published.' });
        return why;
      case 'rejected':
        await record('cancelled', { code: reviewEndCodes.rejected, message: `It was rejected: ${rejection}` });
        return why;
      case 'superseded':
        await record('superseded', { code: 'Superseded', message: 'A newer review took its place. Nothing of this one was published.' });
        return why;
      case 'outdated': {
        const message = outdatedBecause;
        if (schedule !== null) await CancellationScope.nonCancellable(() => rows.tellScheduleFailed({ runId: id, reason: message }));
        await record('superseded', { code: 'Outdated', message });
        return 'superseded';
      }
      case 'expired':
        await record('terminated', { code: reviewEndCodes.expired, message: `Nobody decided about it within ${DECIDE_WITHIN_DAYS} days. Nothing of it was published. Review again.` });
        return why;
      case 'givenUp':
        // A run nobody retried keeps the reason it failed for.
        await record('terminated', null);
        return why;
    }
  }

  const opened = await CancellationScope.nonCancellable(() => rows.openReview({ ...input, workflowId, workflowRunId }));
  const id = opened.runId;
  runId = id;
  askers = { askedBy: opened.askedBy };
  let outcome: ReviewPublishResult['outcome'] = 'published';
  try {
    await review(id);
    state = 'succeeded';
  } catch (error) {
    if (!(error instanceof ReviewEnded) && !isCancellation(error)) throw error;
    outcome = await end(id, error instanceof ReviewEnded ? error.why : 'cancelled');
  }
  describe();
  return withinBudget({ outcome });
}
