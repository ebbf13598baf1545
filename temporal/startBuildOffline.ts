import type { PublishVersion } from '#domain/runs.ts';
import { commonOf } from './commonOf.ts';
import { buildOfflineContract, type BuildOfflineInput, offlineRequested } from './contracts/buildOffline.ts';
import { shortened } from './shortened.ts';

/** How the offline build of a site's version is asked for, by a person or by the end of a publish. */
export function startBuildOffline(asked: { siteId: string; siteName: string; version: PublishVersion; requestId: string; requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, version } = asked;
  const input: BuildOfflineInput = { siteId, siteName, version };
  return {
    ...commonOf(buildOfflineContract, buildOfflineContract.workflowId(siteName, version), queuePrefix, { siteName, version, requestedBy: asked.requestedBy }),
    args: [input] as [BuildOfflineInput],
    signal: offlineRequested,
    signalArgs: [{ requestId: asked.requestId }] as [{ requestId: string }],
    staticSummary: `Offline ${shortened(siteName, 80)} (${version})`,
    staticDetails: `Makes the **${version}** site \`${siteName}\` readable without a network: both zips and the tree of the offline bucket. It delays no publish.`,
  } as const;
}
