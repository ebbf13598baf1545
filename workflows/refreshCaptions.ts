import { isCancellation, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { counted } from '#domain/counted.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { RefreshCaptionsInput, RefreshCaptionsResult } from '#temporal/contracts/refreshCaptions.ts';
import { announceProfile, hookProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { reasonOf } from './reasonOf.ts';

const threePlay = proxyActivities<Activities>(announceProfile);
const hints = proxyActivities<Activities>(hookProfile);

/**
 * Fetches captions that somebody corrected at 3Play, and hands them on. Started by the schedule of the same name, which lets no two
 * of them overlap.
 * 1. listCorrectedCaptions says which videos 3Play has labelled as updated, some at a time.
 * 2. storeCaptions fetches the files of each once more, into the resources they have.
 * 3. publishCaptions publishes them, where their site wants that; sendCaptions has YouTube show them.
 * 4. clearCaptionLabel takes the label off, last: what came before is done by then, for every site that shows the video, or done again.
 * No signals and no queries.
 * If it dies at any step, the label is still there, and the next look does it once more.
 * Cancel ends it after the step it is at; the next look goes on. A video that fails keeps its label and holds up no other.
 */
export async function refreshCaptions(_input: RefreshCaptionsInput): Promise<RefreshCaptionsResult> {
  const { corrected } = await threePlay.listCorrectedCaptions.executeWithOptions({ summary: 'What was corrected' }, [{}]);
  let refreshed = 0;
  let failed = 0;
  /** Labels that stay, for somebody who shows the video has not got it yet. */
  const kept = new Set<string>();
  for (const [index, { orderId, videoId, siteId, mediaFileId }] of corrected.entries()) {
    try {
      const { changed } = await threePlay.storeCaptions.executeWithOptions({ summary: 'Corrected captions' }, [{ orderId }]);
      if (changed > 0) {
        await orElse(() => hints.tellDriveContent({ siteId }));
        await orElse(async () => void (await hints.publishCaptions({ siteId })));
      }
      // Sent also when nothing changed: a look that died may have got no further.
      await threePlay.sendCaptions.executeWithOptions({ summary: 'To YouTube' }, [{ videoId }]);
      // Those of one label stand beside each other.
      const isLast = corrected[index + 1]?.mediaFileId !== mediaFileId;
      if (isLast && !kept.has(mediaFileId)) await threePlay.clearCaptionLabel.executeWithOptions({ summary: 'It is fetched' }, [{ mediaFileId }]);
      refreshed += 1;
    } catch (error) {
      if (isCancellation(error)) throw error;
      reasonOf(error);
      kept.add(mediaFileId);
      failed += 1;
    }
  }
  setCurrentDetails(`${counted(refreshed, 'video')} with corrected captions${failed === 0 ? '' : `; ${counted(failed, 'video')} still to do`}`);
  return withinBudget<RefreshCaptionsResult>({ refreshed, failed });
}
