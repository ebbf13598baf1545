import { taskQueues } from '../taskQueues.ts';

/** Contract of bringing one video to YouTube: a child of the video’s own workflow. */
export const uploadToYouTubeContract = {
  process: 'upload-to-youtube',
  workflowType: 'uploadToYouTube',
  taskQueue: taskQueues.studio,
  /** A person may have a video uploaded once more that YouTube could not use. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** The lock that no video is uploaded twice. */
  workflowId: (videoId: string): string => `upload-to-youtube/${videoId}`,
} as const;

export interface UploadToYouTubeInput {
  readonly videoId: string;
  readonly siteId: string;
  /** The run of the video, whose phases ‘upload’ and ‘process’ this is. */
  readonly runId: string;
}

export interface UploadToYouTubeResult {
  /** `parked` waits for a person, `failed` is YouTube’s last word; the video’s row says why. */
  readonly outcome: 'done' | 'parked' | 'failed';
  readonly youtubeId: string | null;
}
