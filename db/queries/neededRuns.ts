import type { Db } from '../knex.ts';

/**
 * Runs whose stored output is needed: open ones, those a waiting request or an open run wants to show, and the newest
 * `publishes` that succeeded of each site and version.
 */
export async function listNeededRuns(db: Db, publishes: number): Promise<Set<string>> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select id::text from runs where state in ('running', 'failed')
     union
     select frozen -> 'from' ->> 'runId' from runs where state in ('running', 'failed') and frozen -> 'from' ->> 'runId' is not null
     union
     select input -> 'from' ->> 'runId' from run_requests where run_id is null and input -> 'from' ->> 'runId' is not null
     union
     select id::text from (
       select id, row_number() over (partition by site_id, version order by started_at desc) as place from runs where process = 'publish-site' and state = 'succeeded'
     ) newest where place <= ?`,
    [publishes],
  );
  return new Set(rows.map((row) => row.id));
}
