import { TypedSearchAttributes } from '@temporalio/common';
import { syncImportBucketContract, type SyncImportBucketInput } from './contracts/syncImportBucket.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the entity of import syncs is started, whoever asks first. */
export function startImportSync(queuePrefix: string) {
  return {
    workflowId: syncImportBucketContract.workflowId(),
    taskQueue: taskQueueName(syncImportBucketContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: syncImportBucketContract.workflowIdReusePolicy,
    args: [{}] as [SyncImportBucketInput],
    staticSummary: 'Copy the import bucket into storage',
    staticDetails: 'Compares the import bucket with the storage bucket and copies what differs, inside the file store. Nothing is removed.',
    typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.process, value: syncImportBucketContract.process }]),
  };
}
