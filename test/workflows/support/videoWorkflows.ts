import { proxyActivities } from '@temporalio/workflow';
import type { CaptionVideoInput, CaptionVideoResult } from '#temporal/contracts/captionVideo.ts';
import type { UploadToYouTubeInput, UploadToYouTubeResult } from '#temporal/contracts/uploadToYouTube.ts';

/** The workflow under test with children that do what a test says. */
export { ingestVideo } from '#workflows/ingestVideo.ts';

/** What a test has in place of the children’s own steps. */
export interface ChildSteps {
  upload(input: UploadToYouTubeInput): Promise<UploadToYouTubeResult>;
  caption(input: CaptionVideoInput): Promise<CaptionVideoResult>;
}

const steps = proxyActivities<ChildSteps>({ startToCloseTimeout: '1 hour', heartbeatTimeout: '10 seconds', retry: { maximumAttempts: 1 } });

export async function uploadToYouTube(input: UploadToYouTubeInput): Promise<UploadToYouTubeResult> {
  return steps.upload(input);
}

export async function captionVideo(input: CaptionVideoInput): Promise<CaptionVideoResult> {
  return steps.caption(input);
}
