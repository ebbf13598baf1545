import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFastly, FastlyError } from '#clients/fastly.ts';
import { createFastly as createStandIn } from '#local/standins/fastly/createFastly.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const standIn = createStandIn({ services: { 'live-service': 'live-token', 'draft-service': 'draft-token', 'learn-service': 'learn-token' } });
const learn = { name: 'learn', distribution: 'live', serviceId: 'learn-service', apiToken: 'learn-token' };
let url = '';
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(() => standIn.close());
beforeEach(() => {
  standIn.purges.length = 0;
});

const clientOf = (env: Record<string, string> = {}) =>
  createFastly(makeConfig({ FASTLY_API_URL: url, FASTLY_LIVE_SERVICE_ID: 'live-service', FASTLY_LIVE_API_TOKEN: 'live-token', FASTLY_DRAFT_SERVICE_ID: 'draft-service', FASTLY_DRAFT_API_TOKEN: 'draft-token', ...env }));
const errorOf = async (work: Promise<unknown>): Promise<FastlyError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof FastlyError) return error;
  throw error;
};

describe('a purge', () => {
  it('goes to the service of its distribution with its own token, hard unless told otherwise', async () => {
    expect(await clientOf().purgeAll({ distribution: 'live', key: 'my-site' })).toEqual({ purged: ['live'], skipped: [] });
    expect(await clientOf({ CONCOURSE_HARD_PURGE: 'false' }).purgeAll({ distribution: 'draft', key: 'my-site' })).toEqual({ purged: ['draft'], skipped: [] });
    expect(standIn.purges).toMatchObject([
      { service: 'live-service', key: 'my-site', soft: false },
      { service: 'draft-service', key: 'my-site', soft: true },
    ]);
  });

  it('sends the key as it is, whatever characters it has', async () => {
    await clientOf().purgeAll({ distribution: 'live', key: 'a/b c+ä%2F' });
    expect(standIn.purges).toMatchObject([{ key: 'a/b c+ä%2F' }]);
  });

  it('of a distribution without credentials asks nothing and says so', async () => {
    const before = standIn.journal.length;
    expect(await clientOf().purgeAll({ distribution: 'test', key: 'my-site' })).toEqual({ purged: [], skipped: ['test'] });
    expect(await clientOf({ FASTLY_LIVE_API_TOKEN: '' }).purgeAll({ distribution: 'live', key: 'my-site' })).toEqual({ purged: [], skipped: ['live'] });
    expect(standIn.journal).toHaveLength(before);
  });

  it.each([
    ['a wrong token', { FASTLY_LIVE_API_TOKEN: 'wrong' }, 401, 'Fastly answered 401: Provided credentials are missing or invalid'],
    ['another account’s service', { FASTLY_LIVE_SERVICE_ID: 'other' }, 404, `Fastly answered 404: Record not found, Cannot load service 'other'`],
  ])('with %s is refused', async (_what, env, status, message) => {
    expect(await errorOf(clientOf(env).purgeAll({ distribution: 'live', key: 'my-site' }))).toMatchObject({ kind: 'refused', status, message });
    expect(standIn.purges).toEqual([]);
  });

  it('that is limited says when the limit ends', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 30 });
    const error = await errorOf(clientOf().purgeAll({ distribution: 'live', key: 'my-site' }));
    expect(error).toMatchObject({ kind: 'unavailable', status: 429 });
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(31_000);
  });

  it('that Fastly fails at, or never answers, can be tried again', async () => {
    standIn.addFault({ fault: '503', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().purgeAll({ distribution: 'live', key: 'my-site' }))).toMatchObject({ kind: 'unavailable', status: 503, retryAfterMs: 7_000 });
    standIn.addFault({ fault: 'drop-after-accept' });
    expect(await errorOf(clientOf().purgeAll({ distribution: 'live', key: 'my-site' }))).toMatchObject({ kind: 'unavailable', status: null });
    expect(await errorOf(clientOf({ FASTLY_API_URL: 'http://127.0.0.1:9' }).purgeAll({ distribution: 'live', key: 'my-site' }))).toMatchObject({ kind: 'unavailable', status: null });
    // The answer was lost, the purge was made.
    expect(standIn.purges).toHaveLength(1);
  });

  it('ends with the activity that asked for it', async () => {
    standIn.addFault({ fault: 'timeout' });
    const stop = new AbortController();
    const purge = clientOf().purgeAll({ distribution: 'live', key: 'my-site', abortSignal: stop.signal });
    await until('it is asked', () => Promise.resolve(standIn.journal.at(-1)?.fault === 'timeout' ? true : undefined));
    stop.abort(new Error('stopped'));
    await expect(purge).rejects.toThrow('stopped');
  });
});

describe('others who show our pages', () => {
  const extras = (...targets: object[]) => clientOf({ FASTLY_EXTRA_PURGE_TARGETS: JSON.stringify(targets) });

  it('are purged after the distribution whose pages they show, and only then', async () => {
    expect(await extras(learn).purgeAll({ distribution: 'live', key: 'my-site' })).toEqual({ purged: ['live', 'learn'], skipped: [] });
    expect(await extras(learn).purgeAll({ distribution: 'draft', key: 'my-site' })).toEqual({ purged: ['draft'], skipped: [] });
    expect(standIn.purges.map((purge) => purge.service)).toEqual(['live-service', 'learn-service', 'draft-service']);
  });

  it('are purged although our own has no credentials', async () => {
    const client = clientOf({ FASTLY_LIVE_API_TOKEN: '', FASTLY_EXTRA_PURGE_TARGETS: JSON.stringify([learn]) });
    expect(await client.purgeAll({ distribution: 'live', key: 'my-site' })).toEqual({ purged: ['learn'], skipped: ['live'] });
  });

  it('are all asked before a failure is told, which names the one that failed', async () => {
    const error = await errorOf(extras({ ...learn, name: 'older', apiToken: 'wrong' }, learn).purgeAll({ distribution: 'live', key: 'my-site' }));
    expect(error).toMatchObject({ kind: 'refused', status: 401, message: 'Fastly answered 401: Provided credentials are missing or invalid (purging older)' });
    expect(standIn.purges.map((purge) => purge.service)).toEqual(['live-service', 'learn-service']);
  });

  it.each([
    ['what is no JSON', 'learn', 'it is no JSON: write [{"name": …'],
    ['what is no list', '{"name":"learn"}', 'it is no JSON list of targets'],
    ['a target without a token', JSON.stringify([{ ...learn, apiToken: undefined }]), 'expected string, received undefined'],
    ['a distribution there is none of', JSON.stringify([{ ...learn, distribution: 'offline' }]), 'expected one of'],
    ['a field there is none of', JSON.stringify([{ ...learn, token: 'x' }]), 'Unrecognized key'],
  ])('are not set by %s, and the fault shows no token', (_what, value, says) => {
    const fault = (): unknown => clientOf({ FASTLY_EXTRA_PURGE_TARGETS: value });
    expect(fault).toThrow(`FASTLY_EXTRA_PURGE_TARGETS is (hidden): `);
    expect(fault).toThrow(says);
    expect(fault).not.toThrow('learn-token');
  });
});

it('what is no purge of a key is journalled as unexpected', async () => {
  for (const [method, path] of [['GET', '/service/live-service/purge/x'], ['POST', '/service/live-service/purge_all'], ['POST', '/purge/x']] as const) {
    expect((await fetch(url + path, { method, headers: { 'fastly-key': 'live-token' } })).status).toBe(404);
    expect(standIn.journal.at(-1)).toMatchObject({ method, path, unexpected: true });
  }
});
