import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ReviewPhaseId } from '#domain/processes.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of a review: one workflow per request, bound to the commit it builds. */
export const reviewPublishContract = {
  process: 'review-publish',
  workflowType: 'reviewPublish',
  taskQueue: taskQueues.studio,
  /** One request is one review; a repeated start is refused. */
  workflowIdReusePolicy: 'REJECT_DUPLICATE',
  workflowId: (siteName: string, version: PublishVersion, requestId: string): string => `review-publish/${siteName}/${version}/${requestId}`,
} as const;

export interface ReviewPublishInput {
  readonly requestId: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
}

/** Who sends a signal: a person's id, or null for the command line. */
interface Said {
  readonly runId: string;
  readonly by: string | null;
}

/** Publish what was reviewed, now. */
export const letThrough = defineSignal<[Said]>('letThrough');
/** Publish what was reviewed at that moment (ISO 8601 in UTC); the latest one counts. */
export const scheduled = defineSignal<[Said & { at: string }]>('scheduled');
/** Do not publish at the moment that was set. */
export const unscheduled = defineSignal<[Said]>('unscheduled');
/** A second person is asked to approve. */
export const approvalAsked = defineSignal<[Said]>('approvalAsked');
/** A second person approves what was reviewed; nothing is published by that alone. */
export const approved = defineSignal<[Said]>('approved');
/** It shall not go out; ends the review. */
export const rejected = defineSignal<[Said & { reason: string }]>('rejected');
/** A newer review of the same site and version has begun; ignored once somebody has decided about this one. */
export const reviewSuperseded = defineSignal<[{ runId: string }]>('reviewSuperseded');

export interface ReviewProgress {
  readonly runId: string | null;
  readonly state: RunState | 'idle';
  readonly phase: ReviewPhaseId | null;
  readonly done: readonly { phase: ReviewPhaseId; summary: string }[];
  readonly isApproved: boolean;
  /** ISO 8601; null while nothing is scheduled. */
  readonly scheduledAt: string | null;
}
export const reviewProgress = defineQuery<ReviewProgress>('reviewProgress');

export interface ReviewPublishResult {
  readonly outcome: 'published' | 'rejected' | 'superseded' | 'cancelled' | 'expired' | 'givenUp';
}
