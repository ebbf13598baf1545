import {
  ActivityCancellationType,
  allHandlersFinished,
  ApplicationFailure,
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
import { withinBudget } from '#temporal/budget.ts';
import { commitRevision, type CommitRevisionInput, type CommitRevisionResult, contentSaved, mergeCommit, type MergeCommitInput, type RepositoryAction, repositoryRequested, type SyncContentInput, type SyncContentResult } from '#temporal/contracts/syncContent.ts';
import { databaseProfile, gitHubProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** Only when the step is over may another writer begin: one that is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const gitHub = proxyActivities<Activities>({ ...gitHubProfile, ...waited });
const database = proxyActivities<Activities>({ ...databaseProfile, ...waited });

/** How long it stays for the next ask: draft and live often come together. */
const LINGER = '10 seconds';
/** Saves are committed when nobody saved for this long, in milliseconds. */
const QUIET_MS = 20_000;
/** However much is being saved, the first save waits no longer than this, in milliseconds. */
const LONGEST_WAIT_MS = 2 * 60_000;

/**
 * The one writer of a site's repository; its id `site-repo/<site name>` is the lock. Started with the first ask: an update from
 * a publish, a signal of a save, of a request or of the check of forgotten saves. What is asked is done one after the other,
 * and it ends when nothing is left. A publish's update commitRevision:
 * 1. commitContent writes the frozen snapshot to main, one commit per author, one push.
 * 2. mergeBranches merges main into preview, and for live into release. The head of the version's branch is the answer.
 * A review's commitRevision stops after 1; its update mergeCommit makes 2 with that commit once it is let through.
 * The signal contentSaved commits what is saved once it was quiet for 20 s, after two minutes at most; repositoryRequested
 * takes the waiting rows of run_requests. Each opens a run people see, with the phases of what was asked:
 * 3. ensureSiteRepository makes the repository; or 4. freezeRevision and commitSaved write to main, merging nothing; or
 * 5. removeOrphans lists, and where asked removes, files that belong to no item; or 6. archiveRepository, after 4 where main lacks
 * something, closes it at GitHub, and reopenRepository opens it and its site again.
 * If it dies before a push nothing happened; after the push the commit is found in main and only the rows are written;
 * between the merges the second is made. A step that failed for good ends its run, not the workflow: the next save, publish
 * or request begins anew. Cancel ends the step at hand, its run, and fails the waiting updates; their publishes say so, and a
 * retry there starts it again.
 */
export async function syncContent(input: SyncContentInput): Promise<SyncContentResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  let handled = 0;
  let asked = 0;
  let pass = input.passesDone ?? 0;
  let requested = input.isRequested === true;
  /** Saves heard of, and how many of them a pass has looked at. */
  let saves = input.isSaved === true ? 1 : 0;
  let looked = 0;
  let lock: Promise<unknown> = Promise.resolve();
  const execution = CancellationScope.current();

  async function handle(request: CommitRevisionInput): Promise<CommitRevisionResult> {
    const phase = { runId: request.runId, phase: request.phase };
    const committed = await gitHub.commitContent.executeWithOptions({ summary: `Commit revision ${request.revision} of ${input.siteName}` }, [
      { ...phase, siteId: input.siteId, snapshotKey: request.snapshotKey, revision: request.revision },
    ]);
    const merged = request.version === null ? committed : await merge({ ...phase, commit: committed.commit, version: request.version }, request.onlyIfNewest === true ? request.revision : undefined);
    handled += 1;
    setCurrentDetails(`${handled} of ${asked} asks done; the last one for **${request.version ?? 'a review'}**: ${committed.filesChanged} files in ${committed.commits} commits.`);
    return { commit: merged.commit, commits: committed.commits, filesChanged: committed.filesChanged, ...('isMerged' in merged && merged.isMerged !== undefined ? { isMerged: merged.isMerged } : {}) };
  }

  /** `onlyIfNewest` is a revision: main is merged only while it holds nothing newer. */
  async function merge({ commit, version, ...phase }: MergeCommitInput, onlyIfNewest?: number): Promise<{ commit: string; isMerged?: boolean }> {
    return gitHub.mergeBranches.executeWithOptions({ summary: `Merge for ${version}` }, [{ ...phase, siteId: input.siteId, version, commit, ...(onlyIfNewest === undefined ? {} : { onlyIfNewest }) }]);
  }

  /** Answers an ask in its turn; what failed for good is final for who asked. */
  async function answer<T>(work: () => Promise<T>): Promise<T> {
    asked += 1;
    return withinBudget(
      await inTurn(async () => {
        try {
          return await work();
        } catch (error) {
          if (isCancellation(error) || execution.consideredCancelled) {
            throw ApplicationFailure.nonRetryable('A person stopped the commit in Temporal. Retry to commit again.', 'RepositoryStopped');
          }
          const { reason, problems } = reasonOf(error);
          throw ApplicationFailure.create({ type: reason.code, message: reason.message, nonRetryable: true, details: [{ problems }] });
        }
      }),
    );
  }

  /** Does it when what was asked before is over; the next ask waits for this one, whichever way it ends. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = lock.then(work);
    lock = turn.catch(() => undefined);
    return turn;
  }

  setHandler(commitRevision, (request) => answer(() => handle(request)));
  setHandler(mergeCommit, (request) =>
    answer(async () => {
      const merged = await merge(request);
      handled += 1;
      return merged;
    }),
  );
  setHandler(contentSaved, () => {
    saves += 1;
  });
  setHandler(repositoryRequested, () => {
    requested = true;
  });

  async function perform(runId: string, what: RepositoryAction): Promise<string> {
    const at = { runId, siteId: input.siteId };
    switch (what.action) {
      case 'ensure':
        return (await gitHub.ensureSiteRepository.executeWithOptions({ summary: `Create the repository of ${input.siteName}` }, [{ ...at, phase: 'repository' }])).summary;
      case 'orphans':
        return (await gitHub.removeOrphans.executeWithOptions({ summary: what.delete === true ? 'Remove orphans' : 'Look for orphans' }, [{ ...at, phase: 'orphans', delete: what.delete === true }])).summary;
      case 'sync':
        return commitSaves(at, what.overwrite === true);
      case 'archive':
        if (what.commit === true) await commitSaves(at, false);
        return (await gitHub.archiveRepository.executeWithOptions({ summary: `Archive the repository of ${input.siteName}` }, [{ ...at, phase: 'archive' }])).summary;
      case 'reopen':
        return (await gitHub.reopenRepository.executeWithOptions({ summary: `Open the repository of ${input.siteName} again` }, [{ ...at, phase: 'reopen' }])).summary;
    }
  }

  async function commitSaves(at: { readonly runId: string; readonly siteId: string }, overwrite: boolean): Promise<string> {
    const frozen = await database.freezeRevision.executeWithOptions({ summary: `Freeze ${input.siteName}` }, [{ ...at, phase: 'freeze' }]);
    const committed = await gitHub.commitSaved.executeWithOptions({ summary: `Commit revision ${frozen.revision} of ${input.siteName}` }, [
      { ...at, phase: 'commit', snapshotKey: frozen.snapshotKey, revision: frozen.revision, ...(overwrite ? { overwrite: true } : {}) },
    ]);
    return committed.summary;
  }

  /** One run of its own. @returns whether there was anything to do. */
  async function runPass(isSaved: boolean): Promise<boolean> {
    const opened = await CancellationScope.nonCancellable(() => rows.openRepositoryRun({ siteId: input.siteId, workflowId, workflowRunId, pass: pass + 1, isSaved }));
    const { runId } = opened;
    if (runId === null) return false;
    pass += 1;
    try {
      const summary = await perform(runId, opened.asked);
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId, state: 'succeeded', reason: null }));
      setCurrentDetails(summary);
    } catch (error) {
      const isStopped = isCancellation(error) || execution.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this in Temporal. What was saved stays saved; the next save or publish commits it.' } });
        else await rows.recordFailed({ runId, ...reasonOf(error) });
      });
      if (isStopped) throw error;
    }
    return true;
  }

  /** Waits until nobody saves for a while, or the first save has waited long enough, or something was requested. */
  async function untilQuiet(): Promise<void> {
    const commitAt = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      const known = saves;
      const leftMs = Math.min(QUIET_MS, commitAt - Date.now());
      if (leftMs <= 0 || !(await condition(() => saves > known || requested, leftMs)) || requested) return;
    }
  }

  const isOwnWork = (): boolean => requested || saves > looked;

  async function doOwnWork(): Promise<void> {
    while (isOwnWork()) {
      if (requested) {
        requested = false;
        // Requests of one kind share a run; the next kind is the next run's.
        while (!workflowInfo().continueAsNewSuggested && (await inTurn(() => runPass(false)))) continue;
      } else {
        await untilQuiet();
        if (requested) continue;
        const heard = saves;
        await inTurn(() => runPass(true));
        looked = heard;
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        // Whether a request still waits is in its row; the next execution looks.
        await continueAsNew<typeof syncContent>(withinBudget({ siteId: input.siteId, siteName: input.siteName, passesDone: pass, isSaved: saves > looked, isRequested: true }));
      }
    }
  }

  try {
    await condition(() => asked > 0 || isOwnWork(), '1 minute');
    let seen: number;
    do {
      seen = asked;
      if (isOwnWork()) await doOwnWork();
      await condition(allHandlersFinished);
      await condition(() => asked > seen || isOwnWork(), LINGER);
    } while (asked > seen || isOwnWork());
  } catch (error) {
    // Whoever waits for an answer gets one.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    throw error;
  }
  return withinBudget({ handled });
}
