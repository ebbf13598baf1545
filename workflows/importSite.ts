import { CancellationScope, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { importSiteContract, type ImportSiteInput, type ImportSiteResult } from '#temporal/contracts/importSite.ts';
import { databaseProfile, gitHubProfile, rowProfile, transferProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const gitHub = proxyActivities<Activities>(gitHubProfile);

/**
 * Reads an existing content repository into the studio: one workflow per request, started by the API.
 * 1. openRequestRun opens the run people see.
 * 2. read: the archive (or the clone) is read, every file sorted into item, kept or skipped, clashes found.
 * 3. store: media go to the storage bucket, then site and items into Postgres in one transaction.
 * 4. repository: the site's repository is made with the files as they are, byte for byte.
 * If it dies at step n, another worker goes on at step n; before step 3 the studio knows nothing of the site. When step 4
 * fails for good the site is removed again, so that the import can be repeated. Cancel does the same.
 */
export async function importSite(input: ImportSiteInput): Promise<ImportSiteResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const transfer = proxyActivities<Activities>({ ...transferProfile, taskQueue: queueOf('transfer') });
  const opened = await rows.openRequestRun({ process: importSiteContract.process, requestId: input.requestId, siteId: null, workflowId, workflowRunId, pass: 1 });
  const runId = opened.runId ?? '';
  const at = { runId, requestId: input.requestId };
  try {
    setCurrentDetails(`Reading \`${input.folder}\``);
    const read = await transfer.readImport.executeWithOptions({ summary: `Read ${input.folder}` }, [{ ...at, phase: 'read' }]);
    setCurrentDetails(`Storing **${read.siteName}**: ${read.summary}`);
    await transfer.storeImport.executeWithOptions({ summary: `Store ${read.siteName}` }, [{ ...at, phase: 'store' }]);
    setCurrentDetails(`Creating the repository of **${read.siteName}**`);
    await gitHub.createRepository.executeWithOptions({ summary: `Create the repository of ${read.siteName}` }, [{ ...at, phase: 'repository' }]);
    await database.finishImport.executeWithOptions({ summary: 'Note the result' }, [at]);
    setCurrentDetails(`Imported **${read.siteName}**: ${read.summary}`);
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      await database.discardImport.executeWithOptions({ summary: 'Remove what was stored' }, [at]);
      if (isCancellation(error)) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this import.' } });
      else await rows.recordFailed({ runId, ...reasonOf(error) });
    });
    if (isCancellation(error)) throw error;
  }
  return withinBudget({ runId });
}
