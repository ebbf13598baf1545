import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '@temporalio/client';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import type { Site } from '#api/contracts/sites.ts';
import { startRelay } from '#api/relay.ts';
import { amendRun, findRun, recordPhase, skipPhases } from '#db/queries/runs.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { findRunRequest, insertRunRequest } from '#db/queries/runRequests.ts';
import type { RunState } from '#domain/runs.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { until } from '../support/until.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const api = useApi({ env: () => temporal.env });
let client: Client;
let olga: Caller;

beforeAll(() => {
  client = createTemporalClient(api.config);
});
afterAll(() => client.connection.close());

/** A site of its own for a test, with an owner. */
async function ownSite(name: string): Promise<string> {
  const siteId = await makeSite(api.db, name);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  return siteId;
}

const publish = (site: string, version: 'draft' | 'live' = 'draft'): Promise<Answer> => api.call('POST /api/v1/sites/:site/publishes', olga, { params: { site }, body: { version } });
const requestOf = (answer: Answer): RunRequest => answer.json as RunRequest;
const deliveredAt = async (id: string): Promise<Date | null> => (await api.db('run_requests').where({ id }).first<{ delivered_at: Date | null }>('delivered_at')).delivered_at;

/** Ids of the requests a workflow was told of, in order. */
async function toldOf(workflowId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const data = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
    return data == null ? [] : [(JSON.parse(Buffer.from(data).toString('utf8')) as { requestId: string }).requestId];
  });
}

describe('a click on publish', () => {
  test('is written down, handed to the engine and answered with where to look', async () => {
    await ownSite('click');
    const answer = await publish('click');
    expect(answer.status).toBe(202);
    const request = requestOf(answer);
    expect(request).toMatchObject({ process: 'publish-site', site: 'click', version: 'draft', state: 'queued', runId: null });
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${request.id}`);
    const looked = await api.send('GET', answer.headers.get('location') ?? '', { headers: olga.headers });
    expect(looked.json).toEqual(request);

    const described = await client.workflow.getHandle(publishSiteContract.workflowId('click', 'draft')).describe();
    expect(described.type).toBe('publishSite');
    expect(described.taskQueue).toBe('studio');
    expect(described.searchAttributes).toMatchObject({ SiteName: ['click'], Process: ['publish-site'], PublishVersion: ['draft'], RequestedBy: ['olga'] });
    expect(await described.staticSummary()).toBe('Publish click (draft)');
    expect(await toldOf(described.workflowId)).toEqual([request.id]);
  });

  test('and nineteen more share one workflow, each with its own row, and people see them wait', async () => {
    await ownSite('coalesce');
    const answers = await Promise.all(Array.from({ length: 20 }, () => publish('coalesce', 'live')));
    const ids = answers.map((answer) => requestOf(answer).id);
    expect(new Set(ids).size).toBe(20);
    expect((await toldOf(publishSiteContract.workflowId('coalesce', 'live'))).sort()).toEqual([...ids].sort());
    const executions: string[] = [];
    for await (const execution of client.workflow.list({ query: `WorkflowId = '${publishSiteContract.workflowId('coalesce', 'live')}'` })) executions.push(execution.runId);
    expect(executions.length).toBeLessThanOrEqual(1); // The list lags; the history above is of the one that is open.

    const site = (await api.call('GET /api/v1/sites/:site', olga, { params: { site: 'coalesce' } })).json as Site;
    expect(site.live.state).toBe('waiting');
    expect(site.live.waiting.map((request) => request.id).sort()).toEqual([...ids].sort());
    expect(site.live.waiting.every((request) => request.delivered && request.person?.name === 'olga')).toBe(true);
    expect(site.draft).toMatchObject({ state: 'never', waiting: [] });
  });

  test('on a site with a very long name is taken by the engine all the same', async () => {
    const name = 'long-'.repeat(100);
    await ownSite(name);
    expect(requestOf(await publish(name)).state).toBe('queued');
    expect(await toldOf(publishSiteContract.workflowId(name, 'draft'))).toHaveLength(1);
  });

  test('on an import of a folder with a very long name, too', async () => {
    const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const answer = await api.call('POST /api/v1/imports', ada, { query: { starter: 'course', folder: '💡'.repeat(100), gitUrl: 'https://git.localhost/a.git' } });
    expect(requestOf(answer).state).toBe('queued');
    const described = await client.workflow.getHandle(importSiteContract.workflowId(requestOf(answer).id)).describe();
    expect(await described.staticSummary()).toMatch(/^Import 💡+…$/u);
  });
});

describe('the three buttons', () => {
  const states: readonly RunState[] = ['running', 'failed', 'succeeded', 'cancelled', 'superseded', 'terminated'];
  const allowed: Readonly<Record<'retry' | 'cancel' | 'give-up', readonly RunState[]>> = { retry: ['failed'], cancel: ['running'], 'give-up': ['failed'] };
  const words: Readonly<Record<RunState, RegExp>> = { running: /: it is running\.$/, failed: /: it has failed\.$/, succeeded: /: it has succeeded\.$/, cancelled: /: it was cancelled\.$/, superseded: /: it was superseded by a newer publish\.$/, terminated: /: it was ended\.$/ };
  const cases = (['retry', 'cancel', 'give-up'] as const).flatMap((button) => states.filter((state) => !allowed[button].includes(state)).map((state) => ({ button, state })));

  test.each(cases)('$button of a run that is $state is refused with a sentence', async ({ button, state }) => {
    const siteId = await ownSite(`no-${button}-${state}`);
    const run = await makeRun(api.db, { siteId, state, phase: 'build' });
    const answer = await api.call(`POST /api/v1/runs/:run/${button}`, olga, { params: { run } });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'wrongState']);
    expect(messageOf(answer)).toMatch(/^The run cannot be (retried|stopped|given up) now/);
    expect(messageOf(answer)).toMatch(words[state]);
  });

  test('a publish that writes to the site cannot be stopped any more', async () => {
    const siteId = await ownSite('deploying');
    const run = await makeRun(api.db, { siteId, phase: 'plan' });
    await recordPhase(api.db, { runId: run, phase: 'deploy', state: 'running' });
    const answer = await api.call('POST /api/v1/runs/:run/cancel', olga, { params: { run } });
    expect(messageOf(answer)).toBe('The run cannot be stopped now: it is writing to the site and will finish.');
  });

  test('a publish that Concourse builds says so, can be stopped until it is recorded, and has nothing of ours to look at', async () => {
    await readInstallation(api.db, 'ours');
    const siteId = await ownSite('elsewhere');
    const id = await makeRun(api.db, { siteId, phase: 'commit' });
    const run = async (): Promise<Run> => (await api.call('GET /api/v1/runs/:run', olga, { params: { run: id } })).json as Run;
    expect(await run()).toMatchObject({ builder: null, about: null });
    await amendRun(api.db, id, { frozen: { revision: 3, about: 'chapter 1' } });
    await recordPhase(api.db, { runId: id, phase: 'build', state: 'done' });
    expect(await run()).toMatchObject({ builder: 'temporal', about: 'chapter 1', previewUrl: expect.stringContaining(id.replaceAll('-', '')) as string });
    await amendRun(api.db, id, { frozen: { revision: 3, builder: 'concourse' } });
    await skipPhases(api.db, id, ['plan', 'deploy', 'purge', 'verify']);
    expect(await run()).toMatchObject({ builder: 'concourse', previewUrl: null, can: { cancel: true } });
    await recordPhase(api.db, { runId: id, phase: 'record', state: 'running' });
    expect((await run()).can.cancel).toBe(false);
  });

  test.each([
    ['retry', 'failed', 'retryRequested'],
    ['cancel', 'running', 'cancelRequested'],
    ['give-up', 'failed', 'gaveUp'],
  ] as const)('%s of a run that is %s tells its workflow %s with the run’s id', async (button, state, signal) => {
    const siteId = await ownSite(`yes-${button}`);
    await publish(`yes-${button}`);
    const workflowId = publishSiteContract.workflowId(`yes-${button}`, 'draft');
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    const run = await makeRun(api.db, { siteId, state, phase: 'build', workflowId, workflowRunId: runId });
    const answer = await api.call(`POST /api/v1/runs/:run/${button}`, olga, { params: { run } });
    expect(answer.status).toBe(202);
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const last = events?.findLast((event) => event.workflowExecutionSignaledEventAttributes != null)?.workflowExecutionSignaledEventAttributes;
    expect(last?.signalName).toBe(signal);
    expect(JSON.parse(Buffer.from(last?.input?.payloads?.[0]?.data ?? []).toString('utf8'))).toEqual({ runId: run });
  });

  test('a run whose workflow is gone says so, and not that the engine is down', async () => {
    const siteId = await ownSite('gone');
    const run = await makeRun(api.db, { siteId, state: 'failed', phase: 'build' });
    const answer = await api.call('POST /api/v1/runs/:run/retry', olga, { params: { run } });
    expect([codeOf(answer), messageOf(answer)]).toEqual(['wrongState', 'The run’s workflow has ended, so nothing can be asked of it any more. Publish again.']);
  });

  test('an import has no buttons', async () => {
    const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const run = await makeRun(api.db, { siteId: null, version: null, process: 'import-site', state: 'failed', workflowId: 'import-site/x' });
    expect(codeOf(await api.call('POST /api/v1/runs/:run/retry', ada, { params: { run } }))).toBe('wrongState');
  });
});

describe('while Temporal is down', () => {
  beforeAll(() => temporal.kill());
  afterAll(() => temporal.start());

  test('a click is answered with 202 within two seconds and waits for the engine', async () => {
    await ownSite('patient');
    const before = performance.now();
    const answer = await publish('patient');
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(answer.status).toBe(202);
    expect(requestOf(answer)).toMatchObject({ state: 'engine', message: 'Waiting for the engine.', runId: null });
    const site = (await api.call('GET /api/v1/sites/:site', olga, { params: { site: 'patient' } })).json as Site;
    expect(site.draft).toMatchObject({ state: 'waiting', waiting: [{ id: requestOf(answer).id, delivered: false }] });
  });

  test('a button says that nothing was changed', async () => {
    const siteId = await ownSite('unheard');
    const run = await makeRun(api.db, { siteId, state: 'failed', phase: 'build' });
    const before = performance.now();
    const answer = await api.call('POST /api/v1/runs/:run/retry', olga, { params: { run } });
    expect(performance.now() - before).toBeLessThan(2_000);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([503, 'engineUnavailable', 'The engine does not answer. Nothing was changed; try again in a moment.']);
    expect((await api.db('runs').where({ id: run }).first<{ state: string }>('state')).state).toBe('failed');
  });

  test('the rest of the studio goes on, and says which part is down', async () => {
    await ownSite('browsed');
    expect((await api.call('GET /api/v1/sites', olga)).status).toBe(200);
    const full = await api.send('GET', '/health/full/');
    expect(full.status).toBe(503);
    expect(full.json).toMatchObject({ parts: [{ name: 'Database', ok: true }, { name: 'Engine (Temporal)', ok: false, message: 'does not answer: requests are kept and delivered when it is back' }, { ok: false }] });
    expect((await api.send('GET', '/health/readiness/')).status).toBe(200);
  });
});

describe('when Temporal comes back', () => {
  test('what waited is delivered exactly once, by however many relays, and a request it refuses keeps none waiting', async () => {
    await ownSite('outage');
    const refused = await insertRunRequest(api.db, { process: 'of-another-version', requestedBy: null });
    await api.db('run_requests').where({ id: refused.id }).update({ created_at: api.db.raw(`now() - interval '10 minutes'`) });
    const hopeless = await insertRunRequest(api.db, { process: 'of-another-version', requestedBy: olga.userId });
    await api.db('run_requests').where({ id: hopeless.id }).update({ created_at: api.db.raw(`now() - interval '61 minutes'`) });
    await temporal.kill();
    const waiting = requestOf(await publish('outage'));
    expect(waiting.state).toBe('engine');
    const relays = Array.from({ length: 3 }, () => startRelay({ db: api.db, engine: api.deps.engine, log: api.deps.log }, 50));
    try {
      await temporal.start();
      await until('the relay delivers', async () => (await deliveredAt(waiting.id)) !== null, { withinMs: 15_000 });
      expect(await toldOf(publishSiteContract.workflowId('outage', 'draft'))).toEqual([waiting.id]);
      expect((await api.call('GET /api/v1/requests/:request', olga, { params: { request: waiting.id } })).json).toMatchObject({ state: 'queued' });
      expect(await deliveredAt(refused.id)).toBeNull();
      expect(api.logged.some((line) => line['requestId'] === refused.id && line.level === 50)).toBe(true);
      // After an hour it is no use to wait: a run says so, and nobody tries again.
      const closed = await until('the hopeless one is closed', async () => (await findRunRequest(api.db, hopeless.id))?.runId ?? undefined);
      expect(await findRun(api.db, closed)).toMatchObject({ process: 'of-another-version', state: 'terminated', reasonCode: 'EngineRefused' });
      const admin = await api.person('admin-of-refusals@example.edu', [{ role: 'global_admin' }]);
      expect((await api.call('GET /api/v1/runs/:run', admin, { params: { run: closed } })).json).toMatchObject({ state: 'terminated', reason: { message: expect.stringContaining('The engine refuses to begin this') as string } });
    } finally {
      await Promise.all(relays.map((relay) => relay.stop()));
    }
  });
});
