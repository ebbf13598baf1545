import { saveSpending, type YouTubeSpendingRow } from '#db/queries/youtubeSpending.ts';
import { noteVideoWaits } from '#db/queries/videos.ts';
import type { YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import { noLongerWaits, type QuotaDeps, reserveQuota, type YoutubeShare } from './onYoutube.ts';

/** What YouTube lets the installation do. */
export function createYoutubeQuotaActivities(deps: QuotaDeps) {
  return {
    /**
     * Shows people what is spent, who waits, and until when.
     * Idempotent because the same rows are written again.
     * Kill points: before the rows, after them; the ledger writes them again.
     */
    async saveYoutubeSpending(input: { readonly spending: readonly YouTubeSpendingRow[] }): Promise<void> {
      await saveSpending(deps.db, input.spending);
    },

    /**
     * Asks the ledger for a share of YouTube’s limits, and notes what a video waits for when there is none.
     * Idempotent because a try that lost its answer is one share more that nobody uses, which the day gives back.
     * Kill points: before the ledger is asked, after it (asked again), before the video’s row (written by the next try).
     */
    async reserveYoutubeQuota(input: YoutubeShare & { readonly videoId?: string }): Promise<YoutubeReserved> {
      const answer = await reserveQuota(deps, input);
      if (input.videoId !== undefined) {
        if ('until' in answer) await noteVideoWaits(deps.db, input.videoId, { ...answer.reason, until: answer.until });
        else await noLongerWaits(deps.db, input.videoId);
      }
      return answer;
    },
  };
}
