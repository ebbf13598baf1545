import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { MassRequest } from '#activities/runs.ts';
import { type PublishPhaseId, publishSiteProcess } from '#domain/processes.ts';
import type { PublishSource } from '#domain/publishRequest.ts';
import type { PublishVersion } from '#domain/runs.ts';
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
import { announceProfile, buildProfile, databaseProfile, repositoryProfile, rowProfile, transferProfile, verifyProfile } from '#temporal/profiles.ts';
import { askForOffline, askForYoutube, tellMassPublishes } from './afterPublish.ts';
import { phaseLines } from './phaseLines.ts';
import { prepublish, stepsFor } from './prepublish.ts';
import { reasonOf } from './reasonOf.ts';
import type { buildWithConcourse } from './buildWithConcourse.ts';
import { retryWindowMs } from './retryWindowMs.ts';
import { startNotices } from './startNotices.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const repository = proxyActivities<Activities>(repositoryProfile);
const announcing = proxyActivities<Activities>(announceProfile);
const verifying = proxyActivities<Activities>(verifyProfile);

/** Since when a pass prepares, purges and looks at the site; one that was begun before ends as it was begun. */
const PURGES_AND_LOOKS = 'purge-and-verify';

/** Since when a pass that people and a mass publish share is one of the people's too. */
const OFFLINE_FOR_PEOPLE = 'request-offline-for-people';

/** Since when YouTube is told of what was published. */
const UPDATE_YOUTUBE = 'update-youtube';

/** Why a pass ended without publishing. */
class PassEnded extends Error {
  override readonly name = 'PassEnded';
  readonly state: 'cancelled' | 'superseded' | 'terminated';
  /** Why, for people; null leaves the reason the run had. */
  readonly reason: { code: string; message: string } | null;
  constructor(state: PassEnded['state'], reason: PassEnded['reason'] = null) {
    super(state);
    this.state = state;
    this.reason = reason;
  }
}

interface StepAt {
  readonly runId: string;
  readonly siteId: string;
  readonly version: PublishVersion;
}

/** What a pass builds from or shows, once it is frozen. */
interface Frozen {
  readonly revision: number;
  readonly commit: string;
  readonly buildKey: string;
}

/**
 * Puts one version (draft or live) of one site in front of readers. Started by an author's publish through
 * signalWithStart; its id `publish-site/<site>/<version>` is the lock, so publishes of one site and version never
 * overlap. Requests that arrive during a pass and ask for the same share one more: the rows count, a signal is a hint. Each pass:
 * 1. openPass takes the oldest waiting request and its like, and opens the run people see.
 * 2. freeze: a snapshot of every saved change. 3. prepublish: what must go first gets a bounded time.
 * 4. commit: the site's repository workflow commits and merges; its answer is the commit that is built.
 * 5. build: Hugo; output is stored by content, a manifest beside it. A pass that shows an earlier run (a rollback, or
 *    what was reviewed) takes that run's manifests instead of steps 2 to 5.
 * 6. plan: what differs from the deployed manifests. 7. deploy: assets, then pages, then removals, then it is noted.
 * 8. purge, verify: the CDN is emptied and looked at until readers get the new pages.
 * 9. record: the run succeeded; catalogues are told by children of their own, people by mail, mass publishes by a signal, YouTube by updateYouTube.
 * Where Concourse builds the site, steps 5 to 8 are the child buildWithConcourse, and 9 lists what it left.
 * If it dies at step n, another worker goes on at step n with the same frozen input; before step 7 readers see the old
 * site, during it no page lacks what it needs. A step that failed for good leaves the run `failed` and this execution open
 * for 7 days: retryRequested repeats the step, a new request supersedes the run, gaveUp or day 7 closes it.
 * Cancel (signal or Temporal's own) is honoured until step 7 begins; from there the pass finishes or fails.
 * Query: progress.
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
  let hasFailed = false;
  let requests = 0;
  let mass: readonly MassRequest[] = [];
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
    const lines = phaseLines(publishSiteProcess.phases, { phase, state, done });
    setCurrentDetails(`**Pass ${pass} of the ${version} site \`${siteName}\`: ${state}**\n\n${lines}${wanted ? '\n\nAnother publish was asked for; it starts when this pass ends.' : ''}`);
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
    const isFirst = !hasFailed;
    hasFailed = true;
    state = 'failed';
    decision = null;
    const closesAt = Date.now() + retryWindowMs;
    await CancellationScope.nonCancellable(() => rows.recordFailed({ runId: id, reason: phase === 'purge' ? { ...reason, message: `Deployed, but the CDN was not purged, so readers may get old pages: ${reason.message}` } : reason, problems }));
    describe();
    if (isFirst) await tellMass(id);
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

  const tellMass = (id: string): Promise<void> => CancellationScope.nonCancellable(() => tellMassPublishes(mass, { runId: id, siteId, state: state === 'idle' ? 'running' : state }));

  /** Steps 2 to 5: everything saved is frozen, committed and built; null when Concourse has done the rest too. */
  async function buildContent(at: StepAt, isWhole: boolean): Promise<Frozen | null> {
    const frozen = await step('freeze', () => database.freezeRevision.executeWithOptions({ summary: `Freeze ${siteName}` }, [{ ...at, phase: 'freeze' }]));
    if (isWhole) await step('prepublish', () => prepare(at.runId));
    const committed = await step('commit', () =>
      repository.requestCommit.executeWithOptions({ summary: `Commit revision ${frozen.revision} and merge` }, [{ ...at, phase: 'commit', siteName, snapshotKey: frozen.snapshotKey, revision: frozen.revision }]),
    );
    if (frozen.builder === 'concourse') {
      await buildElsewhere(at, committed.commit, frozen.revision);
      return null;
    }
    const built = await step('build', () => build.buildSite.executeWithOptions({ summary: `Hugo build of ${committed.commit.slice(0, 8)}` }, [{ ...at, phase: 'build', commit: committed.commit }]));
    return { revision: frozen.revision, commit: committed.commit, buildKey: built.buildKey };
  }

  /** A mass publish leaves downloads as they are: thousands of them would keep the builders busy for a day. What people ask for has its own. */
  function isOfflineWanted(): boolean {
    if (mass.length === 0) return patched('request-offline');
    return requests > mass.length && patched(OFFLINE_FOR_PEOPLE);
  }

  async function prepare(id: string): Promise<{ summary: string }> {
    const site = { siteId, siteName, version };
    const steps = stepsFor(site);
    const waitedFor = steps.map(({ name }) => name);
    if (steps.length > 0) await rows.recordPrepared({ runId: id, waitedFor, outcomes: null });
    return rows.recordPrepared({ runId: id, waitedFor, outcomes: await prepublish(site, steps) });
  }

  /** Instead of steps 2 to 5: what an earlier run put out, as it lies in the build store. */
  async function takeStored(at: StepAt, from: PublishSource): Promise<Frozen> {
    const taken = await step('freeze', () => database.takeStoredRun.executeWithOptions({ summary: `Take what run ${from.runId} put out` }, [{ ...at, phase: 'freeze', from }]));
    if (taken.outdated !== undefined) throw new PassEnded('superseded', { code: 'Superseded', message: taken.outdated });
    return taken;
  }

  async function runPass(id: string, from: PublishSource | undefined): Promise<void> {
    const at = { runId: id, siteId, version };
    const isWhole = patched(PURGES_AND_LOOKS);
    const taken = from === undefined ? await buildContent(at, isWhole) : await takeStored(at, from);
    if (taken === null) return;
    const { buildKey, commit, revision } = taken;
    const planned = await step('plan', () => transfer.planDeployment.executeWithOptions({ summary: 'Compare with what readers see' }, [{ ...at, phase: 'plan', buildKey, ...(from === undefined ? {} : { from }) }]));
    if (isCancelled()) throw new PassEnded('cancelled');
    // From here readers may meet new files, so the pass goes on to its end whoever cancels.
    isDeploying = true;
    await CancellationScope.nonCancellable(async () => {
      await step('deploy', () => transfer.deployManifest.executeWithOptions({ summary: `Write ${planned.changed} and remove ${planned.removed} files` }, [{ ...at, phase: 'deploy', planKey: planned.planKey, ...(isWhole ? { commit, revision } : {}) }]));
      if (isWhole) {
        await step('purge', () => announcing.purgeCache.executeWithOptions({ summary: `Purge the CDN of ${siteName}` }, [{ ...at, phase: 'purge' }]));
        await step('verify', () => verifying.verifyDeployed.executeWithOptions({ summary: 'Look at what readers get' }, [{ ...at, phase: 'verify' }]));
      }
      const recorded = await step('record', () => database.recordPublished.executeWithOptions({ summary: 'Record what readers see now' }, [{ ...at, phase: 'record', planKey: planned.planKey, commit, revision }]));
      if (isWhole && recorded.notice !== undefined) await startNotices({ eventId: id, event: { kind: 'published', prefixes: [recorded.notice.prefix] }, receivers: recorded.notice.receivers, summaryOf: (receiver) => `Tell ${receiver} of ${siteName}` });
      if (isOfflineWanted()) await askForOffline({ siteId, siteName, version, ofRunId: id });
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
    hasFailed = false;
    requests = opened.requests;
    mass = opened.mass ?? [];
    isBuiltElsewhere = false;
    const id = opened.runId;
    try {
      await runPass(id, opened.from);
      // What is out is out, whoever cancels.
      if (patched(UPDATE_YOUTUBE)) await CancellationScope.nonCancellable(() => askForYoutube({ siteId, siteName, version, ofRunId: id }));
      state = 'succeeded';
    } catch (error) {
      if (!(error instanceof PassEnded) && !isCancellation(error)) throw error;
      const ended = error instanceof PassEnded ? error.state : 'cancelled';
      state = ended;
      const stopped = isBuiltElsewhere
        ? 'A person stopped this publish while Concourse built it. What Concourse had uploaded by then stays. Publish again to complete it.'
        : isDeploying
          ? 'A person stopped this publish after it had begun to write to the site. Publish again to complete it.'
          : 'A person stopped this publish. The site is as it was.';
      const reason = ended === 'cancelled' ? { code: 'Cancelled', message: stopped } : error instanceof PassEnded ? error.reason : null;
      // A run nobody retried keeps the reason it failed for.
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: ended, reason }));
    }
    describe();
    await tellMass(id);
    runId = null;
    if (CancellationScope.current().consideredCancelled) break;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof publishSite>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
    }
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
