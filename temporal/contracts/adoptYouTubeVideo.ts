import { taskQueues } from '../taskQueues.ts';

/** Contract of bringing to a resource what is known of the video on YouTube that an author named in it. */
export const adoptYouTubeVideoContract = {
  process: 'adopt-youtube-video',
  workflowType: 'adoptYouTubeVideo',
  taskQueue: taskQueues.studio,
  /** A resource may name the same video once more, and a person may ask again for one that readers could not watch. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** The lock that no two are at the same video of a resource: by the id of its row. */
  workflowId: (videoId: string): string => `adopt-youtube-video/${videoId}`,
} as const;

/** What the request row's `input` holds. */
export interface NamedVideoRequest {
  readonly videoId: string;
}

export interface AdoptYouTubeVideoInput {
  readonly siteId: string;
  readonly videoId: string;
  readonly requestId: string;
}

export interface AdoptYouTubeVideoResult {
  /** `left`: the resource is gone, or names another video by now. */
  readonly outcome: 'done' | 'left' | 'failed';
}
