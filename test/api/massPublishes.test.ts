import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import type { MassPublish } from '#api/contracts/massPublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { insertMassPublish, steerMassPublish } from '#db/queries/massPublishes.ts';
import { insertMassSites } from '#db/queries/massPublishSites.ts';
import { bindRequest, insertRunRequest } from '#db/queries/runRequests.ts';
import { moveRun, openRun } from '#db/queries/runs.ts';
import type { RunState } from '#domain/runs.ts';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});

async function outSite(name: string): Promise<string> {
  const siteId = await makeSite(api.db, name);
  const { runId } = await openRun(api.db, { process: 'publish-site', siteId, version: 'live', workflowId: `publish-site/${name}/live`, workflowRunId: uuidv7(), pass: 1, frozen: {} });
  await beginDeployment(api.db, { siteId, version: 'live', theme: '' }, `manifests/${runId}`);
  await finishDeployment(api.db, { siteId, version: 'live', theme: '' }, { manifestKey: `manifests/${runId}`, runId, commit: 'c'.repeat(40), contentRevision: 1 });
  return siteId;
}

/** A mass publish as a worker leaves it, with sites in these states. */
async function massOf(state: RunState, sites: Readonly<Record<string, string>>, given: { kind?: 'publish' | 'undo'; undoes?: string } = {}): Promise<string> {
  const id = (await insertRunRequest(api.db, { process: 'mass-publish', version: 'live', requestedBy: ada.userId, input: { kind: 'publish', window: 3 } })).id;
  await openRun(api.db, { id, process: 'mass-publish', siteId: null, version: 'live', workflowId: `mass-publish/${id}`, workflowRunId: uuidv7(), pass: 1, frozen: { starter: 'course', themesCommit: 't'.repeat(40), projectsCommit: 'p'.repeat(40), webpackVersion: null } });
  await bindRequest(api.db, id, id);
  await insertMassPublish(api.db, { id, version: 'live', kind: given.kind ?? 'publish', undoesId: given.undoes ?? null, window: 3 });
  const names = Object.keys(sites);
  for (const [position, name] of names.entries()) {
    const siteId = await makeSite(api.db, `${name}-${id}`);
    await insertMassSites(api.db, id, [{ siteId, position, state: 'waiting', reason: null }]);
    await api.db('mass_publish_sites').where({ mass_publish_id: id, site_id: siteId }).update({ state: sites[name], reason: sites[name] === 'failed' ? 'Hugo says no.' : null });
  }
  if (state !== 'running') await moveRun(api.db, { runId: id, state });
  return id;
}

const ask = (body: Record<string, unknown> = {}): Promise<Answer> => api.call('POST /api/v1/mass-publishes', ada, { body: { version: 'live', ...body } });
const read = async (run: string): Promise<MassPublish> => (await api.call('GET /api/v1/mass-publishes/:run', ada, { params: { run } })).json as MassPublish;

describe('asking for one', () => {
  test('is written down with all that was asked', async () => {
    await outSite('algebra');
    const answer = await ask({ filter: ['algebra'], starter: 'course', source: 'studio', window: 7 });
    expect(answer.status).toBe(202);
    const { id } = answer.json as RunRequest;
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${id}`);
    expect(await api.db('run_requests').where({ id }).first('process', 'version', 'requested_by', 'input')).toEqual({ process: 'mass-publish', version: 'live', requested_by: ada.userId, input: { kind: 'publish', names: ['algebra'], starter: 'course', source: 'studio', window: 7 } });
  });

  test('takes the studio’s window when none is named', async () => {
    const { id } = (await ask()).json as RunRequest;
    expect((await api.db('run_requests').where({ id }).first<{ input: unknown }>('input'))?.input).toEqual({ kind: 'publish', window: api.config.massPublishWindow });
  });

  test('is refused while one of the version is asked for or at work, and not for the other version', async () => {
    await ask();
    const second = await ask();
    expect([second.status, codeOf(second), messageOf(second)]).toEqual([409, 'wrongState', 'A mass publish of the live sites is asked for already. Wait for its end.']);
    expect((await ask({ version: 'draft' })).status).toBe(202);
    await api.clear();
    ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const running = await massOf('running', {});
    expect(messageOf(await ask())).toContain(running);
  });

  test('two at once make one', async () => {
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409, 409]);
  });

  test.each([
    ['a site that does not exist', { filter: ['nowhere'] }, 404, 'There is no site named ‘nowhere’.'],
    ['a starter that does not exist', { starter: 'nowhere' }, 422, 'There is no starter ‘nowhere’.'],
  ])('for %s is refused', async (_what, body, status, sentence) => {
    const answer = await ask(body);
    expect([answer.status, messageOf(answer)]).toEqual([status, sentence]);
  });
});

test('a preview counts the sites, names the first and those left out, and says whether it would be refused', async () => {
  await outSite('algebra');
  await outSite('calculus');
  await makeSite(api.db, 'never');
  const preview = async (body: Record<string, unknown>): Promise<unknown> => (await api.call('POST /api/v1/mass-publishes/preview', ada, { body: { version: 'live', ...body } })).json;
  expect(await preview({})).toEqual({ sites: 2, first: ['algebra', 'calculus'], leftOut: [], window: api.config.massPublishWindow, refusal: null });
  expect(await preview({ filter: ['calculus', 'never'], window: 9 })).toEqual({ sites: 1, first: ['calculus'], leftOut: ['never'], window: 9, refusal: null });
  expect(await preview({ version: 'draft' })).toMatchObject({ sites: 0 });
  await ask();
  expect(await preview({})).toMatchObject({ refusal: 'A mass publish of the live sites is asked for already. Wait for its end.' });
});

describe('one that is at work', () => {
  test('says how far it is and what can be done', async () => {
    const id = await massOf('running', { a: 'succeeded', b: 'failed', c: 'asked', d: 'waiting' });
    expect(await read(id)).toMatchObject({
      id, kind: 'publish', version: 'live', state: 'running', isPaused: false, window: 3, sites: 4, filter: { names: null, starter: 'course', source: null }, builtFrom: { themesCommit: 't'.repeat(40), projectsCommit: 'p'.repeat(40) },
      counts: { waiting: 1, asked: 1, succeeded: 1, failed: 1 }, summary: '1 of 4 sites published, 1 failed', requestedBy: { id: ada.userId }, estimatedEndAt: null,
      can: { pause: true, resume: false, cancel: true, changeWindow: true, retryFailed: true, undo: false },
    });
    await steerMassPublish(api.db, id, { window: 3, isPaused: true });
    expect((await read(id)).can).toMatchObject({ pause: false, resume: true, cancel: true });
  });

  test('estimates its end from the sites that ended last', async () => {
    const id = await massOf('running', { a: 'succeeded', b: 'succeeded', c: 'waiting' });
    const rows = await api.db('mass_publish_sites').where({ mass_publish_id: id, state: 'succeeded' }).orderBy('position').select<{ id: string }[]>('id');
    for (const [index, row] of rows.entries()) await api.db('mass_publish_sites').where({ id: row.id }).update({ ended_at: new Date(Date.now() - (index + 1) * 60_000) });
    const { estimatedEndAt } = await read(id);
    expect(Date.parse(estimatedEndAt ?? '')).toBeGreaterThan(Date.now());
  });

  test('lists its sites by page and state, with their reasons', async () => {
    const id = await massOf('running', { a: 'succeeded', b: 'failed', c: 'waiting' });
    const list = async (query: Record<string, string | number>) => (await api.call('GET /api/v1/mass-publishes/:run/sites', ada, { params: { run: id }, query })).json as { total: number; sites: { site: { name: string }; state: string; reason: string | null }[] };
    expect((await list({})).sites.map((line) => line.state)).toEqual(['succeeded', 'failed', 'waiting']);
    expect(await list({ state: 'failed' })).toMatchObject({ total: 1, sites: [{ site: { name: `b-${id}` }, reason: 'Hugo says no.' }] });
    expect((await list({ limit: 1, offset: 2 })).sites.map((line) => line.state)).toEqual(['waiting']);
  });

  test('says that the engine is away when it cannot be steered', async () => {
    const id = await massOf('running', { a: 'waiting' });
    const answer = await api.call('POST /api/v1/mass-publishes/:run/pause', ada, { params: { run: id } });
    expect([answer.status, codeOf(answer)]).toEqual([503, 'engineUnavailable']);
  });
});

test.each([
  ['pause', 'succeeded', 'The mass publish cannot be paused now: it has ended.'],
  ['resume', 'running', 'The mass publish cannot be resumed now: it is at work.'],
  ['cancel', 'failed', 'The mass publish cannot be cancelled now: it waits with failed sites.'],
  ['retry-failed', 'succeeded', 'The mass publish cannot be retried now: it has ended, and no site of it failed.'],
] as const)('%s is refused when one is %s, with the reason', async (button, state, sentence) => {
  const id = await massOf(state, { a: state === 'failed' ? 'failed' : 'succeeded' });
  const answer = await api.call(`POST /api/v1/mass-publishes/:run/${button}`, ada, { params: { run: id } });
  expect([answer.status, messageOf(answer)]).toEqual([409, sentence]);
});

describe('an undo', () => {
  const undo = (run: string): Promise<Answer> => api.call('POST /api/v1/mass-publishes/:run/undo', ada, { params: { run } });

  test('is asked for as a mass publish of its own', async () => {
    const id = await massOf('succeeded', { a: 'succeeded' });
    expect((await read(id)).can.undo).toBe(true);
    const answer = await undo(id);
    expect(answer.status).toBe(202);
    expect(await api.db('run_requests').where({ id: (answer.json as RunRequest).id }).first('process', 'version', 'input')).toEqual({ process: 'mass-publish', version: 'live', input: { kind: 'undo', undoes: id, window: 3 } });
  });

  test.each([
    ['is at work', 'running', 'succeeded', 'it is at work; cancel it first'],
    ['put nothing out', 'cancelled', 'cancelled', 'nothing is left of it that could be taken back'],
    ['was undone', 'succeeded', 'undone', 'nothing is left of it that could be taken back'],
  ] as const)('of one that %s is refused', async (_what, state, site, why) => {
    expect(messageOf(await undo(await massOf(state, { a: site })))).toBe(`The mass publish cannot be undone: ${why}.`);
  });

  test('of an undo is refused', async () => {
    const id = await massOf('succeeded', { a: 'succeeded' });
    expect(messageOf(await undo(await massOf('succeeded', { b: 'succeeded' }, { kind: 'undo', undoes: id })))).toBe('The mass publish cannot be undone: it is an undo itself; publish the sites instead.');
  });
});
