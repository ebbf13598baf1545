import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConcourse } from '#local/standins/concourse/createConcourse.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { watchJournal } from './support/watchJournal.ts';

const home = mkdtempSync(join(tmpdir(), 'ocw-concourse-'));
const standIn = createConcourse({ home, username: 'studio', password: 'secret' });
let base = '';
let authorization = '';
beforeAll(async () => {
  base = await standIn.listen();
  standIn.quirks.firstCallIsRefused = false;
  // As a browser does, by hand: the login page, its state, the form.
  const start = await fetch(`${base}/sky/login`, { redirect: 'manual' });
  const cookie = (start.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const state = cookie.split('=')[1] ?? '';
  const done = await fetch(`${base}/sky/issuer/auth/local/login?state=${state}`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams({ login: 'studio', password: 'secret' }) });
  authorization = `Bearer ${/bearer ([^"]+)"/.exec(done.headers.get('set-cookie') ?? '')?.[1] ?? ''}`;
});
afterAll(async () => {
  await standIn.close();
  rmSync(home, { recursive: true, force: true });
});

const pipeline = { jobs: [{ name: 'job', plan: [{ task: 'work', config: { platform: 'linux', run: { path: 'true' } } }] }] };
const headers = (more: Record<string, string> = {}) => ({ authorization, 'content-type': 'application/json', ...more });
const request = (path: string, init: RequestInit = {}) => fetch(`${base}/api/v1${path}`, { headers: headers(), ...init });

describe('Concourse’s stand-in', () => {
  const watch = watchJournal(() => base);
  const put = (name: string, config: unknown) => request(`/teams/ocw/pipelines/${name}/config`, { method: 'PUT', body: JSON.stringify(config) });

  it('answers with the fields the real one has', async () => {
    expect((await put('live', pipeline)).status).toBe(201);
    const read = await request('/teams/ocw/pipelines/live/config');
    expect([read.headers.get('x-concourse-config-version'), await read.json()]).toEqual(['1', { config: pipeline }]);
    const conflict = await put('live', pipeline);
    expect([conflict.status, await conflict.text()]).toEqual([500, 'failed to save config: comparison with existing config failed during save']);
    expect((await request('/teams/ocw/pipelines/live/unpause', { method: 'PUT' })).status).toBe(200);
    const build = (await (await request('/teams/ocw/pipelines/live/jobs/job/builds', { method: 'POST' })).json()) as Record<string, unknown>;
    expect(build).toMatchObject({ status: 'pending', team_name: 'ocw', name: '1', job_name: 'job', pipeline_name: 'live', created_by: 'studio' });
    expect((await request('/builds/4711')).status).toBe(404);
  });

  it('tells instances apart by their variables, in whatever order', async () => {
    const one = `?vars=${encodeURIComponent('{"a":1,"b":"x"}')}`;
    const same = `?vars=${encodeURIComponent('{"b":"x","a":1}')}`;
    expect((await request(`/teams/ocw/pipelines/mass/config${one}`, { method: 'PUT', body: JSON.stringify(pipeline) })).status).toBe(201);
    expect((await request(`/teams/ocw/pipelines/mass/config${same}`)).status).toBe(200);
    expect((await request('/teams/ocw/pipelines/mass/config')).status).toBe(404);
  });

  it('refuses a sign-in that brings no cookie of its page', async () => {
    const answer = await fetch(`${base}/sky/issuer/auth/local/login?state=none`, { method: 'POST', body: new URLSearchParams({ login: 'studio', password: 'secret' }) });
    expect([answer.status, await answer.text()]).toEqual([400, 'unexpected state']);
  });

  it('refuses what no correct client sends, as the real one does', async () => {
    const of = '/api/v1/teams/ocw/pipelines';
    const body = (config: unknown): RequestInit => ({ method: 'PUT', headers: headers(), body: JSON.stringify(config) });
    await watch.provoke('/api/v2/info', { headers: headers() }, { status: 404, says: '' });
    await watch.provoke(`${of}/live/rename`, { method: 'PUT', headers: headers() }, { status: 404, says: '' });
    await watch.provoke(of, { method: 'POST', headers: headers() }, { status: 405, says: '' });
    await watch.provoke(`${of}/live/jobs/none/builds`, { method: 'POST', headers: headers() }, { status: 404, says: '' });
    await watch.provoke(`${of}/live/resources/none/check`, { method: 'POST', headers: headers(), body: '{"from":null}' }, { status: 404, says: '' });
    await watch.provoke(`${of}/live/config?instance=1`, { headers: headers() }, { status: 400, says: /unknown parameter/ });
    await watch.provoke(`${of}/live/config?vars={`, { headers: headers() }, { status: 400, says: /malformed instance vars/ });
    await watch.provoke(`${of}/live/unpause`, { method: 'PUT', headers: { authorization, 'content-type': 'text/plain' } }, { status: 415, says: /media type/ });
    await watch.provoke(`${of}/new/config`, { method: 'PUT', headers: headers(), body: 'jobs: []' }, { status: 400, says: /malformed config/ });
    await watch.provoke(`${of}/new/config`, body({ jobs: [] }), { status: 400, says: /at least one job/ });
    await watch.provoke(`${of}/new/config`, body({ ...pipeline, surprise: 1 }), { status: 400, says: /unknown field \\"surprise\\"/ });
    await watch.provoke(`${of}/new/config`, body({ jobs: [{ name: 'job', plan: [{ get: 'nothing' }] }] }), { status: 400, says: /unknown resource/ });
    expect((await request('/teams/other/pipelines')).status).toBe(403);
    expect((await fetch(`${base}${of}`)).status).toBe(401);
    await watch.expectNoOther();
  });

  describe('under faults', () => {
    checkFaults({
      base: () => base,
      request: (signal) => request('/teams/ocw/pipelines', signal === undefined ? {} : { signal }),
      match: 'GET /api/v1/teams/ocw/pipelines$',
      says: { limited: /too many requests/, broken: /internal server error/ },
      effect: { match: 'PUT .*pause$', send: () => request('/teams/ocw/pipelines/live/pause', { method: 'PUT' }), isThere: () => Promise.resolve(standIn.state.pipelines.find((one) => one.name === 'live')?.paused === true) },
    });
  });
});

it('knows its pipelines again after a restart, and says of what ran that it ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-concourse-'));
  try {
    const first = createConcourse({ home: folder, username: 'studio', password: 'secret' });
    first.state.pipelines.push({ id: 1, name: 'live', vars: null, paused: false, version: 3, config: pipeline, versions: {}, passed: {} });
    first.state.builds.push({ id: 2, kind: 'job', pipeline: 'live ', name: 'job', number: 1, status: 'started', log: [] });
    await first.listen();
    first.saveState();
    await first.close();
    const second = createConcourse({ home: folder, username: 'studio', password: 'secret' });
    expect(second.state.pipelines).toMatchObject([{ name: 'live', version: 3 }]);
    expect(second.state.builds).toMatchObject([{ id: 2, status: 'errored' }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
