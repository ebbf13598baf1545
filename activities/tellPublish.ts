import { TypedSearchAttributes } from '@temporalio/common';
import type { PublishVersion } from '#domain/runs.ts';
import { publishRequested, publishSiteContract, type PublishSiteInput } from '#temporal/contracts/publishSite.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

export interface ToldPublish {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
  /** The row that waits, or any hint. */
  readonly requestId: string;
  /** Who asks, for the Temporal UI: ‘a move of the site’. */
  readonly askedBy: string;
  /** Temporal's: 1 goes first, 3 is what a person's publish has. Holds for an execution that this starts. */
  readonly priorityKey?: number;
}

/**
 * Tells the publish workflow of a site, started where it does not run, that a request waits.
 * @throws {StepError} EngineUnavailable
 */
export async function tellPublish(deps: Pick<ActivityDeps, 'temporal' | 'config'>, told: ToldPublish): Promise<void> {
  const { siteId, siteName, version } = told;
  const argument: PublishSiteInput = { siteId, siteName, version };
  try {
    await deps.temporal.workflow.signalWithStart(publishSiteContract.workflowType, {
      workflowId: publishSiteContract.workflowId(siteName, version),
      taskQueue: taskQueueName(publishSiteContract.taskQueue, deps.config.temporalTaskQueuePrefix),
      workflowIdReusePolicy: publishSiteContract.workflowIdReusePolicy,
      args: [argument],
      signal: publishRequested,
      signalArgs: [{ requestId: told.requestId }],
      ...(told.priorityKey === undefined ? {} : { priority: { priorityKey: told.priorityKey } }),
      staticSummary: `Publish ${siteName.slice(0, 80)} (${version})`,
      staticDetails: `Puts the **${version}** site \`${siteName}\` in front of readers, asked for by ${told.askedBy}.`,
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
