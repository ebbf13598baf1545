import { defineSignal } from '@temporalio/workflow';
import type { PublishVersion } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of what a site’s videos show on YouTube: one entity per site and version, so that two publishes do not write over each other. */
export const updateYouTubeContract = {
  process: 'update-youtube',
  workflowType: 'updateYouTube',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteId: string, version: PublishVersion): string => `update-youtube/${siteId}/${version}`,
} as const;

export interface UpdateYouTubeInput {
  readonly siteId: string;
  /** Only for people who read the run; ids decide. */
  readonly siteName: string;
  readonly version: PublishVersion;
}

/** A hint that a request row waits. */
export const youtubeUpdateRequested = defineSignal<[{ requestId: string }]>('youtubeUpdateRequested');

export interface UpdateYouTubeResult {
  readonly passes: number;
}
