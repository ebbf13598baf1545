import { CancellationScope, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { UpdateRootListingInput, UpdateRootListingResult } from '#temporal/contracts/updateRootListing.ts';
import { databaseProfile, repositoryProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const repository = proxyActivities<Activities>(repositoryProfile);

/**
 * Keeps what the root site lists of one site, on main and in what the root site is built from, without a build and without a
 * word about the root site's own publishes. Started as a child, before a publish commits and while a site is taken offline;
 * its id `update-root-listing/<site>/<version>` is the lock. No signals, no queries.
 * 1. writeRootListing changes the entry, or says why there is nothing to change; only then a run is opened.
 * 2. freeze: a snapshot of what the root site's repository lacks.
 * 3. commit: the root site's repository workflow writes it to main, and merges it where everything else of the root site is
 *    out in this version. Where it is not, main is committed soon and the entry goes out with the root site's next publish.
 * To unlist, the entry is removed and the root site is published, so that readers meet no link that leads nowhere.
 * If it dies at a step, the next try goes on there: the entry is compared first, and a commit is found in main. A step that
 * failed for good ends the run with its reason; the next publish of the site tries again.
 * Cancel ends the run when the step at hand is over; the entry stays saved, and goes out with the root site's next publish.
 */
export async function updateRootListing(input: UpdateRootListingInput): Promise<UpdateRootListingResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  if (input.action === 'unlist') {
    const unlisted = await database.unlistFromRoot.executeWithOptions({ summary: `Take ${input.siteName} off the lists` }, [{ siteId: input.siteId, by: null }]);
    return withinBudget({ outcome: unlisted.wasListed ? 'unlisted' : 'unchanged', summary: [unlisted.summary, ...unlisted.warnings].join('. ') });
  }
  const written = await database.writeRootListing.executeWithOptions({ summary: `List ${input.siteName}` }, [{ ...input, workflowId, workflowRunId }]);
  setCurrentDetails(written.summary);
  if (written.kind !== 'owed') return withinBudget({ outcome: written.kind, summary: written.summary });
  const { runId, root } = written;
  try {
    const given = await give();
    const summary = given ? written.summary : `${written.summary}; readers see it with the next publish of the root site, which has other changes that are not out`;
    await CancellationScope.nonCancellable(() => rows.recordEnded({ runId, state: 'succeeded', reason: null, result: { summary, isMerged: given } }));
    return withinBudget({ outcome: given ? 'listed' : 'waiting', summary });
  } catch (error) {
    const isStopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
    const failure = isStopped ? undefined : reasonOf(error);
    await CancellationScope.nonCancellable(async () => {
      if (failure === undefined) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this. The entry is saved, and goes out with the next publish of the root site.' } });
      else await rows.recordFailed({ runId, ...failure });
    });
    if (failure === undefined) throw error;
    return withinBudget({ outcome: 'failed', summary: `${written.summary}, but its repository could not be told: ${failure.reason.message}` });
  }

  /** @returns whether the branches of the version have it now. */
  async function give(): Promise<boolean> {
    const frozen = await database.freezeRevision.executeWithOptions({ summary: `Freeze ${root.siteName}` }, [{ runId, phase: 'freeze', siteId: root.siteId }]);
    const { isOut } = await rows.checkRootIsOut({ root, version: input.version, revision: frozen.revision });
    if (!isOut) {
      await database.hintRootSaved.executeWithOptions({ summary: `Commit ${root.siteName} soon` }, [root]);
      return false;
    }
    const committed = await repository.requestCommit.executeWithOptions({ summary: `Commit revision ${frozen.revision} of ${root.siteName} and merge` }, [
      { runId, phase: 'commit', ...root, snapshotKey: frozen.snapshotKey, revision: frozen.revision, version: input.version, onlyIfNewest: true },
    ]);
    if (committed.isMerged === false) return false;
    await rows.recordListingGiven({ siteId: input.siteId, version: input.version, revision: written.kind === 'owed' ? written.revision : 0 });
    return true;
  }
}
