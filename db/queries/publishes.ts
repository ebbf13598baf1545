import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';

export interface PublishRow {
  readonly runId: string;
  readonly endedAt: Date;
  readonly commit: string | null;
  readonly frozen: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
}

interface DbPublish {
  id: string;
  ended_at: Date;
  commit: string | null;
  frozen: Record<string, unknown>;
  result: Record<string, unknown> | null;
}

export interface PublishFilter {
  readonly siteId: string;
  readonly version: PublishVersion;
  /** Only publishes made for this address; null takes them all, for a site that has no address of its own. */
  readonly urlPath: string | null;
}

/** Publishes that succeeded, newest first, `limit` from `offset`, with the number of all that match. */
export async function listPublishes(db: Db, filter: PublishFilter, page: { limit: number; offset: number }): Promise<{ total: number; publishes: PublishRow[] }> {
  const matching = () =>
    db('runs')
      .where({ process: 'publish-site', site_id: filter.siteId, version: filter.version, state: 'succeeded' })
      .modify((query) => {
        // Runs made before addresses were frozen went to the one the site still has.
        if (filter.urlPath !== null) void query.whereRaw(`coalesce(frozen ->> 'urlPath', :urlPath) = :urlPath`, { urlPath: filter.urlPath });
      });
  const rows: DbPublish[] = await matching()
    .orderBy([{ column: 'started_at', order: 'desc' }, { column: 'id', order: 'desc' }])
    .limit(page.limit)
    .offset(page.offset)
    .select('id', 'ended_at', 'commit', 'frozen', 'result');
  const counted = await matching().count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, publishes: rows.map((row) => ({ runId: row.id, endedAt: row.ended_at, commit: row.commit, frozen: row.frozen, result: row.result ?? {} })) };
}
