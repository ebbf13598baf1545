import { defaultPayloadConverter } from '@temporalio/common';
import { pino } from 'pino';
import { beforeAll, expect, test } from 'vitest';
import { createRunsActivities } from '#activities/runs.ts';
import { createEngine, type Engine } from '#api/engine.ts';
import { findRunRequest } from '#db/queries/runRequests.ts';
import { moveRun } from '#db/queries/runs.ts';
import { publishSiteProcess } from '#domain/processes.ts';
import { registerSearchAttributes } from '#temporal/client.ts';
import { cleanupContentContract } from '#temporal/contracts/cleanupContent.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { progress, publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { pullContentContract } from '#temporal/contracts/pullContent.ts';
import { syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { makeConfig } from '../factories/config.ts';
import { makeRequest, makeSite, makeUser } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { createGate } from './support/createGate.ts';
import { createPublishing, type PublishHandle } from './support/createPublishing.ts';
import { runWorkers } from './support/runWorkers.ts';

const database = useDatabase();
const server = useDevServer();
beforeAll(async () => {
  await registerSearchAttributes(server.environment.client, 'default');
});

/** The API's own way to Temporal, in the queues of the test. */
const engineOf = (studioQueue: string): Engine => createEngine({ temporal: server.environment.client, db: database.db, log: pino({ level: 'silent' }), queuePrefix: studioQueue.replace(/studio$/, '') });

async function words(workflowId: string): Promise<{ summary: string | undefined; details: string | undefined; attributes: Record<string, unknown> }> {
  const description = await server.environment.client.workflow.getHandle(workflowId).describe();
  const attributes = description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value] as const);
  return { summary: await description.staticSummary(), details: await description.staticDetails(), attributes: Object.fromEntries(attributes.filter(([name]) => name !== 'BuildIds' && name !== 'TemporalChangeVersion')) };
}

async function currentDetails(handle: PublishHandle): Promise<string | undefined> {
  return (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails;
}

test('who has never seen the code reads a publish in the Temporal UI, from the request to its end', async () => {
  const { db } = database;
  const site = await makeSite(db, { name: 'mechanics' });
  const user = await makeUser(db, 'ada@example.edu');
  const gate = createGate();
  const publishing = createPublishing({ build: () => gate.pass() });
  const activities = {
    ...publishing.activities,
    ...createRunsActivities({ db, config: makeConfig(), temporal: server.environment.client, log: pino({ level: 'silent' }) }),
    recordPublished: async (input: { runId: string }) => {
      await moveRun(db, { runId: input.runId, state: 'succeeded' });
      return { summary: 'Live site recorded', counts: {} };
    },
  };
  await runWorkers(server.environment, activities, async (queue) => {
    const request = await makeRequest(db, { siteId: site.id, version: 'live', requestedBy: user.id });
    await expect(engineOf(queue).deliver(request.id)).resolves.toBe('told');
    const workflowId = publishSiteContract.workflowId('mechanics', 'live');
    const handle = server.environment.client.workflow.getHandle(workflowId) as unknown as PublishHandle;
    await until('the build begins', () => Promise.resolve(gate.arrived === 1));

    await expect(words(workflowId)).resolves.toEqual({
      summary: 'Publish mechanics (live)',
      details: expect.stringContaining('Puts the **live** site `mechanics` in front of readers') as string,
      attributes: { SiteName: 'mechanics', Process: 'publish-site', PublishVersion: 'live', RequestedBy: user.name },
    });
    const running = await currentDetails(handle);
    expect(running).toContain('**Pass 1 of the live site `mechanics`: running**');
    expect(running).toContain('- ✅ **Freeze the content**: Revision 7');
    expect(running).toContain('- ▶️ **Build with Hugo**');
    expect(running).not.toContain('Another publish was asked for');

    const another = await makeRequest(db, { siteId: site.id, version: 'live', requestedBy: user.id });
    await engineOf(queue).deliver(another.id);
    await until('the second request is known', async () => (await handle.query(progress)).requestsWaiting);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    for (const { title } of publishSiteProcess.phases) expect(await currentDetails(handle)).toContain(`- ✅ **${title}**: `);
    for (const { id } of [request, another]) expect((await findRunRequest(db, id))?.runId).not.toBeNull();

    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap((event) => (event.activityTaskScheduledEventAttributes == null ? [] : [event.userMetadata?.summary == null ? null : defaultPayloadConverter.fromPayload<string>(event.userMetadata.summary)]));
    const ofOnePass = ['Freeze mechanics', 'Commit revision 7 and merge', 'Hugo build of c0ffee00', 'Compare with what readers see', 'Write 5 and remove 1 files', 'Purge the CDN of mechanics', 'Look at what readers get', 'Record what readers see now', 'Ask for the offline site', 'Ask for YouTube to be told of the videos'];
    expect(summaries).toEqual([...ofOnePass, ...ofOnePass]);
    await until('it is found by its site', async () => {
      for await (const found of server.environment.client.workflow.list({ query: `SiteName = 'mechanics' AND PublishVersion = 'live'` })) if (found.workflowId === workflowId) return true;
      return false;
    });
    await replayRun(handle, 'publishSite');
  });
});

test('an import, a pull, a reading of the starters and a cleanup say what they are', async () => {
  const { db } = database;
  const user = await makeUser(db, 'grace@example.edu');
  const engine = engineOf('unserved-studio');
  const importing = await makeRequest(db, { process: 'import-site', siteId: null, version: null, requestedBy: user.id, input: { folder: '18.05' } });
  const site = await makeSite(db, { name: 'optics' });
  const pulling = await makeRequest(db, { process: 'pull-content', siteId: site.id, version: null, requestedBy: user.id });
  const reading = await makeRequest(db, { process: 'sync-starters', siteId: null, version: null, requestedBy: user.id });
  await expect(engine.deliver(importing.id)).resolves.toBe('told');
  await expect(engine.deliver(pulling.id)).resolves.toBe('told');
  await expect(engine.deliver(reading.id)).resolves.toBe('told');
  for (const dryRun of [true, false]) {
    const cleaning = await makeRequest(db, { process: 'cleanup-content', siteId: null, version: null, requestedBy: user.id, input: { rule: 'baseurl', dryRun } });
    await expect(engine.deliver(cleaning.id)).resolves.toBe('told');
    await expect(words(cleanupContentContract.workflowId(cleaning.id))).resolves.toEqual({
      summary: dryRun ? 'Dry run of the cleanup baseurl' : 'Cleanup baseurl',
      details: expect.stringContaining('`pauseRequested`') as string,
      attributes: { Process: 'cleanup-content', RequestedBy: user.name },
    });
    // Told again after the answer was lost, it is the same.
    await db('run_requests').where({ id: cleaning.id }).update({ delivered_at: null });
    await expect(engine.deliver(cleaning.id)).resolves.toBe('told');
  }
  await expect(words(importSiteContract.workflowId(importing.id))).resolves.toEqual({
    summary: 'Import 18.05',
    details: expect.stringContaining('`18.05`') as string,
    attributes: { Process: 'import-site', RequestedBy: user.name },
  });
  await expect(words(pullContentContract.workflowId('optics'))).resolves.toEqual({
    summary: 'Pull optics',
    details: expect.stringContaining('repository of `optics`') as string,
    attributes: { SiteName: 'optics', Process: 'pull-content', RequestedBy: user.name },
  });
  await expect(words(syncStartersContract.workflowId())).resolves.toEqual({
    summary: 'Read the starters',
    details: expect.stringContaining('starter configuration') as string,
    attributes: { Process: 'sync-starters', RequestedBy: user.name },
  });
});
