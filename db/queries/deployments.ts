import { v7 as uuidv7 } from 'uuid';
import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';

export interface DeploymentRow {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly theme: string;
  /** What readers see; null until the first deploy ended. */
  readonly manifestKey: string | null;
  /** A deploy that began and did not end: its objects may or may not be there. */
  readonly pendingManifestKey: string | null;
  readonly runId: string | null;
  readonly commit: string | null;
  readonly contentRevision: number | null;
  readonly deployedAt: Date | null;
  readonly firstDeployedAt: Date | null;
}

interface DbDeployment {
  site_id: string;
  version: PublishVersion;
  theme: string;
  manifest_key: string | null;
  pending_manifest_key: string | null;
  run_id: string | null;
  commit: string | null;
  content_revision: number | null;
  deployed_at: Date | null;
  first_deployed_at: Date | null;
}

function fromDb(row: DbDeployment): DeploymentRow {
  return {
    siteId: row.site_id,
    version: row.version,
    theme: row.theme,
    manifestKey: row.manifest_key,
    pendingManifestKey: row.pending_manifest_key,
    runId: row.run_id,
    commit: row.commit,
    contentRevision: row.content_revision,
    deployedAt: row.deployed_at,
    firstDeployedAt: row.first_deployed_at,
  };
}

export interface DeploymentKey {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly theme: string;
}

export async function findDeployment(db: Db, key: DeploymentKey): Promise<DeploymentRow | undefined> {
  const row = await db('deployments').where({ site_id: key.siteId, version: key.version, theme: key.theme }).first<DbDeployment | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The deployments of these sites (own theme only), keyed `siteId/version`. */
export async function listDeployments(db: Db, siteIds: readonly string[]): Promise<Map<string, DeploymentRow>> {
  const rows: DbDeployment[] = await db('deployments').whereIn('site_id', [...siteIds]).where({ theme: '' });
  return new Map(rows.map((row) => [`${row.site_id}/${row.version}`, fromDb(row)]));
}

/** The addresses these sites' deployments (own theme only) were made for, keyed `siteId/version`; those whose run knows none are left out. */
export async function listDeployedUrlPaths(db: Db, siteIds: readonly string[]): Promise<Map<string, string>> {
  const rows: { site_id: string; version: PublishVersion; url_path: string }[] = await db('deployments')
    .join('runs', 'runs.id', 'deployments.run_id')
    .whereIn('deployments.site_id', [...siteIds])
    .where({ theme: '' })
    .whereRaw(`runs.frozen ->> 'urlPath' is not null`)
    .select('deployments.site_id', 'deployments.version', db.raw(`runs.frozen ->> 'urlPath' as url_path`));
  return new Map(rows.map((row) => [`${row.site_id}/${row.version}`, row.url_path]));
}

/** Notes, before the first object is written, which manifest is on its way. */
export async function beginDeployment(db: Db, key: DeploymentKey, pendingManifestKey: string): Promise<void> {
  await db('deployments')
    .insert({ id: uuidv7(), site_id: key.siteId, version: key.version, theme: key.theme, pending_manifest_key: pendingManifestKey })
    .onConflict(['site_id', 'version', 'theme'])
    .merge({ pending_manifest_key: pendingManifestKey, updated_at: db.fn.now() });
}

/** Notes, after the last object is written or removed, that readers see this manifest. Repeating it changes nothing. */
export async function finishDeployment(
  db: Db,
  key: DeploymentKey,
  deployed: { manifestKey: string; runId: string; commit: string; contentRevision: number },
): Promise<void> {
  await db('deployments')
    .where({ site_id: key.siteId, version: key.version, theme: key.theme })
    .update({
      manifest_key: deployed.manifestKey,
      pending_manifest_key: null,
      run_id: deployed.runId,
      commit: deployed.commit,
      content_revision: deployed.contentRevision,
      deployed_at: db.raw('case when run_id = ? and deployed_at is not null then deployed_at else now() end', [deployed.runId]),
      first_deployed_at: db.raw('coalesce(first_deployed_at, now())'),
      updated_at: db.fn.now(),
    });
}

/** What stands in the web buckets of a site, every version and theme output. */
export async function listSiteDeployments(db: Db, siteId: string): Promise<DeploymentRow[]> {
  const rows: DbDeployment[] = await db('deployments').where({ site_id: siteId }).orderBy(['version', 'theme']);
  return rows.map(fromDb);
}

/** The extra themes any site has an output in: their prefixes at the top of the buckets. */
export async function listDeployedThemes(db: Db): Promise<string[]> {
  const rows: { theme: string }[] = await db('deployments').whereNot({ theme: '' }).distinct('theme').orderBy('theme');
  return rows.map((row) => row.theme);
}

/** Forgets an output that was taken away for good. */
export async function forgetDeployment(db: Db, key: DeploymentKey): Promise<void> {
  await db('deployments').where({ site_id: key.siteId, version: key.version, theme: key.theme }).delete();
}

/** Sets a deployment back to what readers see again, because what came after it was taken away. */
export async function restoreDeployment(db: Db, row: Omit<DeploymentRow, 'firstDeployedAt'>): Promise<void> {
  await db('deployments')
    .where({ site_id: row.siteId, version: row.version, theme: row.theme })
    .update({ manifest_key: row.manifestKey, pending_manifest_key: row.pendingManifestKey, run_id: row.runId, commit: row.commit, content_revision: row.contentRevision, deployed_at: row.deployedAt, updated_at: db.fn.now() });
}

/** Manifest keys that are needed: of what a deployment names (online or offline), now or on its way, and of pages that lead readers on from old addresses. */
export async function listManifestKeysInUse(db: Db): Promise<Set<string>> {
  const rows: { manifest_key: string | null; pending_manifest_key: string | null }[] = await db('deployments').select('manifest_key', 'pending_manifest_key');
  const offline: typeof rows = await db('offline_deployments').select('manifest_key', 'pending_manifest_key');
  const redirects: { manifests: Record<string, string> }[] = await db('site_redirects').select('manifests');
  return new Set([...[...rows, ...offline].flatMap((row) => [row.manifest_key, row.pending_manifest_key]), ...redirects.flatMap((row) => Object.values(row.manifests))].filter((key): key is string => key !== null));
}
