import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of what becomes of a video file: transcoded, downloadable, on YouTube, captioned. */
export const ingestVideoContract = {
  process: 'ingest-video',
  workflowType: 'ingestVideo',
  taskQueue: taskQueues.studio,
  /** What was stopped, or waited too long for a person, is begun again and goes on from its row. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** The lock that no two work at the same state of a file: by the id of its row in `videos`. */
  workflowId: (videoId: string): string => `ingest-video/${videoId}`,
} as const;

export interface IngestVideoInput {
  readonly siteId: string;
  readonly videoId: string;
}

/** MediaConvert said something of a job. A hint: it is asked before it is believed. */
export const transcodeEventReceived = defineSignal<[{ jobId: string }]>('transcodeEventReceived');

/** A person wants the step repeated at which a video waits, whichever run it is. */
export const stepRetryRequested = defineSignal('stepRetryRequested');

/** The video’s resource is deleted: nobody wants anything made of it any more. */
export const videoRemoved = defineSignal('videoRemoved');

export interface IngestVideoResult {
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'superseded';
}
