import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLearn, LearnError } from '#clients/learn.ts';
import { createLearn as createStandIn } from '#local/standins/learn/createLearn.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const standIn = createStandIn({ webhookKey: 'good' });
let base = '';
let receiver = '';
beforeAll(async () => {
  base = await standIn.listen();
  receiver = `${base}/api/v1/ocw_next_webhook/`;
});
afterAll(() => standIn.close());
beforeEach(() => {
  standIn.notices.length = 0;
});

const clientOf = (env: Record<string, string> = {}) => createLearn(makeConfig({ OPEN_CATALOG_URLS: receiver, OPEN_CATALOG_WEBHOOK_KEY: 'good', ...env }));
const errorOf = async (work: Promise<unknown>): Promise<LearnError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof LearnError) return error;
  throw error;
};

describe('a notice', () => {
  it('names the course by its address with a slash at the end, and the live version', async () => {
    await clientOf().notifyPublished(receiver, 'courses/a');
    expect(standIn.notices).toEqual([{ prefix: 'courses/a/', version: 'live' }]);
  });

  it('goes to each receiver that is set, and to none without a key', () => {
    expect(clientOf({ OPEN_CATALOG_URLS: `${receiver}, http://older.localhost/` }).receivers).toEqual([receiver, 'http://older.localhost/']);
    expect(clientOf({ OPEN_CATALOG_WEBHOOK_KEY: '' }).receivers).toEqual([]);
    expect(clientOf({ OPEN_CATALOG_URLS: '' }).receivers).toEqual([]);
  });

  it('with a wrong key looks like a broken server, so it is tried again', async () => {
    expect(await errorOf(clientOf({ OPEN_CATALOG_WEBHOOK_KEY: 'wrong' }).notifyPublished(receiver, 'courses/a'))).toMatchObject({ kind: 'unavailable', status: 500 });
    expect(standIn.notices).toEqual([]);
  });

  it('to an address that is none is refused, and a redirect is no yes', async () => {
    expect(await errorOf(clientOf().notifyPublished(`${base}/nowhere/`, 'courses/a'))).toMatchObject({ kind: 'refused', status: 404 });
  });

  it('that is limited, failed at or unanswered can be tried again', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 3 });
    expect(await errorOf(clientOf().notifyPublished(receiver, 'courses/a'))).toMatchObject({ kind: 'unavailable', status: 429, retryAfterMs: 3_000 });
    standIn.addFault({ fault: '503' });
    expect(await errorOf(clientOf().notifyPublished(receiver, 'courses/a'))).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(await errorOf(clientOf().notifyPublished('http://127.0.0.1:9/', 'courses/a'))).toMatchObject({ kind: 'unavailable', status: null, message: '127.0.0.1:9 cannot be reached' });
  });

  it('ends with the activity that sends it', async () => {
    standIn.addFault({ fault: 'timeout' });
    const stop = new AbortController();
    const notice = clientOf().notifyPublished(receiver, 'courses/a', stop.signal);
    await until('it is asked', () => Promise.resolve(standIn.journal.at(-1)?.fault === 'timeout' ? true : undefined));
    stop.abort(new Error('stopped'));
    await expect(notice).rejects.toThrow('stopped');
  });
});

describe('the receiver', () => {
  const post = async (body: unknown): Promise<[number, unknown]> => {
    const answer = await fetch(receiver, { method: 'POST', body: JSON.stringify(body) });
    return [answer.status, await answer.json()];
  };

  it('ignores what is not live, takes several addresses and an unpublish, and refuses what says neither', async () => {
    expect(await post({ webhook_key: 'good', version: 'draft', prefix: 'courses/a/' })).toEqual([200, 'Not a live version, ignoring']);
    expect(standIn.notices).toEqual([]);
    expect((await post({ webhook_key: 'good', version: 'live', prefixes: ['courses/a/', 'courses/b/'] }))[0]).toBe(200);
    expect((await post({ webhook_key: 'good', version: 'live', site_uid: 'abc', unpublished: true }))[0]).toBe(200);
    expect((await post({ webhook_key: 'good', version: 'live' }))[0]).toBe(400);
    expect(standIn.notices).toHaveLength(2);
  });

  it('journals what no correct client sends', async () => {
    expect((await fetch(receiver)).status).toBe(405);
    expect(standIn.journal.at(-1)).toMatchObject({ method: 'GET', unexpected: true });
  });
});
