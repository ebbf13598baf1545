import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type CreateDriveFoldersInput, type CreateDriveFoldersResult, driveFoldersRequested } from '#temporal/contracts/createDriveFolders.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { driveProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const drive = proxyActivities<Activities>({ ...driveProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });

/**
 * Makes the folders of a site in Google Drive, or finds those that are there. Started by the API for a request; its id
 * `create-drive-folders/<site>` is the lock that no two are at it at once. Each pass:
 * 1. openDriveFolders opens the run with every request that waits.
 * 2. site: the site's own folder under the one for all sites, named after its short id and marked as the site's.
 * 3. inner: files, files_final and videos_final in it. recordEnded ends the run.
 * Signals: driveFoldersRequested, a hint that a request waits; cancelRequested of the run's button. No queries.
 * If it dies in step 2 or 3, another worker goes on: a folder's id is reserved and kept before the folder is made under it,
 * so that what was made is found by its id, also while Drive's search does not know of it.
 * Cancel stops before the next folder; what was made stays, and the next request goes on from there.
 */
export async function createDriveFolders(input: CreateDriveFoldersInput): Promise<CreateDriveFoldersResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId } = input;
  const execution = CancellationScope.current();
  let wanted = true;
  let pass = 0;
  let runId = '';
  let work: CancellationScope | null = null;
  setHandler(driveFoldersRequested, () => {
    wanted = true;
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work?.cancel();
  });
  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openDriveFolders({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
    if (opened.runId === null) {
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (wanted) continue;
      break;
    }
    pass += 1;
    const id = opened.runId;
    runId = id;
    const scope = new CancellationScope();
    work = scope;
    try {
      const made = await scope.run(async () => {
        await drive.makeSiteDriveFolder.executeWithOptions({ summary: 'The site’s own folder' }, [{ runId: id, phase: 'site', siteId }]);
        return drive.makeInnerDriveFolders.executeWithOptions({ summary: 'The folders in it' }, [{ runId: id, phase: 'inner', siteId }]);
      });
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: 'succeeded', reason: null }));
      setCurrentDetails(made.summary);
    } catch (error) {
      const isStopped = isCancellation(error) || scope.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this run. Folders that were made stay; the next request goes on from there.' } });
        else await rows.recordFailed({ runId: id, ...reasonOf(error) });
      });
      if (execution.consideredCancelled) throw new CancelledFailure('The run was stopped');
    }
  }
  return withinBudget({ passes: pass });
}
