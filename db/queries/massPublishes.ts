import type { MassPublishKind } from '#domain/massPublish.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';

export interface MassPublishRow {
  /** Of its request and of its run. */
  readonly id: string;
  readonly version: PublishVersion;
  readonly kind: MassPublishKind;
  readonly undoesId: string | null;
  /** The newest undo of it that was begun. */
  readonly undoneById: string | null;
  readonly window: number;
  readonly isPaused: boolean;
}

interface DbMassPublish {
  id: string;
  version: PublishVersion;
  kind: MassPublishKind;
  undoes_id: string | null;
  undone_by_id: string | null;
  window_size: number;
  is_paused: boolean;
}

function fromDb(row: DbMassPublish): MassPublishRow {
  return { id: row.id, version: row.version, kind: row.kind, undoesId: row.undoes_id, undoneById: row.undone_by_id, window: row.window_size, isPaused: row.is_paused };
}

function selectMassPublishes(db: Db) {
  return db('mass_publishes as m').select('m.*', db.raw('(select u.id from mass_publishes u where u.undoes_id = m.id order by u.created_at desc limit 1) as undone_by_id'));
}

/** Held until the transaction's end, so that of two mass publishes that begin at once one sees the other. */
export async function lockMassPublishes(trx: Db): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('mass-publishes'))`);
}

export async function insertMassPublish(trx: Db, row: Omit<MassPublishRow, 'isPaused' | 'undoneById'>): Promise<void> {
  await trx('mass_publishes').insert({ id: row.id, version: row.version, kind: row.kind, undoes_id: row.undoesId, window_size: row.window });
}

export async function findMassPublish(db: Db, id: string): Promise<MassPublishRow | undefined> {
  const row = await selectMassPublishes(db).where('m.id', id).first<DbMassPublish | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** These mass publishes, keyed by id. */
export async function listMassPublishes(db: Db, ids: readonly string[]): Promise<Map<string, MassPublishRow>> {
  const rows: DbMassPublish[] = await selectMassPublishes(db).whereIn('m.id', [...ids]);
  return new Map(rows.map((row) => [row.id, fromDb(row)]));
}

/** Mass publishes of a version, but for one, whose run is in this state. */
export async function listMassPublishIds(db: Db, version: PublishVersion, state: 'running' | 'failed', except: string | null): Promise<string[]> {
  const rows: { id: string }[] = await db('mass_publishes')
    .join('runs', 'runs.id', 'mass_publishes.id')
    .where({ 'mass_publishes.version': version, 'runs.state': state })
    .modify((query) => {
      if (except !== null) query.whereNot('mass_publishes.id', except);
    })
    .orderBy('mass_publishes.created_at')
    .select('mass_publishes.id');
  return rows.map((row) => row.id);
}

/** Whether a mass publish of this version is asked for that has not begun. */
export async function hasWaitingMassPublish(db: Db, version: PublishVersion): Promise<boolean> {
  const row = await db('run_requests').where({ process: 'mass-publish', version }).whereNull('run_id').first<{ id: string } | undefined>('id');
  return row !== undefined;
}

/** Notes how a mass publish goes on, as a person said. */
export async function steerMassPublish(db: Db, id: string, to: { readonly window: number; readonly isPaused: boolean }): Promise<void> {
  await db('mass_publishes').where({ id }).update({ window_size: to.window, is_paused: to.isPaused, updated_at: db.fn.now() });
}

/** Holds one mass publish until the transaction's end. */
export async function lockMassPublish(trx: Db, id: string): Promise<void> {
  await trx('mass_publishes').where({ id }).forUpdate().first('id');
}
