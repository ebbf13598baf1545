import { ThreePlayError } from '#clients/threePlay.ts';
import { listCompleteOrders } from '#db/queries/captionOrders.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';

/** How many one look takes on; the next one takes the rest. */
const AT_ONCE = 40;

/** An order whose captions were corrected at 3Play. */
export interface CorrectedCaptions {
  readonly orderId: string;
  readonly videoId: string;
  readonly siteId: string;
  readonly mediaFileId: string;
}

/** Captions that people correct at 3Play after they are done. */
export function createCaptionCorrectionsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'threePlay'>) {
  const { db, threePlay } = deps;

  return {
    /**
     * Says which of our videos 3Play has labelled as updated. Those of others keep their label, which is nothing to us.
     * Idempotent because it only reads.
     * Kill points: before the list, after it; either way it is read again.
     */
    async listCorrectedCaptions(_input: object): Promise<{ readonly corrected: readonly CorrectedCaptions[] }> {
      if (!threePlay.isConfigured) return { corrected: [] };
      const { abortSignal } = activityContext();
      const updated = await threePlay.updatedMedia(abortSignal);
      const orders = await listCompleteOrders(db, updated.flatMap(({ referenceId }) => referenceId ?? []));
      const ours = updated.flatMap((media) => {
        // Newest first, so that the first of each video is its newest; several sites may show one video.
        const newest = new Map(orders.filter(({ youtubeId }) => youtubeId === media.referenceId).reverse().map((order) => [order.videoId, order]));
        return newest.size === 0 ? [] : [[...newest.values()].map((order) => ({ orderId: order.id, videoId: order.videoId, siteId: order.siteId, mediaFileId: media.id }))];
      });
      return { corrected: ours.slice(0, AT_ONCE).flat() };
    },

    /**
     * Takes the label off a video whose captions are fetched.
     * Idempotent because a label that is off is not there to be taken off.
     * Kill points: before the look, between look and change, after it (looked at again).
     */
    async clearCaptionLabel(input: { readonly mediaFileId: string }): Promise<void> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const media = await threePlay.media(input.mediaFileId, abortSignal);
      try {
        await threePlay.clearUpdatedLabel(media, abortSignal);
      } catch (error) {
        // It is taken off twice without harm.
        if (error instanceof ThreePlayError && error.kind === 'uncertain') throw new ThreePlayError('unavailable', error.message, error.status, error.retryAfterMs);
        throw error;
      }
    },
  };
}
