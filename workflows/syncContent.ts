import { ActivityCancellationType, allHandlersFinished, ApplicationFailure, CancellationScope, condition, isCancellation, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { commitRevision, type CommitRevisionInput, type CommitRevisionResult, type SyncContentInput, type SyncContentResult } from '#temporal/contracts/syncContent.ts';
import { gitHubProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

/** Only when the step is over may another writer begin: one that is cancelled is waited for. */
const gitHub = proxyActivities<Activities>({ ...gitHubProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });

/** How long it stays for the next ask: draft and live often come together. */
const LINGER = '10 seconds';

/**
 * The one writer of a site's repository; its id `site-repo/<site name>` is the lock. Started by an update-with-start from a
 * publish, it handles updates one after the other and ends when none is left:
 * 1. commitContent writes the frozen snapshot to main, one commit per author, one push.
 * 2. mergeBranches merges main into preview, and for live into release.
 * The answer is the head of the version's branch, which the publish builds.
 * If it dies before the push nothing happened; after the push the commit is found in main and only the rows are written;
 * between the merges the second is made. Cancel ends the step at hand and fails the waiting updates; their publishes say
 * so, and a retry there starts it anew.
 */
export async function syncContent(input: SyncContentInput): Promise<SyncContentResult> {
  let handled = 0;
  let asked = 0;
  let lock: Promise<unknown> = Promise.resolve();
  const execution = CancellationScope.current();

  async function handle(request: CommitRevisionInput): Promise<CommitRevisionResult> {
    const phase = { runId: request.runId, phase: request.phase };
    try {
      const committed = await gitHub.commitContent.executeWithOptions({ summary: `Commit revision ${request.revision} of ${input.siteName}` }, [
        { ...phase, siteId: input.siteId, snapshotKey: request.snapshotKey, revision: request.revision },
      ]);
      const merged = await gitHub.mergeBranches.executeWithOptions({ summary: `Merge for ${request.version}` }, [{ ...phase, siteId: input.siteId, version: request.version, commit: committed.commit }]);
      handled += 1;
      setCurrentDetails(`${handled} of ${asked} asks done; the last one for **${request.version}**: ${committed.filesChanged} files in ${committed.commits} commits.`);
      return { commit: merged.commit, commits: committed.commits, filesChanged: committed.filesChanged };
    } catch (error) {
      if (isCancellation(error) || execution.consideredCancelled) {
        throw ApplicationFailure.nonRetryable('A person stopped the commit in Temporal. Retry to commit again.', 'RepositoryStopped');
      }
      const { reason, problems } = reasonOf(error);
      throw ApplicationFailure.create({ type: reason.code, message: reason.message, nonRetryable: true, details: [{ problems }] });
    }
  }

  setHandler(commitRevision, async (request) => {
    asked += 1;
    const turn = lock.then(() => handle(request));
    // The next ask waits for this one, whichever way it ends.
    lock = turn.catch(() => undefined);
    return withinBudget(await turn);
  });

  try {
    await condition(() => asked > 0, '1 minute');
    let seen: number;
    do {
      seen = asked;
      await condition(allHandlersFinished);
      await condition(() => asked > seen, LINGER);
    } while (asked > seen);
  } catch (error) {
    // Whoever waits for an answer gets one.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    throw error;
  }
  return withinBudget({ handled });
}
