import { findDriveFile } from '#db/queries/driveFiles.ts';
import { moveRun, openRun, recordPhase, skipPhases } from '#db/queries/runs.ts';
import { findVideo, keepDriveVideo, moveVideo, noteVideoFacts, noteVideoWaits, reopenReturnedVideo, type VideoWaits } from '#db/queries/videos.ts';
import { isDriveVideo } from '#domain/driveFiles.ts';
import { ingestVideoProcess } from '#domain/processes.ts';
import type { Problem } from '#domain/runs.ts';
import type { VideoPhase } from '#domain/videoPhases.ts';
import type { ActivityDeps } from './deps.ts';
import type { RunReason } from './runs.ts';
import { videoEnd } from './videoEnd.ts';
import { videoMails } from './videoMails.ts';
import { withMails } from './withMails.ts';

/** What a video is said to wait for when whoever parked it did not say. */
const UNSAID: RunReason = { code: 'Unexpected', message: 'The video stopped, and nobody said why. Retry it; if that does not help, the engineers find it in the log.' };

/** Rows of videos and of their runs. Every function here is a local activity, a row or two. */
export function createVideosActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'log' | 'temporal'>) {
  const { config, db } = deps;

  return {
    /**
     * Notes that the present state of a file in Drive is a video, and says which, unless it is none or is done. One that was changed and is
     * changed back is made anew, but for its id on YouTube.
     * Idempotent because a state of a file has one row.
     * Kill points: before the row, after it; the next try finds it.
     */
    async keepVideo(input: { readonly driveFileId: string }): Promise<{ videoId: string | null }> {
      const file = await findDriveFile(db, input.driveFileId);
      const isSetUp = config.awsAccountId !== undefined && config.transcodeRoleName !== undefined;
      if (!isSetUp || file?.state !== 'complete' || !isDriveVideo(file) || file.itemId === null || file.s3Key === null || file.storedMd5 === null) return { videoId: null };
      const { siteId, itemId, s3Key: sourceKey, storedMd5: sourceMd5 } = file;
      const { video } = await keepDriveVideo(db, { siteId, itemId, driveFileId: file.id, sourceKey, sourceMd5 });
      if (video.itemId !== itemId) await noteVideoFacts(db, video.id, { itemId });
      const isBegunAnew = await reopenReturnedVideo(db, video.id);
      return { videoId: video.phase === 'done' && !isBegunAnew ? null : video.id };
    },

    /**
     * Opens the run of a video, unless nothing is left to do; what an earlier run has done is no step of this one.
     * Idempotent because a run is found again by workflow id, run id and pass.
     * Kill points: before the transaction (nothing happened), after it (the run is found again).
     */
    async openVideoRun(input: { readonly siteId: string; readonly videoId: string; readonly workflowId: string; readonly workflowRunId: string }): Promise<{ runId: string | null; phase: VideoPhase }> {
      const { siteId, videoId, workflowId, workflowRunId } = input;
      return db.transaction(async (trx) => {
        const video = await findVideo(trx, videoId);
        if (video === undefined || video.phase === 'done') return { runId: null, phase: 'done' };
        const { runId } = await openRun(trx, { process: ingestVideoProcess.id, siteId, version: null, workflowId, workflowRunId, pass: 1, frozen: { videoId, about: video.sourceKey?.split('/').at(-1) } });
        const phases = ingestVideoProcess.phases.map(({ id }) => id);
        await skipPhases(trx, runId, phases.slice(0, phases.indexOf(video.phase)));
        return { runId, phase: video.phase };
      });
    },

    /**
     * Says that a video comes to its next step, or why nobody wants that any more.
     * Idempotent because the same step is written again.
     * Kill points: before the row, after it; either way it is written again.
     */
    async beginVideoPhase(input: { readonly videoId: string; readonly phase: VideoPhase }): Promise<{ ended: RunReason | null }> {
      const video = await findVideo(db, input.videoId);
      if (video === undefined) return { ended: { code: 'VideoMissing', message: 'The video is not known any more.' } };
      const ended = await videoEnd(db, video);
      if (ended !== null) return { ended };
      // YouTube processes what was uploaded: that is the same step, and further on.
      if (input.phase === 'upload' && video.phase === 'process') await noteVideoWaits(db, video.id, null);
      else await moveVideo(db, video.id, { phase: input.phase });
      return { ended: null };
    },

    /**
     * Says what a video waits for while its step goes on.
     * Idempotent because the same words are written again.
     * Kill points: before the row, after it; either way it is written again.
     */
    async noteVideoWait(input: { readonly videoId: string; readonly waits: VideoWaits | null }): Promise<void> {
      await noteVideoWaits(db, input.videoId, input.waits);
    },

    /**
     * Says that a video waits for a person, and why: as it is given here, else as the step itself wrote it down. The people of its site are told once a
     * day; of captions they are told where those are made. One that nobody wants any more waits for nobody, and is said to have ended.
     * Idempotent because the same state and words are written again, and nobody is told twice within a day.
     * Kill points: before the transaction, after it; either way all of it is written again.
     */
    async parkVideo(input: { readonly videoId: string; readonly runId: string; readonly reason: RunReason | null; readonly problems: readonly Problem[] }): Promise<{ reason: RunReason; isEnded: boolean }> {
      return withMails(deps, async (trx, mail) => {
        const video = await findVideo(trx, input.videoId);
        const ended = video === undefined ? null : await videoEnd(trx, video);
        if (ended !== null) return { reason: ended, isEnded: true };
        const { code, message } = input.reason ?? video?.waits ?? UNSAID;
        await noteVideoWaits(trx, input.videoId, { code, message, until: null });
        await moveRun(trx, { runId: input.runId, state: 'failed', reason: { code, message }, problems: input.problems });
        if (video?.phase !== 'captions') await mail(await videoMails(trx, { kind: video?.phase === 'transcode' ? 'transcode-failed' : 'video-stopped', videoId: input.videoId, about: input.videoId, reason: message }));
        return { reason: { code, message }, isEnded: false };
      });
    },

    /**
     * Ends the run of a video: all is made, or nothing more will be.
     * Idempotent because a final state is never left and may be recorded twice.
     * Kill points: before the transaction, after it; either way the next try ends in the same state.
     */
    async endVideoRun(input: { readonly videoId: string; readonly runId: string; readonly state: 'succeeded' | 'cancelled' | 'superseded' | 'terminated'; readonly reason: RunReason | null }): Promise<void> {
      const { videoId, runId, state, reason } = input;
      await db.transaction(async (trx) => {
        if (state === 'succeeded') {
          await moveVideo(trx, videoId, { phase: 'done' });
          const video = await findVideo(trx, videoId);
          await recordPhase(trx, { runId, phase: 'done', state: 'done', summary: video?.youtubeId == null ? 'Done' : `On YouTube as ${video.youtubeId}` });
        } else await noteVideoWaits(trx, videoId, reason === null ? null : { ...reason, until: null });
        await moveRun(trx, { runId, state, ...(reason === null ? {} : { reason }) });
      });
    },
  };
}
