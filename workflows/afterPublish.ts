import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, isCancellation, log, ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { Notice } from '#activities/buckets.ts';
import type { Activities } from '#activities/index.ts';
import type { MassRequest } from '#activities/runs.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { massPublishContract, publishFinished } from '#temporal/contracts/massPublish.ts';
import { notifyLearnContract, type NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import { announceProfile } from '#temporal/profiles.ts';

/** Starts one detached notice per catalogue about the live course a run published; one that was started before stays the only one. */
export async function startNotices(runId: string, siteName: string, notice: Notice): Promise<void> {
  for (const [index, receiver] of notice.receivers.entries()) {
    const input: NotifyLearnInput = { eventId: runId, receiver, event: { kind: 'published', prefixes: [notice.prefix] } };
    try {
      await startChild(notifyLearnContract.workflowType, {
        workflowId: notifyLearnContract.workflowId(input.eventId, index),
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: notifyLearnContract.workflowIdReusePolicy,
        staticSummary: `Tell ${receiver} of ${siteName}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

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
