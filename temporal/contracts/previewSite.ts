import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of what shows a site while people write: one entity per site, so that all who write in it see one preview. */
export const previewSiteContract = {
  process: 'preview-site',
  workflowType: 'previewSite',
  taskQueue: taskQueues.studio,
  /** One that ended is opened again by whoever wants to look. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `preview-site/${siteName}`,
} as const;

export interface PreviewSiteInput {
  readonly siteId: string;
  readonly siteName: string;
}

/** A hint that the site's row says somebody wants to look. */
export const previewWanted = defineSignal('previewWanted');

export interface PreviewSiteResult {
  /** How often it was opened. */
  readonly opened: number;
}
