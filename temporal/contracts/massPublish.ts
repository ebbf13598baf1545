import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { MassCounts, MassPublishKind } from '#domain/massPublish.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of a mass publish and of its undo: one workflow per request. */
export const massPublishContract = {
  process: 'mass-publish',
  workflowType: 'massPublish',
  taskQueue: taskQueues.studio,
  /** A request is done once; a second delivery finds it running or done. One that was ended before it began may begin again. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  /** Request and run have the same id, so whoever knows one of them (`massRunId` of a publish) knows the workflow. */
  workflowId: (massRunId: string): string => `mass-publish/${massRunId}`,
} as const;

/** What the request row's `input` holds; the version is the row's own. */
export type MassPublishRequest =
  | {
      readonly kind: 'publish';
      /** Names of sites; absent means every site. */
      readonly names?: readonly string[];
      /** Slug: only sites of this starter. */
      readonly starter?: string;
      /** Only sites that came from there. */
      readonly source?: string;
      readonly window: number;
    }
  | { readonly kind: 'undo'; readonly undoes: string; readonly window: number };

/** What an execution that continued as new takes over. */
export interface MassPublishGoing {
  readonly window: number;
  readonly isPaused: boolean;
  readonly isCancelled: boolean;
  readonly isRetryWanted: boolean;
  readonly isGivenUp: boolean;
  readonly state: RunState;
  /** When a failed one is closed, milliseconds since 1970. */
  readonly closesAt: number;
  /** Notices given to the catalogues, and when the last one was, milliseconds since 1970. */
  readonly notices: number;
  readonly lastNoticeAt: number;
  /** Sites the catalogues were not told of; a run that has ended counts them no more. */
  readonly unnoticed?: number;
}

export interface MassPublishInput {
  /** Of the request, and so of the run. */
  readonly massRunId: string;
  /** For people who read the run. */
  readonly version: PublishVersion;
  readonly kind: MassPublishKind;
  readonly window: number;
  readonly going?: MassPublishGoing;
}

export interface MassPublishResult {
  readonly runId: string;
}

/** A pass that took a request of ours has ended, or failed for the first time. A hint: the rows are what counts. */
export const publishFinished = defineSignal<[{ requestId: string; runId: string; siteId: string; state: RunState }]>('publishFinished');
/** A person wants no more sites asked for until they say so. */
export const pauseRequested = defineSignal<[{ runId: string }]>('pauseRequested');
export const resumeRequested = defineSignal<[{ runId: string }]>('resumeRequested');
/** A person wants another number of sites published at once. */
export const windowChanged = defineSignal<[{ window: number }]>('windowChanged');
/** A person wants the failed sites asked for once more. */
export const retryFailedRequested = defineSignal<[{ runId: string }]>('retryFailedRequested');

export interface MassPublishProgress {
  readonly runId: string;
  readonly state: RunState;
  readonly counts: MassCounts;
  readonly window: number;
  readonly isPaused: boolean;
  readonly notices: number;
}
export const massProgress = defineQuery<MassPublishProgress>('massProgress');
