import { commonOf } from './commonOf.ts';
import { syncImportBucketContract, type SyncImportBucketInput } from './contracts/syncImportBucket.ts';

/** How the entity of import syncs is started, whoever asks first. */
export function startImportSync(queuePrefix: string) {
  return {
    ...commonOf(syncImportBucketContract, syncImportBucketContract.workflowId(), queuePrefix),
    args: [{}] as [SyncImportBucketInput],
    staticSummary: 'Copy the import bucket into storage',
    staticDetails: 'Compares the import bucket with the storage bucket and copies what differs, inside the file store. Nothing is removed.',
  };
}
