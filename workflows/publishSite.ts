import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { type PublishPhaseId, publishSiteProcess } from '#domain/processes.ts';
import { withinBudget } from '#temporal/budget.ts';
import { buildWithConcourseContract } from '#temporal/contracts/buildWithConcourse.ts';
import {
  cancelRequested,
  gaveUp,
  progress,
  publishRequested,
  type PublishProgress,
  type PublishSiteInput,
  type PublishSiteResult,
  retryRequested,
} from '#temporal/contracts/publishSite.ts';
import { buildProfile, databaseProfile, repositoryProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import type { buildWithConcourse } from './buildWithConcourse.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const repository = proxyActivities<Activities>(repositoryProfile);

/** How long a failed run waits for a person, in milliseconds. */
const RETRY_WINDOW_MS = 7 * 24 * 60 * 60_000;

/** Why a pass ended without publishing. */
class PassEnded extends Error {
  override readonly name = 'PassEnded';
  readonly state: 'cancelled' | 'superseded' | 'terminated';
  constructor(state: PassEnded['state']) {
    super(state);
    this.state = state;
  }
}

/**
 * Puts one version (draft or live) of one site in front of readers. Started by an author's publish through
 * signalWithStart; its id `publish-site/<site>/<version>` is the lock, so publishes of one site and version never
 * overlap. Requests that arrive during a pass share exactly one more pass: the rows in run_requests count, a signal is a
 * hint. Each pass:
 * 1. openPass takes the waiting requests and opens the run people see.
 * 2. freeze: a snapshot of every saved change; later edits belong to the next pass.
 * 3. commit: the site's repository workflow commits and merges; its answer is the commit that is built.
 * 4. build: Hugo; output is stored by content, a manifest beside it.
 * 5. plan: what differs from the deployed manifest.
 * 6. deploy: assets, then pages, then removals. 7. record: the manifest is current, the run succeeded.
 * Where Concourse builds the site, steps 4 to 6 are the child buildWithConcourse, and 7 lists what it left.
 * If it dies at step n, another worker goes on at step n with the same frozen input; before step 6 readers see the old
 * site, during it no page lacks what it needs. A step that failed for good leaves the run `failed` and this execution open
 * for 7 days: retryRequested repeats the step, a new request supersedes the run, gaveUp or day 7 closes it.
 * Cancel (signal or Temporal's own) is honoured until step 6 begins; from there the pass finishes or fails.
 * Query: progress. Places of later steps: prepublish after 3, purge and verify after 6, notify and offline after 7.
 */
export async function publishSite(input: PublishSiteInput): Promise<PublishSiteResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName, version } = input;
  const build = proxyActivities<Activities>({ ...buildProfile, taskQueue: queueOf('build') });
  const transfer = proxyActivities<Activities>({ ...transferProfile, taskQueue: queueOf('transfer') });

  let wanted = true;
  let pass = 0;
  let runId: string | null = null;
  let phase: PublishPhaseId | null = null;
  let state: PublishProgress['state'] = 'idle';
  let done: { phase: PublishPhaseId; summary: string }[] = [];
  let decision: 'retry' | 'cancel' | 'giveUp' | null = null;
  let currentScope: CancellationScope | null = null;
  let isDeploying = false;
  let isBuiltElsewhere = false;
  const execution = CancellationScope.current();

  setHandler(publishRequested, () => {
    wanted = true;
  });
  setHandler(retryRequested, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'retry';
  });
  setHandler(gaveUp, (signal) => {
    if (signal.runId === runId && state === 'failed') decision = 'giveUp';
  });
  setHandler(cancelRequested, (signal) => {
    // Once readers may meet new files the pass goes on to its end; only one that failed there can still be stopped.
    if (signal.runId !== runId || (isDeploying && state !== 'failed')) return;
    decision = 'cancel';
    currentScope?.cancel();
  });
  setHandler(progress, () => withinBudget<PublishProgress>({ pass, runId, state, phase, done, requestsWaiting: wanted }));

  function describe(): void {
    const lines = publishSiteProcess.phases.map(({ id, title }) => {
      const finished = done.find((entry) => entry.phase === id);
      if (finished !== undefined) return `- ✅ **${title}**: ${finished.summary}`;
      return id === phase ? `- ${state === 'failed' ? '❌' : '▶️'} **${title}**` : `- ${title}`;
    });
    setCurrentDetails(`**Pass ${pass} of the ${version} site \`${siteName}\`: ${state}**\n\n${lines.join('\n')}${wanted ? '\n\nAnother publish was asked for; it starts when this pass ends.' : ''}`);
  }

  const isCancelled = (): boolean => decision === 'cancel';

  /** Runs one step until it succeeds or the pass ends; a failed step waits for a person. */
  async function step<T extends { summary: string }>(id: PublishPhaseId, work: () => Promise<T>): Promise<T> {
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
        // The step may fail in the same moment in which it is cancelled.
        if (isCancellation(error) || isCancelled()) throw new PassEnded('cancelled');
        failure = error;
      } finally {
        currentScope = null;
      }
      await waitForPerson(failure);
    }
  }

  /** Says at once that the run failed, then waits for a retry; anything else ends the pass. */
  async function waitForPerson(error: unknown): Promise<void> {
    const id = openRunId();
    const { reason, problems } = reasonOf(error);
    state = 'failed';
    decision = null;
    const closesAt = Date.now() + RETRY_WINDOW_MS;
    await CancellationScope.nonCancellable(() => rows.recordFailed({ runId: id, reason, problems }));
    describe();
    const isDecided = (): boolean => decision !== null || execution.consideredCancelled;
    while (!isDecided()) {
      const isAsked = await condition(() => isDecided() || wanted, Math.max(1, closesAt - Date.now()));
      if (!isAsked) break;
      if (isDecided()) continue;
      // A signal is a hint, and the request it speaks of may be one that this very run took.
      wanted = false;
      const { waiting } = await rows.checkRequests({ siteId, version });
      if (!waiting) continue;
      wanted = true;
      if (!isDecided()) throw new PassEnded('superseded');
    }
    if (isCancelled() || execution.consideredCancelled) throw new PassEnded('cancelled');
    if (decision !== 'retry') throw new PassEnded('terminated');
    decision = null;
    await rows.recordResumed({ runId: id });
  }

  function openRunId(): string {
    if (runId === null) throw ApplicationFailure.nonRetryable('A step ran outside of a pass', 'Unexpected');
    return runId;
  }

  /** Concourse builds, compares and deploys in one; what it uploaded cannot be taken back, so only the record is left. */
  async function buildElsewhere(at: { runId: string; siteId: string; version: PublishSiteInput['version'] }, commit: string, revision: number): Promise<void> {
    isBuiltElsewhere = true;
    const { buildId } = await step('build', () =>
      executeChild<typeof buildWithConcourse>(buildWithConcourseContract.workflowType, { workflowId: buildWithConcourseContract.workflowId(siteName, version, at.runId), workflowIdReusePolicy: buildWithConcourseContract.workflowIdReusePolicy, args: [{ ...at, siteName }], staticSummary: `Concourse builds ${siteName} (${version})` }),
    );
    isDeploying = true;
    await CancellationScope.nonCancellable(() => step('record', () => transfer.recordBuiltElsewhere.executeWithOptions({ summary: 'Record what Concourse put out' }, [{ ...at, phase: 'record', commit, revision, buildId }])));
  }

  async function runPass(id: string): Promise<void> {
    const at = { runId: id, siteId, version };
    const frozen = await step('freeze', () => database.freezeRevision.executeWithOptions({ summary: `Freeze ${siteName}` }, [{ ...at, phase: 'freeze' }]));
    const committed = await step('commit', () =>
      repository.requestCommit.executeWithOptions({ summary: `Commit revision ${frozen.revision} and merge` }, [{ ...at, phase: 'commit', siteName, snapshotKey: frozen.snapshotKey, revision: frozen.revision }]),
    );
    if (frozen.builder === 'concourse') return buildElsewhere(at, committed.commit, frozen.revision);
    const built = await step('build', () => build.buildSite.executeWithOptions({ summary: `Hugo build of ${committed.commit.slice(0, 8)}` }, [{ ...at, phase: 'build', commit: committed.commit }]));
    const planned = await step('plan', () => transfer.planDeployment.executeWithOptions({ summary: 'Compare with what readers see' }, [{ ...at, phase: 'plan', buildKey: built.buildKey }]));
    if (isCancelled()) throw new PassEnded('cancelled');
    // From here readers may meet new files, so the pass goes on to its end whoever cancels.
    isDeploying = true;
    await CancellationScope.nonCancellable(async () => {
      await step('deploy', () => transfer.deployManifest.executeWithOptions({ summary: `Write ${planned.changed} and remove ${planned.removed} files` }, [{ ...at, phase: 'deploy', planKey: planned.planKey }]));
      await step('record', () => database.recordPublished.executeWithOptions({ summary: 'Record what readers see now' }, [{ ...at, phase: 'record', planKey: planned.planKey, commit: committed.commit, revision: frozen.revision }]));
    });
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openPass({ siteId, version, workflowId, workflowRunId, pass: pass + 1 }));
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
    isBuiltElsewhere = false;
    const id = opened.runId;
    try {
      await runPass(id);
      state = 'succeeded';
    } catch (error) {
      if (!(error instanceof PassEnded) && !isCancellation(error)) throw error;
      const ended = error instanceof PassEnded ? error.state : 'cancelled';
      state = ended;
      const reason = ended === 'cancelled' ? { code: 'Cancelled', message: isBuiltElsewhere ? 'A person stopped this publish while Concourse built it. What Concourse had uploaded by then stays. Publish again to complete it.' : isDeploying ? 'A person stopped this publish after it had begun to write to the site. Publish again to complete it.' : 'A person stopped this publish. The site is as it was.' } : null;
      // A run nobody retried keeps the reason it failed for.
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: ended, reason }));
    }
    describe();
    runId = null;
    if (CancellationScope.current().consideredCancelled) break;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof publishSite>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
    }
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
