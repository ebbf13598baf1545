/** Where the manifests of a run lie in the build store, for the worker that writes them and the API that reads them. */

function themeFolder(theme: string): string {
  return theme === '' ? '' : `themes/${encodeURIComponent(theme)}/`;
}

/** The folder of a run's manifests for one theme output; the site's own is named by the empty text. */
export function manifestFolder(siteId: string, version: string, runId: string, theme = ''): string {
  return `manifests/${siteId}/${version}/${runId}/${themeFolder(theme)}`;
}

/** What stands in the bucket once the run is deployed. */
export function deployedManifestKey(siteId: string, version: string, runId: string, theme = ''): string {
  return `${manifestFolder(siteId, version, runId, theme)}deployed.json.gz`;
}
