import type { Knex } from 'knex';
import { COUNTED_RUNS, type PublishVersion, type RunState, runStates } from '#domain/runs.ts';
import type { Db } from '../knex.ts';
import { type DbRun, fromDbRun, type RunRow, selectRuns } from './runs.ts';
import { containing } from './searches.ts';

/** Requests of a person that are looked through for their runs, the newest. */
const REQUESTS_OF_PERSON = 5_000;

export interface RunFilter {
  readonly siteId?: string | undefined;
  /** Only those about no site, or about all. */
  readonly withoutSite?: boolean | undefined;
  /** Only runs of these sites (and none without a site), for people who may not see all. */
  readonly siteIds?: readonly string[] | undefined;
  readonly process?: string | undefined;
  readonly state?: RunState | undefined;
  readonly version?: PublishVersion | undefined;
  /** Who asked for it: an e-mail address, exactly, or a part of a name. */
  readonly person?: string | undefined;
  /** Begun at this moment or later. */
  readonly since?: Date | undefined;
  /** Begun before this moment. */
  readonly until?: Date | undefined;
  /** Only those that go on when a person says so. */
  readonly waitsForPerson?: boolean | undefined;
}

/** Processes whose failed runs stay open for a person to retry or give up. */
export const RETRIED_BY_PEOPLE: readonly string[] = ['publish-site', 'change-site-url', 'unpublish-site', 'review-publish', 'build-offline', 'mass-publish', 'ingest-video'];

/** Failed with a retry to come, a review nobody decided about, a removal that is asked about, a mass publish that somebody paused. */
const WAITS_FOR_PERSON = `runs.state in ('running', 'failed') and (
  (runs.state = 'failed' and runs.process = any(?))
  or (runs.process = 'review-publish' and runs.state = 'running' and runs.phase = 'decide' and exists (select 1 from reviews where reviews.run_id = runs.id and reviews.scheduled_at is null))
  or (runs.process = 'sync-drive-folder' and runs.state = 'running' and runs.phase = 'remove' and exists (select 1 from run_phases where run_phases.run_id = runs.id and run_phases.phase = 'remove' and run_phases.state = 'running' and jsonb_exists(run_phases.counts, 'missing')))
  or (runs.process = 'mass-publish' and runs.state = 'running' and exists (select 1 from mass_publishes where mass_publishes.id = runs.id and mass_publishes.is_paused)))`;

type Narrow = (query: Knex.QueryBuilder) => void;

async function narrowing(db: Db, filter: RunFilter): Promise<Narrow> {
  const ids = filter.person === undefined ? undefined : await runsAskedForBy(db, filter.person);
  return (query) => {
    if (filter.siteId !== undefined) query.where('runs.site_id', filter.siteId);
    if (filter.withoutSite === true) query.whereNull('runs.site_id');
    if (filter.siteIds !== undefined) query.whereIn('runs.site_id', [...filter.siteIds]);
    if (filter.process !== undefined) query.where('runs.process', filter.process);
    if (filter.state !== undefined) query.where('runs.state', filter.state);
    if (filter.version !== undefined) query.where('runs.version', filter.version);
    if (filter.since !== undefined) query.where('runs.started_at', '>=', filter.since);
    if (filter.until !== undefined) query.where('runs.started_at', '<', filter.until);
    if (ids !== undefined) query.whereRaw('runs.id = any(?)', [ids]);
    if (filter.waitsForPerson === true) query.whereRaw(WAITS_FOR_PERSON, [[...RETRIED_BY_PEOPLE]]);
  };
}

/** Runs of the newest requests of whoever fits. */
async function runsAskedForBy(db: Db, person: string): Promise<string[]> {
  const found = person.includes('@') ? db('users').whereRaw('lower(email) = lower(?)', [person]) : db('users').whereILike('name', containing(person));
  const rows: { run_id: string }[] = await db('run_requests').whereIn('requested_by', found.select('id')).whereNotNull('run_id').orderBy('created_at', 'desc').limit(REQUESTS_OF_PERSON).select('run_id');
  return [...new Set(rows.map((row) => row.run_id))];
}

/** How many fit, counted to a bound: in the order of the lists, so that the index of the list is walked and no more of it than the bound. */
async function countUpTo(db: Db, narrow: Narrow, bound: number): Promise<number> {
  const row = await db.count<{ count: number }[]>({ count: '*' }).from(db('runs').modify(narrow).select(db.raw('1')).orderBy([{ column: 'runs.started_at', order: 'desc' }, { column: 'runs.id' }]).limit(bound).as('bounded')).first();
  return row?.count ?? 0;
}

/** Runs newest first, `limit` from `offset`, with the number of all that match, which is counted to `COUNTED_RUNS`. */
export async function listRuns(db: Db, filter: RunFilter, page: { limit: number; offset: number }): Promise<{ total: number; runs: RunRow[] }> {
  const narrow = await narrowing(db, filter);
  const rows = await selectRuns(db)
    .modify(narrow)
    .orderBy([{ column: 'runs.started_at', order: 'desc' }, { column: 'runs.id' }])
    .limit(page.limit)
    .offset(page.offset);
  return { total: await countUpTo(db, narrow, COUNTED_RUNS), runs: (rows as DbRun[]).map(fromDbRun) };
}

/** The newest run of each process of a site, and of each version where it has versions; the newest first. */
export async function listNewestRuns(db: Db, siteId: string): Promise<RunRow[]> {
  const newest = db('runs').distinctOn('process', 'version').where({ site_id: siteId }).orderBy([{ column: 'process' }, { column: 'version' }, { column: 'started_at', order: 'desc' }, { column: 'id', order: 'desc' }]).select('id');
  const rows = await selectRuns(db).whereIn('runs.id', newest).orderBy([{ column: 'runs.started_at', order: 'desc' }, { column: 'runs.id' }]);
  return (rows as DbRun[]).map(fromDbRun);
}

/** How many runs are in each state, and how many wait for a person, each counted to `bound`. */
export async function countRuns(db: Db, filter: Omit<RunFilter, 'state' | 'waitsForPerson'>, bound: number): Promise<Record<RunState | 'waiting', number>> {
  const narrow = await narrowing(db, filter);
  const waiting = await narrowing(db, { waitsForPerson: true });
  const counts: Record<RunState | 'waiting', number> = { running: 0, succeeded: 0, failed: 0, cancelled: 0, superseded: 0, terminated: 0, waiting: 0 };
  for (const state of runStates) counts[state] = await countUpTo(db, (query) => void query.modify(narrow).where('runs.state', state), bound);
  counts.waiting = await countUpTo(db, (query) => void query.modify(narrow).modify(waiting), bound);
  return counts;
}

/** Open runs, newest first, as far as `limit`. */
export async function listOpenRuns(db: Db, limit: number): Promise<RunRow[]> {
  const rows = await selectRuns(db).whereIn('runs.state', ['running', 'failed']).orderBy([{ column: 'runs.started_at', order: 'desc' }, { column: 'runs.id' }]).limit(limit);
  return (rows as DbRun[]).map(fromDbRun);
}

/** Ids of the newest runs of these executions, by `workflow id` and `workflow run id` with a blank between. */
export async function findRunsOfExecutions(db: Db, executions: readonly { readonly workflowId: string; readonly workflowRunId: string }[]): Promise<Map<string, string>> {
  if (executions.length === 0) return new Map();
  const rows: { id: string; workflow_id: string; workflow_run_id: string }[] = await db('runs')
    .whereIn(['workflow_id', 'workflow_run_id'], executions.map(({ workflowId, workflowRunId }) => [workflowId, workflowRunId]))
    .orderBy('pass')
    .select('id', 'workflow_id', 'workflow_run_id');
  return new Map(rows.map((row) => [`${row.workflow_id} ${row.workflow_run_id}`, row.id]));
}
