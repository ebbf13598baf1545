import type { PublishVersion } from '#domain/runs.ts';
import { commonOf } from '#temporal/commonOf.ts';
import { publishRequested, publishSiteContract, type PublishSiteInput } from '#temporal/contracts/publishSite.ts';
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
      ...commonOf(publishSiteContract, publishSiteContract.workflowId(siteName, version), deps.config.temporalTaskQueuePrefix, { siteName, version }),
      args: [argument],
      signal: publishRequested,
      signalArgs: [{ requestId: told.requestId }],
      ...(told.priorityKey === undefined ? {} : { priority: { priorityKey: told.priorityKey } }),
      staticSummary: `Publish ${siteName.slice(0, 80)} (${version})`,
      staticDetails: `Puts the **${version}** site \`${siteName}\` in front of readers, asked for by ${told.askedBy}.`,
    });
  } catch {
    throw new StepError('EngineUnavailable', 'The publish workflow cannot be reached.');
  }
}
