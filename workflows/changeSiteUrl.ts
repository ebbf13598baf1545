import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { changeSiteUrlProcess, type MovePhaseId } from '#domain/processes.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type ChangeSiteUrlInput, type ChangeSiteUrlResult, moveProgress, type MoveProgress, moveRequested } from '#temporal/contracts/changeSiteUrl.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { announceProfile, databaseProfile, publishProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { phaseLines } from './phaseLines.ts';
import { reasonOf } from './reasonOf.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** A step that still runs when the move is undone could do its work again: what is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const database = proxyActivities<Activities>({ ...databaseProfile, ...waited });
const publishing = proxyActivities<Activities>({ ...publishProfile, ...waited });
const announcing = proxyActivities<Activities>(announceProfile);

/** Between two looks at publishes that have to end first, in milliseconds: from the shortest, doubled up to the longest. */
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;

/** Why a move ended before it was whole. */
class MoveEnded extends Error {
  override readonly name = 'MoveEnded';
  readonly why: 'cancelled' | 'givenUp';
  constructor(why: MoveEnded['why']) {
    super(why);
    this.why = why;
  }
}

/**
 * Moves a published site to another address. Started by an admin through signalWithStart; its id
 * `change-site-url/<site>` is the lock, requests made meanwhile are made one after the other. Each pass:
 * 1. openMove takes the oldest request and opens the run; from here no publish of the site begins but the move's own.
 * 2. check: the address is free and valid, what stands where is noted; publishes that run are waited for.
 * 3. switch: the address, the old one as a redirect, and every place where other sites name it, in one transaction.
 * 4. draft, live: ordinary publishes at the new place, for the versions that are out. Readers see the old place, whole.
 * 5. redirect: pages that lead on are written at the old place, then the rest is removed there, for every theme output.
 * 6. announce: caches are purged and catalogues told. 7. record. Then publishes that were held off are let go.
 * If it dies at step n, another worker goes on at step n. A step that failed for good leaves the run `failed` and this
 * execution open for 7 days: retryRequested repeats the step, gaveUp or day 7 ends it. What step 6 could not do is left
 * for a person and named in the result; it stops nothing.
 * Cancel (signal or Temporal's own) is honoured until step 5 begins: the old address comes back and what was put at the
 * new place is taken away. From there the move finishes. Query: moveProgress.
 */
export async function changeSiteUrl(input: ChangeSiteUrlInput): Promise<ChangeSiteUrlResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName } = input;
  const transfer = proxyActivities<Activities>({ ...transferProfile, taskQueue: queueOf('transfer') });

  let wanted = true;
  let pass = 0;
  let runId: string | null = null;
  let phase: MovePhaseId | null = null;
  let state: MoveProgress['state'] = 'idle';
  let done: { phase: MovePhaseId; summary: string }[] = [];
  let decision: 'retry' | 'cancel' | 'giveUp' | null = null;
  let currentScope: CancellationScope | null = null;
  let isPastReturn = false;
  const execution = CancellationScope.current();

  setHandler(moveRequested, () => {
    wanted = true;
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
  setHandler(moveProgress, () => withinBudget<MoveProgress>({ runId, state, phase, done }));

  function describe(): void {
    const lines = phaseLines(changeSiteUrlProcess.phases, { phase, state, done });
    setCurrentDetails(`**Move of \`${siteName}\`: ${state}**\n\n${lines}`);
  }

  const isCancelled = (): boolean => decision === 'cancel' || (!isPastReturn && execution.consideredCancelled);

  /** Runs one step until it succeeds or the move ends; a failed step waits for a person. `tries` counts from 1. */
  async function step<T extends { summary: string }>(id: string, at: MovePhaseId, work: (tries: number) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      if (isCancelled()) throw new MoveEnded('cancelled');
      phase = at;
      state = 'running';
      describe();
      const scope = new CancellationScope();
      currentScope = scope;
      let failure: unknown;
      try {
        const result = await scope.run(() => work(tries));
        done = [...done, { phase: at, summary: result.summary }];
        describe();
        return result;
      } catch (error) {
        if (isCancellation(error) || isCancelled()) throw new MoveEnded('cancelled');
        failure = error;
      } finally {
        currentScope = null;
      }
      await waitForPerson(id, failure);
    }
  }

  /** Says at once that the run failed, then waits for a retry; anything else ends the move. */
  async function waitForPerson(id: string, error: unknown): Promise<void> {
    const { reason, problems } = reasonOf(error);
    state = 'failed';
    decision = null;
    await CancellationScope.nonCancellable(() => rows.recordFailed({ runId: id, reason, problems }));
    describe();
    const isDecided = (): boolean => decision !== null || (!isPastReturn && execution.consideredCancelled);
    await CancellationScope.nonCancellable(() => condition(isDecided, retryWindowMs));
    if (isCancelled()) throw new MoveEnded('cancelled');
    if (decision !== 'retry') throw new MoveEnded('givenUp');
    decision = null;
    await CancellationScope.nonCancellable(() => rows.recordResumed({ runId: id }));
  }

  async function waitForPublishes(): Promise<void> {
    for (let pauseMs = SHORTEST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      const { running } = await rows.countRunningPublishes({ siteId });
      if (running === 0) return;
      await sleep(pauseMs);
    }
  }

  async function movePass(id: string, requestId: string): Promise<void> {
    const at = { runId: id, siteId, siteName };
    const checked = await step(id, 'check', async () => {
      const result = await database.checkMove.executeWithOptions({ summary: `Check the new place of ${siteName}` }, [{ ...at, phase: 'check', requestId }]);
      await waitForPublishes();
      return result;
    });
    await step(id, 'switch', () => database.switchSiteUrl.executeWithOptions({ summary: `${checked.from} becomes ${checked.to}` }, [{ ...at, phase: 'switch' }]));
    for (const version of checked.versions) {
      await step(id, version, (attempt) => publishing.publishMovedSite.executeWithOptions({ summary: `Publish ${version} at ${checked.to}` }, [{ ...at, phase: version, version, attempt }]));
    }
    if (isCancelled()) throw new MoveEnded('cancelled');
    // From here readers meet redirect pages at the old place, so the move goes on to its end whoever cancels.
    isPastReturn = true;
    await CancellationScope.nonCancellable(async () => {
      await step(id, 'redirect', () => transfer.leadReadersOn.executeWithOptions({ summary: `Lead readers on from ${checked.from}` }, [{ ...at, phase: 'redirect' }]));
      const byHand = await announce(at);
      await step(id, 'record', () => database.recordMoved.executeWithOptions({ summary: 'Record where the site is' }, [{ ...at, phase: 'record', byHand }]));
    });
  }

  /** Purges and tells whom it can; what failed for good is for a person, and no reason to keep the site from its authors. */
  async function announce(at: { runId: string; siteId: string; siteName: string }): Promise<string[]> {
    phase = 'announce';
    describe();
    const byHand: string[] = [];
    try {
      const purged = await announcing.purgeMovedSite.executeWithOptions({ summary: 'Empty the caches' }, [{ ...at, phase: 'announce' }]);
      byHand.push(...purged.byHand);
      done = [...done, { phase: 'announce', summary: purged.summary }];
      for (const receiver of purged.receivers) {
        try {
          await announcing.notifyCatalogue.executeWithOptions({ summary: `Tell ${receiver}` }, [{ receiver, urlPath: purged.urlPath }]);
        } catch (error) {
          byHand.push(`${receiver} does not know of the new place: ${reasonOf(error).reason.message} Publish the site live again to tell it.`);
        }
      }
    } catch (error) {
      byHand.push(`The CDN may still serve the old pages: ${reasonOf(error).reason.message} Purge it for the key ‘${at.siteName}’, then publish the site live again to tell the catalogues.`);
    }
    return byHand;
  }

  /** Brings the old address back; when that fails, a person decides whether it is tried again. */
  async function undo(id: string): Promise<void> {
    for (;;) {
      try {
        await CancellationScope.nonCancellable(() => transfer.withdrawMove.executeWithOptions({ summary: 'Bring the old address back' }, [{ runId: id, siteId, siteName }]));
        return;
      } catch (error) {
        const { reason, problems } = reasonOf(error);
        state = 'failed';
        decision = null;
        await CancellationScope.nonCancellable(async () => {
          await rows.recordFailed({ runId: id, reason: { code: reason.code, message: `The move was stopped, but the old address could not be brought back: ${reason.message} Retry to try it again.` }, problems });
          describe();
          await condition(() => decision !== null, retryWindowMs);
        });
        if (decision !== 'retry' && decision !== 'cancel') throw new MoveEnded('givenUp');
        await CancellationScope.nonCancellable(() => rows.recordResumed({ runId: id }));
      }
    }
  }

  /** Ends a move that was stopped: what it did is undone while that is possible. */
  async function stop(id: string, why: MoveEnded['why']): Promise<void> {
    const end = (final: 'cancelled' | 'terminated', code: string, message: string) => CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: final, reason: { code, message } }));
    if (isPastReturn) {
      state = 'terminated';
      await end('terminated', 'GivenUp', 'The site is complete at its new place, but the old one may still serve old pages. Move the site to the new place once more to finish that.');
      return;
    }
    try {
      await undo(id);
    } catch (error) {
      if (!(error instanceof MoveEnded)) throw error;
      state = 'terminated';
      await end('terminated', 'GivenUp', 'The move was stopped half-way and nobody brought the old address back. Move the site to the place it shall have to put that right.');
      return;
    }
    state = 'cancelled';
    await end('cancelled', 'Cancelled', why === 'cancelled' ? 'A person stopped this move. The site is at its old address, as it was.' : 'Nobody retried this move, so it was stopped. The site is at its old address, as it was.');
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openMove({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
    if (opened.runId === null) {
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (wanted) continue;
      break;
    }
    pass += 1;
    runId = opened.runId;
    phase = null;
    done = [];
    decision = null;
    isPastReturn = false;
    const id = opened.runId;
    try {
      await movePass(id, opened.requestId);
      state = 'succeeded';
    } catch (error) {
      if (!(error instanceof MoveEnded) && !isCancellation(error)) throw error;
      await stop(id, error instanceof MoveEnded ? error.why : 'cancelled');
    }
    describe();
    runId = null;
    await CancellationScope.nonCancellable(() => database.releasePublishes.executeWithOptions({ summary: 'Let publishes go on' }, [{ siteId, siteName }]));
    if (execution.consideredCancelled) break;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof changeSiteUrl>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
    }
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
