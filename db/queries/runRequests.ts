import { v7 as uuidv7 } from 'uuid';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';

export interface RunRequestRow {
  readonly id: string;
  readonly process: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly version: PublishVersion | null;
  readonly requestedBy: string | null;
  readonly requestedByName: string | null;
  readonly input: Record<string, unknown>;
  readonly deliveredAt: Date | null;
  readonly runId: string | null;
  readonly createdAt: Date;
}

interface DbRunRequest {
  id: string;
  process: string;
  site_id: string | null;
  site_name: string | null;
  version: PublishVersion | null;
  requested_by: string | null;
  requested_by_name: string | null;
  input: Record<string, unknown>;
  delivered_at: Date | null;
  run_id: string | null;
  created_at: Date;
}

function fromDb(row: DbRunRequest): RunRequestRow {
  return {
    id: row.id,
    process: row.process,
    siteId: row.site_id,
    siteName: row.site_name,
    version: row.version,
    requestedBy: row.requested_by,
    requestedByName: row.requested_by_name,
    input: row.input,
    deliveredAt: row.delivered_at,
    runId: row.run_id,
    createdAt: row.created_at,
  };
}

function selectRequests(db: Db) {
  return db('run_requests')
    .leftJoin('sites', 'sites.id', 'run_requests.site_id')
    .leftJoin('users', 'users.id', 'run_requests.requested_by')
    .select('run_requests.*', 'sites.name as site_name', 'users.name as requested_by_name');
}

export interface NewRunRequest {
  readonly id?: string;
  readonly process: string;
  readonly siteId?: string | null;
  readonly version?: PublishVersion | null;
  readonly requestedBy: string | null;
  readonly input?: Record<string, unknown>;
}

/** Writes down that somebody asked for a process. From here on the request is not lost. */
export async function insertRunRequest(db: Db, request: NewRunRequest): Promise<RunRequestRow> {
  const id = request.id ?? uuidv7();
  await db('run_requests').insert({
    id,
    process: request.process,
    site_id: request.siteId ?? null,
    version: request.version ?? null,
    requested_by: request.requestedBy,
    input: JSON.stringify(request.input ?? {}),
  });
  const row = await findRunRequest(db, id);
  if (row === undefined) throw new Error(`Request ${id} vanished after its insert`);
  await announce(db, { kind: 'request', site: row.siteName, runId: null });
  return row;
}

/** The request a run makes for another process, written once per run, process, site and version however often it is tried. Call inside a transaction. */
export async function insertRequestOfRun(trx: Db, ofRunId: string, request: NewRunRequest): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const known = await trx('run_requests').where({ process: request.process, site_id: request.siteId ?? null, version: request.version ?? null }).whereRaw(`input ->> 'ofRunId' = ?`, [ofRunId]).first<{ id: string } | undefined>('id');
  if (known !== undefined) return { id: known.id, isNew: false };
  return { id: (await insertRunRequest(trx, { ...request, input: { ...request.input, ofRunId } })).id, isNew: true };
}

export async function findRunRequest(db: Db, id: string): Promise<RunRequestRow | undefined> {
  const row = await selectRequests(db).where('run_requests.id', id).first<DbRunRequest | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Requests no pass has taken yet, oldest first, of these sites. */
export async function listWaitingRequests(db: Db, siteIds: readonly string[]): Promise<RunRequestRow[]> {
  const rows: DbRunRequest[] = await selectRequests(db).whereIn('run_requests.site_id', [...siteIds]).whereNull('run_requests.run_id').orderBy('run_requests.created_at');
  return rows.map(fromDb);
}

/** Who asked for these runs, oldest first, keyed by run id. */
export async function listRequestsOfRuns(db: Db, runIds: readonly string[]): Promise<Map<string, RunRequestRow[]>> {
  const rows: DbRunRequest[] = await selectRequests(db).whereIn('run_requests.run_id', [...runIds]).orderBy('run_requests.created_at');
  const byRun = new Map<string, RunRequestRow[]>();
  for (const row of rows) {
    const runId = row.run_id;
    if (runId === null) continue;
    const list = byRun.get(runId);
    if (list === undefined) byRun.set(runId, [fromDb(row)]);
    else list.push(fromDb(row));
  }
  return byRun;
}

/** Marks a request as handed to the engine. */
export async function markDelivered(db: Db, id: string): Promise<void> {
  await db('run_requests').where({ id }).whereNull('delivered_at').update({ delivered_at: db.fn.now(), updated_at: db.fn.now() });
  const row = await findRunRequest(db, id);
  await announce(db, { kind: 'request', site: row?.siteName ?? null, runId: null });
}

/**
 * Locks up to `limit` requests the engine was not told of, older than `olderThanMs` (a fresh one is being
 * delivered by the process that wrote it); other relays skip what is locked. Requests in `except` are left alone. Call inside a transaction.
 */
export async function lockUndeliveredRequests(trx: Db, limit: number, olderThanMs: number, except: readonly string[] = []): Promise<RunRequestRow[]> {
  const rows: DbRunRequest[] = await selectRequests(trx)
    .whereNull('run_requests.delivered_at')
    .whereNull('run_requests.run_id')
    .whereRaw('run_requests.created_at < now() - ? * interval \'1 millisecond\'', [olderThanMs])
    .whereNotIn('run_requests.id', [...except])
    .orderBy('run_requests.created_at')
    .limit(limit)
    .forUpdate('run_requests')
    .skipLocked();
  return rows.map(fromDb);
}

/**
 * While a site moves, only the publishes of the move itself are taken; the others wait until it has arrived. While a live site is
 * taken offline, live publishes wait; a run of that process has the version it takes away.
 */
const mayBegin = `not exists (
  select 1 from runs held where held.process in ('change-site-url', 'unpublish-site') and held.site_id = run_requests.site_id and held.state in ('running', 'failed')
    and coalesce(held.version, run_requests.version) is not distinct from run_requests.version
    and coalesce(held.frozen ->> 'holdsPublishes', 'true') <> 'false' and held.id::text is distinct from run_requests.input ->> 'moveRunId')`;

/** What domain's `passKey` makes of a request, in SQL. */
const passKeyOfRow = `coalesce((run_requests.input -> 'from' ->> 'kind') || '/' || (run_requests.input -> 'from' ->> 'runId'), 'content')`;

/** What the oldest waiting request that may begin now asks for; undefined when none waits. */
export async function oldestWaitingPublish(db: Db, process: string, siteId: string, version: PublishVersion): Promise<PublishRequestInput | undefined> {
  const row = await db('run_requests')
    .where({ process, site_id: siteId, version })
    .whereNull('run_id')
    .whereRaw(mayBegin)
    .orderBy([{ column: 'created_at' }, { column: 'id' }])
    .first<{ input: PublishRequestInput } | undefined>('input');
  return row?.input;
}

/**
 * Every waiting request of this process, site and version becomes this run's, or, with a key, those that ask for the same;
 * returns their ids, oldest first.
 */
export async function takeWaitingRequests(trx: Db, taken: { process: string; siteId: string; version: PublishVersion; runId: string; passKey?: string }): Promise<string[]> {
  const { passKey: key } = taken;
  const rows = await trx('run_requests')
    .where({ process: taken.process, site_id: taken.siteId, version: taken.version })
    .whereNull('run_id')
    .whereRaw(mayBegin)
    .modify((query) => {
      if (key !== undefined) void query.whereRaw(`${passKeyOfRow} = ?`, [key]);
    })
    .update({ run_id: taken.runId, delivered_at: trx.raw('coalesce(delivered_at, now())'), updated_at: trx.fn.now() })
    .returning<{ id: string }[]>('id');
  return rows.map((row) => row.id).sort();
}

/** Binds one request to its run (processes that have one run per request). */
export async function bindRequest(db: Db, id: string, runId: string): Promise<void> {
  await db('run_requests').where({ id }).update({ run_id: runId, delivered_at: db.raw('coalesce(delivered_at, now())'), updated_at: db.fn.now() });
}

/** Whether any request of this process, site and version waits that may begin now. */
export async function hasWaitingRequests(db: Db, process: string, siteId: string, version: PublishVersion): Promise<boolean> {
  const row = await db('run_requests').where({ process, site_id: siteId, version }).whereNull('run_id').whereRaw(mayBegin).first<{ id: string } | undefined>('id');
  return row !== undefined;
}

/** Ids of the requests of a process without a site that no run has taken, oldest first. */
export async function waitingRequestIds(db: Db, process: string): Promise<string[]> {
  const rows: { id: string }[] = await db('run_requests').where({ process }).whereNull('run_id').orderBy('created_at').select('id');
  return rows.map((row) => row.id);
}

/** Requests of a process that no run has taken, oldest first: of this site, or of all sites and none. */
export async function waitingRequests(db: Db, process: string, siteId?: string): Promise<RunRequestRow[]> {
  const rows: DbRunRequest[] = await selectWaiting(db, process, siteId);
  return rows.map(fromDb);
}

/** The oldest request of a process about this site that no run has taken. */
export async function oldestWaitingRequest(db: Db, process: string, siteId: string): Promise<RunRequestRow | undefined> {
  const row = await selectWaiting(db, process, siteId).first<DbRunRequest | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

function selectWaiting(db: Db, process: string, siteId: string | undefined) {
  return selectRequests(db)
    .where({ 'run_requests.process': process, ...(siteId === undefined ? {} : { 'run_requests.site_id': siteId }) })
    .whereNull('run_requests.run_id')
    .orderBy('run_requests.created_at');
}

/** The publishes a move asked for, newest first. */
export async function listMovePublishes(db: Db, moveRunId: string, siteId: string): Promise<RunRequestRow[]> {
  const rows: DbRunRequest[] = await selectRequests(db)
    .where({ 'run_requests.process': 'publish-site', 'run_requests.site_id': siteId })
    .whereRaw(`run_requests.input ->> 'moveRunId' = ?`, [moveRunId])
    .orderBy([{ column: 'run_requests.created_at', order: 'desc' }, { column: 'run_requests.id', order: 'desc' }]);
  return rows.map(fromDb);
}

/** Takes back a request that no run has taken. */
export async function withdrawRequest(trx: Db, id: string): Promise<void> {
  await trx('run_requests').where({ id }).whereNull('run_id').delete();
}

/** Requests the engine was told of `idleMs` ago or longer and no pass took, oldest first. */
export async function listDeliveredUntaken(db: Db, idleMs: number, limit: number): Promise<RunRequestRow[]> {
  const rows: DbRunRequest[] = await selectRequests(db)
    .whereNull('run_requests.run_id')
    .whereRaw('run_requests.delivered_at < now() - ? * interval \'1 millisecond\'', [idleMs])
    .orderBy('run_requests.created_at')
    .limit(limit);
  return rows.map(fromDb);
}

/** Makes a request one the engine was not told of. */
export async function clearDelivered(db: Db, id: string): Promise<void> {
  await db('run_requests').where({ id }).whereNull('run_id').update({ delivered_at: null, updated_at: db.fn.now() });
}

/** The oldest request of this process and site that no run has taken, locked until the transaction's end. */
export async function lockOldestWaiting(trx: Db, process: string, siteId: string): Promise<RunRequestRow | undefined> {
  const row = await selectRequests(trx)
    .where({ 'run_requests.process': process, 'run_requests.site_id': siteId })
    .whereNull('run_requests.run_id')
    .orderBy([{ column: 'run_requests.created_at' }, { column: 'run_requests.id' }])
    .forUpdate('run_requests')
    .first<DbRunRequest | undefined>();
  return row === undefined ? undefined : fromDb(row);
}
