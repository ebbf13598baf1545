import { ActivityCancellationType, CancelledFailure, CancellationScope, isCancellation, patched, proxyActivities, proxyLocalActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { UploadToYouTubeInput, UploadToYouTubeResult } from '#temporal/contracts/uploadToYouTube.ts';
import { announceProfile, databaseProfile, hookProfile, rowProfile, youtubeProfile, youtubeStreamProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { type Reason, reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const hints = proxyActivities<Activities>(hookProfile);
const announcing = proxyActivities<Activities>(announceProfile);

/** Sessions of one upload: each takes one of the day’s few new videos, so that one that is lost again and again waits for a person. */
const SESSIONS = 5;
const BEGINS_IN_SLOT = 'begins-in-slot';

/**
 * Brings one video to YouTube, unlisted, and waits until YouTube has worked on it. A child of the video’s own workflow, which
 * shows it as its phases; its id `upload-to-youtube/<video>` is the lock that no video is uploaded twice.
 * 1. openYoutubeUpload keeps that it is to be uploaded; its id is the marker by which the video is found at YouTube.
 * 2. reserveYoutubeQuota asks for one of the day’s new videos until there is one; the video’s row says until when.
 * 3. sendYoutubeUpload waits for a slot, begins a session, keeps it before the first byte, sends the bytes from the bucket, and
 *    asks on every try how far they are. Of a session that is lost, findLostUpload looks for the video before another is begun.
 * 4. awaitYoutubeVideo looks until YouTube has worked on it. One that YouTube fails, rejects or deletes ends here, and one that
 *    comes back private stops the uploads of all.
 * 5. saveYoutubeVideo gives the resource its id and picture; sendCaptions sends the captions there are.
 * No signals or queries: rows show how far it is.
 * If it dies in step 3, another worker goes on behind the last byte YouTube has; before and after it, the rows say what is done.
 * What a person has to mend parks the video: the row says why, and the next execution goes on where this one ended.
 * Cancel stops the bytes; what YouTube has by then stays there, and is found again.
 */
export async function uploadToYouTube(input: UploadToYouTubeInput): Promise<UploadToYouTubeResult> {
  const { videoId, siteId, runId } = input;
  const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED };
  const youtube = proxyActivities<Activities>({ ...youtubeProfile, ...waited });
  const streams = proxyActivities<Activities>({ ...youtubeStreamProfile, ...waited, taskQueue: queueOf('youtube') });
  const watching = proxyActivities<Activities>({ ...youtubeStreamProfile, ...waited, taskQueue: queueOf('watch') });
  let youtubeId: string | null = null;
  try {
    youtubeId = await bring();
    const { outcome } = await watching.awaitYoutubeVideo.executeWithOptions({ summary: 'Until YouTube has worked on it' }, [{ videoId, runId, phase: 'process' }]);
    if (outcome !== 'done') return withinBudget<UploadToYouTubeResult>({ outcome, youtubeId });
    await database.saveYoutubeVideo.executeWithOptions({ summary: 'Its id and picture into the resource' }, [{ videoId, runId }]);
    await orElse(() => hints.tellDriveContent({ siteId }));
    // Captions that cannot go now go with the next publish: no video is to wait for the quota of them.
    await orElse(async () => void (await announcing.sendCaptions.executeWithOptions({ summary: 'Captions' }, [{ videoId }])));
    return withinBudget<UploadToYouTubeResult>({ outcome: 'done', youtubeId });
  } catch (error) {
    const isStopped = isCancellation(error);
    const failure: Reason = isStopped ? { reason: { code: 'Cancelled', message: 'A person stopped the upload. It goes on where it was when it is asked for again.' }, problems: [] } : reasonOf(error);
    await CancellationScope.nonCancellable(() => rows.parkYoutubeUpload({ videoId, reason: failure.reason }));
    if (isStopped) throw new CancelledFailure('The upload was stopped');
    return withinBudget<UploadToYouTubeResult>({ outcome: 'parked', youtubeId });
  }

  /** Until the video is at YouTube. @returns its id there. */
  async function bring(): Promise<string> {
    for (let sessions = 0; ; sessions += 1) {
      const opened = await youtube.openYoutubeUpload.executeWithOptions({ summary: 'What is to be uploaded' }, [{ videoId, mayBegin: sessions < SESSIONS }]);
      if (opened.youtubeId !== null) return opened.youtubeId;
      if (opened.wasLost) {
        const found = await watching.findLostUpload.executeWithOptions({ summary: 'Whether the lost session made a video' }, [{ videoId }]);
        if (found.youtubeId !== null) return found.youtubeId;
      }
      if (!opened.hasSession) {
        await takeTurn();
        if (!patched(BEGINS_IN_SLOT)) await youtube.beginYoutubeUpload.executeWithOptions({ summary: 'Begin the upload' }, [{ videoId }]);
      }
      const sent = await streams.sendYoutubeUpload.executeWithOptions({ summary: 'From the bucket to YouTube' }, [{ videoId, runId, phase: 'upload', ...(opened.hasSession ? {} : { sessions: opened.sessions }) }]);
      if (sent.youtubeId !== null) return sent.youtubeId;
    }
  }

  /** Waits for one of the day’s new videos. */
  async function takeTurn(): Promise<void> {
    for (;;) {
      const answer = await youtube.reserveYoutubeQuota.executeWithOptions({ summary: 'Ask for a new video of today’s' }, [{ bucket: 'inserts', amount: 1, priority: 'upload', videoId }]);
      if ('grantedAt' in answer) return;
      setCurrentDetails(`Waits until ${answer.until}: ${answer.reason.message}`);
      await sleep(Math.max(1_000, Date.parse(answer.until) - Date.now()));
    }
  }
}
