import { v7 as uuidv7 } from 'uuid';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import type { Db } from '#db/knex.ts';
import { moveRun, openRun, recordPhase } from '#db/queries/runs.ts';
import { insertSite } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';

/** A starter and a site made from it. @returns the site's id. */
export async function makeSite(db: Db, name: string, given: { title?: string; shortId?: string } = {}): Promise<string> {
  await upsertStarter(db, { slug: 'course', path: 'course', commit: 'c0ffee', config: { collections: [] } });
  const starter = await findStarterBySlug(db, 'course');
  if (starter === undefined) throw new Error('The starter was not stored');
  return insertSite(db, { name, shortId: given.shortId ?? name, title: given.title ?? name, starterId: starter.id, ownerId: null, urlPath: `courses/${encodeURIComponent(name)}` });
}

/** A run as the worker would have left it. @returns its id. */
export async function makeRun(db: Db, run: { siteId: string | null; version?: PublishVersion | null; state?: RunState; phase?: string; process?: string; workflowId?: string; workflowRunId?: string }): Promise<string> {
  const { runId } = await openRun(db, {
    process: run.process ?? 'publish-site',
    siteId: run.siteId,
    version: run.version === undefined ? 'draft' : run.version,
    workflowId: run.workflowId ?? `publish-site/${run.siteId}/${run.version ?? 'draft'}`,
    workflowRunId: run.workflowRunId ?? uuidv7(),
    pass: 1,
    frozen: {},
  });
  if (run.phase !== undefined) await recordPhase(db, { runId, phase: run.phase, state: run.state === 'failed' ? 'failed' : 'running' });
  if (run.state !== undefined && run.state !== 'running') await moveRun(db, { runId, state: run.state, reason: { code: 'HugoFailed', message: 'The build failed.' } });
  return runId;
}
