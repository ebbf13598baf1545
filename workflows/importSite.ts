import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { importSiteContract, type ImportSiteInput, type ImportSiteResult } from '#temporal/contracts/importSite.ts';
import { databaseProfile, gitHubProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
/** A step that still runs when the import is discarded could store the site again: what is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const gitHub = proxyActivities<Activities>({ ...gitHubProfile, ...waited });

/**
 * Reads an existing content repository into the studio: one workflow per request, started by the API.
 * 1. openRequestRun opens the run people see.
 * 2. read: the archive (or the clone) is read, every file sorted into item, kept or skipped, clashes found.
 * 3. store: media go to the storage bucket, then site and items into Postgres in one transaction.
 * 4. repository: the site's repository is made with the files as they are, byte for byte.
 * If it dies at step n, another worker goes on at step n; before step 3 the studio knows nothing of the site. When step 4
 * fails for good the site is removed again, so that the import can be repeated. Cancel does the same, until the result
 * is noted after step 4.
 */
export async function importSite(input: ImportSiteInput): Promise<ImportSiteResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const transfer = proxyActivities<Activities>({ ...transferProfile, ...waited, taskQueue: queueOf('transfer') });
  // The request must have its run, or people would wait for it for ever.
  const opened = await CancellationScope.nonCancellable(() => rows.openRequestRun({ process: importSiteContract.process, requestId: input.requestId, siteId: null, workflowId, workflowRunId, pass: 1 }));
  const runId = opened.runId ?? '';
  const at = { runId, requestId: input.requestId };
  try {
    setCurrentDetails(`Reading \`${input.folder}\``);
    const read = await transfer.readImport.executeWithOptions({ summary: `Read ${input.folder}` }, [{ ...at, phase: 'read' }]);
    setCurrentDetails(`Storing **${read.siteName}**: ${read.summary}`);
    await transfer.storeImport.executeWithOptions({ summary: `Store ${read.siteName}` }, [{ ...at, phase: 'store' }]);
    setCurrentDetails(`Creating the repository of **${read.siteName}**`);
    await gitHub.createRepository.executeWithOptions({ summary: `Create the repository of ${read.siteName}` }, [{ ...at, phase: 'repository' }]);
    await CancellationScope.nonCancellable(() => database.finishImport.executeWithOptions({ summary: 'Note the result' }, [at]));
    setCurrentDetails(`Imported **${read.siteName}**: ${read.summary}`);
  } catch (error) {
    // A cancelled step may still end by its time-out.
    const isStopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
    await CancellationScope.nonCancellable(async () => {
      try {
        await database.discardImport.executeWithOptions({ summary: 'Remove what was stored' }, [at]);
      } finally {
        if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this import.' } });
        else await rows.recordFailed({ runId, ...reasonOf(error) });
      }
    });
    if (isStopped) throw new CancelledFailure('The import was stopped');
  }
  return withinBudget({ runId });
}
