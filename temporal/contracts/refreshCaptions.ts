import { taskQueues } from '../taskQueues.ts';

/** Contract of the scheduled look for captions that somebody corrected at 3Play. */
export const refreshCaptionsContract = {
  process: 'refresh-captions',
  workflowType: 'refreshCaptions',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'refresh-captions',
} as const;

export type RefreshCaptionsInput = Record<string, never>;

export interface RefreshCaptionsResult {
  /** Orders whose captions were fetched once more. */
  readonly refreshed: number;
  /** Those that could not be; the next look takes them up. */
  readonly failed: number;
}
