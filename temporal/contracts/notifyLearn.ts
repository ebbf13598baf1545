import { taskQueues } from '../taskQueues.ts';

/** Contract of telling one catalogue of one thing: a workflow per receiver, so that one that is away delays nobody. */
export const notifyLearnContract = {
  process: 'notify-learn',
  workflowType: 'notifyLearn',
  taskQueue: taskQueues.studio,
  /** One notice per receiver and event: who starts it twice finds that it is told already. */
  workflowIdReusePolicy: 'REJECT_DUPLICATE',
  workflowId: (eventId: string, receiverIndex: number): string => `notify-learn/${eventId}/${receiverIndex}`,
} as const;

export interface NotifyLearnInput {
  /** The run that caused it. */
  readonly eventId: string;
  /** URL of the webhook. */
  readonly receiver: string;
  readonly event:
    | { readonly kind: 'published'; readonly prefixes: readonly string[] }
    /** `siteUid`: the id by which the catalogue knows the course, without dashes. */
    | { readonly kind: 'unpublished'; readonly siteUid: string };
}

export interface NotifyLearnResult {
  readonly told: boolean;
}
