import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openErrorReports } from '#clients/sentry.ts';
import { makeConfig } from '#test/factories/config.ts';
import { useSentry } from '#test/support/useSentry.ts';

const sentry = useSentry();
const event = { event_id: 'a'.repeat(32), exception: { values: [{ type: 'Error', value: 'Grüße' }] } };
const envelope = (payload: string, item: Record<string, unknown> = { type: 'event', length: Buffer.byteLength(payload) }) => `${JSON.stringify({ event_id: event.event_id })}\n${JSON.stringify(item)}\n${payload}\n`;
const good = envelope(JSON.stringify(event));
const post = (body: string | Uint8Array, init: { headers?: Record<string, string>; path?: string } = {}) => fetch(`${sentry.url}${init.path ?? '/api/7/envelope/?sentry_key=abc123&sentry_version=7'}`, { method: 'POST', body: body as BodyInit, ...(init.headers === undefined ? {} : { headers: init.headers }) });

describe('an envelope is taken', () => {
  it.each([
    ['with the key in the query, as a browser sends it', () => post(good)],
    ['with the key in a header, as a server sends it', () => post(good, { path: '/api/7/envelope/', headers: { 'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=x/1, sentry_key=abc123' } })],
    ['with gzip', () => post(new Uint8Array(gzipSync(good)), { headers: { 'content-encoding': 'gzip' } })],
    ['without the length of its item', () => post(envelope(JSON.stringify(event), { type: 'event' }))],
    ['with an item of another kind before', () => post(`{"event_id":"x"}\n{"type":"client_report"}\n{"discarded_events":[]}\n{"type":"event"}\n${JSON.stringify(event)}`)],
  ])('%s', async (_how, send) => {
    const answer = await send();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(sentry.events).toMatchObject([event]);
  });
});

describe('an envelope is refused', () => {
  it.each([
    ['with a wrong key', () => post(good, { path: '/api/7/envelope/?sentry_key=wrong' }), 403, 'public key'],
    ['without a key', () => post(good, { path: '/api/7/envelope/' }), 403, 'public key'],
    ['for another project', () => post(good, { path: '/api/8/envelope/?sentry_key=abc123' }), 403, 'project'],
    ['that is no JSON', () => post('hello'), 400, 'invalid event envelope'],
    ['that ends early', () => post(good.slice(0, -20)), 400, 'truncated'],
    ['at an address that is none', () => post(good, { path: '/api/7/store/?sentry_key=abc123' }), 404, 'Not found'],
    ['that is none', () => fetch(`${sentry.url}/api/7/envelope/`), 405, 'not allowed'],
  ])('%s', async (_how, send, status, words) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(words);
    expect(sentry.events).toEqual([]);
  });

  it('while too many came: it says for how long, of what, and to whom', async () => {
    sentry.standIn.addFault({ fault: '429', retryAfterSeconds: 30, reason: 'error' });
    const answer = await post(good);
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-sentry-rate-limits')]).toEqual([429, '30', '30:error:organization']);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-sentry-rate-limits');
  });
});

it('what the SDK sends is understood, and a page shows it', async () => {
  const errors = await openErrorReports(makeConfig({ SENTRY_DSN: sentry.dsn }), { part: 'api', release: '1.2.3', onFault: () => undefined });
  errors.report(new TypeError('Invalid URL'), { tags: { site: 'algebra' } });
  expect(await errors.close(3_000)).toBe(true);
  expect(sentry.standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  const page = await (await fetch(`${sentry.url}/`)).text();
  expect(page).toContain('TypeError: Invalid URL');
  expect(page).toContain('1.2.3');
});
