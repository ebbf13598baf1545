import { TypedSearchAttributes } from '@temporalio/common';
import type { PublishVersion } from '#domain/runs.ts';
import { buildOfflineContract, type BuildOfflineInput, offlineRequested } from './contracts/buildOffline.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the offline build of a site's version is asked for, by a person or by the end of a publish. */
export function startBuildOffline(asked: { siteId: string; siteName: string; version: PublishVersion; requestId: string; requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, version } = asked;
  const input: BuildOfflineInput = { siteId, siteName, version };
  return {
    workflowId: buildOfflineContract.workflowId(siteName, version),
    taskQueue: taskQueueName(buildOfflineContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: buildOfflineContract.workflowIdReusePolicy,
    args: [input] as [BuildOfflineInput],
    signal: offlineRequested,
    signalArgs: [{ requestId: asked.requestId }] as [{ requestId: string }],
    staticSummary: `Offline ${siteName.length <= 80 ? siteName : `${siteName.slice(0, 79)}…`} (${version})`,
    staticDetails: `Makes the **${version}** site \`${siteName}\` readable without a network: both zips and the tree of the offline bucket. It delays no publish.`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.process, value: buildOfflineContract.process },
      { key: searchAttributes.siteName, value: siteName.slice(0, 250) },
      { key: searchAttributes.publishVersion, value: version },
      ...(asked.requestedBy === undefined ? [] : [{ key: searchAttributes.requestedBy, value: asked.requestedBy }]),
    ]),
  } as const;
}
