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
import { unpublishSiteProcess, type UnpublishPhaseId } from '#domain/processes.ts';
import { withinBudget } from '#temporal/budget.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { unpublishProgress, type UnpublishProgress, unpublishRequested, type UnpublishSiteInput, type UnpublishSiteResult } from '#temporal/contracts/unpublishSite.ts';
import { announceProfile, databaseProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { phaseLines } from './phaseLines.ts';
import { reasonOf } from './reasonOf.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { startNotices } from './startNotices.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** A step that still runs when the unpublish is stopped could do its work again: what is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const database = proxyActivities<Activities>({ ...databaseProfile, ...waited });
const announcing = proxyActivities<Activities>(announceProfile);

/** Between two looks at a publish that has to end first, in milliseconds: from the shortest, doubled up to the longest. */
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;

/** Why an unpublish ended before it was whole. */
class UnpublishEnded extends Error {
  override readonly name = 'UnpublishEnded';
  readonly why: 'cancelled' | 'givenUp';
  constructor(why: UnpublishEnded['why']) {
    super(why);
    this.why = why;
  }
}

/**
 * Takes a live site away from readers. Started by somebody who may publish it, through signalWithStart; its id
 * `unpublish-site/<site>` is the lock. The draft, the content, the repository and the address stay; publishing again brings
 * all of it back. Each pass:
 * 1. openUnpublish takes the oldest request and opens the run; from here no live publish of the site begins.
 * 2. check: the site is live; a live publish that runs is waited for, one that failed is closed.
 * 3. remove: every file of every theme output, online and offline, with the pages that lead on from old addresses.
 * 4. purge: the CDN's caches. 5. unlist: off the root site's lists, which is published where nothing else waits to be.
 *    Then a notifyLearn per catalogue is started, detached: none that is away delays or fails this.
 * 6. record: nothing is deployed, the site is offline. Then live publishes that were held off are let go.
 * If it dies at step n, another worker goes on at step n; each may be done again. A step that failed for good leaves the run
 * `failed` and this execution open for 7 days: retryRequested repeats the step, gaveUp or day 7 ends it.
 * Cancel (signal or Temporal's own) is honoured until step 3 begins: the site stays as it is. From there it finishes.
 * Query: unpublishProgress.
 */
export async function unpublishSite(input: UnpublishSiteInput): Promise<UnpublishSiteResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName } = input;
  const transfer = proxyActivities<Activities>({ ...transferProfile, ...waited, taskQueue: queueOf('transfer') });

  let wanted = true;
  let pass = 0;
  let runId: string | null = null;
  let phase: UnpublishPhaseId | null = null;
  let state: UnpublishProgress['state'] = 'idle';
  let done: { phase: UnpublishPhaseId; summary: string }[] = [];
  let decision: 'retry' | 'cancel' | 'giveUp' | null = null;
  let currentScope: CancellationScope | null = null;
  let isPastReturn = false;
  const execution = CancellationScope.current();

  setHandler(unpublishRequested, () => {
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
  setHandler(unpublishProgress, () => withinBudget<UnpublishProgress>({ runId, state, phase, done }));

  function describe(): void {
    const lines = phaseLines(unpublishSiteProcess.phases, { phase, state, done });
    setCurrentDetails(`**Unpublish of \`${siteName}\`: ${state}**\n\n${lines}`);
  }

  const isCancelled = (): boolean => decision === 'cancel' || (!isPastReturn && execution.consideredCancelled);

  /** Runs one step until it succeeds or the unpublish ends; a failed step waits for a person. */
  async function step<T extends { summary: string }>(id: string, at: UnpublishPhaseId, work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (isCancelled()) throw new UnpublishEnded('cancelled');
      phase = at;
      state = 'running';
      describe();
      const scope = new CancellationScope();
      currentScope = scope;
      let failure: unknown;
      try {
        const result = await scope.run(work);
        done = [...done, { phase: at, summary: result.summary }];
        describe();
        return result;
      } catch (error) {
        if (isCancellation(error) || isCancelled()) throw new UnpublishEnded('cancelled');
        failure = error;
      } finally {
        currentScope = null;
      }
      await waitForPerson(id, failure);
    }
  }

  /** Says at once that the run failed, then waits for a retry; anything else ends the unpublish. */
  async function waitForPerson(id: string, error: unknown): Promise<void> {
    const { reason, problems } = reasonOf(error);
    state = 'failed';
    decision = null;
    await CancellationScope.nonCancellable(async () => {
      await rows.recordFailed({ runId: id, reason, problems });
      await rows.noteUnpublish({ siteId, status: 'errored' });
    });
    describe();
    const isDecided = (): boolean => decision !== null || (!isPastReturn && execution.consideredCancelled);
    await CancellationScope.nonCancellable(() => condition(isDecided, retryWindowMs));
    if (isCancelled()) throw new UnpublishEnded('cancelled');
    if (decision !== 'retry') throw new UnpublishEnded('givenUp');
    decision = null;
    await CancellationScope.nonCancellable(async () => {
      await rows.noteUnpublish({ siteId, status: 'started' });
      await rows.recordResumed({ runId: id });
    });
  }

  async function settlePublishes(): Promise<void> {
    for (let pauseMs = SHORTEST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      const { open } = await database.settleLivePublishes.executeWithOptions({ summary: 'Look whether a live publish runs' }, [{ siteId }]);
      if (open === 0) return;
      await sleep(pauseMs);
    }
  }

  async function unpublishPass(id: string): Promise<void> {
    const at = { runId: id, siteId, siteName };
    const checked = await step(id, 'check', async () => {
      const result = await database.checkUnpublish.executeWithOptions({ summary: `Check what is out of ${siteName}` }, [{ ...at, phase: 'check' }]);
      await settlePublishes();
      return result;
    });
    if (isCancelled()) throw new UnpublishEnded('cancelled');
    // From here readers miss pages, so the unpublish goes on to its end whoever cancels.
    isPastReturn = true;
    await CancellationScope.nonCancellable(async () => {
      await step(id, 'remove', () => transfer.removeLiveSite.executeWithOptions({ summary: `Take ${siteName} away` }, [{ ...at, phase: 'remove' }]));
      const purged = await step(id, 'purge', () => announcing.purgeUnpublished.executeWithOptions({ summary: 'Empty the caches' }, [{ ...at, phase: 'purge' }]));
      const unlisted = await step(id, 'unlist', () => database.unlistFromRoot.executeWithOptions({ summary: 'Take it off the lists' }, [{ siteId, runId: id, phase: 'unlist', by: checked.requestedBy }]));
      await startNotices({ eventId: id, event: { kind: 'unpublished', siteUid: purged.siteUid }, receivers: purged.receivers, summaryOf: () => `Tell a catalogue that ${siteName.slice(0, 60)} is offline` });
      await step(id, 'record', () => database.recordUnpublished.executeWithOptions({ summary: 'Record that the site is offline' }, [{ ...at, phase: 'record', warnings: [...purged.byHand, ...unlisted.warnings] }]));
    });
  }

  /** Ends an unpublish that was stopped: before anything was removed the site is live as it was. */
  async function stop(id: string, why: UnpublishEnded['why']): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      if (isPastReturn) {
        state = 'terminated';
        await rows.recordEnded({ runId: id, state: 'terminated', reason: { code: 'GivenUp', message: 'The site may stand half-way: some of it was removed. Unpublish it once more to finish that, or publish it to bring it back.' } });
        return;
      }
      state = 'cancelled';
      await rows.noteUnpublish({ siteId, status: null });
      await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: why === 'cancelled' ? 'A person stopped this unpublish. The site is live, as it was.' : 'Nobody retried this unpublish, so it was stopped. The site is live, as it was.' } });
    });
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openUnpublish({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
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
      await unpublishPass(id);
      state = 'succeeded';
    } catch (error) {
      if (!(error instanceof UnpublishEnded) && !isCancellation(error)) throw error;
      await stop(id, error instanceof UnpublishEnded ? error.why : 'cancelled');
    }
    describe();
    runId = null;
    await CancellationScope.nonCancellable(() => database.releasePublishes.executeWithOptions({ summary: 'Let publishes go on' }, [{ siteId, siteName }]));
    if (execution.consideredCancelled) break;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof unpublishSite>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
    }
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
