import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { notifyLearnContract, type NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';

export interface Notices extends Pick<NotifyLearnInput, 'eventId' | 'event'> {
  /** Addresses of the catalogues. */
  readonly receivers: readonly string[];
  /** What stands beside each in the Temporal UI. */
  readonly summaryOf: (receiver: string) => string;
}

/** Starts one detached notice per catalogue about an event and waits for none; one that was started before stays the only one. */
export async function startNotices({ eventId, event, receivers, summaryOf }: Notices): Promise<void> {
  for (const [index, receiver] of receivers.entries()) {
    const input: NotifyLearnInput = { eventId, receiver, event };
    try {
      await startChild(notifyLearnContract.workflowType, {
        workflowId: notifyLearnContract.workflowId(eventId, index),
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: notifyLearnContract.workflowIdReusePolicy,
        staticSummary: summaryOf(receiver),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
