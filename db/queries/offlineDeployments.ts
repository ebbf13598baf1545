import { v7 as uuidv7 } from 'uuid';
import type { OfflineVariant } from '#domain/offline.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';
import type { DeploymentKey } from './deployments.ts';
import { newestRun, type RunRow } from './runs.ts';

/** A zip that lies whole in the web bucket. */
export interface OfflineZip {
  /** Without videos, or with them. */
  readonly variant: OfflineVariant;
  readonly key: string;
  readonly bytes: number;
  /** A name for what is in it: equal ones are not written again. */
  readonly contentHash: string;
}

export interface OfflineDeploymentRow {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly theme: string;
  /** What stands in the offline bucket. */
  readonly manifestKey: string | null;
  /** A tree that began and did not end: its objects may or may not be there. */
  readonly pendingManifestKey: string | null;
  /** Where in the web bucket zips may be. */
  readonly zipKeys: readonly string[];
  readonly zips: readonly OfflineZip[];
  readonly isHidden: boolean;
  readonly runId: string | null;
  readonly ofRunId: string | null;
  readonly builtAt: Date | null;
}

interface DbOfflineDeployment {
  site_id: string;
  version: PublishVersion;
  theme: string;
  manifest_key: string | null;
  pending_manifest_key: string | null;
  zip_keys: string[];
  zips: OfflineZip[];
  is_hidden: boolean;
  run_id: string | null;
  of_run_id: string | null;
  built_at: Date | null;
}

function fromDb(row: DbOfflineDeployment): OfflineDeploymentRow {
  return {
    siteId: row.site_id,
    version: row.version,
    theme: row.theme,
    manifestKey: row.manifest_key,
    pendingManifestKey: row.pending_manifest_key,
    zipKeys: row.zip_keys,
    zips: row.zips,
    isHidden: row.is_hidden,
    runId: row.run_id,
    ofRunId: row.of_run_id,
    builtAt: row.built_at,
  };
}

export async function findOfflineDeployment(db: Db, key: DeploymentKey): Promise<OfflineDeploymentRow | undefined> {
  const row = await db('offline_deployments').where({ site_id: key.siteId, version: key.version, theme: key.theme }).first<DbOfflineDeployment | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Everything a site has, or may have after a build that broke off, to be read without a network, every version and theme
 * output: the manifests name the keys in the offline bucket, `zipKeys` are those in the web bucket.
 */
export async function listOfflineObjects(db: Db, siteId: string): Promise<OfflineDeploymentRow[]> {
  const rows: DbOfflineDeployment[] = await db('offline_deployments').where({ site_id: siteId }).orderBy(['version', 'theme']);
  return rows.map(fromDb);
}

/** Notes where zips will be, before the first is written. Those noted before stay noted until they are removed. */
export async function noteZipKeys(db: Db, key: DeploymentKey, zipKeys: readonly string[]): Promise<void> {
  await db('offline_deployments')
    .insert({ id: uuidv7(), site_id: key.siteId, version: key.version, theme: key.theme, zip_keys: JSON.stringify(zipKeys) })
    .onConflict(['site_id', 'version', 'theme'])
    .merge({
      zip_keys: db.raw(`(select coalesce(jsonb_agg(distinct k), '[]') from jsonb_array_elements(offline_deployments.zip_keys || excluded.zip_keys) k)`),
      updated_at: db.fn.now(),
    });
}

/** Notes that a zip is whole, in place of the one of its variant. */
export async function noteZip(db: Db, key: DeploymentKey, zip: OfflineZip): Promise<void> {
  await db('offline_deployments')
    .where({ site_id: key.siteId, version: key.version, theme: key.theme })
    .update({
      zips: db.raw(`(select coalesce(jsonb_agg(z), '[]') from jsonb_array_elements(zips) z where z ->> 'variant' <> ?) || ?::jsonb`, [zip.variant, JSON.stringify([zip])]),
      updated_at: db.fn.now(),
    });
}

/** Notes, before the first object of a tree is written, which manifest is on its way. */
export async function beginOfflineDeployment(db: Db, key: DeploymentKey, pendingManifestKey: string): Promise<void> {
  await db('offline_deployments')
    .insert({ id: uuidv7(), site_id: key.siteId, version: key.version, theme: key.theme, pending_manifest_key: pendingManifestKey })
    .onConflict(['site_id', 'version', 'theme'])
    .merge({ pending_manifest_key: pendingManifestKey, updated_at: db.fn.now() });
}

/** Notes that tree and zips stand as this run made them. Repeating it changes nothing. */
export async function finishOfflineDeployment(db: Db, key: DeploymentKey, built: { manifestKey: string; zipKeys: readonly string[]; runId: string; ofRunId: string }): Promise<void> {
  await db('offline_deployments')
    .where({ site_id: key.siteId, version: key.version, theme: key.theme })
    .update({
      manifest_key: built.manifestKey,
      pending_manifest_key: null,
      zip_keys: JSON.stringify(built.zipKeys),
      is_hidden: false,
      run_id: built.runId,
      of_run_id: built.ofRunId,
      built_at: db.raw('case when run_id = ? and built_at is not null then built_at else now() end', [built.runId]),
      updated_at: db.fn.now(),
    });
}

/** Notes that nothing of this output can be read without a network any more: it is hidden, or the site is not out. */
export async function clearOfflineDeployment(db: Db, key: DeploymentKey, cleared: { isHidden: boolean; runId: string | null; ofRunId: string | null }): Promise<void> {
  const columns = { manifest_key: null, pending_manifest_key: null, zip_keys: '[]', zips: '[]', is_hidden: cleared.isHidden, run_id: cleared.runId, of_run_id: cleared.ofRunId, built_at: null };
  await db('offline_deployments')
    .insert({ id: uuidv7(), site_id: key.siteId, version: key.version, theme: key.theme, ...columns })
    .onConflict(['site_id', 'version', 'theme'])
    .merge({ ...columns, updated_at: db.fn.now() });
}

/** The newest offline run of each version of a site. */
export async function newestOfflineRuns(db: Db, siteId: string): Promise<Map<PublishVersion, RunRow>> {
  const found = new Map<PublishVersion, RunRow>();
  for (const version of publishVersions) {
    const row = await newestRun(db, { process: 'build-offline', siteId, version });
    if (row !== undefined) found.set(version, row);
  }
  return found;
}
