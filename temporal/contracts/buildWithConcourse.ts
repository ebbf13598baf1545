import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { PublishVersion } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of a build that Concourse makes for one pass of a publish, as its child. */
export const buildWithConcourseContract = {
  process: 'build-with-concourse',
  workflowType: 'buildWithConcourse',
  taskQueue: taskQueues.studio,
  /** A retry of the pass's step starts it anew under the same id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string, version: PublishVersion, runId: string): string => `build-with-concourse/${siteName}/${version}/${runId}`,
} as const;

export interface BuildWithConcourseInput {
  readonly runId: string;
  readonly siteId: string;
  /** Only for people who read the run; ids decide. */
  readonly siteName: string;
  readonly version: PublishVersion;
}

/** What a build says of itself, in the words of the existing webhook. */
export interface PipelineReport {
  readonly buildId: number;
  readonly status: 'not-started' | 'pending' | 'started' | 'succeeded' | 'errored' | 'aborted';
  /** It speaks of the caches, which are emptied after everything else readers need. */
  readonly isCdnCacheStep: boolean;
}

/** A build reported to the studio. It may come twice or never: the build is looked at from time to time as well. */
export const pipelineStatusReported = defineSignal<[PipelineReport]>('pipelineStatusReported');

export interface BuilderProgress {
  readonly builds: readonly { readonly theme: string; readonly buildId: number }[];
  /** Where the build of the site's own theme stands, in Concourse's word. */
  readonly status: string | null;
}
export const builderProgress = defineQuery<BuilderProgress>('builderProgress');

export interface BuildWithConcourseResult {
  /** Of the site's own theme. */
  readonly buildId: number;
  readonly summary: string;
}
