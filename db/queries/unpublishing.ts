import type { Knex } from 'knex';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';
import type { UnpublishStatus } from './sites.ts';

/** Notes how far taking a site offline is, told in one atomic statement; `by` is who asked, absent leaves who is known. */
export async function setUnpublishStatus(db: Db, siteId: string, status: UnpublishStatus, by?: string | null): Promise<void> {
  const rows = await db('sites')
    .where({ id: siteId })
    .update({ unpublish_status: status, unpublish_status_at: db.fn.now(), ...(by === undefined ? {} : { unpublished_by: by }) })
    .returning<{ name: string }[]>('name');
  await announce(db, { kind: 'site', site: rows[0]?.name ?? null, runId: null });
}

/** Forgets that a site was taken offline, or was to be: readers see it. Repeating it changes nothing. */
export async function clearUnpublished(trx: Db, siteId: string): Promise<void> {
  await clear(trx, siteId, () => undefined);
}

/** Forgets that a site was taken offline, because a publish put it in front of readers. One that is asked for or at work is about to take that away. */
export async function clearUnpublishedBefore(trx: Db, siteId: string): Promise<void> {
  await clear(trx, siteId, (query) => {
    void query
      .whereNotExists(trx('runs').whereRaw('runs.site_id = sites.id').where('process', 'unpublish-site').whereIn('state', ['running', 'failed']).select('id'))
      .whereNotExists(trx('run_requests').whereRaw('run_requests.site_id = sites.id').where('process', 'unpublish-site').whereNull('run_id').select('id'));
  });
}

async function clear(trx: Db, siteId: string, narrow: (query: Knex.QueryBuilder) => void): Promise<void> {
  const rows = await trx('sites')
    .where({ id: siteId })
    .whereNotNull('unpublish_status')
    .modify(narrow)
    .update({ unpublish_status: null, unpublish_status_at: null, unpublished_by: null })
    .returning<{ name: string }[]>('name');
  const [row] = rows;
  if (row !== undefined) await announce(trx, { kind: 'site', site: row.name, runId: null });
}

/** A pass of the live publish that has not ended. */
export interface OpenPublish {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  /** One that failed waits for a person. */
  readonly state: 'running' | 'failed';
}

/** The passes of a site's live publish that have not ended, oldest first. */
export async function listOpenLivePublishes(db: Db, siteId: string): Promise<OpenPublish[]> {
  const rows: { id: string; workflow_id: string; workflow_run_id: string; state: OpenPublish['state'] }[] = await db('runs')
    .where({ process: 'publish-site', site_id: siteId, version: 'live' })
    .whereIn('state', ['running', 'failed'])
    .orderBy(['started_at', 'id'])
    .select('id', 'workflow_id', 'workflow_run_id', 'state');
  return rows.map((row) => ({ runId: row.id, workflowId: row.workflow_id, workflowRunId: row.workflow_run_id, state: row.state }));
}

/** Notes that nothing of the live site stands in the bucket, in any theme. That it was published once stays: its address remains its own. */
export async function clearLiveDeployments(trx: Db, siteId: string): Promise<void> {
  await trx('deployments')
    .where({ site_id: siteId, version: 'live' })
    .update({ manifest_key: null, pending_manifest_key: null, run_id: null, commit: null, content_revision: null, deployed_at: null, updated_at: trx.fn.now() });
}
