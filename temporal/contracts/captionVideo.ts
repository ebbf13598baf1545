import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of getting captions for one video: a child of what brings it to YouTube. */
export const captionVideoContract = {
  process: 'caption-video',
  workflowType: 'captionVideo',
  taskQueue: taskQueues.studio,
  /** Captions that came to nothing are tried again when a person says so. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** The lock that nobody orders captions of a video twice. */
  workflowId: (videoId: string): string => `caption-video/${videoId}`,
} as const;

export interface CaptionVideoInput {
  readonly videoId: string;
  readonly siteId: string;
  /** The run of the video, in which captions are a phase. */
  readonly runId: string;
}

/** A hint that a row of an order was decided by a person, or that 3Play says something of it. */
export const captionOrderChanged = defineSignal('captionOrderChanged');

export interface CaptionVideoResult {
  /** `supplied`: people gave the video captions; `captioned`: 3Play made them; `parked`: a person has to mend something, then begins this once more. */
  readonly outcome: 'supplied' | 'captioned' | 'parked' | 'failed';
}
