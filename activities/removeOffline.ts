import type { PublishVersion } from '#domain/runs.ts';
import { deployedKey, type Manifest } from '#domain/manifest.ts';
import { clearOfflineDeployment, listOfflineObjects, type OfflineDeploymentRow } from '#db/queries/offlineDeployments.ts';
import { lockUrls } from '#db/queries/siteUrls.ts';
import { findUrlHolder } from '#db/queries/urlHolder.ts';
import { getJson } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { offlineBucket, webBucket } from './places.ts';

export interface OfflineToRemove {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
  /** Noted with what is left: whether the course hides it, and the run that took it away. */
  readonly isHidden: boolean;
  readonly runId: string | null;
  readonly ofRunId: string | null;
}

/**
 * Takes away everything of one version of a site that is read without a network: the trees of every theme output, what
 * broken off builds may have left, and the zips. What another site holds by now stays. It may be done again.
 * @returns how many files and zips it took away.
 */
export async function removeOffline(deps: Pick<ActivityDeps, 'config' | 'db' | 's3'>, target: OfflineToRemove, abortSignal: AbortSignal): Promise<{ files: number; zips: number }> {
  const { config, db, s3 } = deps;
  let files = 0;
  let zips = 0;
  for (const row of await listOfflineObjects(db, target.siteId)) {
    if (row.version !== target.version) continue;
    for (const tree of await treesOf(deps, row)) {
      const keys = Object.keys(tree.files).map((path) => deployedKey(tree, path));
      files += (await removeWhereOurs(deps, { siteId: target.siteId, prefix: tree.prefix, bucket: offlineBucket(config, target), keys }, abortSignal)) ? keys.length : 0;
    }
    for (const key of row.zipKeys) await s3.abortUploads(webBucket(config, target), key);
    for (const key of row.zipKeys) zips += (await removeWhereOurs(deps, { siteId: target.siteId, prefix: prefixOfKey(key), bucket: webBucket(config, target), keys: [key] }, abortSignal)) ? 1 : 0;
    await clearOfflineDeployment(db, row, target);
  }
  return { files, zips };
}

/** Removes keys under a prefix unless another site holds it by now, whose own files may stand there. @returns whether it did. */
export async function removeWhereOurs(deps: Pick<ActivityDeps, 'db' | 's3'>, what: { siteId: string; prefix: string; bucket: string; keys: readonly string[] }, abortSignal: AbortSignal): Promise<boolean> {
  return deps.db.transaction(async (trx) => {
    // Held until all is removed: nobody gets the address in between and puts files there that would be taken for ours.
    await lockUrls(trx);
    if (what.prefix !== '' && (await findUrlHolder(trx, what.prefix, what.siteId)) !== undefined) return false;
    await deps.s3.remove(what.bucket, what.keys, abortSignal);
    return true;
  });
}

/** The folder a key lies in. */
export function prefixOfKey(key: string): string {
  return key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : '';
}

async function treesOf(deps: Pick<ActivityDeps, 'config' | 's3'>, row: OfflineDeploymentRow): Promise<Manifest[]> {
  const trees: Manifest[] = [];
  for (const key of [row.manifestKey, row.pendingManifestKey]) {
    const tree = key === null ? null : await getJson<Manifest>(deps, key);
    if (tree !== null) trees.push(tree.unsure === undefined ? tree : { ...tree, files: { ...Object.fromEntries(tree.unsure.map((path) => [path, { sha256: '', size: 0, contentType: '' }])), ...tree.files } });
  }
  return trees;
}
