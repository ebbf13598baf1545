import { contentSaved, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { startSyncContent } from '#temporal/startSyncContent.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/** Hints to a site's repository that something was saved, so that it is committed soon. @throws {StepError} while Temporal does not answer. */
export async function tellRepository({ temporal, config }: Pick<ActivityDeps, 'temporal' | 'config'>, site: { readonly siteId: string; readonly siteName: string }): Promise<void> {
  try {
    await temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent(site, config.temporalTaskQueuePrefix), signal: contentSaved });
  } catch {
    throw new StepError('EngineUnavailable', 'The repository workflow cannot be reached.');
  }
}
