import { commonOf } from './commonOf.ts';
import { ingestVideoContract, type IngestVideoInput } from './contracts/ingestVideo.ts';
import { shortened } from './shortened.ts';

/** How the work at a video is begun: by its file from Drive, by its resource that is back, or by a person’s retry once it has ended. */
export function startIngestVideo(video: { readonly siteId: string; readonly siteName: string; readonly videoId: string; readonly requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, videoId, requestedBy } = video;
  return {
    ...commonOf(ingestVideoContract, ingestVideoContract.workflowId(videoId), queuePrefix, { siteName, requestedBy }),
    args: [{ siteId, videoId }] as [IngestVideoInput],
    staticSummary: `A video of ${shortened(siteName, 80)}`,
    staticDetails: `Makes of a video file of \`${siteName}\` a film on YouTube with captions. A step that failed waits thirty days for \`stepRetryRequested\`.`,
  };
}
