import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '#local/standins/fastly/createCache.mjs';
import { createEdge } from '#local/standins/fastly/createEdge.mjs';
import { createFastly } from '#local/standins/fastly/createFastly.mjs';
import { createS3Proxy } from '#local/standins/s3Proxy/createS3Proxy.mjs';
import { until } from '../support/until.ts';
import { checkFaults } from './support/checkFaults.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { readJournal, watchJournal } from './support/watchJournal.ts';

const HOUR_MS = 3_600_000;
const services = { 'live-service': 'live-token', 'draft-service': 'draft-token' };

let gateway: Gateway;
let s3: S3Client;
let fastly: ReturnType<typeof createFastly>;
let api: string;
let live: string;
let draft: string;
/** Added to the clock the caches read, milliseconds. */
let later = 0;
let counted = 0;

beforeAll(async () => {
  gateway = await startGateway();
  s3 = gateway.client(gateway.endpoint);
  const at = { endpoint: gateway.endpoint, accessKey: gateway.accessKey, secretKey: gateway.secretKey };
  fastly = createFastly({
    services,
    distributions: { live: { service: 'live-service', origin: { ...at, bucket: gateway.buckets.publish } }, draft: { service: 'draft-service', origin: { ...at, bucket: gateway.buckets.preview } } },
    maxBytes: 400_000,
    maxObjectBytes: 100_000,
    now: () => Date.now() + later,
  });
  api = await fastly.listen();
  live = await fastly.openDistribution('live');
  draft = await fastly.openDistribution('draft');
});
afterAll(async () => {
  await fastly.close();
  s3.destroy();
  await gateway.stop();
});
beforeEach(() => {
  later = 0;
});

/** A path nobody asked for yet. */
const fresh = (ending = 'page.txt'): string => `courses/site-one/${(counted += 1)}-${ending}`;
const put = (Key: string, Body: string | Buffer, siteId = 'site-one', Bucket = gateway.buckets.publish) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain', Metadata: { 'site-id': siteId } }));
const remove = (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: gateway.buckets.publish, Key }));
const purge = (key: string, headers: Record<string, string> = {}, service: keyof typeof services = 'live-service') => fetch(`${api}/service/${service}/purge/${key}`, { method: 'POST', headers: { 'fastly-key': services[service], ...headers } });
async function read(path: string, init: RequestInit = {}, base = live): Promise<[number, string, string | null]> {
  const answer = await fetch(`${base}/${path}`, { redirect: 'manual', ...init });
  return [answer.status, await answer.text(), answer.headers.get('x-cache')];
}

describe('a distribution', () => {
  const watch = watchJournal(() => live);

  it('serves what it has until its key is purged, for a day at most', async () => {
    const path = fresh();
    await put(path, 'one');
    expect(await read(path)).toEqual([200, 'one', 'MISS']);
    await put(path, 'two');
    expect(await read(path)).toEqual([200, 'one', 'HIT']);
    expect(await read(`${path}?utm=x`)).toEqual([200, 'one', 'HIT']);
    later = 23 * HOUR_MS;
    const kept = await fetch(`${live}/${path}`);
    expect([await kept.text(), Math.round(Number(kept.headers.get('age')) / 3_600)]).toEqual(['one', 23]);
    later = 25 * HOUR_MS;
    expect(await read(path)).toEqual([200, 'two', 'MISS']);
  });

  it('forgets on a hard purge of its own service’s key, and of no other', async () => {
    const path = fresh();
    await put(path, 'one');
    await put(path, 'draft one', 'site-one', gateway.buckets.preview);
    await read(path);
    await read(path, {}, draft);
    await put(path, 'two');
    await put(path, 'draft two', 'site-one', gateway.buckets.preview);
    await purge('site');
    await purge('site-one-b');
    expect(await read(path)).toEqual([200, 'one', 'HIT']);
    expect((await purge('site-one')).status).toBe(200);
    expect(await read(path)).toEqual([200, 'two', 'MISS']);
    expect(await read(path, {}, draft)).toEqual([200, 'draft one', 'HIT']);
    expect(fastly.purges.at(-1)).toMatchObject({ service: 'live-service', key: 'site-one', soft: false });
  });

  it('serves the old one on after a soft purge, while the new one is fetched', async () => {
    const path = fresh();
    await put(path, 'one');
    await read(path);
    await put(path, 'two');
    await purge('site-one', { 'fastly-soft-purge': '1' });
    expect(await read(path)).toEqual([200, 'one', 'HIT']);
    await until('the new one is there', async () => ((await read(path))[1] === 'two' ? true : undefined));
    expect(await read(path)).toEqual([200, 'two', 'HIT']);
  });

  it('cannot purge what was put without a key', async () => {
    const path = fresh();
    await s3.send(new PutObjectCommand({ Bucket: gateway.buckets.publish, Key: path, Body: 'one' }));
    await read(path);
    await s3.send(new PutObjectCommand({ Bucket: gateway.buckets.publish, Key: path, Body: 'two' }));
    await purge('site-one');
    expect(await read(path)).toEqual([200, 'one', 'HIT']);
  });

  it('believes for five minutes that there is nothing, whatever is purged', async () => {
    await put('404.html', 'nothing here', 'root-site');
    const path = fresh();
    expect(await read(path)).toEqual([404, 'nothing here', 'MISS']);
    await put(path, 'one');
    await purge('site-one');
    await purge('root-site');
    expect(await read(path)).toEqual([404, 'nothing here', 'HIT']);
    later = 6 * 60_000;
    expect(await read(path)).toEqual([200, 'one', 'MISS']);
    await remove('404.html');
  });

  it('serves what is no longer fresh while its origin fails', async () => {
    const path = fresh();
    await put(path, 'one');
    const proxy = createS3Proxy({ target: gateway.endpoint });
    const origin = { endpoint: await proxy.listen(), accessKey: gateway.accessKey, secretKey: gateway.secretKey, bucket: gateway.buckets.publish };
    const shaky = createFastly({ services, distributions: { live: { service: 'live-service', origin } }, now: () => Date.now() + later });
    const base = await shaky.openDistribution('live');
    expect(await read(path, {}, base)).toEqual([200, 'one', 'MISS']);
    await proxy.close();
    later = 25 * HOUR_MS;
    expect(await read(path, {}, base)).toEqual([200, 'one', 'HIT']);
    later = 50 * HOUR_MS;
    expect(await read(path, {}, base)).toEqual([503, expect.stringContaining('The file store does not answer'), 'MISS']);
    await shaky.close();
  });

  it('answers heads, ranges and what a browser has from one fetch of the whole', async () => {
    const path = fresh('video.mp4');
    await put(path, '0123456789');
    const head = await fetch(`${live}/${path}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('x-cache'), await head.text()]).toEqual([200, '10', 'MISS', '']);
    const ranges = [['bytes=2-4', 206, '234', 'bytes 2-4/10'], ['bytes=7-', 206, '789', 'bytes 7-9/10'], ['bytes=-2', 206, '89', 'bytes 8-9/10'], ['bytes=8-99', 206, '89', 'bytes 8-9/10'], ['bytes=10-', 416, '', 'bytes */10'], ['bytes=4-2', 200, '0123456789', null], ['pages=1-2', 200, '0123456789', null]] as const;
    for (const [range, status, text, contentRange] of ranges) {
      const answer = await fetch(`${live}/${path}`, { headers: { range } });
      expect([range, answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([range, status, text, contentRange]);
    }
    const etag = head.headers.get('etag') ?? '';
    expect(await read(path, { headers: { 'if-none-match': etag } })).toEqual([304, '', 'HIT']);
    expect(await read(path, { headers: { range: 'bytes=2-4', 'if-range': '"other"' } })).toEqual([200, '0123456789', 'HIT']);
  });

  it('lets through what is too large to keep, in ranges too', async () => {
    const path = fresh('large.bin');
    const body = Buffer.alloc(150_000, 'x');
    await put(path, body);
    const before = fastly.cachedBytes();
    for (const _time of [1, 2]) expect(await read(path)).toEqual([200, body.toString(), 'MISS']);
    const range = await fetch(`${live}/${path}`, { headers: { range: 'bytes=149998-' } });
    expect([range.status, await range.text(), range.headers.get('content-range')]).toEqual([206, 'xx', 'bytes 149998-149999/150000']);
    expect(fastly.cachedBytes()).toBe(before);
  });

  it('keeps no more than its bound, and of that what was asked for last', async () => {
    const paths = Array.from({ length: 8 }, () => fresh('big.txt'));
    for (const path of paths) await put(path, Buffer.alloc(90_000, 'y'));
    for (const path of paths) {
      await read(path);
      await read(paths[0] ?? '');
      expect(fastly.cachedBytes()).toBeLessThanOrEqual(400_000);
    }
    expect((await read(paths[0] ?? ''))[2]).toBe('HIT');
    expect((await read(paths[1] ?? ''))[2]).toBe('MISS');
    await purge('site-one');
    expect(fastly.cachedBytes()).toBeLessThan(100_000);
  });

  it('asks its origin once for what many ask at once', async () => {
    const path = fresh();
    await put(path, 'one');
    const answers = await Promise.all(Array.from({ length: 30 }, () => read(path)));
    expect(new Set(answers.map(([status, text]) => `${status} ${text}`))).toEqual(new Set(['200 one']));
  });

  it('shows its keys to who debugs, not to readers', async () => {
    const path = fresh();
    await put(path, 'one');
    expect((await fetch(`${live}/${path}`)).headers.get('surrogate-key')).toBeNull();
    expect((await fetch(`${live}/${path}`, { headers: { 'fastly-debug': '1' } })).headers.get('surrogate-key')).toBe('site-one');
  });

  it('leads on to the address with a slash, and does not keep that', async () => {
    for (const _time of [1, 2]) {
      const answer = await fetch(`${live}/courses/site-one`, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location'), answer.headers.get('x-cache')]).toEqual([301, '/courses/site-one/', 'MISS']);
    }
  });

  describe('asked wrongly', () => {
    it.each<[string, string, RequestInit, { status: number; says: RegExp }]>([
      ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'].map((method): [string, string, RequestInit, { status: number; says: RegExp }] => [method, '/courses/site-one/', { method }, { status: 405, says: /can only be read/ }]),
      ['half a letter', '/%E0%A4%A', {}, { status: 400, says: /not encoded properly/ }],
      ['a NUL', '/a%00.html', {}, { status: 400, says: /not encoded properly/ }],
      ['a way out', '/a%2F..%2F..%2Fsecret.txt', {}, { status: 400, says: /leads out of the site/ }],
      ['an endless address', `/${'a'.repeat(1_100)}.html`, {}, { status: 400, says: /not encoded properly/ }],
    ])('refuses %s', async (_, path, init, expected) => {
      await watch.provoke(path, init, expected);
    });
  });

  describe('told to fail', () => {
    checkFaults({
      base: () => live,
      request: (signal) => fetch(`${live}/`, { signal: signal ?? null }),
      match: 'GET /$',
      says: { limited: /Error 429 Too Many Requests/, broken: /Error 500 Internal Server Error/ },
      // Reading has no effect: that the request was taken stands in the journal.
      effect: { match: 'GET /lost', send: () => fetch(`${live}/lost.txt`), isThere: async () => (await readJournal(live)).some((entry) => entry.fault === 'drop-after-accept') },
    });
    beforeAll(() => put('index.html', 'home', 'root-site'));
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});

it('a distribution that keeps nothing shows every change at once', async () => {
  const open = createFastly({ services, distributions: { live: { service: 'live-service', origin: { endpoint: gateway.endpoint, accessKey: gateway.accessKey, secretKey: gateway.secretKey, bucket: gateway.buckets.publish } } }, ttlSeconds: 0, missingTtlSeconds: 0 });
  const base = await open.openDistribution('live');
  const path = fresh();
  expect((await read(path, {}, base))[0]).toBe(404);
  for (const text of ['one', 'two']) {
    await put(path, text);
    expect(await read(path, {}, base)).toEqual([200, text, 'MISS']);
  }
  await open.close();
});

it('what was on its way when its key was purged is neither kept nor waited for', async () => {
  const asked: ServerResponse[] = [];
  const origin = createServer((_request, response) => void asked.push(response));
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const address = origin.address() as AddressInfo;
  const edge = createEdge({ name: 'live', service: 'live-service', cache: createCache({ maxBytes: 1e6 }), origin: () => `http://127.0.0.1:${address.port}`, ttlSeconds: 60, missingTtlSeconds: 60, maxObjectBytes: 1e6, now: Date.now });
  const base = await edge.listen();
  const answer = (index: number, text: string) => asked[index]?.writeHead(200, { 'surrogate-key': 'site-one', 'content-length': String(text.length) }).end(text);
  const first = read('page.txt', {}, base);
  await until('the origin is asked', () => Promise.resolve(asked.length === 1 ? true : undefined));
  edge.purge('site-one', false);
  const second = read('page.txt', {}, base);
  await until('the origin is asked again', () => Promise.resolve(asked.length === 2 ? true : undefined));
  answer(1, 'two');
  expect(await second).toEqual([200, 'two', 'MISS']);
  answer(0, 'one');
  expect(await first).toEqual([200, 'one', 'MISS']);
  expect(await read('page.txt', {}, base)).toEqual([200, 'two', 'HIT']);
  await edge.close();
  await new Promise((resolve) => origin.close(resolve));
});
