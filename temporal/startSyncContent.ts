import { commonOf } from './commonOf.ts';
import { syncContentContract, type SyncContentInput } from './contracts/syncContent.ts';
import { shortened } from './shortened.ts';

/** How the repository workflow of a site is started, whoever needs it first. */
export function startSyncContent(site: Pick<SyncContentInput, 'siteId' | 'siteName'>, queuePrefix: string) {
  const input: SyncContentInput = { siteId: site.siteId, siteName: site.siteName };
  return {
    ...commonOf(syncContentContract, syncContentContract.workflowId(site.siteName), queuePrefix, { siteName: site.siteName }),
    args: [input] as [SyncContentInput],
    staticSummary: `Repository of ${shortened(site.siteName, 80)}`,
    staticDetails: 'The one writer of this site’s repository: commits what authors saved, one commit per author, and merges main into the branches the sites are built from.',
  } as const;
}
