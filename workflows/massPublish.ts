import {
  allHandlersFinished,
  CancelledFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { massSummary, noMassCounts } from '#domain/massPublish.ts';
import { isFinal, type RunState } from '#domain/runs.ts';
import { withinBudget } from '#temporal/budget.ts';
import {
  massProgress,
  massPublishContract,
  type MassPublishInput,
  type MassPublishProgress,
  type MassPublishResult,
  pauseRequested,
  publishFinished,
  resumeRequested,
  retryFailedRequested,
  windowChanged,
} from '#temporal/contracts/massPublish.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { databaseProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { startNotices } from './startNotices.ts';

// It goes on for hours: a database or an engine that is away for a while ends nothing.
const rows = proxyLocalActivities<Activities>({ ...rowProfile, scheduleToCloseTimeout: '12 hours' });
const database = proxyActivities<Activities>({ ...databaseProfile, scheduleToCloseTimeout: '12 hours' });

/** Between two looks at publishes of which no signal came, in milliseconds. */
const LOOK_MS = 60_000;
/** Sites that are enough for a notice, and the pause between two notices, in milliseconds: a catalogue reads each course anew. */
const NOTICE_SITES = 100;
const NOTICE_PAUSE_MS = 5 * 60_000;

/**
 * Publishes one version of many sites, or takes such a publish back, with a window of sites at once. One workflow per
 * request, started by the API; request, run and workflow share one id, `massRunId`.
 * 1. openMassPublish opens the run; it ends at once where another one of the version runs.
 * 2. choose: the sites are written down as rows, once. History never holds a list of them.
 * 3. publish: settleMassSites reads what became of the publishes asked for, requestPublishes asks for the next ones. A site's
 *    publish is its own workflow, which signals its end; each minute the rows of runs are read in case a signal was lost.
 * 4. For live sites, each hundred that went out a notice per catalogue is started, with a pause between two.
 * 5. finishMassPublish ends the run and lets who asked be told. With failed sites the run is `failed` and this execution
 *    stays open for 7 days: retryFailedRequested (or retryRequested) asks for them again, gaveUp or day 7 closes it, another
 *    mass publish of the version takes its place.
 * Signals besides: pauseRequested, resumeRequested, windowChanged, publishFinished. Query: massProgress.
 * If it dies at any step, another worker goes on: which sites were asked for is known from their rows.
 * Cancel (signal or Temporal's own) asks for no more sites, takes back what has not begun and waits for what has.
 * A long one continues as new.
 */
export async function massPublish(input: MassPublishInput): Promise<MassPublishResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { massRunId: runId, version, kind, going } = input;
  const execution = CancellationScope.current();

  let window = going?.window ?? input.window;
  let isPaused = going?.isPaused ?? false;
  let isCancelled = going?.isCancelled ?? false;
  let isRetryWanted = going?.isRetryWanted ?? false;
  let isGivenUp = going?.isGivenUp ?? false;
  let state: RunState = going?.state ?? 'running';
  let closesAt = going?.closesAt ?? 0;
  let notices = going?.notices ?? 0;
  let lastNoticeAt = going?.lastNoticeAt ?? 0;
  let counts = noMassCounts;
  let unnoticed = going?.unnoticed ?? 0;
  let isWoken = false;

  setHandler(publishFinished, () => {
    isWoken = true;
  });
  setHandler(pauseRequested, () => {
    isPaused = true;
    isWoken = true;
  });
  setHandler(resumeRequested, () => {
    isPaused = false;
    isWoken = true;
  });
  setHandler(windowChanged, (signal) => {
    window = signal.window;
    isWoken = true;
  });
  const wantRetry = (signal: { runId: string }): void => {
    if (signal.runId !== runId || isCancelled) return;
    isRetryWanted = true;
    isWoken = true;
  };
  setHandler(retryFailedRequested, wantRetry);
  setHandler(retryRequested, wantRetry);
  setHandler(gaveUp, (signal) => {
    if (signal.runId !== runId || state !== 'failed') return;
    isGivenUp = true;
    isWoken = true;
  });
  const stop = (): void => {
    isCancelled = true;
    isWoken = true;
  };
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) stop();
  });
  execution.cancelRequested.catch(stop);
  setHandler(massProgress, () => withinBudget<MassPublishProgress>({ runId, state, counts, window, isPaused, notices }));

  const describe = (): void => setCurrentDetails(`**${kind === 'undo' ? 'Undo of a mass publish' : 'Mass publish'} of the ${version} sites: ${isPaused && state === 'running' ? 'paused' : state}**\n\n${massSummary(kind, counts)}; ${window} at once`);

  /** Says that a step failed for good and leaves the decision to a person. */
  async function fail(error: unknown): Promise<void> {
    await rows.recordFailed({ runId, ...reasonOf(error) });
    state = 'failed';
    closesAt = Date.now() + retryWindowMs;
  }

  async function begin(): Promise<boolean> {
    const opened = await rows.openMassPublish({ massRunId: runId, workflowId, workflowRunId });
    // Who waits for a person there would wait for seven days.
    for (const id of opened.superseded) await tellGivenUp(id);
    return opened.isOpen;
  }

  async function choose(): Promise<boolean> {
    try {
      await database.chooseMassSites.executeWithOptions({ summary: `Choose the ${version} sites` }, [{ runId, phase: 'choose' }]);
      return true;
    } catch (error) {
      await fail(error);
      return false;
    }
  }

  /** One turn: what ended is noted, what may be asked for is asked for. @returns whether sites are left to publish. */
  async function turn(): Promise<boolean> {
    const settled = await rows.settleMassSites({ runId, version, kind, window, isPaused, isCancelled });
    counts = settled.counts;
    unnoticed = settled.unnoticed;
    if (!isPaused && !isCancelled && state === 'running' && counts.waiting > 0 && counts.asked < window) {
      const { asked, skipped } = await database.requestPublishes.executeWithOptions({ summary: `Ask for up to ${window - counts.asked} more` }, [{ runId, phase: 'publish', version, window }]);
      counts = { ...counts, waiting: counts.waiting - asked - skipped, asked: counts.asked + asked, skipped: counts.skipped + skipped };
    }
    describe();
    return counts.waiting + counts.asked > 0;
  }

  async function retry(): Promise<void> {
    isRetryWanted = false;
    await rows.reopenFailedMassSites({ runId });
    state = 'running';
  }

  async function finish(): Promise<void> {
    const finished = await database.finishMassPublish.executeWithOptions({ summary: 'Say how it ended' }, [{ runId, version, kind, isCancelled }]);
    state = finished.state;
    closesAt = Date.now() + retryWindowMs;
    describe();
  }

  const noticeAt = (): number => lastNoticeAt + NOTICE_PAUSE_MS;

  /** Starts a notice to each catalogue, when enough sites or the last ones went out. */
  async function notify(isLast: boolean): Promise<void> {
    if (unnoticed === 0 || (unnoticed < NOTICE_SITES && !isLast) || Date.now() < noticeAt()) return;
    const batch = notices + 1;
    const { prefixes, receivers } = await database.takeMassNotice.executeWithOptions({ summary: `Notice ${batch}` }, [{ runId, batch }]);
    // An undo takes sites back that were to be told of. One that began before this was asked goes on with what it started.
    if (prefixes.length === 0 && patched('no-empty-notice')) {
      unnoticed = 0;
      return;
    }
    await startNotices({ eventId: `${runId}/${batch}`, event: { kind: 'published', prefixes }, receivers, summaryOf: (receiver) => `Tell ${receiver.slice(0, 60)} of ${prefixes.length} sites` });
    notices = batch;
    lastNoticeAt = Date.now();
    unnoticed = Math.max(0, unnoticed - prefixes.length);
  }

  /** How long nothing may be looked at, in milliseconds; undefined waits for a person only. */
  function restMs(): number | undefined {
    const untilNotice = unnoticed > 0 ? Math.max(1, noticeAt() - Date.now()) : undefined;
    if (state === 'failed' && !(isCancelled && counts.asked > 0)) return Math.min(untilNotice ?? Infinity, Math.max(1, closesAt - Date.now()));
    if (isFinal(state)) return untilNotice;
    return counts.asked === 0 && isPaused ? undefined : LOOK_MS;
  }

  async function run(): Promise<void> {
    let isChosen = going !== undefined;
    if (going === undefined && !(await begin())) {
      state = 'cancelled';
      return;
    }
    if (going !== undefined) await rows.followExecution({ runId, workflowRunId });
    for (;;) {
      isWoken = false;
      if (isRetryWanted && !isFinal(state)) await retry();
      if (!isChosen && state === 'running') isChosen = await choose();
      try {
        if (isChosen && !isFinal(state)) {
          const isLeft = await turn();
          if (state === 'running' && !isLeft) await finish();
          else if (state === 'failed' && isCancelled && counts.asked === 0) await finish();
          // Somebody retried the publish of each failed site by itself.
          else if (state === 'failed' && counts.failed === 0 && !isLeft) await retry().then(finish);
        }
        await notify(state !== 'running');
      } catch (error) {
        await fail(error);
      }
      if (state === 'failed' && (isGivenUp || (isCancelled && !isChosen) || Date.now() >= closesAt)) {
        await rows.recordEnded({ runId, state: isCancelled ? 'cancelled' : 'terminated', reason: null });
        state = isCancelled ? 'cancelled' : 'terminated';
      }
      if (isFinal(state) && unnoticed === 0) return;
      // What came meanwhile is looked at by the next execution, which begins with a look: a busy one must not go on for ever.
      if (workflowInfo().continueAsNewSuggested && isChosen) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof massPublish>(withinBudget({ ...input, going: { window, isPaused, isCancelled, isRetryWanted, isGivenUp, state, closesAt, notices, lastNoticeAt, unnoticed } }));
      }
      if (isWoken) continue;
      const rest = restMs();
      if (rest === undefined) await condition(() => isWoken);
      else await condition(() => isWoken, rest);
    }
  }

  await CancellationScope.nonCancellable(run);
  describe();
  if (execution.consideredCancelled) throw new CancelledFailure('The mass publish was stopped');
  return withinBudget({ runId });
}

/** Tells an earlier mass publish that nobody will retry it. */
async function tellGivenUp(id: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(massPublishContract.workflowId(id)).signal(gaveUp, { runId: id });
  } catch (error) {
    // Its run says already that it is superseded, so an execution that is gone, or cannot be told, harms nothing.
    log.info('An earlier mass publish could not be told', { massRunId: id, reason: error instanceof Error ? error.message : String(error) });
  }
}
