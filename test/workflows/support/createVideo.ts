import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Activities } from '#activities/index.ts';
import type { VideoPhase } from '#domain/videoPhases.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import type { ingestVideo } from '#workflows/ingestVideo.ts';
import type { ChildSteps } from './videoWorkflows.ts';

type VideoActivities = Pick<Activities, 'openVideoRun' | 'beginVideoPhase' | 'noteVideoWait' | 'parkVideo' | 'endVideoRun' | 'recordResumed' | 'submitTranscode' | 'followTranscode' | 'cancelTranscode' | 'placeDownload' | 'tellDriveContent'>;

/** What happens inside the steps before they succeed, and what they say. */
export interface DuringVideo {
  readonly phase?: VideoPhase;
  /** Where somebody no longer wants it: before a step, or by the time that one waits for a person. */
  readonly ends?: { readonly at: VideoPhase | 'parked'; readonly code: string };
  readonly submit?: (input: Parameters<Activities['submitTranscode']>[0], time: number) => Promise<'submitted' | 'doubtful'> | 'submitted' | 'doubtful';
  readonly follow?: (time: number) => Promise<void> | void;
  readonly cancel?: () => void;
  readonly upload?: (time: number) => Promise<'done' | 'parked' | 'failed'> | 'done' | 'parked' | 'failed';
  readonly caption?: (time: number) => 'supplied' | 'captioned' | 'parked' | 'failed';
}

/** The workflow of a video with children made of steps: `createVideo` says what those do. */
export const videoBundle = (): Promise<{ code: string }> =>
  bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('videoWorkflows.ts', import.meta.url)), payloadConverterPath: fileURLToPath(new URL('../../../temporal/payloadConverter.cjs', import.meta.url)) });

/** A failure that no further try mends. */
export function refusal(code: string, message = 'It will not do.'): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}

/** Stays in a step until it is cancelled. */
export async function stay(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 20);
  return context.cancelled.finally(() => clearInterval(beat));
}

/** A video with nothing behind it but the list of what happened. */
export function createVideo(during: DuringVideo = {}) {
  const steps: string[] = [];
  const times = new Map<string, number>();
  const note = (step: string): number => {
    steps.push(step);
    const name = step.split(' ')[0] ?? '';
    times.set(name, (times.get(name) ?? 0) + 1);
    return times.get(name) ?? 0;
  };
  const endedAt = (at: VideoPhase | 'parked') => (during.ends?.at === at ? { code: during.ends.code, message: 'Nobody wants it.' } : null);
  const phased = { summary: 'Done', counts: {} };
  const activities: VideoActivities & ChildSteps = {
    openVideoRun: () => Promise.resolve({ runId: during.phase === 'done' ? null : 'run-1', phase: during.phase ?? 'transcode' }),
    beginVideoPhase: ({ phase }) => {
      note(`begin ${phase}`);
      return Promise.resolve({ ended: endedAt(phase) });
    },
    noteVideoWait: ({ waits }) => Promise.resolve(void note(`waits ${waits?.code ?? 'for nothing'}`)),
    parkVideo: ({ reason }) => {
      note(`parked ${reason?.code ?? 'as it says'}`);
      const ended = endedAt('parked');
      return Promise.resolve({ reason: ended ?? reason ?? { code: 'YouTubeQuota', message: 'It said so.' }, isEnded: ended !== null });
    },
    endVideoRun: ({ state, reason }) => Promise.resolve(void note(`${state}${reason === null ? '' : ` ${reason.code}`}`)),
    recordResumed: () => Promise.resolve(void note('resumed')),
    submitTranscode: async (input) => {
      const time = note(`submit ${[...input.jobIds, ...(input.isApproved ? ['approved'] : [])].join()}`.trim());
      return { state: (await during.submit?.(input, time)) ?? 'submitted' };
    },
    followTranscode: async () => {
      const time = note('follow');
      await during.follow?.(time);
      return phased;
    },
    cancelTranscode: () => {
      note('cancel job');
      during.cancel?.();
      return Promise.resolve();
    },
    placeDownload: () => {
      note('place');
      return Promise.resolve(phased);
    },
    tellDriveContent: () => Promise.resolve(void note('tell')),
    upload: async ({ runId }) => {
      const time = note(`upload in ${runId}`);
      return { outcome: (await during.upload?.(time)) ?? 'done', youtubeId: null };
    },
    caption: ({ runId }) => {
      const time = note(`caption in ${runId}`);
      return Promise.resolve({ outcome: during.caption?.(time) ?? 'captioned' });
    },
  };
  const videoId = randomUUID();
  return {
    /** Those of the children too, whose names no activity of ours has. */
    activities: activities as Partial<Activities>,
    steps,
    videoId,
    start(environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandleWithFirstExecutionRunId<typeof ingestVideo>> {
      return environment.client.workflow.start<typeof ingestVideo>(ingestVideoContract.workflowType, { workflowId: ingestVideoContract.workflowId(videoId), taskQueue, workflowIdReusePolicy: ingestVideoContract.workflowIdReusePolicy, args: [{ siteId: 'site-1', videoId }] });
    },
  };
}
