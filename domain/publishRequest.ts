import type { PinnedSources } from './pinnedSourcesOf.ts';

/** What a request to publish asks for beside "everything saved, now". Stored in `run_requests.input`. */
export interface PublishRequestInput extends Partial<PinnedSources> {
  /**
   * Shows the stored output of an earlier run instead of building: `rollback` an earlier publish, `reviewed` what a person
   * has looked at and let through. Absent, everything saved is built.
   */
  readonly from?: PublishSource;
  /** The mass publish that asks, by its run; told when the site's pass has ended. */
  readonly massRunId?: string;
  /** The move that asks, by its run. */
  readonly moveRunId?: string;
  /** The site that is to leave the root site's lists, for which the root site is published. */
  readonly unlistedSiteId?: string;
}

export interface PublishSource {
  readonly kind: 'rollback' | 'reviewed';
  /** The run whose manifests are shown. */
  readonly runId: string;
}
