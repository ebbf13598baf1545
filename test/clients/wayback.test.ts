import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWayback, MAX_JOBS_PER_CALL, WaybackError } from '#clients/wayback.ts';
import { createWayback as createStandIn } from '#local/standins/wayback/createWayback.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const HOUR = 3_600_000;
const PAGE = 'https://example.edu/a page?b=c&d';

let standIn: ReturnType<typeof createStandIn>;
let url = '';
beforeEach(async () => {
  standIn = createStandIn({ accessKey: 'access', secretKey: 'secret', now: () => Date.UTC(2026, 10, 25, 12) });
  url = await standIn.listen();
});
afterEach(async () => {
  expect(standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  await standIn.close();
});

const clientOf = (env: Record<string, string> = {}) => createWayback(makeConfig({ ENABLE_WAYBACK_TASKS: 'true', WAYBACK_API_URL: url, WAYBACK_MACHINE_ACCESS_KEY: 'access', WAYBACK_MACHINE_SECRET_KEY: 'secret', ...env }));
const errorOf = async (work: Promise<unknown>): Promise<WaybackError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof WaybackError) return error;
  throw error;
};
/** The job of a capture of this link. */
async function submit(link = PAGE): Promise<string> {
  const submission = await clientOf().submit(link);
  if (submission.kind !== 'taken') throw new Error(submission.message);
  return submission.jobId;
}

describe('a capture', () => {
  it('is asked for, is at work, and is done', async () => {
    const jobId = await submit();
    expect(standIn.captures()).toMatchObject([{ url: PAGE }]);
    expect((await clientOf().statuses([jobId])).get(jobId)).toEqual({ kind: 'pending' });
    standIn.control({ advanceMs: 90_000 });
    expect((await clientOf().statuses([jobId])).get(jobId)).toEqual({ kind: 'done', timestamp: '20261125120020', originalUrl: PAGE });
  });

  it('is not made twice: a second call finds the first, at work or done within the interval', async () => {
    const jobId = await submit();
    expect(await clientOf().submit(PAGE)).toEqual({ kind: 'taken', jobId, startsInMs: 0 });
    standIn.control({ advanceMs: 29 * 24 * HOUR });
    expect(await submit()).toBe(jobId);
    expect(standIn.captures()).toHaveLength(1);
    standIn.control({ advanceMs: 2 * 24 * HOUR });
    await submit();
    expect(standIn.captures()).toHaveLength(2);
    standIn.control({ advanceMs: 25 * HOUR });
    await submit();
    expect(standIn.captures()).toHaveLength(2);
    await clientOf({ WAYBACK_SUBMISSION_INTERVAL_DAYS: '1' }).submit(PAGE);
    expect(standIn.captures()).toHaveLength(3);
  });

  it('may begin hours later', async () => {
    standIn.control({ plan: { startsInMs: 10 * HOUR } });
    expect(await clientOf().submit(PAGE)).toMatchObject({ kind: 'taken', startsInMs: 10 * HOUR });
  });

  it('ends where the link leads', async () => {
    standIn.control({ plan: { finalUrl: 'https://www.example.edu/b' } });
    const jobId = await submit();
    standIn.control({ advanceMs: 90_000 });
    expect((await clientOf().statuses([jobId])).get(jobId)).toMatchObject({ kind: 'done', originalUrl: 'https://www.example.edu/b' });
  });

  it('fails with the archive’s word', async () => {
    standIn.control({ plan: { statusExt: 'error:not-found', message: 'There is nothing.', httpStatus: 404 } });
    const jobId = await submit();
    standIn.control({ advanceMs: 90_000 });
    expect((await clientOf().statuses([jobId])).get(jobId)).toEqual({ kind: 'failed', statusExt: 'error:not-found', message: 'There is nothing.', httpStatus: 404 });
  });

  it('is forgotten after an hour and then looks as if it were at work; the index knows it', async () => {
    standIn.control({ settings: { indexLagMs: 11 * HOUR } });
    const jobId = await submit();
    standIn.control({ advanceMs: 2 * HOUR });
    expect((await clientOf().statuses([jobId, 'spn2-never'])).get(jobId)).toEqual({ kind: 'pending' });
    expect(await clientOf().findCaptures(PAGE, standIn.now() - 24 * HOUR)).toEqual([]);
    standIn.control({ advanceMs: 10 * HOUR });
    expect(await clientOf().findCaptures(PAGE, standIn.now() - 24 * HOUR)).toEqual([{ timestamp: '20261125120020', originalUrl: PAGE, status: 200 }]);
    expect(await clientOf().findCaptures(PAGE, standIn.now())).toEqual([]);
  });
});

describe('many jobs', () => {
  it('are asked for by fifty, each once, and each gets an answer', async () => {
    const jobId = await submit();
    standIn.control({ advanceMs: 90_000 });
    standIn.journal.length = 0;
    const jobs = [...Array.from({ length: 2 * MAX_JOBS_PER_CALL }, (_none, index) => `spn2-${index}`), jobId, jobId];
    const statuses = await clientOf().statuses(jobs);
    expect(standIn.journal.map(({ path }) => path)).toEqual(['/save/status', '/save/status', '/save/status']);
    expect(statuses.size).toBe(2 * MAX_JOBS_PER_CALL + 1);
    expect([...statuses.values()].filter(({ kind }) => kind !== 'pending')).toEqual([statuses.get(jobId)]);
    expect(statuses.get(jobId)?.kind).toBe('done');
    expect((await clientOf().statuses([])).size).toBe(0);
    expect(standIn.journal).toHaveLength(3);
  });

  it('may be answered as a mapping', async () => {
    const [one, two] = [await submit(), await submit('https://example.edu/2')];
    standIn.control({ advanceMs: 90_000 });
    standIn.control({ settings: { answers: 'map' } });
    expect([...(await clientOf().statuses([one, two, 'spn2-never'])).values()].map(({ kind }) => kind)).toEqual(['done', 'done', 'pending']);
  });
});

describe('what the archive says of a link', () => {
  it('comes with 200, and is no error of ours', async () => {
    standIn.control({ plan: { isRejected: true, statusExt: 'error:too-many-daily-captures', message: 'This URL has been already captured 5 times today.' } });
    expect(await clientOf().submit(PAGE)).toEqual({ kind: 'rejected', statusExt: 'error:too-many-daily-captures', message: 'This URL has been already captured 5 times today.' });
    expect(standIn.captures()).toEqual([]);
  });

  it('comes with 400 too', async () => {
    expect(await serving(400, JSON.stringify({ status: 'error', status_ext: 'error:blocked-url', message: 'This URL is blocked' }), (client) => client.submit(PAGE))).toMatchObject({ kind: 'rejected', statusExt: 'error:blocked-url' });
  });
});

describe('the account', () => {
  it('says what it may do now', async () => {
    await submit();
    expect(await clientOf().capacity()).toEqual({ available: 11, processing: 1, dailyCaptures: 1, dailyLimit: 30_000 });
  });

  it('may ask for seven captures a minute', async () => {
    for (let index = 0; index < 7; index += 1) await submit(`https://example.edu/${index}`);
    expect(await errorOf(clientOf().submit(PAGE))).toMatchObject({ kind: 'limited', status: 429, retryAfterMs: 60_000 });
    standIn.control({ advanceMs: 60_000 });
    expect(await clientOf().submit(PAGE)).toMatchObject({ kind: 'taken' });
  });

  it('may have so many at work at once, which says nothing of the link', async () => {
    standIn.control({ settings: { sessionLimit: 1 } });
    await submit();
    expect(await errorOf(clientOf().submit('https://example.edu/other'))).toMatchObject({ kind: 'limited', status: 429, retryAfterMs: 60_000, message: expect.stringContaining('limit of active Save Page Now sessions') as string });
    const busy = JSON.stringify({ status: 'error', status_ext: 'error:user-session-limit', message: 'Busy' });
    expect(await errorOf(serving(200, busy, (client) => client.submit(PAGE)))).toMatchObject({ kind: 'limited', status: 200 });
  });

  it('is needed, and has to be right', async () => {
    expect(clientOf().isEnabled).toBe(true);
    const none = createWayback({ ...makeConfig({ WAYBACK_API_URL: url }), enableWaybackTasks: true });
    expect(none.isEnabled).toBe(false);
    expect(clientOf({ ENABLE_WAYBACK_TASKS: 'false' }).isEnabled).toBe(false);
    expect(await errorOf(none.submit(PAGE))).toMatchObject({ kind: 'refused', status: null });
    expect(await errorOf(clientOf({ ENABLE_WAYBACK_TASKS: 'false' }).capacity())).toMatchObject({ kind: 'refused', status: null });
    expect(standIn.journal).toEqual([]);
    expect(await errorOf(clientOf({ WAYBACK_MACHINE_SECRET_KEY: 'wrong' }).submit(PAGE))).toMatchObject({ kind: 'refused', status: 401, message: 'You need to be logged in to use Save Page Now. (401)' });
    expect(await errorOf(clientOf({ WAYBACK_MACHINE_SECRET_KEY: 'wrong' }).statuses(['spn2-1']))).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('is not in what its errors say', async () => {
    standIn.addFault({ fault: '503', times: 3 });
    for (const work of [() => clientOf().submit(PAGE), () => clientOf().capacity(), () => clientOf().statuses(['spn2-1'])]) {
      const error = await errorOf(work());
      expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain('secret');
    }
  });
});

describe('a service that fails', () => {
  it.each([
    ['429', 'limited', 429, 60_000],
    ['500', 'unavailable', 500, null],
    ['503', 'unavailable', 503, null],
    ['502', 'uncertain', 502, null],
    ['504', 'uncertain', 504, null],
    ['403', 'refused', 403, null],
  ] as const)('with %s is %s', async (fault, kind, status, retryAfterMs) => {
    standIn.addFault({ fault, times: 4 });
    const client = clientOf();
    for (const work of [() => client.submit(PAGE), () => client.statuses(['spn2-1']), () => client.capacity(), () => client.findCaptures(PAGE, 0)]) expect(await errorOf(work())).toMatchObject({ kind, status, retryAfterMs });
    expect(standIn.captures()).toEqual([]);
  });

  it('says how long to wait', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().submit(PAGE))).toMatchObject({ kind: 'limited', retryAfterMs: 7_000 });
  });

  it('and loses its answer may have taken the capture, and asking again finds it', async () => {
    standIn.addFault({ fault: 'drop-after-accept' });
    expect(await errorOf(clientOf().submit(PAGE))).toMatchObject({ kind: 'uncertain', status: null });
    expect(standIn.captures()).toHaveLength(1);
    expect(await clientOf().submit(PAGE)).toMatchObject({ kind: 'taken' });
    expect(standIn.captures()).toHaveLength(1);
  });

  it('and cannot be reached has taken nothing', async () => {
    const gone = createStandIn({ accessKey: 'a', secretKey: 's' });
    const nobody = await gone.listen();
    await gone.close();
    expect(await errorOf(clientOf({ WAYBACK_API_URL: nobody }).submit(PAGE))).toMatchObject({ kind: 'unavailable', status: null, message: 'the Wayback Machine cannot be reached' });
  });

  it.each<[string, string, (client: ReturnType<typeof createWayback>) => Promise<unknown>, string]>([
    ['a page instead of a job', '<html>Saving page</html>', (client) => client.submit(PAGE), 'uncertain'],
    ['an answer without a job', '{"url":"https://example.edu/"}', (client) => client.submit(PAGE), 'uncertain'],
    ['a page instead of statuses', '<html>', (client) => client.statuses(['spn2-1']), 'unavailable'],
    ['a page instead of the account', '<html>', (client) => client.capacity(), 'unavailable'],
    ['an account of words', '{"available":"many","processing":0}', (client) => client.capacity(), 'unavailable'],
    ['a page instead of the index', '<html>', (client) => client.findCaptures(PAGE, 0), 'unavailable'],
  ])('and answers %s is not believed', async (_what, body, work, kind) => {
    expect(await errorOf(serving(200, body, work))).toMatchObject({ kind, status: 200 });
  });

  it.each<[string, unknown, string]>([
    ['one status alone', { status: 'success', job_id: 'spn2-1', timestamp: '20261125120000', original_url: PAGE }, 'done'],
    ['a success without its time', [{ status: 'success', job_id: 'spn2-1', original_url: PAGE }], 'pending'],
    ['a success at a time that is none', [{ status: 'success', job_id: 'spn2-1', timestamp: 'today', original_url: PAGE }], 'pending'],
    ['a status of another job', [{ status: 'error', job_id: 'spn2-2', status_ext: 'error:not-found' }], 'pending'],
    ['a status of a word nobody knows', [{ status: 'queued', job_id: 'spn2-1' }], 'pending'],
    ['a forgotten job', [{ status: 'pending', resources: [] }], 'pending'],
    ['things that are no statuses', [null, 7, 'x', []], 'pending'],
    ['an error without a word', { 'spn2-1': { status: 'error' } }, 'failed'],
  ])('and answers %s is read', async (_what, body, kind) => {
    const statuses = (await serving(200, JSON.stringify(body), (client) => client.statuses(['spn2-1']))) as Awaited<ReturnType<ReturnType<typeof createWayback>['statuses']>>;
    expect([...statuses].map(([jobId, status]) => [jobId, status.kind])).toEqual([['spn2-1', kind]]);
  });

  it('with rows that are no captures loses those', async () => {
    const rows = [['timestamp', 'original', 'statuscode'], ['20261125120000', PAGE, '-'], ['20261125120000'], 'x', ['20261125130000', PAGE, '404']];
    expect(await serving(200, JSON.stringify(rows), (client) => client.findCaptures(PAGE, 0))).toEqual([
      { timestamp: '20261125120000', originalUrl: PAGE, status: null },
      { timestamp: '20261125130000', originalUrl: PAGE, status: 404 },
    ]);
  });

  it('ends with the activity that asks', async () => {
    standIn.addFault({ fault: 'timeout' });
    const stop = new AbortController();
    const submission = clientOf().submit(PAGE, stop.signal);
    await until('it is asked', () => Promise.resolve(standIn.journal.at(-1)?.fault === 'timeout' ? true : undefined));
    stop.abort(new Error('stopped'));
    await expect(submission).rejects.toThrow('stopped');
  });
});

/** What a client makes of an answer the stand-in does not give. */
async function serving(status: number, body: string, work: (client: ReturnType<typeof createWayback>) => Promise<unknown>): Promise<unknown> {
  const server = createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(clientOf({ WAYBACK_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
