import type { PublishVersion } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the listing of one site in the root site: a child of the publish or the unpublish that changes it. */
export const updateRootListingContract = {
  process: 'update-root-listing',
  workflowType: 'updateRootListing',
  taskQueue: taskQueues.studio,
  /** The next publish of the site starts it again. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string, version: PublishVersion): string => `update-root-listing/${siteName}/${version}`,
} as const;

export interface UpdateRootListingInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
  readonly action: 'list' | 'unlist';
}

export interface UpdateRootListingResult {
  /** `waiting`: it is saved, and goes out with the root site's next publish. `failed`: its own run says why. */
  readonly outcome: 'listed' | 'unlisted' | 'unchanged' | 'skipped' | 'waiting' | 'failed';
  /** A sentence for the timeline of who asked. */
  readonly summary: string;
}
