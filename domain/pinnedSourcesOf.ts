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
