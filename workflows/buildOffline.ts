import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { buildOfflineProcess, type OfflinePhaseId } from '#domain/processes.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type BuildOfflineInput, type BuildOfflineResult, offlineProgress, type OfflineProgress, offlineRequested } from '#temporal/contracts/buildOffline.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { announceProfile, buildProfile, databaseProfile, rowProfile, transferProfile, zipProfile } from '#temporal/profiles.ts';
import { phaseLines } from './phaseLines.ts';
import { reasonOf } from './reasonOf.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const announcing = proxyActivities<Activities>(announceProfile);

/** Why a pass ended without a result. */
class PassEnded extends Error {
  override readonly name = 'PassEnded';
  readonly state: 'cancelled' | 'superseded' | 'terminated';
  constructor(state: PassEnded['state']) {
    super(state);
    this.state = state;
  }
}

/**
 * Makes one version of a site readable without a network. Started through signalWithStart by the end of a publish, which
 * does not wait for it, or by a person; its id `build-offline/<site>/<version>` is the lock. Requests that arrive during a
 * pass share exactly one more pass: the rows in run_requests count, a signal is a hint. Each pass:
 * 1. openOffline takes the waiting requests and opens the run people see.
 * 2. gate: which publish is out is frozen, and whether the course may be downloaded. If not, both zips and the tree are
 *    taken away instead of 3 to 5.
 * 3. build: Hugo on the publish's commits, without videos and with them; files are names to it, no media are fetched.
 * 4. zip: from the stores through a zip into the web bucket, beside the site. The root site has none.
 * 5. deploy: what changed goes to the offline bucket. 6. purge. 7. record: what can be downloaded is noted.
 * If it dies at step n, another worker goes on at step n with the same frozen input; a zip that broke off is written anew,
 * and until it is whole the old one is served. A step that failed for good leaves the run `failed` and this execution open
 * for 7 days: retryRequested repeats the step, a new request supersedes the run, gaveUp or day 7 closes it.
 * Cancel (signal or Temporal's own) is honoured until step 5 begins. Query: offlineProgress.
 */
export async function buildOffline(input: BuildOfflineInput): Promise<BuildOfflineResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName, version } = input;
  const build = proxyActivities<Activities>({ ...buildProfile, taskQueue: queueOf('offline') });
  const zip = proxyActivities<Activities>({ ...zipProfile, taskQueue: queueOf('transfer') });
  const transfer = proxyActivities<Activities>({ ...transferProfile, taskQueue: queueOf('transfer') });

  let wanted = true;
  let pass = 0;
  let runId: string | null = null;
  let phase: OfflinePhaseId | null = null;
  let state: OfflineProgress['state'] = 'idle';
  let done: { phase: OfflinePhaseId; summary: string }[] = [];
  let decision: 'retry' | 'cancel' | 'giveUp' | null = null;
  let currentScope: CancellationScope | null = null;
  let isDeploying = false;
  const execution = CancellationScope.current();

  setHandler(offlineRequested, () => {
    wanted = true;
  });
  setHandler(retryRequested, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'retry';
  });
  setHandler(gaveUp, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'giveUp';
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId !== runId || (isDeploying && state !== 'failed')) return;
    decision = 'cancel';
    currentScope?.cancel();
  });
  setHandler(offlineProgress, () => withinBudget<OfflineProgress>({ pass, runId, state, phase, done }));

  function describe(): void {
    const lines = phaseLines(buildOfflineProcess.phases, { phase, state, done });
    setCurrentDetails(`**Pass ${pass} of the ${version} site \`${siteName}\`: ${state}**\n\n${lines}`);
  }

  const isCancelled = (): boolean => decision === 'cancel';

  /** Runs one step until it succeeds or the pass ends; a failed step waits for a person. */
  async function step<T extends { summary: string }>(runOf: string, id: OfflinePhaseId, work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (isCancelled()) throw new PassEnded('cancelled');
      phase = id;
      state = 'running';
      describe();
      const scope = new CancellationScope();
      currentScope = scope;
      let failure: unknown;
      try {
        const result = await scope.run(work);
        done = [...done, { phase: id, summary: result.summary }];
        describe();
        return result;
      } catch (error) {
        if (isCancellation(error) || isCancelled()) throw new PassEnded('cancelled');
        failure = error;
      } finally {
        currentScope = null;
      }
      await waitForPerson(runOf, failure);
    }
  }

  /** Says at once that the run failed, then waits for a retry; anything else ends the pass. */
  async function waitForPerson(id: string, error: unknown): Promise<void> {
    const { reason, problems } = reasonOf(error);
    state = 'failed';
    decision = null;
    const closesAt = Date.now() + retryWindowMs;
    await CancellationScope.nonCancellable(() => rows.recordFailed({ runId: id, reason, problems }));
    describe();
    const isDecided = (): boolean => decision !== null || execution.consideredCancelled;
    while (!isDecided()) {
      const isAsked = await condition(() => isDecided() || wanted, Math.max(1, closesAt - Date.now()));
      if (!isAsked) break;
      if (isDecided()) continue;
      // A signal is a hint, and the request it speaks of may be one that this very run took.
      wanted = false;
      const { waiting } = await rows.checkOfflineRequests({ siteId, version });
      if (!waiting) continue;
      wanted = true;
      if (!isDecided()) throw new PassEnded('superseded');
    }
    if (isCancelled() || execution.consideredCancelled) throw new PassEnded('cancelled');
    if (decision !== 'retry') throw new PassEnded('terminated');
    decision = null;
    await rows.recordResumed({ runId: id });
  }

  async function runPass(id: string): Promise<void> {
    const at = { runId: id, siteId, siteName, version };
    const gate = await step(id, 'gate', () => database.gateOffline.executeWithOptions({ summary: `What is out of ${siteName}` }, [{ ...at, phase: 'gate' }]));
    const outputs =
      gate.verdict === 'build' ? (await step(id, 'build', () => build.buildOfflineSite.executeWithOptions({ summary: 'Hugo builds without and with videos' }, [{ ...at, phase: 'build' }]))).outputs : 0;
    if (outputs > 0 && gate.hasZips) await step(id, 'zip', () => zip.zipOffline.executeWithOptions({ summary: 'Both zips, from the stores to the web bucket' }, [{ ...at, phase: 'zip' }]));
    if (isCancelled() || execution.consideredCancelled) throw new PassEnded('cancelled');
    // From here the tree changes, so the pass goes on to its end whoever cancels.
    isDeploying = true;
    await CancellationScope.nonCancellable(async () => {
      if (gate.verdict === 'hide') await step(id, 'deploy', () => transfer.withdrawOffline.executeWithOptions({ summary: 'Take zips and tree away' }, [{ ...at, phase: 'deploy' }]));
      if (outputs > 0) await step(id, 'deploy', () => transfer.deployOffline.executeWithOptions({ summary: 'Write the tree' }, [{ ...at, phase: 'deploy' }]));
      if (gate.verdict === 'hide' || outputs > 0) await step(id, 'purge', () => announcing.purgeOffline.executeWithOptions({ summary: 'Empty the caches' }, [{ ...at, phase: 'purge' }]));
      await step(id, 'record', () => database.recordOffline.executeWithOptions({ summary: 'Record what can be downloaded' }, [{ ...at, phase: 'record' }]));
    });
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openOffline({ siteId, version, workflowId, workflowRunId, pass: pass + 1 }));
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
    isDeploying = false;
    const id = opened.runId;
    try {
      await runPass(id);
      state = 'succeeded';
    } catch (error) {
      if (!(error instanceof PassEnded) && !isCancellation(error)) throw error;
      const ended = error instanceof PassEnded ? error.state : 'cancelled';
      state = ended;
      const reason = ended === 'cancelled' ? { code: 'Cancelled', message: isDeploying ? 'A person stopped this after it had begun to write the tree. Build the offline copy again to complete it.' : 'A person stopped this. The tree is as it was; a zip that was whole by then is the new one.' } : null;
      // A run nobody retried keeps the reason it failed for.
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: ended, reason }));
    }
    describe();
    runId = null;
    if (execution.consideredCancelled) break;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof buildOffline>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
    }
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
