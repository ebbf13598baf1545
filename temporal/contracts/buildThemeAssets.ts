import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of building the themes' assets: one entity for the installation, so that the newest push is what ends up in the buckets. */
export const buildThemeAssetsContract = {
  process: 'build-theme-assets',
  workflowType: 'buildThemeAssets',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'build-theme-assets',
  /** The scheduled look for pushes nobody told of, which only asks the entity. */
  checkWorkflowId: (): string => 'build-theme-assets/check',
} as const;

/** A hint that a request row waits. */
export const themeBuildRequested = defineSignal<[{ requestId: string }]>('themeBuildRequested');

export interface BuildThemeAssetsInput {
  /** Only looks whether the themes have a commit that was not built yet, asks for a build if so, and ends. */
  readonly isCheck?: boolean;
  readonly passesDone?: number;
}

export interface BuildThemeAssetsResult {
  readonly passes: number;
}
