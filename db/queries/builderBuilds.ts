import { v7 as uuidv7 } from 'uuid';
import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';

/** A build that another builder makes for a run. */
export interface BuilderBuildRow {
  readonly runId: string;
  readonly theme: string;
  readonly newestBefore: number;
  /** Null while it is only wanted. */
  readonly buildId: number | null;
}

export interface BuilderBuildKey {
  readonly runId: string;
  readonly attempt: string;
  readonly theme: string;
}

interface DbBuild {
  run_id: string;
  theme: string;
  newest_before: number;
  build_id: number | null;
}

const fromDb = (row: DbBuild): BuilderBuildRow => ({ runId: row.run_id, theme: row.theme, newestBefore: row.newest_before, buildId: row.build_id });
const whereOf = (key: BuilderBuildKey) => ({ run_id: key.runId, attempt: key.attempt, theme: key.theme });

export async function findBuilderBuild(db: Db, key: BuilderBuildKey): Promise<BuilderBuildRow | undefined> {
  const row = await db('builder_builds').where(whereOf(key)).first<DbBuild | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Notes, before anything is asked of the builder, that a build is wanted; the first note counts. */
export async function wantBuilderBuild(db: Db, key: BuilderBuildKey & { readonly siteId: string; readonly version: PublishVersion; readonly newestBefore: number }): Promise<BuilderBuildRow> {
  await db('builder_builds')
    .insert({ id: uuidv7(), ...whereOf(key), site_id: key.siteId, version: key.version, newest_before: key.newestBefore })
    .onConflict(['run_id', 'attempt', 'theme'])
    .ignore();
  const row = await findBuilderBuild(db, key);
  if (row === undefined) throw new Error(`The wanted build of run ${key.runId} vanished between insert and read`);
  return row;
}

/** Notes under which number the builder knows the build. */
export async function noteBuilderBuild(db: Db, key: BuilderBuildKey, buildId: number): Promise<void> {
  await db('builder_builds').where(whereOf(key)).update({ build_id: buildId, updated_at: db.fn.now() });
}

/** Every build one try of a run wanted. */
export async function listBuilderBuilds(db: Db, runId: string, attempt: string): Promise<BuilderBuildRow[]> {
  const rows: DbBuild[] = await db('builder_builds').where({ run_id: runId, attempt }).orderBy('created_at');
  return rows.map(fromDb);
}

/** The newest build of a site's own theme in one version, of a run that has not ended. */
export async function findOpenBuilderBuild(db: Db, siteId: string, version: PublishVersion): Promise<BuilderBuildRow | undefined> {
  const row = await db('builder_builds')
    .join('runs', 'runs.id', 'builder_builds.run_id')
    .where({ 'builder_builds.site_id': siteId, 'builder_builds.version': version, theme: '' })
    .where('runs.state', 'running')
    .orderBy([{ column: 'builder_builds.created_at', order: 'desc' }, { column: 'builder_builds.id', order: 'desc' }])
    .select('builder_builds.*')
    .first<DbBuild | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Notes that a builder put a site out again that nobody published; one that is not out stays so. */
export async function noteRebuilt(db: Db, siteId: string, version: PublishVersion): Promise<void> {
  await db('deployments').where({ site_id: siteId, version, theme: '' }).whereNotNull('manifest_key').update({ deployed_at: db.fn.now(), updated_at: db.fn.now() });
}
