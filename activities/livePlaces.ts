import { beginDeployment, listSiteDeployments } from '#db/queries/deployments.ts';
import { listSiteRedirects } from '#db/queries/siteRedirects.ts';
import { listOtherUrlPaths, type SiteRow } from '#db/queries/sites.ts';
import { deployedKey, isPage, type Manifest } from '#domain/manifest.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { offlineBucket, webBucket } from './places.ts';
import { removeOffline } from './removeOffline.ts';

type PlaceDeps = Pick<ActivityDeps, 'config' | 'db' | 's3'>;

/** What was taken away of a site. */
export interface TakenAway {
  /** Objects of the web bucket. */
  readonly files: number;
  /** Redirect pages at old addresses. */
  readonly redirectPages: number;
  /** Objects of the offline bucket. */
  readonly offlineFiles: number;
}

/**
 * Notes of every live output, before its first object is removed, that no file of it is certain to stand: as of a deploy that broke
 * off. An unpublish that is given up half-way leaves that to the next publish, which writes every file. It may be done again.
 */
export async function doubtLiveOutputs(deps: PlaceDeps, unpublish: { readonly siteId: string; readonly runId: string }): Promise<void> {
  const { siteId, runId } = unpublish;
  for (const { version, theme, manifestKey, pendingManifestKey } of await listSiteDeployments(deps.db, siteId)) {
    const key = storeKeys.taken(siteId, runId, theme);
    if (version !== 'live' || pendingManifestKey === key) continue;
    const current = manifestKey === null ? null : await getManifest(deps, manifestKey);
    const pending = pendingManifestKey === null ? null : await getJson<Manifest>(deps, pendingManifestKey);
    const standing = current ?? pending;
    // A deploy that broke off at another place makes all of this one uncertain by itself.
    if (standing === null || (pending !== null && pending.prefix !== standing.prefix)) continue;
    const unsure = [current, pending].flatMap((manifest) => [...Object.keys(manifest?.files ?? {}), ...(manifest?.unsure ?? [])]);
    await putJson(deps, key, { ...standing, runId, files: {}, unsure: [...new Set(unsure)].sort() } satisfies Manifest);
    await beginDeployment(deps.db, { siteId, version, theme }, key);
  }
}

/**
 * Takes away everything that stands of a live site: each theme output by its manifest with what a deploy that broke off may have
 * left, the pages that lead on from old addresses, its archives, and its tree in the offline bucket. Pages go before what
 * they need. What belongs to another site stays, wherever it lies.
 */
export async function takeLiveAway(deps: PlaceDeps, site: SiteRow, abortSignal: AbortSignal): Promise<TakenAway> {
  const { config, db, s3 } = deps;
  const place = { siteName: site.name, version: 'live' } as const;
  const others = await listOtherUrlPaths(db, site.id);
  const outputs: Manifest[] = [];
  for (const row of await listSiteDeployments(db, site.id)) {
    if (row.version !== 'live') continue;
    if (row.manifestKey !== null) outputs.push(await getManifest(deps, row.manifestKey));
    // A deploy is noted before its first object is written; its manifest was stored before that.
    const pending = row.pendingManifestKey === null ? null : await getJson<Manifest>(deps, row.pendingManifestKey);
    if (pending !== null) outputs.push(pending);
  }
  const redirects: Manifest[] = [];
  for (const redirect of await listSiteRedirects(db, site.id)) {
    for (const key of Object.values(redirect.manifests)) redirects.push(await getManifest(deps, key));
  }
  const prefixes = [...new Set(outputs.map(({ prefix }) => prefix))];
  if (prefixes.includes('')) throw new Error(`The site ${site.name} stands at the top of its bucket and cannot be taken away`);
  const isOurs = (key: string): boolean => !others.some((other) => other !== '' && isBelow(key, other, site.urlPath, prefixes));

  const archives = prefixes.flatMap((prefix) => [`${prefix}/${site.shortId}.zip`, `${prefix}/${site.shortId}-video.zip`]);
  const files = keysOf(outputs).filter(isOurs);
  const redirectPages = keysOf(redirects).filter(isOurs);
  await s3.remove(webBucket(config, place), [...new Set([...redirectPages, ...files, ...archives])], abortSignal);

  const built = await removeOffline(deps, { siteId: site.id, ...place, isHidden: false, runId: null, ofRunId: null }, abortSignal);
  // What another builder put there stands on no list of ours.
  const offline: string[] = [];
  for (const prefix of prefixes) {
    for await (const { key } of s3.list(offlineBucket(config, place), `${prefix}/`)) if (isOurs(key)) offline.push(key);
  }
  await s3.remove(offlineBucket(config, place), pagesFirst(offline), abortSignal);
  return { files: files.length, redirectPages: redirectPages.length, offlineFiles: built.files + offline.length };
}

/** Every key that may be there of these manifests, pages first. */
function keysOf(manifests: readonly Manifest[]): string[] {
  return pagesFirst([...new Set(manifests.flatMap((manifest) => [...Object.keys(manifest.files), ...(manifest.unsure ?? [])].map((path) => deployedKey(manifest, path))))]);
}

function pagesFirst(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Number(isPage(b)) - Number(isPage(a)) || (a < b ? -1 : 1));
}

/** Whether a key lies where another site stands, in the site's own theme or in one of the folders of further themes. */
function isBelow(key: string, other: string, urlPath: string | null, prefixes: readonly string[]): boolean {
  const folders = ['', ...prefixes.flatMap((prefix) => (urlPath !== null && prefix.endsWith(`/${urlPath}`) ? [prefix.slice(0, prefix.length - urlPath.length)] : []))];
  return folders.some((folder) => key.startsWith(`${folder}${other}/`));
}
