/** What the sites of one mass publish are all built from, in place of what is newest when each of them is built. */
export interface PinnedSources {
  readonly themesCommit: string;
  readonly projectsCommit: string;
  /** Version of the themes' asset manifest; null where they have none. */
  readonly webpackVersion: string | null;
}

/** What a request or a run is bound to; undefined where it takes what is newest. */
export function pinnedSourcesOf(of: Readonly<Record<string, unknown>>): PinnedSources | undefined {
  const { themesCommit, projectsCommit, webpackVersion } = of;
  if (typeof themesCommit !== 'string' || typeof projectsCommit !== 'string') return undefined;
  return { themesCommit, projectsCommit, webpackVersion: typeof webpackVersion === 'string' ? webpackVersion : null };
}

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
}

export interface PublishSource {
  readonly kind: 'rollback' | 'reviewed';
  /** The run whose manifests are shown. */
  readonly runId: string;
}
