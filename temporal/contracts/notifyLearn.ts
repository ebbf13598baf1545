import { taskQueues } from '../taskQueues.ts';

/** Contract of a notice: one workflow per receiver and logical event, so that nobody is told twice of the same. */
export const notifyLearnContract = {
  process: 'notify-learn',
  workflowType: 'notifyLearn',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'REJECT_DUPLICATE',
  workflowId: (eventId: string, receiverIndex: number): string => `notify-learn/${eventId}/${receiverIndex}`,
} as const;

export interface NotifyLearnInput {
  /** The run that caused it, with `/<batch>` for one of several notices. */
  readonly eventId: string;
  /** URL of the webhook. */
  readonly receiver: string;
  readonly event: { readonly kind: 'published'; readonly prefixes: readonly string[] } | { readonly kind: 'unpublished'; readonly siteUid: string };
}

export interface NotifyLearnResult {
  /** Whether the receiver took the notice. */
  readonly told: boolean;
}
