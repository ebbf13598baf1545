import { v7 as uuidv7 } from 'uuid';
import { canMove, isFinal, type PhaseState, type Problem, type PublishVersion, type RunState } from '#domain/runs.ts';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';

export interface RunRow {
  readonly id: string;
  readonly process: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly siteTitle: string | null;
  readonly version: PublishVersion | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
  readonly state: RunState;
  readonly phase: string | null;
  readonly frozen: Record<string, unknown>;
  readonly commit: string | null;
  readonly result: Record<string, unknown> | null;
  readonly reasonCode: string | null;
  readonly reasonMessage: string | null;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly updatedAt: Date;
}

export interface RunPhaseRow {
  readonly runId: string;
  readonly phase: string;
  readonly state: PhaseState;
  readonly attempt: number;
  readonly summary: string | null;
  readonly counts: Record<string, number>;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly nextAttemptAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface DbRun {
  id: string;
  process: string;
  site_id: string | null;
  site_name: string | null;
  site_title: string | null;
  version: PublishVersion | null;
  workflow_id: string;
  workflow_run_id: string;
  pass: number;
  state: RunState;
  phase: string | null;
  frozen: Record<string, unknown>;
  commit: string | null;
  result: Record<string, unknown> | null;
  reason_code: string | null;
  reason_message: string | null;
  problems: Problem[];
  warnings: Problem[];
  started_at: Date;
  ended_at: Date | null;
  updated_at: Date;
}

interface DbRunPhase {
  run_id: string;
  phase: string;
  state: PhaseState;
  attempt: number;
  summary: string | null;
  counts: Record<string, number>;
  error_code: string | null;
  error_message: string | null;
  next_attempt_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
}

/** A row as the studio knows it. */
export function fromDbRun(row: DbRun): RunRow {
  return {
    id: row.id,
    process: row.process,
    siteId: row.site_id,
    siteName: row.site_name,
    siteTitle: row.site_title,
    version: row.version,
    workflowId: row.workflow_id,
    workflowRunId: row.workflow_run_id,
    pass: row.pass,
    state: row.state,
    phase: row.phase,
    frozen: row.frozen,
    commit: row.commit,
    result: row.result,
    reasonCode: row.reason_code,
    reasonMessage: row.reason_message,
    problems: row.problems,
    warnings: row.warnings,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    updatedAt: row.updated_at,
  };
}

function fromDbRunPhase(row: DbRunPhase): RunPhaseRow {
  return {
    runId: row.run_id,
    phase: row.phase,
    state: row.state,
    attempt: row.attempt,
    summary: row.summary,
    counts: row.counts,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    nextAttemptAt: row.next_attempt_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

/** Every run with the name and title of its site. */
export function selectRuns(db: Db) {
  return db('runs').leftJoin('sites', 'sites.id', 'runs.site_id').select('runs.*', 'sites.name as site_name', 'sites.title as site_title');
}

async function siteNameOfRun(db: Db, runId: string): Promise<string | null> {
  const row = await db('runs').leftJoin('sites', 'sites.id', 'runs.site_id').where('runs.id', runId).first<{ name: string | null } | undefined>('sites.name');
  return row?.name ?? null;
}

async function announceRun(db: Db, runId: string): Promise<void> {
  await announce(db, { kind: 'run', site: await siteNameOfRun(db, runId), runId });
}

/** One run, or undefined. */
export async function findRun(db: Db, runId: string): Promise<RunRow | undefined> {
  const row = await selectRuns(db).where('runs.id', runId).first<DbRun | undefined>();
  return row === undefined ? undefined : fromDbRun(row);
}

/** The newest run of each of these sites and versions of the publish process, keyed `siteId/version`. */
export async function newestPublishRuns(db: Db, siteIds: readonly string[]): Promise<Map<string, RunRow>> {
  const rows = await selectRuns(db)
    .distinctOn('runs.site_id', 'runs.version')
    .where('runs.process', 'publish-site')
    .whereIn('runs.site_id', [...siteIds])
    .orderBy([{ column: 'runs.site_id' }, { column: 'runs.version' }, { column: 'runs.started_at', order: 'desc' }, { column: 'runs.id', order: 'desc' }]);
  return new Map((rows as DbRun[]).map((row) => [`${row.site_id}/${row.version}`, fromDbRun(row)]));
}

/** The newest run of each of these workflows, by its id. */
export async function newestRunsOf(db: Db, workflowIds: readonly string[]): Promise<Map<string, RunRow>> {
  const rows = await selectRuns(db)
    .distinctOn('runs.workflow_id')
    .whereIn('runs.workflow_id', [...workflowIds])
    .orderBy([{ column: 'runs.workflow_id' }, { column: 'runs.started_at', order: 'desc' }, { column: 'runs.id', order: 'desc' }]);
  return new Map((rows as DbRun[]).map((row) => [row.workflow_id, fromDbRun(row)]));
}

/** The newest run of a process about one version of a site. */
export async function newestRun(db: Db, of: { readonly process: string; readonly siteId: string; readonly version: PublishVersion }): Promise<RunRow | undefined> {
  const row = await selectRuns(db).where({ 'runs.process': of.process, 'runs.site_id': of.siteId, 'runs.version': of.version }).orderBy([{ column: 'runs.started_at', order: 'desc' }, { column: 'runs.id', order: 'desc' }]).first<DbRun | undefined>();
  return row === undefined ? undefined : fromDbRun(row);
}

/** The recorded phases of these runs, keyed by run id. */
export async function listRunPhases(db: Db, runIds: readonly string[]): Promise<Map<string, RunPhaseRow[]>> {
  const byRun = new Map<string, RunPhaseRow[]>();
  const rows: DbRunPhase[] = await db('run_phases').whereIn('run_id', [...runIds]).orderBy('created_at');
  for (const row of rows) {
    const phases = byRun.get(row.run_id);
    if (phases === undefined) byRun.set(row.run_id, [fromDbRunPhase(row)]);
    else phases.push(fromDbRunPhase(row));
  }
  return byRun;
}

export interface NewRun {
  /** Given where the run is known by an id from before it began; else it gets one. */
  readonly id?: string;
  readonly process: string;
  readonly siteId: string | null;
  readonly version: PublishVersion | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
  readonly frozen: Record<string, unknown>;
}

/**
 * Opens the run of one pass, or finds it when the pass was opened before (a repeated activity).
 * Its identity is workflow id, workflow run id and pass.
 */
export async function openRun(db: Db, run: NewRun): Promise<{ runId: string; frozen: Record<string, unknown>; isNew: boolean }> {
  const id = run.id ?? uuidv7();
  const inserted = await db('runs')
    .insert({
      id,
      process: run.process,
      site_id: run.siteId,
      version: run.version,
      workflow_id: run.workflowId,
      workflow_run_id: run.workflowRunId,
      pass: run.pass,
      frozen: JSON.stringify(run.frozen),
    })
    .onConflict(['workflow_id', 'workflow_run_id', 'pass'])
    .ignore()
    .returning<{ id: string }[]>('id');
  if (inserted.length > 0) {
    await announceRun(db, id);
    return { runId: id, frozen: run.frozen, isNew: true };
  }
  const existing = await findPass(db, run.workflowId, run.workflowRunId, run.pass);
  if (existing === undefined) throw new Error(`Run of ${run.workflowId} pass ${run.pass} vanished between insert and read`);
  return { runId: existing.id, frozen: existing.frozen, isNew: false };
}

/** The run of a process about this site that has not ended, if there is one. */
export async function findOpenRun(db: Db, process: string, siteId: string): Promise<RunRow | undefined> {
  const row = await selectRuns(db).where({ 'runs.process': process, 'runs.site_id': siteId }).whereIn('runs.state', ['running', 'failed']).orderBy('runs.started_at', 'desc').first<DbRun | undefined>();
  return row === undefined ? undefined : fromDbRun(row);
}

/** A run of a process that another execution is at work on. */
export async function findOtherRunning(db: Db, process: string, workflowRunId: string): Promise<RunRow | undefined> {
  const row = await selectRuns(db).where({ 'runs.process': process, 'runs.state': 'running' }).whereNot('runs.workflow_run_id', workflowRunId).first<DbRun | undefined>();
  return row === undefined ? undefined : fromDbRun(row);
}

/** How many passes of publishes of a site are at work. */
export async function countRunningPublishes(db: Db, siteId: string): Promise<number> {
  const counted = await db('runs').where({ process: 'publish-site', site_id: siteId, state: 'running' }).count<{ count: number }[]>({ count: '*' }).first();
  return counted?.count ?? 0;
}

/** The run of one pass, if it was opened. */
export async function findPass(db: Db, workflowId: string, workflowRunId: string, pass: number): Promise<RunRow | undefined> {
  const row = await selectRuns(db).where({ workflow_id: workflowId, workflow_run_id: workflowRunId, pass }).first<DbRun | undefined>();
  return row === undefined ? undefined : fromDbRun(row);
}

export interface PhaseUpdate {
  readonly runId: string;
  readonly phase: string;
  readonly state: PhaseState;
  readonly attempt?: number;
  readonly summary?: string;
  readonly counts?: Record<string, number>;
  readonly error?: { code: string; message: string } | null;
  readonly nextAttemptAt?: Date | null;
}

/**
 * Records where a phase stands; the last word wins, except that a finished phase is not set back to `retrying`
 * by a report that arrives late.
 */
export async function recordPhase(db: Db, update: PhaseUpdate): Promise<void> {
  const ended = update.state === 'done' || update.state === 'failed' || update.state === 'skipped';
  const columns: Record<string, unknown> = {
    state: update.state,
    next_attempt_at: update.nextAttemptAt ?? null,
    ended_at: ended ? db.fn.now() : null,
    updated_at: db.fn.now(),
  };
  if (update.attempt !== undefined) columns['attempt'] = update.attempt;
  if (update.summary !== undefined) columns['summary'] = update.summary;
  if (update.counts !== undefined) columns['counts'] = JSON.stringify(update.counts);
  if (update.error !== undefined) {
    columns['error_code'] = update.error?.code ?? null;
    columns['error_message'] = update.error?.message ?? null;
  }
  await db.transaction(async (trx) => {
    const query = trx('run_phases')
      .insert({ id: uuidv7(), run_id: update.runId, phase: update.phase, started_at: trx.fn.now(), ...columns })
      .onConflict(['run_id', 'phase'])
      .merge(columns);
    if (update.state === 'retrying') query.whereNotIn('run_phases.state', ['done', 'failed', 'skipped']);
    await query;
    await trx('runs').where({ id: update.runId }).update({ phase: update.phase, updated_at: trx.fn.now() });
    await announceRun(trx, update.runId);
  });
}

/** Adds numbers to a phase while it runs ("1,200 of 1,933 files"), without touching its state. */
export async function recordPhaseProgress(db: Db, runId: string, phase: string, summary: string, counts: Record<string, number>): Promise<void> {
  await db('run_phases').where({ run_id: runId, phase }).whereIn('state', ['running', 'retrying']).update({ summary, counts: JSON.stringify(counts), updated_at: db.fn.now() });
  await announceRun(db, runId);
}

/** Says of these phases that this run does not have them. Call it before the first one begins. */
export async function skipPhases(db: Db, runId: string, phases: readonly string[]): Promise<void> {
  if (phases.length === 0) return;
  await db('run_phases').insert(phases.map((phase) => ({ id: uuidv7(), run_id: runId, phase, state: 'skipped' }))).onConflict(['run_id', 'phase']).ignore();
}

/**
 * Stores facts found on the way: the commit, warnings, the result, more of the frozen input. Warnings of a `phase` replace those it
 * gave before and leave the other phases' alone; without one they replace all.
 */
export async function amendRun(db: Db, runId: string, facts: { commit?: string; warnings?: readonly Problem[]; phase?: string; frozen?: Record<string, unknown>; result?: Record<string, unknown> }): Promise<void> {
  const columns: Record<string, unknown> = { updated_at: db.fn.now() };
  if (facts.commit !== undefined) columns['commit'] = facts.commit;
  if (facts.warnings !== undefined && facts.phase === undefined) columns['warnings'] = JSON.stringify(facts.warnings);
  if (facts.warnings !== undefined && facts.phase !== undefined) {
    const own = facts.warnings.map((warning) => ({ ...warning, phase: facts.phase }));
    columns['warnings'] = db.raw(`coalesce((select jsonb_agg(w) from jsonb_array_elements(warnings) w where w ->> 'phase' is distinct from ?), '[]') || ?::jsonb`, [facts.phase, JSON.stringify(own)]);
  }
  if (facts.result !== undefined) columns['result'] = JSON.stringify(facts.result);
  if (facts.frozen !== undefined) columns['frozen'] = db.raw('frozen || ?::jsonb', [JSON.stringify(facts.frozen)]);
  await db('runs').where({ id: runId }).update(columns);
  await announceRun(db, runId);
}

/** Ties a run to the site it made, so that the site's page shows it. */
export async function bindRunToSite(db: Db, runId: string, siteId: string): Promise<void> {
  await db('runs').where({ id: runId }).update({ site_id: siteId, updated_at: db.fn.now() });
  await announceRun(db, runId);
}

/** Notes the execution that goes on with a run after it continued as new: signals and checks of what still runs go there. */
export async function followExecution(db: Db, runId: string, workflowRunId: string): Promise<void> {
  await db('runs').where({ id: runId }).update({ workflow_run_id: workflowRunId, updated_at: db.fn.now() });
}

/** Lets an execution go on with every run of its process that is at work: another execution of it, which began them, is gone. */
export async function adoptRuns(db: Db, process: string, workflowRunId: string): Promise<void> {
  await db('runs').where({ process, state: 'running' }).whereNot({ workflow_run_id: workflowRunId }).update({ workflow_run_id: workflowRunId, updated_at: db.fn.now() });
}

/** The number of the next pass of an entity whose passes are counted on from execution to execution. */
export async function nextPass(trx: Db, workflowId: string): Promise<number> {
  const row = await trx('runs').where({ workflow_id: workflowId }).max<{ pass: number | null }[]>({ pass: 'pass' }).first();
  return (row?.pass ?? 0) + 1;
}

/** Unties a run from a site that is about to be removed; the run stays. */
export async function unbindRunFromSite(db: Db, runId: string): Promise<void> {
  await db('runs').where({ id: runId }).update({ site_id: null, updated_at: db.fn.now() });
}

export interface RunEnd {
  readonly runId: string;
  readonly state: RunState;
  readonly reason?: { code: string; message: string } | null;
  readonly problems?: readonly Problem[];
  readonly result?: Record<string, unknown>;
}

/**
 * Moves a run to another state along the transition table; a move the table does not know changes nothing.
 * @returns whether the run is in that state now.
 */
export async function moveRun(db: Db, end: RunEnd): Promise<boolean> {
  return db.transaction(async (trx) => {
    const row = await trx('runs').where({ id: end.runId }).forUpdate().first<{ state: RunState } | undefined>('state');
    if (row === undefined || !canMove(row.state, end.state)) return false;
    const columns: Record<string, unknown> = { state: end.state, updated_at: trx.fn.now() };
    if (end.state === 'running') Object.assign(columns, { ended_at: null, reason_code: null, reason_message: null, problems: '[]' });
    else if (row.state !== end.state) columns['ended_at'] = trx.fn.now();
    if (end.reason !== undefined) Object.assign(columns, { reason_code: end.reason?.code ?? null, reason_message: end.reason?.message ?? null });
    if (end.problems !== undefined) columns['problems'] = JSON.stringify(end.problems);
    if (end.result !== undefined) columns['result'] = JSON.stringify(end.result);
    await trx('runs').where({ id: end.runId }).update(columns);
    if (isFinal(end.state)) {
      await trx('run_phases').where({ run_id: end.runId }).whereIn('state', ['running', 'retrying']).update({ state: end.state === 'succeeded' ? 'done' : 'skipped', next_attempt_at: null, ended_at: trx.fn.now(), updated_at: trx.fn.now() });
    }
    await announceRun(trx, end.runId);
    return true;
  });
}

/** Runs whose row is open although nothing was recorded for `idleMs` milliseconds, oldest first. */
export async function listQuietOpenRuns(db: Db, idleMs: number, limit: number): Promise<RunRow[]> {
  const rows = await selectRuns(db)
    .whereIn('runs.state', ['running', 'failed'])
    .whereRaw('runs.updated_at < now() - ? * interval \'1 millisecond\'', [idleMs])
    .orderBy('runs.updated_at')
    .limit(limit);
  return (rows as DbRun[]).map(fromDbRun);
}
