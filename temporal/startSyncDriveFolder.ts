import { commonOf } from './commonOf.ts';
import { syncDriveFolderContract, type SyncDriveFolderInput } from './contracts/syncDriveFolder.ts';
import { shortened } from './shortened.ts';

/** How the sync of a site with Google Drive is started, whoever wants it; `requestedBy` names a person. */
export function startSyncDriveFolder(site: { readonly siteId: string; readonly siteName: string; readonly requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, requestedBy } = site;
  const input: SyncDriveFolderInput = { siteId, siteName };
  return {
    ...commonOf(syncDriveFolderContract, syncDriveFolderContract.workflowId(siteName), queuePrefix, { siteName, requestedBy }),
    args: [input] as [SyncDriveFolderInput],
    staticSummary: `Google Drive of ${shortened(siteName, 80)}`,
    staticDetails: `Brings the files of \`${siteName}\` over from its folders in Google Drive. One at a time per site; requests made meanwhile share one more pass. Send \`massDeleteConfirmed\` or \`massDeleteRefused\` with the run’s id when it waits for a person.`,
  } as const;
}
