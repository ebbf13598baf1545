import { TypedSearchAttributes } from '@temporalio/common';
import type { PublishVersion } from '#domain/runs.ts';
import { publishRequested, publishSiteContract, type PublishSiteInput } from '#temporal/contracts/publishSite.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/**
 * Tells the publish entity of a site and version that a request row waits, and starts it when it does not run. `why` says who
 * asks, as the end of a sentence.
 * @throws {StepError} EngineUnavailable.
 */
export async function tellPublish(deps: Pick<ActivityDeps, 'config' | 'temporal'>, site: { readonly siteId: string; readonly siteName: string; readonly version: PublishVersion }, requestId: string, why: string): Promise<void> {
  const { siteId, siteName, version } = site;
  const argument: PublishSiteInput = { siteId, siteName, version };
  try {
    await deps.temporal.workflow.signalWithStart(publishSiteContract.workflowType, {
      workflowId: publishSiteContract.workflowId(siteName, version),
      taskQueue: taskQueueName(publishSiteContract.taskQueue, deps.config.temporalTaskQueuePrefix),
      workflowIdReusePolicy: publishSiteContract.workflowIdReusePolicy,
      args: [argument],
      signal: publishRequested,
      signalArgs: [{ requestId }],
      staticSummary: `Publish ${siteName.slice(0, 80)} (${version})`,
      staticDetails: `Puts the **${version}** site \`${siteName}\` in front of readers, asked for by ${why}.`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributes.process, value: publishSiteContract.process },
        { key: searchAttributes.siteName, value: siteName.slice(0, 250) },
        { key: searchAttributes.publishVersion, value: version },
      ]),
    });
  } catch {
    throw new StepError('EngineUnavailable', 'The publish workflow cannot be reached.');
  }
}
