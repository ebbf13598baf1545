import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '#db/knex.ts';
import { countRuns, listOpenRuns, listRuns, type RunFilter } from '#db/queries/runLists.ts';
import { useDatabase } from '#test/support/postgres.ts';

const RUNS = 100_000;
const SITES = 200;
/** Rows of runs a page of 20 may touch, in its list and in its count of 10,000. */
const MOST_ROWS = 12_000;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

describe('a list of 100,000 runs', () => {
  const database = useDatabase();
  let siteIds: string[];

  beforeAll(async () => {
    const { db } = database;
    await db.raw(`insert into users (id, email, name) select gen_random_uuid(), 'person' || n || '@example.edu', 'Person ' || n from generate_series(1, 50) n`);
    await db.raw(`insert into sites (id, name, short_id, title, url_path) select gen_random_uuid(), 'site-' || n, 'site-' || n, 'Site ' || n, 'courses/site-' || n from generate_series(1, ?) n`, [SITES]);
    // As it is after some years: nearly all done, some failed for good, a few open; publishes and syncs most of all.
    await db.raw(
      `insert into runs (id, process, site_id, version, workflow_id, workflow_run_id, state, phase, started_at, updated_at)
       select gen_random_uuid(), p.process, s.id, case when p.process = 'publish-site' then case n % 3 when 0 then 'live' else 'draft' end end,
         p.process || '/' || s.name, 'execution-' || n,
         case when n > ?::integer - 40 then 'running' when n > ?::integer - 60 then 'failed' when n % 50 = 0 then 'failed' when n % 97 = 0 then 'cancelled' else 'succeeded' end,
         'build', now() - (?::integer - n) * interval '5 minutes', now()
       from generate_series(1, ?::integer) n
       join (select name, id, row_number() over (order by name) as number from sites) s on s.number = n % ?::integer + 1
       cross join lateral (select (array['publish-site', 'publish-site', 'sync-drive-folder', 'check-links', 'ingest-video'])[n % 5 + 1] as process) p`,
      [RUNS, RUNS, RUNS, RUNS, SITES],
    );
    // What nobody can retry is over.
    await db.raw(`update runs set state = 'terminated' where state = 'failed' and started_at < now() - interval '7 days'`);
    await db.raw(`insert into run_requests (id, process, requested_by, run_id, created_at, delivered_at) select gen_random_uuid(), r.process, u.id, r.id, r.started_at, r.started_at from runs r join (select id, row_number() over (order by email) as number from users) u on u.number = abs(hashtext(r.id::text)) % 50 + 1`);
    await db.raw('vacuum analyze');
    siteIds = (await db('sites').orderBy('name').limit(3).select<{ id: string }[]>('id')).map(({ id }) => id);
  }, 120_000);

  /** What the queries of `work` do to the table of runs: how each reads it, and how many of its rows they touch. */
  async function plansOf(db: Db, work: (watched: Db) => Promise<unknown>): Promise<{ scans: string[]; rows: number }> {
    const asked: { sql: string; bindings: readonly unknown[] }[] = [];
    const listener = ({ sql, bindings }: { sql: string; bindings: readonly unknown[] }): void => void asked.push({ sql, bindings });
    db.on('query', listener);
    try {
      await work(db);
    } finally {
      db.removeListener('query', listener);
    }
    const scans: string[] = [];
    let rows = 0;
    const look = (node: PlanNode): void => {
      if (node['Relation Name'] === 'runs') {
        scans.push(node['Node Type']);
        rows += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
      }
      for (const inner of node.Plans ?? []) look(inner);
    };
    for (const { sql, bindings } of asked) {
      // Knex hands its listeners the text Postgres gets, with $1 for ?.
      const answer: { rows: { 'QUERY PLAN': { Plan: PlanNode }[] }[] } = await db.raw(`explain (analyze, format json) ${sql.replace(/\$\d+/g, '?')}`, bindings as never);
      const plan = answer.rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (plan !== undefined) look(plan);
    }
    return { scans, rows };
  }

  const lastWeek = new Date(Date.now() - 7 * 24 * 3_600_000);
  const filters: readonly [string, () => RunFilter][] = [
    ['all', () => ({})],
    ['one process', () => ({ process: 'check-links' })],
    ['a process that never ran', () => ({ process: 'import-site' })],
    ['one state', () => ({ state: 'cancelled' })],
    ['a state there is none of', () => ({ state: 'superseded' })],
    ['what is open', () => ({ state: 'running' })],
    ['a process in a state', () => ({ process: 'publish-site', state: 'failed' })],
    ['a process in a state there is none of', () => ({ process: 'publish-site', state: 'superseded' })],
    ['one site', () => ({ siteId: siteIds[0] })],
    ['the sites of a person', () => ({ siteIds })],
    ['the sites of a person, in a state', () => ({ siteIds, state: 'succeeded' })],
    ['a version', () => ({ version: 'live' })],
    ['a version in a state', () => ({ version: 'live', state: 'superseded' })],
    ['who asked', () => ({ person: 'person7@example.edu' })],
    ['who asked, by a part of a name', () => ({ person: 'Person 7' })],
    ['who never asked', () => ({ person: 'somebody@example.edu' })],
    ['a time', () => ({ since: lastWeek })],
    ['an early time', () => ({ until: new Date(Date.now() - 200 * 24 * 3_600_000) })],
    ['waiting for a person', () => ({ waitsForPerson: true })],
    ['waiting for a person, of a site', () => ({ waitsForPerson: true, siteId: siteIds[1] })],
  ];

  test.each(filters)('by %s costs what its page costs', async (_name, filter) => {
    const { scans, rows } = await plansOf(database.db, (db) => listRuns(db, filter(), { limit: 20, offset: 0 }));
    expect(scans.length).toBeGreaterThan(0);
    expect(scans).not.toContain('Seq Scan');
    expect(rows).toBeLessThan(MOST_ROWS);
  });

  test('is counted by state, to a bound', async () => {
    const { scans, rows } = await plansOf(database.db, (db) => countRuns(db, {}, 1_000));
    expect(scans).not.toContain('Seq Scan');
    expect(rows).toBeLessThan(7 * 1_000 + 500);
    expect(await countRuns(database.db, {}, 1_000)).toEqual({ running: 40, succeeded: 1_000, failed: expect.any(Number) as number, cancelled: 1_000, superseded: 0, terminated: 1_000, waiting: expect.any(Number) as number });
    expect((await listRuns(database.db, {}, { limit: 1, offset: 0 })).total).toBe(10_000);
  });

  test('is compared with Temporal by what is open only', async () => {
    const { scans } = await plansOf(database.db, (db) => listOpenRuns(db, 2_000));
    expect(scans).not.toContain('Seq Scan');
    expect((await listOpenRuns(database.db, 2_000)).every(({ state }) => state === 'running' || state === 'failed')).toBe(true);
  });
});

describe('what waits for a person', () => {
  const database = useDatabase();
  let made = 0;
  const run = async (given: { process: string; state: string; phase?: string }): Promise<string> => {
    const id = uuidv7();
    made += 1;
    await database.db('runs').insert({ id, workflow_id: `${given.process}/${made}`, workflow_run_id: `execution-${made}`, ...given });
    return id;
  };

  test('is what failed and can be retried, an open review, a removal that is asked about, and a mass publish that rests', async () => {
    const { db } = database;
    const siteId = uuidv7();
    await db('sites').insert({ id: siteId, name: 'algebra', short_id: 'algebra', title: 'Algebra' });
    const failed = await run({ process: 'publish-site', state: 'failed' });
    await run({ process: 'check-links', state: 'failed' });
    await run({ process: 'publish-site', state: 'running', phase: 'build' });
    const [open, scheduled] = [await run({ process: 'review-publish', state: 'running', phase: 'decide' }), await run({ process: 'review-publish', state: 'running', phase: 'decide' })];
    for (const [runId, at] of [[open, null], [scheduled, new Date()]] as const) await db('reviews').insert({ id: uuidv7(), run_id: runId, site_id: siteId, version: 'live', scheduled_at: at });
    const [asks, removes] = [await run({ process: 'sync-drive-folder', state: 'running', phase: 'remove' }), await run({ process: 'sync-drive-folder', state: 'running', phase: 'remove' })];
    for (const [runId, counts] of [[asks, { missing: 9, known: 10 }], [removes, {}]] as const) await db('run_phases').insert({ id: uuidv7(), run_id: runId, phase: 'remove', state: 'running', counts: JSON.stringify(counts) });
    const waiting = (await listRuns(db, { waitsForPerson: true }, { limit: 20, offset: 0 })).runs.map(({ id }) => id);
    expect(waiting.sort()).toEqual([failed, open, asks].sort());
    expect((await countRuns(db, {}, 100)).waiting).toBe(3);
  });
});
