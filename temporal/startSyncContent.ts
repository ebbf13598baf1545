import { TypedSearchAttributes } from '@temporalio/common';
import { syncContentContract, type SyncContentInput } from './contracts/syncContent.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the repository workflow of a site is started, whoever needs it first. */
export function startSyncContent(site: Pick<SyncContentInput, 'siteId' | 'siteName'>, queuePrefix: string) {
  const input: SyncContentInput = { siteId: site.siteId, siteName: site.siteName };
  return {
    workflowId: syncContentContract.workflowId(site.siteName),
    taskQueue: taskQueueName(syncContentContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: syncContentContract.workflowIdReusePolicy,
    args: [input] as [SyncContentInput],
    staticSummary: `Repository of ${site.siteName.length <= 80 ? site.siteName : `${site.siteName.slice(0, 79)}…`}`,
    staticDetails: 'The one writer of this site’s repository: commits what authors saved, one commit per author, and merges main into the branches the sites are built from.',
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.siteName, value: site.siteName },
      { key: searchAttributes.process, value: syncContentContract.process },
    ]),
  } as const;
}
