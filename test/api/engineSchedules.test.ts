import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineSchedule } from '#api/contracts/engineSchedules.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { upsertSchedules } from '#temporal/schedules.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const api = useApi({ env: () => temporal.env });
const settings = { themeCheckMinutes: 0, importSyncIntervalMs: 3_600_000, linkCheckSeconds: 600, driveWatchIntervalMs: 0, driveListingIntervalMs: 0, threePlayUpdatesIntervalMs: 0 };

let client: ReturnType<typeof createTemporalClient>;
let ada: Caller;

beforeAll(async () => {
  client = createTemporalClient(api.config);
  await upsertSchedules(client, api.config.temporalTaskQueuePrefix, settings);
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});
afterAll(() => client.connection.close());

async function schedule(id: string): Promise<EngineSchedule> {
  const { schedules } = (await api.call('GET /api/v1/engine-schedules', ada)).json as { schedules: EngineSchedule[] };
  const found = schedules.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`There is no schedule ${id}`);
  return found;
}
const steer = (id: string, step: 'pause' | 'resume' | 'run', body?: object) => api.call(`POST /api/v1/engine-schedules/:schedule/${step}`, ada, { params: { schedule: id }, ...(body === undefined ? {} : { body }) });

test('recurring work is told of with when it is done next, and what is not set up here says so', async () => {
  expect(await schedule('check-links')).toMatchObject({ title: 'Link check', isSetUp: true, everyMs: 600_000, paused: null, isRunning: false, nextAt: expect.any(String) as string });
  expect(await schedule('watch-drive')).toMatchObject({ isSetUp: false, everyMs: null, nextAt: null });
});

test('a pause has a reason and a name, holds over a new start of the workers, and ends by a word; all of it is in the audit log', async () => {
  const paused = await steer('sync-import-bucket', 'pause', { reason: 'The other side moves its bucket.' });
  expect(paused.json).toMatchObject({ paused: { reason: 'The other side moves its bucket. (ada)' }, nextAt: null });
  await upsertSchedules(client, api.config.temporalTaskQueuePrefix, settings);
  expect(await schedule('sync-import-bucket')).toMatchObject({ paused: { reason: 'The other side moves its bucket. (ada)' } });
  const again = await steer('sync-import-bucket', 'pause', { reason: 'Again.' });
  expect([codeOf(again), messageOf(again)]).toEqual(['wrongState', 'It is paused already: The other side moves its bucket. (ada)']);
  expect((await steer('sync-import-bucket', 'resume')).json).toMatchObject({ paused: null, nextAt: expect.any(String) as string });
  expect(codeOf(await steer('sync-import-bucket', 'resume'))).toBe('wrongState');
  const entries = await api.db('audit_entries').whereIn('action', ['schedule-pause', 'schedule-resume']).orderBy('created_at').select<object[]>('action', 'actor_name', 'detail', 'outcome');
  expect(entries).toEqual([
    { action: 'schedule-pause', actor_name: 'ada', detail: { process: 'sync-import-bucket', reason: 'The other side moves its bucket.' }, outcome: 'done' },
    { action: 'schedule-pause', actor_name: 'ada', detail: { process: 'sync-import-bucket', reason: 'Again.' }, outcome: 'refused' },
    { action: 'schedule-resume', actor_name: 'ada', detail: { process: 'sync-import-bucket' }, outcome: 'done' },
    { action: 'schedule-resume', actor_name: 'ada', detail: { process: 'sync-import-bucket' }, outcome: 'refused' },
  ]);
});

test('work is done at once, but never twice at a time', async () => {
  expect((await steer('reconcile-runs', 'run')).status).toBe(200);
  await expect.poll(async () => (await schedule('reconcile-runs')).isRunning, { timeout: 10_000 }).toBe(true);
  const again = await steer('reconcile-runs', 'run');
  expect([codeOf(again), messageOf(again)]).toEqual(['wrongState', 'It is at work now. Wait for its end: two at once would do the same twice.']);
  const { recent } = await schedule('reconcile-runs');
  expect(recent).toHaveLength(1);
  expect(recent[0]).toMatchObject({ run: null, temporalUrl: expect.stringContaining('/workflows/reconcile-runs') as string });
});

describe('runs and executions', () => {
  test('that have no counterpart are named once both lists had time to follow each other', async () => {
    const siteId = await makeSite(api.db, 'algebra');
    const { workflowId, workflowType, taskQueue } = publishSiteContract;
    const execution = await client.workflow.start(workflowType, { workflowId: workflowId('algebra', 'draft'), taskQueue: taskQueueName(taskQueue, ''), args: [{ siteId, siteName: 'algebra', version: 'draft' }] });
    const known = await makeRun(api.db, { siteId, version: 'draft', workflowId: execution.workflowId, workflowRunId: execution.firstExecutionRunId });
    const lost = await makeRun(api.db, { siteId, version: 'live', workflowId: workflowId('algebra', 'live') });
    const over = await makeRun(api.db, { siteId, version: null, process: 'check-links', state: 'failed', workflowId: 'check-links/algebra' });
    const fresh = await makeRun(api.db, { siteId, version: null, process: 'pull-content', workflowId: 'pull-content/algebra' });
    await api.db('runs').whereIn('id', [known, lost, over]).update({ updated_at: new Date(Date.now() - 3_600_000) });
    await expect.poll(async () => ((await api.call('GET /api/v1/run-differences', ada)).json as { compared: { executions: number } }).compared.executions, { timeout: 10_000 }).toBeGreaterThan(0);
    const said = (await api.call('GET /api/v1/run-differences', ada)).json as { rowsWithoutExecution: { run: string }[]; compared: { isWhole: boolean } };
    expect(said.rowsWithoutExecution).toMatchObject([{ run: lost, process: 'publish-site', site: 'algebra', state: 'running' }]);
    expect(said.compared.isWhole).toBe(true);
    expect(JSON.stringify(said)).not.toContain(fresh);
  });
});

test('without Temporal it is said that the engine does not answer', async () => {
  await temporal.kill();
  for (const answer of [await api.call('GET /api/v1/engine-schedules', ada), await steer('check-links', 'run'), await api.call('GET /api/v1/run-differences', ada)]) {
    expect([answer.status, codeOf(answer)]).toEqual([503, 'engineUnavailable']);
    expect(messageOf(answer)).toBe('The engine (Temporal) does not answer. Nothing was changed; try again in a moment.');
  }
});
