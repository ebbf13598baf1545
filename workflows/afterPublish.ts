import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { Notice } from '#activities/buckets.ts';
import type { MassRequest } from '#activities/runs.ts';
import type { RunState } from '#domain/runs.ts';
import { massPublishContract, publishFinished } from '#temporal/contracts/massPublish.ts';
import { notifyLearnContract, type NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';

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
