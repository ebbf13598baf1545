import { defineSignal } from '@temporalio/workflow';
import type { RunState } from '#domain/runs.ts';

/** Contract of a mass publish, as far as a site's publish speaks to it. */
export const massPublishContract = {
  workflowId: (massRunId: string): string => `mass-publish/${massRunId}`,
} as const;

/** A pass that took a request of ours has ended, or failed for the first time. A hint: the rows are what counts. */
export const publishFinished = defineSignal<[{ requestId: string; runId: string; siteId: string; state: RunState }]>('publishFinished');
