import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { S3 } from '#clients/s3.ts';
import type { Config } from '#config/load.ts';
import { buildKeys, manifestFolder } from '#domain/buildKeys.ts';
import type { Manifest } from '#domain/manifest.ts';
import type { OfflineVariant } from '#domain/offline.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

interface StoreDeps {
  readonly s3: S3;
  readonly config: Pick<Config, 'buildStoreBucket'>;
}

/** Keys of the build store, spelled only here and in what it takes in. */
export const storeKeys = {
  ...buildKeys,
  snapshot: (siteId: string, runId: string): string => `snapshots/${siteId}/${runId}.json.gz`,
  /** What another builder left in the bucket, contents unknown. */
  listed: (siteId: string, version: string, runId: string, theme = ''): string => `${manifestFolder(siteId, version, runId, theme)}listed.json.gz`,
  /** What an unpublish may have left of one theme output: every path of it, none of them certain. */
  taken: (siteId: string, runId: string, theme: string): string => `${manifestFolder(siteId, 'live', runId, theme)}taken.json.gz`,
  /** Pages that lead on from an old address. */
  redirects: (siteId: string, runId: string, theme: string, fromPath: string): string => `manifests/${siteId}/redirects/${runId}/${theme === '' ? 'own' : theme}/${encodeURIComponent(fromPath)}.json.gz`,
  /** What one offline build put out for a theme: without videos, or with them. */
  offline: (siteId: string, version: string, runId: string, theme: string, variant: OfflineVariant): string => `${manifestFolder(siteId, version, runId, theme)}offline-${variant}.json.gz`,
  /** Theme outputs of an offline build. Written after all of them. */
  offlineOutputs: (siteId: string, version: string, runId: string): string => `manifests/${siteId}/${version}/${runId}/offline-outputs.json.gz`,
  offlinePlan: (siteId: string, version: string, runId: string, theme: string): string => `${manifestFolder(siteId, version, runId, theme)}offline-plan.json.gz`,
  /** What stands in the offline bucket once the run is deployed. */
  offlineDeployed: (siteId: string, version: string, runId: string, theme: string): string => `${manifestFolder(siteId, version, runId, theme)}offline-deployed.json.gz`,
  log: (runId: string): string => `logs/${runId}/hugo.txt`,
  /** What a build of the themes' assets put out. */
  themeAssets: (runId: string): string => `themes/${runId}/assets.json.gz`,
  importArchive: (requestId: string): string => `imports/${requestId}.tar.gz`,
  /** The files of the commit a pull takes from. */
  pullSource: (runId: string): string => `pulls/${runId}/source.json.gz`,
  /** What a pull is to change, with the content. */
  pullPlan: (runId: string): string => `pulls/${runId}/plan.json.gz`,
  /** What could not be taken although it was planned. */
  pullOutcome: (runId: string): string => `pulls/${runId}/outcome.json.gz`,
  /** What people and the command line read of it. */
  pullReport: (runId: string): string => `pulls/${runId}/report.json.gz`,
  /** What a review found, and beside it the texts that differ. */
  reviewReport: (runId: string): string => `reviews/${runId}/report.json.gz`,
  reviewDiffs: (runId: string): string => `reviews/${runId}/diffs.json.gz`,
  importPlan: (requestId: string): string => `imports/${requestId}.json.gz`,
} as const;

/** Stores a value as gzipped JSON under a key of the build store. */
export async function putJson(deps: StoreDeps, key: string, value: unknown): Promise<void> {
  await deps.s3.put(deps.config.buildStoreBucket, key, await compress(JSON.stringify(value)), { contentType: 'application/gzip' });
}

/** Reads what `putJson` stored, or null when it is not there. */
export async function getJson<T>(deps: StoreDeps, key: string): Promise<T | null> {
  const body = await deps.s3.get(deps.config.buildStoreBucket, key);
  return body === null ? null : (JSON.parse((await decompress(body)).toString('utf8')) as T);
}

/** Reads a manifest that a row names. @throws when it is gone: rows name only what the janitor keeps. */
export async function getManifest(deps: StoreDeps, key: string): Promise<Manifest> {
  const manifest = await getJson<Manifest>(deps, key);
  if (manifest === null) throw new Error(`The build store has no ${key}, although a row names it`);
  return manifest;
}
