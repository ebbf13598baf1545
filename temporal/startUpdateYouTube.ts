import type { PublishVersion } from '#domain/runs.ts';
import { commonOf } from './commonOf.ts';
import { updateYouTubeContract, type UpdateYouTubeInput, youtubeUpdateRequested } from './contracts/updateYouTube.ts';
import { shortened } from './shortened.ts';

/** How YouTube is told of a site’s videos, by the end of a publish or by a person. */
export function startUpdateYouTube(asked: { siteId: string; siteName: string; version: PublishVersion; requestId: string; requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName, version, requestedBy } = asked;
  return {
    ...commonOf(updateYouTubeContract, updateYouTubeContract.workflowId(siteId, version), queuePrefix, { siteName, version, requestedBy }),
    args: [{ siteId, siteName, version }] as [UpdateYouTubeInput],
    signal: youtubeUpdateRequested,
    signalArgs: [{ requestId: asked.requestId }] as [{ requestId: string }],
    staticSummary: `YouTube of ${shortened(siteName, 80)} (${version})`,
    staticDetails: `Gives the videos of \`${siteName}\` on YouTube the titles, descriptions, captions and privacy of its **${version}** publish. It delays no publish.`,
  } as const;
}
