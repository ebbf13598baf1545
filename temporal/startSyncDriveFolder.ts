import { TypedSearchAttributes } from '@temporalio/common';
import { syncDriveFolderContract, type SyncDriveFolderInput } from './contracts/syncDriveFolder.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the sync of a site with Google Drive is started, whoever wants it; `requestedBy` names a person. */
export function startSyncDriveFolder(site: { readonly siteId: string; readonly siteName: string; readonly requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, requestedBy } = site;
  const input: SyncDriveFolderInput = { siteId, siteName };
  return {
    workflowId: syncDriveFolderContract.workflowId(siteName),
    taskQueue: taskQueueName(syncDriveFolderContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: syncDriveFolderContract.workflowIdReusePolicy,
    args: [input] as [SyncDriveFolderInput],
    staticSummary: `Google Drive of ${siteName.length <= 80 ? siteName : `${siteName.slice(0, 79)}…`}`,
    staticDetails: `Brings the files of \`${siteName}\` over from its folders in Google Drive. One at a time per site; requests made meanwhile share one more pass. Send \`massDeleteConfirmed\` or \`massDeleteRefused\` with the run’s id when it waits for a person.`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.siteName, value: siteName },
      { key: searchAttributes.process, value: syncDriveFolderContract.process },
      ...(requestedBy === undefined ? [] : [{ key: searchAttributes.requestedBy, value: requestedBy }]),
    ]),
  } as const;
}
