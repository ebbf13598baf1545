import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '#activities/index.ts';
import { uploadToYouTubeContract } from '#temporal/contracts/uploadToYouTube.ts';
import type { YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import type { uploadToYouTube } from '#workflows/uploadToYouTube.ts';

type UploadActivities = Pick<
  Activities,
  'openYoutubeUpload' | 'reserveYoutubeQuota' | 'sendYoutubeUpload' | 'findLostUpload' | 'awaitYoutubeVideo' | 'saveYoutubeVideo' | 'sendCaptions' | 'tellDriveContent' | 'parkYoutubeUpload'
>;

interface Given {
  /** Answers of the ledger, one after the other; then it grants. */
  readonly ledger?: () => YoutubeReserved | undefined;
  /** What happens inside of a send; true loses the session. */
  readonly send?: () => Promise<boolean | void> | boolean | void;
  /** Whether a lost session made a video. */
  readonly found?: boolean;
  readonly outcome?: 'done' | 'parked' | 'failed';
  readonly captions?: () => void;
}

/** One upload with a YouTube in memory behind it. */
export function createYoutubeUpload(given: Given = {}) {
  const steps: string[] = [];
  const row = { youtubeId: null as string | null, hasSession: false, wasLost: false, sessions: 0 };
  const activities: UploadActivities = {
    openYoutubeUpload: ({ mayBegin }) => {
      if (!mayBegin && !row.hasSession && row.youtubeId === null) return Promise.resolve({ ...row, youtubeId: 'the last look' });
      return Promise.resolve({ ...row });
    },
    reserveYoutubeQuota: ({ bucket, amount, priority }) => {
      const answer = given.ledger?.() ?? { grantedAt: new Date(0).toISOString() };
      steps.push(`ask for ${amount} of ${bucket} as ${priority}: ${'grantedAt' in answer ? 'granted' : 'later'}`);
      return Promise.resolve(answer);
    },
    sendYoutubeUpload: async ({ phase, sessions }) => {
      if (sessions === row.sessions) {
        steps.push('begin');
        Object.assign(row, { hasSession: true, wasLost: false, sessions: sessions + 1 });
      }
      steps.push(`send in ${phase}`);
      if ((await given.send?.()) === true) {
        row.hasSession = false;
        row.wasLost = true;
        return { summary: 'lost', counts: {}, youtubeId: null };
      }
      row.youtubeId = 'yt-1';
      return { summary: 'sent', counts: { bytes: 7 }, youtubeId: 'yt-1' };
    },
    findLostUpload: () => {
      steps.push('look for it');
      return Promise.resolve({ youtubeId: given.found === true ? 'yt-found' : null });
    },
    awaitYoutubeVideo: ({ phase }) => {
      steps.push(`wait in ${phase}`);
      return Promise.resolve({ outcome: given.outcome ?? 'done', summary: 'looked', counts: { looks: 1 } });
    },
    saveYoutubeVideo: () => Promise.resolve(void steps.push('save')),
    tellDriveContent: () => Promise.resolve(void steps.push('tell')),
    sendCaptions: () => {
      steps.push('captions');
      given.captions?.();
      return Promise.resolve({ sent: 1 });
    },
    parkYoutubeUpload: ({ reason }) => Promise.resolve(void steps.push(`parked: ${reason.code}`)),
  };
  const videoId = randomUUID();
  return {
    activities,
    steps,
    start(environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandleWithFirstExecutionRunId<typeof uploadToYouTube>> {
      return environment.client.workflow.start<typeof uploadToYouTube>(uploadToYouTubeContract.workflowType, {
        workflowId: uploadToYouTubeContract.workflowId(videoId),
        taskQueue,
        workflowIdReusePolicy: uploadToYouTubeContract.workflowIdReusePolicy,
        args: [{ videoId, siteId: 'site-1', runId: 'run-1' }],
      });
    },
  };
}
