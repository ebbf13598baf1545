import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createSiteRepositoryActivities, type OpenRepositoryRunInput } from '#activities/siteRepository.ts';
import { createEngine } from '#api/engine.ts';
import { findRunRequest } from '#db/queries/runRequests.ts';
import { findRun, listRunPhases } from '#db/queries/runs.ts';
import { bumpContentRevision, recordCommittedRevision, type SiteRow } from '#db/queries/sites.ts';
import { registerSearchAttributes } from '#temporal/client.ts';
import { type RepositoryAction, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { makeConfig } from '../factories/config.ts';
import { makeRequest, makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const server = useDevServer();

async function parts() {
  const temporal = server.environment.client;
  await registerSearchAttributes(temporal, 'default');
  const deps = { config: makeConfig({ TEMPORAL_TASK_QUEUE_PREFIX: 'nobody-' }), db: database.db, temporal } as unknown as ActivityDeps;
  return { temporal, activities: createSiteRepositoryActivities(deps), engine: createEngine({ temporal, db: database.db, log: pino({ level: 'silent' }), queuePrefix: 'nobody-' }) };
}

describe('a run of a repository', () => {
  async function opening(site: SiteRow) {
    const { activities } = await parts();
    const open = (pass: number, isSaved = false) => runActivity((input: OpenRepositoryRunInput) => activities.openRepositoryRun(input), { siteId: site.id, workflowId: `site-repo/${site.name}`, workflowRunId: 'execution', pass, isSaved });
    const ask = async (asked: RepositoryAction) => (await makeRequest(database.db, { process: 'site-repo', siteId: site.id, version: null, input: { ...asked } })).id;
    const runOf = async (request: string) => (await findRunRequest(database.db, request))?.runId ?? null;
    return { open, ask, runOf };
  }

  it('takes every request that asks for the same, the oldest kind first, and nothing of another process', async () => {
    const site = await makeSite(database.db);
    const { open, ask, runOf } = await opening(site);
    const publish = await makeRequest(database.db, { siteId: site.id });
    const [commit, orphans, again, over] = [await ask({ action: 'sync' }), await ask({ action: 'orphans', delete: true }), await ask({ action: 'sync' }), await ask({ action: 'sync', overwrite: true })];
    const first = await open(1);
    expect(first.asked).toEqual({ action: 'sync' });
    expect(await Promise.all([commit, orphans, again, over, publish.id].map(runOf))).toEqual([first.runId, null, first.runId, null, null]);
    expect(await open(2)).toMatchObject({ asked: { action: 'orphans', delete: true } });
    expect(await open(3)).toMatchObject({ asked: { action: 'sync', overwrite: true } });
    expect(await open(4)).toMatchObject({ runId: null });
    const phases = (await listRunPhases(database.db, [first.runId ?? ''])).get(first.runId ?? '');
    expect(phases?.map(({ phase, state }) => [phase, state]).sort()).toEqual([['archive', 'skipped'], ['orphans', 'skipped'], ['reopen', 'skipped'], ['repository', 'skipped']]);
    expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ process: 'site-repo', siteName: site.name, version: null, state: 'running', phase: null });
  });

  it('is found again by a try that was repeated, and takes nothing twice', async () => {
    const { open, ask, runOf } = await opening(await makeSite(database.db));
    await ask({ action: 'ensure' });
    const first = await open(1);
    const late = await ask({ action: 'ensure' });
    expect(await open(1)).toEqual(first);
    expect(await runOf(late)).toBeNull();
    expect((await open(2)).runId).not.toBe(first.runId);
  });

  it('is opened for saves only when main lacks something, and leaves the requests alone', async () => {
    const site = await makeSite(database.db);
    const { open, ask, runOf } = await opening(site);
    const request = await ask({ action: 'ensure' });
    expect(await open(1, true)).toMatchObject({ runId: null });
    await bumpContentRevision(database.db, site.id);
    expect(await open(1, true)).toMatchObject({ runId: expect.any(String) as string, asked: { action: 'sync' } });
    expect(await runOf(request)).toBeNull();
    await recordCommittedRevision(database.db, site.id, 1);
    expect(await open(2, true)).toMatchObject({ runId: null });
  });
});

describe('the repository’s workflow', () => {
  it('is told of a save and of a request, and is one for both', async () => {
    const { temporal, engine } = await parts();
    const site = await makeSite(database.db);
    await engine.contentSaved(site);
    const request = await engine.requestRepository(site);
    await engine.contentSaved(site);
    expect(request).toMatchObject({ process: 'site-repo', siteName: site.name, input: { action: 'ensure' }, requestedBy: null });
    expect(request.deliveredAt).not.toBeNull();
    const handle = temporal.workflow.getHandle(syncContentContract.workflowId(site.name));
    const signals = ((await handle.fetchHistory()).events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
    expect(signals).toEqual(['contentSaved', 'repositoryRequested', 'contentSaved']);
    await handle.terminate('the test is over');
  });

  it('is woken for saves that were forgotten', async () => {
    await database.clear();
    const { temporal, activities } = await parts();
    const site = await makeSite(database.db);
    const wake = () => runActivity((input: { quietMs: number }) => activities.wakeForgottenSites(input), { quietMs: 60_000 });
    await bumpContentRevision(database.db, site.id);
    expect(await wake()).toEqual({ woken: 0 });
    await database.db('sites').where({ id: site.id }).update({ updated_at: database.db.raw(`now() - interval '2 minutes'`) });
    expect(await wake()).toEqual({ woken: 1 });
    const handle = temporal.workflow.getHandle(syncContentContract.workflowId(site.name));
    expect(await handle.describe()).toMatchObject({ status: { name: 'RUNNING' }, taskQueue: 'nobody-studio' });
    await handle.terminate('the test is over');
  });
});
