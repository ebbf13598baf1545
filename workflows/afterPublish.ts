import { getExternalWorkflowHandle, isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { MassRequest } from '#activities/runs.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { massPublishContract, publishFinished } from '#temporal/contracts/massPublish.ts';
import { announceProfile } from '#temporal/profiles.ts';

const asking = proxyActivities<Activities>(announceProfile);

/** Has the offline form of a publish built. A publish that is out does not fail by it: an ask that cannot be made is made again by the next publish or a person. */
export async function askForOffline(input: { readonly siteId: string; readonly siteName: string; readonly version: PublishVersion; readonly ofRunId: string }): Promise<void> {
  try {
    await asking.requestOffline.executeWithOptions({ summary: 'Ask for the offline site' }, [input]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('The offline site could not be asked for', { runId: input.ofRunId, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Has YouTube told of a publish’s videos. A publish that is out does not fail by it: the next one tells YouTube of everything it does not show. */
export async function askForYoutube(input: { readonly siteId: string; readonly siteName: string; readonly version: PublishVersion; readonly ofRunId: string }): Promise<void> {
  try {
    await asking.requestYoutubeUpdate.executeWithOptions({ summary: 'Ask for YouTube to be told of the videos' }, [input]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('YouTube could not be told of the videos', { runId: input.ofRunId, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Tells each mass publish that waits for this pass how it stands. A hint: one that is gone, or misses it, reads the rows. */
export async function tellMassPublishes(mass: readonly MassRequest[], pass: { readonly runId: string; readonly siteId: string; readonly state: RunState }): Promise<void> {
  for (const { massRunId, requestId } of mass) {
    try {
      await getExternalWorkflowHandle(massPublishContract.workflowId(massRunId)).signal(publishFinished, { requestId, ...pass });
    } catch (error) {
      log.info('A mass publish could not be told of a site', { massRunId, requestId, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
