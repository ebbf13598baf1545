import { request as httpRequest } from 'node:http';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFrontDoor } from '#local/standins/frontDoor/createFrontDoor.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { readJournal, watchJournal } from './support/watchJournal.ts';

let gateway: Gateway;
let base: string;
let s3: S3Client;
let Bucket: string;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  closing.push(gateway.stop);
  Bucket = gateway.buckets.publish;
  s3 = gateway.client(gateway.endpoint);
  closing.push(() => s3.destroy());
  const door = createFrontDoor({ endpoint: gateway.endpoint, bucket: Bucket, accessKey: gateway.accessKey, secretKey: gateway.secretKey });
  base = await door.listen();
  closing.push(() => door.close());
  const files: Record<string, [string, string]> = {
    'index.html': ['<h1>Home</h1>', 'text/html; charset=utf-8'],
    'courses/a/index.html': ['<h1>Course</h1>', 'text/html; charset=utf-8'],
    'courses/a/ä b/index.html': ['<h1>Page</h1>', 'text/html; charset=utf-8'],
    'courses/a/data.json': ['{"a":1}', 'application/json'],
    'courses/a/video.mp4': ['0123456789', 'video/mp4'],
    'static_shared/site.css': ['body{}', 'text/css'],
  };
  for (const [Key, [Body, ContentType]] of Object.entries(files)) await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, Metadata: { 'site-id': 'site-one' } }));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const get = (path: string, init: RequestInit = {}) => fetch(base + path, { redirect: 'manual', ...init });

describe('the front door', () => {
  const watch = watchJournal(() => base);

  it.each([
    ['/', '<h1>Home</h1>', 'text/html; charset=utf-8'],
    ['/courses/a/', '<h1>Course</h1>', 'text/html; charset=utf-8'],
    ['/courses/a/?utm=x', '<h1>Course</h1>', 'text/html; charset=utf-8'],
    ['/courses/a/%C3%A4%20b/', '<h1>Page</h1>', 'text/html; charset=utf-8'],
    ['/courses/a/data.json', '{"a":1}', 'application/json'],
    ['/static_shared/site.css', 'body{}', 'text/css'],
    ['/courses/a/deep/er/static_shared/site.css', 'body{}', 'text/css'],
  ])('answers %s from the bucket', async (path, body, type) => {
    const answer = await get(path);
    expect([answer.status, await answer.text(), answer.headers.get('content-type'), answer.headers.get('surrogate-key')]).toEqual([200, body, type, 'site-one']);
  });

  it.each([
    ['/courses/a', '/courses/a/'],
    ['/courses/a?page=2', '/courses/a/'],
    ['/courses/a/%C3%A4%20b', '/courses/a/%C3%A4%20b/'],
    ['/nowhere', '/nowhere/'],
  ])('sends %s to the address with a slash', async (path, location) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('location')]).toEqual([301, location]);
  });

  it('answers what is missing with the site’s own page, or a plain one', async () => {
    const plain = await get('/courses/none/');
    expect([plain.status, await plain.text()]).toEqual([404, expect.stringContaining('There is no page at this address.')]);
    await s3.send(new PutObjectCommand({ Bucket, Key: '404.html', Body: '<h1>Ours</h1>', ContentType: 'text/html' }));
    const ours = await get('/courses/none/image.png', { headers: { range: 'bytes=0-1' } });
    expect([ours.status, await ours.text(), ours.headers.get('content-type')]).toEqual([404, '<h1>Ours</h1>', 'text/html']);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: '404.html' }));
  });

  it('serves ranges, heads, and what a browser has already', async () => {
    const range = await get('/courses/a/video.mp4', { headers: { range: 'bytes=2-4' } });
    expect([range.status, await range.text(), range.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    const head = await get('/courses/a/video.mp4', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    const known = await get('/courses/a/video.mp4', { headers: { 'if-none-match': head.headers.get('etag') ?? '' } });
    expect([known.status, await known.text()]).toEqual([304, '']);
  });

  it('shows a change of the bucket at once', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'fresh.txt', Body: 'one' }));
    expect(await (await get('/fresh.txt')).text()).toBe('one');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'fresh.txt', Body: 'two' }));
    expect(await (await get('/fresh.txt')).text()).toBe('two');
  });

  it('says so when the file store is away, and does not call it a missing page', async () => {
    const door = createFrontDoor({ endpoint: 'http://127.0.0.1:1', bucket: Bucket, accessKey: 'a', secretKey: 'b' });
    const url = await door.listen();
    const answer = await fetch(`${url}/`);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([503, '1', expect.stringContaining('The file store does not answer')]);
    await door.close();
  });

  describe('asked wrongly', () => {
    it.each<[string, string, RequestInit, { status: number; says: RegExp }]>([
      ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method): [string, string, RequestInit, { status: number; says: RegExp }] => [method, '/courses/a/', { method, ...(method === 'POST' ? { body: 'x' } : {}) }, { status: 405, says: /can only be read/ }]),
      ['half a letter', '/%E0%A4%A', {}, { status: 400, says: /not encoded properly/ }],
      ['a NUL', '/a%00.html', {}, { status: 400, says: /not encoded properly/ }],
      ['a line break', '/a%0D%0Ab.html', {}, { status: 400, says: /not encoded properly/ }],
      ['a way out', '/a%2F..%2F..%2Fsecret.txt', {}, { status: 400, says: /leads out of the site/ }],
      ['a backslash', '/a%5C..%5Cb.html', {}, { status: 400, says: /not encoded properly/ }],
      ['an endless address', `/${'a'.repeat(1_100)}.html`, {}, { status: 400, says: /not encoded properly/ }],
    ])('refuses %s', async (_, path, init, expected) => {
      await watch.provoke(path, init, expected);
    });

    it('never leaves the site by dots a browser would have taken away', async () => {
      const status = await new Promise((resolve, reject) => httpRequest(base, { path: '/courses/../../courses/a/' }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end());
      expect(status).toBe(200);
    });
  });

  describe('told to fail', () => {
    checkFaults({
      base: () => base,
      request: (signal) => fetch(`${base}/courses/a/data.json`, { signal: signal ?? null }),
      match: 'GET /courses/a/data',
      says: { limited: /Error 429 Too Many Requests/, broken: /Error 500 Internal Server Error/ },
      // Reading has no effect: that the request was taken stands in the journal.
      effect: { match: 'GET /static_shared/', send: () => fetch(`${base}/static_shared/site.css`), isThere: async () => (await readJournal(base)).some((entry) => entry.fault === 'drop-after-accept') },
    });
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});
