import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3 } from '#clients/s3.ts';
import { uploadOrigin } from '#api/uploadOrigin.ts';
import { loadConfig } from '#config/load.ts';
import { listVideoTracks, putVideoTrack } from '#db/queries/videoTracks.ts';
import { makeDriveVideo } from '#test/factories/video.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { buildWebApp } from '../web/support/browser.ts';
import { everyRoute } from './support/everyRoute.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Caller, startApi, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const built = buildWebApp();
const api = useApi({ env: () => ({ ...buckets.env, STUDIO_WEB_DIR: built.folder }) });
afterAll(() => built.remove());

let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra');
});

/** Each preview has a host of its own, of which nobody knows the name before. */
const FRAMES = 'frame-src https://www.youtube-nocookie.com http://*.localhost:8444';
const DIRECTIVES = ["default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", FRAMES];

/** Says what is wrong with the headers of an answer, in order; nothing when all is well. */
function faults(headers: Headers, connectTo: string, isHttps = false): string[] {
  const policy = (headers.get('content-security-policy') ?? '').split(';');
  const wanted: readonly [string, RegExp][] = [
    ['x-content-type-options', /^nosniff$/],
    ['x-frame-options', /^DENY$/],
    ['referrer-policy', /^no-referrer$/],
    ['cross-origin-opener-policy', /^same-origin$/],
    ['cross-origin-resource-policy', /^same-origin$/],
    ['permissions-policy', /camera=\(\).*geolocation=\(\).*microphone=\(\)/],
    ['x-request-id', /^[0-9a-f-]{36}$/],
  ];
  return [
    ...wanted.filter(([name, value]) => !value.test(headers.get(name) ?? '')).map(([name]) => `${name}: ${headers.get(name) ?? 'none'}`),
    ...[...DIRECTIVES, `connect-src 'self' ${connectTo}`].filter((directive) => !policy.includes(directive)).map((directive) => `no ${directive}`),
    ...policy.filter((directive) => directive !== FRAMES && /unsafe|\*|nonce|sha\d/.test(directive)).map((directive) => `too much: ${directive}`),
    ...['x-powered-by', 'server', 'access-control-allow-origin', 'access-control-allow-credentials'].filter((name) => headers.has(name)).map((name) => `${name} is there`),
    ...((headers.get('strict-transport-security') === 'max-age=31536000; includeSubDomains') === isHttps ? [] : ['strict-transport-security']),
    // What is sent must say what it is: without that, nosniff has nothing to hold a browser to.
    ...(headers.get('content-type') === null && headers.get('content-length') !== '0' && !headers.has('location') ? ['no content-type'] : []),
  ];
}

/** The headers of an answer whose body nobody waits for: a stream has no end. */
async function headersOf(url: string, method: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; headers: Headers }> {
  const off = new AbortController();
  const answer = await fetch(url, { method, headers, redirect: 'manual', signal: off.signal });
  off.abort();
  return { status: answer.status, headers: answer.headers };
}

describe('every route', { timeout: 120_000 }, () => {
  const connectTo = (): string => new URL(buckets.env['AWS_ENDPOINT_URL_S3'] ?? '').origin;

  test('answers nobody, an admin and a stranger’s page with all the headers', async () => {
    const found: string[] = [];
    const statuses = new Map<number, number>();
    const routes = await everyRoute(api.deps, { site: 'algebra', name: 'algebra' });
    for (const { method, path, key } of routes) {
      for (const who of [{}, ada.headers, { ...ada.headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }]) {
        const answer = await headersOf(`${api.url}${path}`, method, who);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        found.push(...faults(answer.headers, connectTo()).map((fault) => `${key} (${answer.status}): ${fault}`));
        if (path.startsWith('/api/') && !/no-store|no-cache/.test(answer.headers.get('cache-control') ?? '')) found.push(`${key}: may be kept`);
      }
    }
    expect(found).toEqual([]);
    // The table was not answered by one refusal for all.
    expect(routes.length).toBeGreaterThan(120);
    for (const status of [200, 401, 403, 404, 422]) expect(statuses.get(status) ?? 0, `answers of ${status}`).toBeGreaterThan(3);
  });

  test('names the web app that goes with it, by the script its shell begins with', async () => {
    const shell = await (await fetch(`${api.url}/sites`, { headers: { accept: 'text/html' } })).text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(shell)?.[1] ?? 'none';
    expect((await fetch(`${api.url}${script}`)).status).toBe(200);
    for (const path of ['/api/v1/me', '/api/v1/nowhere', '/api/openapi.json']) expect((await headersOf(`${api.url}${path}`, 'GET')).headers.get('studio-app')).toBe(script);
    expect((await headersOf(`${api.url}/sites`, 'GET')).headers.get('studio-app')).toBeNull();
  });

  test('answers over https with a promise of a year for all hosts below', async () => {
    const secure = await startApi({ ...buckets.env, STUDIO_BASE_URL: 'https://studio.example' });
    try {
      const found: string[] = [];
      for (const { method, path, key } of await everyRoute(api.deps)) {
        const answer = await headersOf(`${secure.url}${path}`, method);
        found.push(...faults(answer.headers, connectTo(), true).map((fault) => `${key} (${answer.status}): ${fault}`));
      }
      expect(found).toEqual([]);
    } finally {
      await secure.stop();
    }
  });

  test('that sends a stream, a table or a file, whole, in part or not at all, does so too', async () => {
    // The test before signed her out on its way through the table.
    ada = await api.person('ada@example.edu');
    const { video } = await makeDriveVideo(api.db);
    await buckets.s3.put(api.config.storageBucket, 'tracks/lecture.vtt', 'WEBVTT\n<script>alert(1)</script>', { contentType: 'text/html' });
    await putVideoTrack(api.db, { videoId: video.id, kind: 'captions', language: 'en', source: 'threePlay', itemId: null, s3Key: 'tracks/lecture.vtt', md5: 'x' });
    const [track] = await listVideoTracks(api.db, video.id);
    const run = await makeRun(api.db, { siteId: null, version: null, process: 'cleanup-content', workflowId: 'cleanup-content/1', state: 'succeeded' });
    const file = `/api/v1/videos/${video.id}/tracks/${track?.id ?? ''}`;
    const whole = await headersOf(`${api.url}${file}`, 'GET', ada.headers);
    const etag = whole.headers.get('etag') ?? '';
    const asked: readonly [string, number, string | null, Record<string, string>][] = [
      [file, 200, 'text/vtt; charset=utf-8', {}],
      [file, 206, 'text/vtt; charset=utf-8', { range: 'bytes=0-2' }],
      [file, 304, null, { 'if-none-match': etag }],
      [file, 416, null, { range: 'bytes=999-' }],
      [`/api/v1/runs/${run}/report.csv`, 200, 'text/csv; charset=utf-8', {}],
      ['/api/v1/events', 200, 'text/event-stream; charset=utf-8', {}],
      ['/api/v1/nowhere', 404, 'application/json; charset=utf-8', {}],
      ['/api/nowhere', 404, 'application/json; charset=utf-8', {}],
      ['/assets/nowhere.js', 404, 'text/plain; charset=utf-8', {}],
      ['/%E0%A4%A', 200, 'text/html; charset=utf-8', { accept: 'text/html' }],
      ['/api/v1/sites/%E0%A4%A', 404, 'application/json; charset=utf-8', {}],
      ['/auth/nowhere', 404, 'text/plain; charset=utf-8', {}],
    ];
    for (const [path, status, type, headers] of asked) {
      const answer = await headersOf(`${api.url}${path}`, 'GET', { ...ada.headers, ...headers });
      expect([path, answer.status, faults(answer.headers, connectTo()).filter((fault) => type !== null || fault !== 'no content-type')]).toEqual([path, status, []]);
      if (type !== null) expect([path, answer.headers.get('content-type')]).toEqual([path, type]);
    }
    for (const path of [`/api/v1/runs/${run}/report.csv`, file]) expect((await headersOf(`${api.url}${path}`, 'GET', ada.headers)).headers.get('content-disposition')).toMatch(/^(attachment|inline); filename="[\w.-]+"$/);
  });

  test('that breaks keeps them, and says nothing of what broke', async () => {
    const broken = await startApi({ ...buckets.env });
    try {
      await broken.database.db.raw('alter table sites rename to sites_gone');
      const { headers } = await broken.person('ada@example.edu', [{ role: 'global_admin' }]);
      const answer = await broken.send('GET', '/api/v1/sites', { headers });
      expect(answer.status).toBe(500);
      expect(faults(answer.headers, connectTo())).toEqual([]);
      expect(answer.text).toMatch(/^\{"error":\{"code":"internal","message":"Something in the studio is broken\. The engineers find it in the log under [0-9a-f-]{36}\."\}\}$/);
    } finally {
      await broken.stop();
    }
  });
});

describe('the web app as it ships', () => {
  const files = (): string[] => readdirSync(built.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(built.folder, join(entry.parentPath, entry.name)).split(sep).join('/'));

  test('comes with all the headers, every file of it, and each as what it is', async () => {
    const types: Readonly<Record<string, RegExp>> = { html: /^text\/html/, js: /^(text|application)\/javascript/, css: /^text\/css/, svg: /^image\/svg\+xml/, woff2: /^font\/woff2/, woff: /^font\/woff/, ttf: /^font\/ttf/ };
    const found: string[] = [];
    for (const file of files()) {
      const answer = await headersOf(`${api.url}/${file}`, 'GET');
      const type = types[file.slice(file.lastIndexOf('.') + 1)];
      if (answer.status !== 200 || type?.test(answer.headers.get('content-type') ?? '') !== true) found.push(`${file}: ${answer.status} ${answer.headers.get('content-type') ?? ''}`);
      found.push(...faults(answer.headers, new URL(buckets.env['AWS_ENDPOINT_URL_S3'] ?? '').origin).map((fault) => `${file}: ${fault}`));
    }
    expect(found).toEqual([]);
    expect(files().length).toBeGreaterThan(3);
    for (const page of ['/', '/sites', '/sign-in?error=refused', '/sites/18.06', '/nowhere']) {
      const answer = await headersOf(`${api.url}${page}`, 'GET', { accept: 'text/html' });
      expect([page, answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control'), faults(answer.headers, new URL(buckets.env['AWS_ENDPOINT_URL_S3'] ?? '').origin)]).toEqual([page, 200, 'text/html; charset=utf-8', 'no-cache', []]);
    }
  });

  test('needs nothing that the policy forbids: no script, style or handler stands in a page or in a picture', () => {
    for (const file of files().filter((name) => /\.(html|svg)$/.test(name))) {
      const text = readFileSync(join(built.folder, file), 'utf8');
      expect([file, text.match(/<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son\w+=|javascript:/gi)]).toEqual([file, null]);
    }
    const evals = files().filter((name) => name.endsWith('.js')).filter((name) => /\beval\(|new Function\(/.test(readFileSync(join(built.folder, name), 'utf8')));
    expect(evals).toEqual([]);
  });
});

test.each([
  ['a bucket at AWS', { AWS_STORAGE_BUCKET_NAME: 'ocw-storage', AWS_REGION: 'us-east-1' }],
  ['one in another region', { AWS_STORAGE_BUCKET_NAME: 'ocw-storage', AWS_REGION: 'eu-west-1' }],
  ['one with dots in its name', { AWS_STORAGE_BUCKET_NAME: 'ocw.storage.example.edu', AWS_REGION: 'us-east-1' }],
  ['one in China', { AWS_STORAGE_BUCKET_NAME: 'ocw-storage', AWS_REGION: 'cn-north-1' }],
  ['a server of one’s own', { AWS_STORAGE_BUCKET_NAME: 'ocw-storage', AWS_ENDPOINT_URL_S3: 'https://s3.example.edu:9000/' }],
])('the page may send files to %s, and it is there that they are sent', async (_what, env) => {
  const config = loadConfig({ DATABASE_URL: 'postgres://nobody', AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing', ...env });
  const s3 = createS3(config);
  try {
    const { url } = await s3.uploads.presign(config.storageBucket, 'a/b.pdf', { size: 3, contentType: 'application/pdf', sha256: 'a'.repeat(64) }, 60);
    expect(new URL(url).origin).toBe(uploadOrigin(config));
  } finally {
    s3.close();
  }
});
