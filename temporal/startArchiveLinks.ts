import { TypedSearchAttributes } from '@temporalio/common';
import { archiveLinksContract, type ArchiveLinksInput, archiveRequested } from './contracts/archiveLinks.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the archive of links is started, or told that there is more to do, whoever asks. */
export function startArchiveLinks(queuePrefix: string) {
  return {
    workflowId: archiveLinksContract.workflowId(),
    taskQueue: taskQueueName(archiveLinksContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: archiveLinksContract.workflowIdReusePolicy,
    args: [{}] as [ArchiveLinksInput],
    signal: archiveRequested,
    signalArgs: [] as [],
    staticSummary: 'Archive external links',
    staticDetails: 'Has the Wayback Machine capture the links of the queue, seven a minute, and asks what became of each. Ends when the queue is empty; what is queued later starts it again.',
    typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.process, value: archiveLinksContract.process }]),
  };
}
