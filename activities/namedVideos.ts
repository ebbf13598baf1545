import type { Db } from '#db/knex.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findDriveFileOfItem } from '#db/queries/driveFiles.ts';
import { bindRequest } from '#db/queries/runRequests.ts';
import { amendRun, moveRun, openRun } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { findVideo, noteVideoFacts, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { formatBytes } from '#domain/manifest.ts';
import type { Problem } from '#domain/runs.ts';
import { YOUTUBE_COSTS } from '#domain/youtubeQuota.ts';
import { namedVideoOf, withNamedVideo } from '#domain/youtubeResource.ts';
import { faultOfNamedVideo, faultOfYoutubeId } from '#domain/youtubeVideo.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import { onYoutube } from './onYoutube.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import type { RunReason } from './runs.ts';
import { StepError } from './stepError.ts';

/** Why a resource was changed by what is known of its video elsewhere. */
const REASON = 'from YouTube';
/** Answers that say more of the moment than of the file. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

interface Named {
  readonly video: VideoRow;
  readonly item: StoredContentItem;
  readonly youtubeId: string;
  readonly archiveUrl: string | null;
}

/** Videos that were on YouTube before, and that authors name by their id. */
export function createNamedVideosActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'hostTurns' | 'publicWeb' | 'temporal' | 'youtube'>) {
  const { db, hostTurns, publicWeb, youtube } = deps;

  return {
    /**
     * Opens the run of a video that a resource names.
     * Idempotent because a run is found again by workflow id, run id and pass.
     * Kill points: before the transaction (nothing happened), after it (the run is found again).
     */
    async openAdoption(input: { readonly siteId: string; readonly videoId: string; readonly requestId: string; readonly workflowId: string; readonly workflowRunId: string }): Promise<{ runId: string }> {
      const { siteId, videoId, requestId, workflowId, workflowRunId } = input;
      return db.transaction(async (trx) => {
        const about = (await findVideo(trx, videoId))?.youtubeId ?? null;
        const { runId } = await openRun(trx, { process: adoptYouTubeVideoContract.process, siteId, version: null, workflowId, workflowRunId, pass: 1, frozen: { videoId, about } });
        await bindRequest(trx, requestId, runId);
        return { runId };
      });
    },

    /**
     * Reads a video at YouTube and gives its resource what it lacks: a title, its picture, and where it comes from.
     * Idempotent because a resource that has all that is not changed.
     * Kill points: before the look, after it before the rows (looked at again), between the video’s row and its resource (written again).
     * @throws {StepError} VideoNotShown, final, when readers could not watch it; VideoMissing when the resource shows it no more
     */
    async readNamedVideo(input: PhaseInput & { readonly videoId: string }): Promise<PhaseResult & { readonly problems: readonly Problem[] }> {
      const { abortSignal } = activityContext();
      const { video, youtubeId } = await namedOf(db, input.videoId);
      const malformed = faultOfYoutubeId(youtubeId);
      if (malformed !== null) throw new StepError('VideoNotShown', malformed);
      const found = youtube.isConfigured ? await look(video.id, youtubeId, abortSignal) : null;
      if (found !== null) await noteVideoFacts(db, video.id, { youtubeStatus: found.uploadStatus, youtubePrivacy: found.privacy, ...(found.durationMs === null ? {} : { durationMs: found.durationMs }) });
      const changed = await saved(input.videoId, async (trx, { item }) => ({
        metadata: withNamedVideo(item.metadata, youtubeId, (await findDriveFileOfItem(trx, item.id)) !== undefined),
        ...((item.title ?? '').trim() === '' && found !== null ? { title: found.snippet.title } : {}),
      }));
      const problems = found?.isEmbeddable === false ? [{ message: `YouTube does not let other pages show the video ‘${youtubeId}’: readers of the site see a notice in its place. Have embedding allowed on YouTube.` }] : [];
      const known = found === null ? 'YouTube is not set up, so it was not asked' : `‘${found.snippet.title}’`;
      return { summary: known, counts: { changed: changed ? 1 : 0 }, problems };
    },

    /**
     * Asks where a video’s bytes are kept how large they are, and notes it in the resource; without such a place there is no size.
     * Idempotent because the same answer leads to the same number, and a resource that has it is not changed.
     * Kill points: before a request, after it before the resource is changed (asked again), after that.
     * @throws {StepError} ArchiveUnavailable
     */
    async measureArchive(input: PhaseInput & { readonly videoId: string }): Promise<PhaseResult & { readonly problems: readonly Problem[] }> {
      const { abortSignal } = activityContext();
      const { item, archiveUrl } = await namedOf(db, input.videoId);
      // A file of the site’s own has a size of its own.
      if (item.file !== null) return { summary: 'The resource has a file of its own', counts: {}, problems: [] };
      const answer = archiveUrl === null ? null : await publicWeb.measure(archiveUrl, { turn: (host) => hostTurns.turn(host, abortSignal), abortSignal });
      const size = answer?.kind === 'answered' ? answer.bytes : null;
      await saved(input.videoId, (_trx, now) => Promise.resolve(now.archiveUrl === archiveUrl && now.item.file === null ? { metadata: { ...now.item.metadata, file_size: size } } : {}));
      if (answer === null) return { summary: 'No download is named', counts: {}, problems: [] };
      if (size !== null) return { summary: formatBytes(size), counts: { bytes: size }, problems: [] };
      if (answer.kind === 'failed') throw new StepError('ArchiveUnavailable', `The place of the download does not answer: ${answer.detail}.`);
      if (answer.kind === 'answered' && PASSING.has(answer.status)) throw new StepError('ArchiveUnavailable', `The place of the download answers with an error (${answer.status}).`);
      const why = answer.kind === 'refused' ? 'it is no address of the public web' : answer.status === 200 ? 'its server does not say how large it is' : `its server answers ${answer.status}`;
      return { summary: 'Its size is not known', counts: {}, problems: [{ message: `The size of the download is not known: ${why}. Look at the archive’s address in the resource.` }] };
    },

    /**
     * Ends the run of a video that a resource names, and says on the video’s row what its author has to mend.
     * Idempotent because a final state is never left, and the same words are written again.
     * Kill points: before the transaction, after it; either way all of it is written again.
     */
    async endAdoption(input: { readonly videoId: string; readonly runId: string; readonly state: 'succeeded' | 'failed' | 'cancelled' | 'superseded'; readonly reason: RunReason | null; readonly warnings: readonly Problem[] }): Promise<void> {
      const { videoId, runId, state, reason, warnings } = input;
      await db.transaction(async (trx) => {
        await noteVideoWaits(trx, videoId, state === 'failed' && reason !== null ? { ...reason, until: null } : null);
        if (warnings.length > 0) await amendRun(trx, runId, { warnings });
        await moveRun(trx, { runId, state, ...(reason === null ? {} : { reason }) });
      });
    },
  };

  /** @throws {StepError} VideoNotShown */
  async function look(videoId: string, youtubeId: string, abortSignal: AbortSignal) {
    const share = { bucket: 'units', amount: YOUTUBE_COSTS.listVideos.units, priority: 'upload' } as const;
    const found = (await onYoutube(deps, videoId).within(share, () => youtube.videos([youtubeId], abortSignal))).get(youtubeId) ?? null;
    const fault = faultOfNamedVideo(youtubeId, found);
    if (fault !== null) throw new StepError('VideoNotShown', fault);
    return found;
  }

  /** Changes a resource as it is now, so that what somebody saved meanwhile stays. @returns whether anything changed. */
  async function saved(videoId: string, change: (trx: Db, now: Named) => Promise<{ readonly metadata?: StoredContentItem['metadata']; readonly title?: string }>): Promise<boolean> {
    return db.transaction(async (trx) => {
      const video = await findVideo(trx, videoId);
      if (video !== undefined) await lockSite(trx, video.siteId);
      const now = await namedOf(trx, videoId);
      const result = await changeContentItem(trx, { siteId: now.video.siteId, textId: now.item.textId, fromRevision: null, set: await change(trx, now), by: null, reason: REASON });
      return result.kind === 'saved';
    });
  }
}

/** A video and the resource that names it. @throws {StepError} VideoMissing when the resource is gone, or shows another video by now. */
async function namedOf(db: Db, videoId: string): Promise<Named> {
  const video = await findVideo(db, videoId);
  const item = video?.itemId == null ? undefined : await findContentItemById(db, video.itemId);
  if (video === undefined || item === undefined || item.deletedAt !== null) throw new StepError('VideoMissing', 'The resource of the video was deleted.');
  const named = namedVideoOf(item);
  if (named === null || named.youtubeId !== video.youtubeId) throw new StepError('VideoMissing', 'The resource names another video by now.');
  return { video, item, ...named };
}
