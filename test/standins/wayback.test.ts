import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWayback } from '#local/standins/wayback/createWayback.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { watchJournal } from './support/watchJournal.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 25, 12);
const home = mkdtempSync(join(tmpdir(), 'wayback-'));
const options = { accessKey: 'access', secretKey: 'secret', home, now: () => NOON };
const standIn = createWayback(options);
let base = '';
beforeAll(async () => {
  base = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  rmSync(home, { recursive: true, force: true });
});
const watch = watchJournal(() => base);

const signedIn = { accept: 'application/json', authorization: 'LOW access:secret' };
const post = (path: string, fields: Record<string, string>, init: RequestInit = {}) => fetch(`${base}${path}`, { method: 'POST', headers: signedIn, body: new URLSearchParams(fields), ...init });
const save = async (url: string, fields: Record<string, string> = {}): Promise<Record<string, string>> => (await (await post('/save', { url, ...fields })).json()) as Record<string, string>;
const statusOf = async (fields: Record<string, string>): Promise<unknown> => (await post('/save/status', fields)).json();
const index = async (url: string, query = ''): Promise<string[][]> => (await (await fetch(`${base}/cdx/search/cdx?url=${encodeURIComponent(url)}&output=json${query}`)).json()) as string[][];
const control = async (wish: Record<string, unknown>): Promise<void> => expect((await fetch(`${base}/_control`, { method: 'POST', body: JSON.stringify(wish) })).status).toBe(200);
/** Puts the clock forward, a minute at least so that captures may be asked for again. */
const later = (advanceMs = 60_000): Promise<void> => control({ advanceMs });

describe('a wrong request', () => {
  const form = (body: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', headers: { ...signedIn, 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });
  it.each<[string, string, RequestInit, { status: number; says: string | RegExp }]>([
    ['an unknown path', '/save/later', form('url=https://example.edu/'), { status: 404, says: 'Not found' }],
    ['a save by GET', '/save', { headers: signedIn }, { status: 405, says: 'Not found' }],
    ['a status by DELETE', '/save/status/spn2-1', { method: 'DELETE', headers: signedIn }, { status: 405, says: 'Not found' }],
    ['a save that is JSON', '/save', { method: 'POST', headers: { ...signedIn, 'content-type': 'application/json' }, body: '{"url":"https://example.edu/"}' }, { status: 400, says: 'error:bad-request' }],
    ['a save that takes a page', '/save', form('url=https://example.edu/', { accept: '*/*' }), { status: 200, says: /^<html>/ }],
    ['a save without a URL', '/save', form('skip_first_archive=1'), { status: 200, says: 'error:invalid-url-syntax' }],
    ['a save of what is no URL', '/save', form('url=example'), { status: 200, says: 'error:invalid-url-syntax' }],
    ['a save of another scheme', '/save', form('url=ftp://example.edu/'), { status: 200, says: 'error:invalid-url-syntax' }],
    ['a save with an unknown parameter', '/save', form('url=https://example.edu/&priority=1'), { status: 400, says: 'priority' }],
    ['a save of two URLs', '/save', form('url=https://example.edu/&url=https://example.edu/2'), { status: 400, says: 'twice' }],
    ['a save within no time', '/save', form('url=https://example.edu/&if_not_archived_within=a month'), { status: 400, says: 'no time' }],
    ['a status of nothing', '/save/status', form(''), { status: 400, says: 'job_ids' }],
    ['a status of one and of many', '/save/status', form('job_id=a&job_ids=b'), { status: 400, says: 'job_ids' }],
    ['a status with a job that is empty', '/save/status', form('job_ids=a,,b'), { status: 400, says: '1 to 50' }],
    ['a status of too many', '/save/status', form(`job_ids=${Array.from({ length: 51 }, (_none, at) => at).join(',')}`), { status: 400, says: '1 to 50' }],
    ['an index of nothing', '/cdx/search/cdx?output=json', {}, { status: 400, says: 'Bad Request' }],
    ['an index with an unknown parameter', '/cdx/search/cdx?url=a&output=json&sort=closest', {}, { status: 400, says: 'sort' }],
    ['an index of an unknown field', '/cdx/search/cdx?url=a&output=json&fl=colour', {}, { status: 400, says: 'Bad Request' }],
    ['an index by POST', '/cdx/search/cdx?url=a', { method: 'POST' }, { status: 405, says: 'Not found' }],
  ])('%s is answered as the vendor would, and journalled', async (_what, path, init, expected) => {
    await watch.provoke(path, init, expected);
    expect(standIn.captures()).toEqual([]);
  });

  it.each([
    ['no credentials', {}],
    ['a wrong secret', { authorization: 'LOW access:other' }],
    ['unset keys', { authorization: 'LOW None:None' }],
    ['another scheme', { authorization: 'Bearer access:secret' }],
  ])('%s are refused', async (_what, headers) => {
    for (const answer of [await post('/save', { url: 'https://example.edu/' }, { headers }), await post('/save/status', { job_id: 'spn2-1' }, { headers }), await fetch(`${base}/save/status/user`, { headers })]) {
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ message: 'You need to be logged in to use Save Page Now.' });
    }
  });
});

describe('a capture', () => {
  const url = 'https://example.edu/a';

  it('has a job, is at work, is done, and is forgotten', async () => {
    await later();
    const { job_id: job = '', ...rest } = await save(url, { skip_first_archive: '1', if_not_archived_within: '30d' });
    expect(job).toMatch(/^spn2-[0-9a-f]{40}$/);
    expect(rest).toEqual({ url });
    expect(await statusOf({ job_id: job })).toEqual({ status: 'pending', job_id: job, resources: [] });
    expect(await (await fetch(`${base}/save/status/user?_t=1`, { headers: signedIn })).json()).toMatchObject({ available: 11, processing: 1 });
    await later();
    const done = { status: 'success', job_id: job, original_url: url, timestamp: '20261125120120', duration_sec: 20, http_status: 200, resources: [url] };
    expect(await statusOf({ job_id: job })).toMatchObject(done);
    expect(await (await fetch(`${base}/save/status/${job}`, { headers: signedIn })).json()).toMatchObject(done);
    expect(await statusOf({ job_ids: `${job}, spn2-none` })).toMatchObject([done, { status: 'pending', resources: [] }]);
    expect(await (await fetch(`${base}/save/status/user`, { headers: signedIn })).json()).toMatchObject({ available: 12, processing: 0 });
    await later(HOUR);
    for (const forgotten of [job, 'spn2-none']) expect(await statusOf({ job_id: forgotten })).toEqual({ status: 'pending', resources: [] });
  });

  it('is found instead of made where one is recent, and is known again from then on', async () => {
    const before = standIn.captures().length;
    const found = await save(url, { if_not_archived_within: '30d' });
    expect(found['message']).toBe('The same snapshot had been made 1 hour, 1 minute ago. You can make new capture of this URL after 30 days.');
    expect(await statusOf({ job_id: found['job_id'] ?? '' })).toMatchObject({ status: 'success', timestamp: '20261125120120' });
    expect(standIn.captures()).toHaveLength(before);
    await save(url);
    expect(standIn.captures()).toHaveLength(before + 1);
  });

  it('is made of a URL five times a day, whatever is asked', async () => {
    for (let times = 2; times < 5; times += 1) {
      await later();
      expect((await save(url, { if_not_archived_within: '1' }))['job_id']).toBeDefined();
    }
    await later();
    expect(await save(url, { if_not_archived_within: '1' })).toMatchObject({ status: 'error', status_ext: 'error:too-many-daily-captures', message: expect.stringContaining('captured 5 times today') as string });
    await later(24 * HOUR);
    expect((await save(url, { if_not_archived_within: '1' }))['job_id']).toBeDefined();
  });

  it('is asked for seven times a minute, by the whole account', async () => {
    await later();
    for (let times = 0; times < 7; times += 1) expect((await save(`https://example.edu/minute/${times}`))['job_id']).toBeDefined();
    const refused = await post('/save', { url: 'https://example.edu/minute/8' });
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('no more than 7 per minute');
    await later(59_999);
    expect((await post('/save', { url: 'https://example.edu/minute/8' })).status).toBe(429);
    await later(1);
    expect((await post('/save', { url: 'https://example.edu/minute/8' })).status).toBe(200);
  });

  it('may begin late, take long, and be one too many', async () => {
    await later();
    await control({ plan: { match: '/late$', startsInMs: 10 * HOUR, captureMs: 120_000 } });
    await control({ settings: { sessionLimit: 1 } });
    const late = await save('https://example.edu/late');
    expect(late['message']).toBe('The capture will start in ~10 hours because our service is currently overloaded. You may close your browser window and the page will still be saved.');
    const busy = await post('/save', { url: 'https://example.edu/other' });
    expect(busy.status).toBe(429);
    expect(await busy.json()).toMatchObject({ status_ext: 'error:user-session-limit' });
    await later(10 * HOUR + 119_999);
    expect(await statusOf({ job_id: late['job_id'] ?? '' })).toEqual({ status: 'pending', job_id: late['job_id'], resources: [] });
    await later(1);
    expect(await statusOf({ job_id: late['job_id'] ?? '' })).toMatchObject({ status: 'success' });
    await control({ settings: { sessionLimit: 12 } });
  });

  it('fails as it is planned to, at once or in the end, and only so often', async () => {
    await later();
    await control({ plan: { match: '/gone$', statusExt: 'error:not-found', httpStatus: 404 } });
    const gone = await save('https://example.edu/gone');
    await later();
    expect(await statusOf({ job_ids: gone['job_id'] ?? '' })).toMatchObject([{ status: 'error', job_id: gone['job_id'], status_ext: 'error:not-found', http_status: 404 }]);
    expect(await save('https://example.edu/gone')).not.toHaveProperty('message');
    await control({ plan: { match: '/blocked$', statusExt: 'error:blocked-url', isRejected: true, times: 2 } });
    for (let times = 0; times < 2; times += 1) expect(await save('https://example.edu/blocked')).toMatchObject({ status: 'error', status_ext: 'error:blocked-url' });
    expect((await save('https://example.edu/blocked'))['job_id']).toBeDefined();
  });
});

describe('the index', () => {
  it('knows of a capture when it has caught up, and by any spelling of its URL', async () => {
    await later(24 * HOUR);
    await control({ plan: { match: '/lag$', indexLagMs: 11 * HOUR, finalUrl: 'https://www.example.edu/Lag/' } });
    await save('http://example.edu/lag');
    await later(HOUR);
    expect(await index('https://example.edu/lag')).toEqual([]);
    await later(11 * HOUR);
    const [heading, row, ...more] = await index('https://example.edu/lag');
    expect(heading).toEqual(['urlkey', 'timestamp', 'original', 'mimetype', 'statuscode', 'digest', 'length']);
    expect(row?.slice(0, 5)).toEqual(['edu,example)/lag', expect.stringMatching(/^\d{14}$/) as string, 'https://www.example.edu/Lag/', 'text/html', '200']);
    expect(more).toEqual([]);
    expect(await index('https://example.edu/la')).toEqual([]);
  });

  it('answers the rows and columns that are wanted', async () => {
    const all = await index('https://example.edu/a', '&fl=timestamp,original');
    expect(all.length).toBeGreaterThan(3);
    const times = all.slice(1).map(([timestamp]) => timestamp ?? '');
    expect(times).toEqual([...times].sort());
    expect(await index('https://example.edu/a', '&fl=timestamp&limit=-2')).toEqual([['timestamp'], ...times.slice(-2).map((time) => [time])]);
    expect(await index('https://example.edu/a', '&fl=timestamp&limit=1')).toEqual([['timestamp'], [times[0]]]);
    expect(await index('https://example.edu/a', `&fl=timestamp&from=${times[1] ?? ''}&to=${times[2] ?? ''}`)).toEqual([['timestamp'], [times[1]], [times[2]]]);
    expect(await index('https://example.edu/a', '&filter=statuscode:404')).toEqual([]);
    expect(await index('https://example.edu/a', '&fl=timestamp&filter=!statuscode:[45].*')).toHaveLength(times.length + 1);
  });
});

describe('the stand-in', () => {
  it('keeps its captures and its clock', async () => {
    const again = createWayback(options);
    expect(again.captures()).toEqual(standIn.captures());
    expect(again.now()).toBe(standIn.now());
  });

  it('shows its state', async () => {
    const page = await (await fetch(`${base}/_state`)).text();
    expect(page).toContain('captured as');
    expect(page).toContain('https://example.edu/gone');
  });

  it('answers a mapping where it is told to', async () => {
    await control({ settings: { answers: 'map' } });
    expect(await statusOf({ job_ids: 'spn2-1,spn2-2' })).toEqual({ 'spn2-1': { status: 'pending', resources: [] }, 'spn2-2': { status: 'pending', resources: [] } });
    await control({ settings: { answers: 'list' } });
  });
});

describe('its faults', () => {
  checkFaults({
    base: () => base,
    request: (signal) => fetch(`${base}/save/status/user`, { headers: signedIn, ...(signal === undefined ? {} : { signal }) }),
    match: '/save/status/user',
    says: { limited: /no more than 7 per minute/, broken: /Service Temporarily Unavailable/ },
    effect: {
      match: 'POST /save',
      send: async () => {
        await later();
        return post('/save', { url: 'https://example.edu/dropped' });
      },
      isThere: async () => standIn.captures().some(({ url }) => url === 'https://example.edu/dropped'),
    },
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});
