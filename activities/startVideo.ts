import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { startIngestVideo } from '#temporal/startIngestVideo.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/** Begins the work at a video. @returns whether it was not at work already. @throws {StepError} EngineUnavailable */
export async function startVideo({ config, temporal }: Pick<ActivityDeps, 'config' | 'temporal'>, video: { readonly videoId: string; readonly siteId: string; readonly siteName: string }): Promise<boolean> {
  try {
    await temporal.workflow.start(ingestVideoContract.workflowType, startIngestVideo(video, config.temporalTaskQueuePrefix));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw new StepError('EngineUnavailable', 'The workflow of a video cannot be started.');
  }
}
