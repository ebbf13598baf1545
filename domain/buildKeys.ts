function themeFolder(theme: string): string {
  return theme === '' ? '' : `themes/${encodeURIComponent(theme)}/`;
}

/** The folder of a run's manifests for one theme output; the site's own is named by the empty text. */
export function manifestFolder(siteId: string, version: string, runId: string, theme: string): string {
  return `manifests/${siteId}/${version}/${runId}/${themeFolder(theme)}`;
}

/** Keys of the build store under which the output of a run is found, by those who write it and those who show it. */
export const buildKeys = {
  blob: (sha256: string): string => `blobs/${sha256}`,
  /** The theme outputs of a build, the site's own (empty) first: `{"themes": ["", "ocw-course-v3"]}`. Written after all of them. */
  outputs: (siteId: string, version: string, runId: string): string => `${manifestFolder(siteId, version, runId, '')}outputs.json.gz`,
  /** What a build put out for one theme; the site's own is named by the empty text. */
  build: (siteId: string, version: string, runId: string, theme = ''): string => `${manifestFolder(siteId, version, runId, theme)}build.json.gz`,
  /** What stands in the bucket once the run is deployed. */
  deployed: (siteId: string, version: string, runId: string, theme = ''): string => `${manifestFolder(siteId, version, runId, theme)}deployed.json.gz`,
  plan: (siteId: string, version: string, runId: string, theme = ''): string => `${manifestFolder(siteId, version, runId, theme)}plan.json.gz`,
} as const;
