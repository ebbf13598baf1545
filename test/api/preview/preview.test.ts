import { createServer, type IncomingHttpHeaders, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '#api/contracts/runs.ts';
import { createPreview } from '#api/preview/createPreview.ts';
import { createPreviewHosts } from '#api/preview/previewHosts.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { readInstallation, readPreviewSecret } from '#db/queries/installation.ts';
import { recordPhase } from '#db/queries/runs.ts';
import { buildKeys } from '#domain/buildKeys.ts';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { makeRun, makeSite } from '../support/sites.ts';
import { useApi } from '../support/testApi.ts';

const compress = promisify(gzip);
const buckets = useBuckets();
const api = useApi({ env: () => ({ ...buckets.env, STUDIO_PREVIEW_URL_TEMPLATE: 'http://{run}.preview.example.edu:8444' }) });
let server: Server;
let secret: string;

beforeAll(async () => {
  await readInstallation(api.db, 'local');
  secret = (await readPreviewSecret(api.db)) ?? '';
  const handler = createPreview(api.deps).callback();
  server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

interface Shown {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks for a path as it is, which fetch would tidy up, at a host. */
function ask(host: string, path: string, given: { method?: string; headers?: Record<string, string> } = {}): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, method: given.method ?? 'GET', headers: { ...given.headers, host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

const hostOf = (runId: string): string => new URL(createPreviewHosts(api.config.studioPreviewTemplate, secret).urlOf(runId)).host;
const putManifest = async (key: string, manifest: unknown) => buckets.s3.put(api.config.buildStoreBucket, key, await compress(JSON.stringify(manifest)), { contentType: 'application/gzip' });
const storeBlob = (text: string) => buckets.s3.put(api.config.buildStoreBucket, buildKeys.blob(makeEntry(text).sha256), text, { contentType: 'application/octet-stream' });

/** A run of a site of its own that built these files. */
async function built(name: string, files: Record<string, string | ManifestEntry>, as: Partial<Manifest> = {}): Promise<{ siteId: string; runId: string; host: string; manifest: Manifest }> {
  const siteId = await makeSite(api.db, name);
  const runId = await makeRun(api.db, { siteId, version: as.version ?? 'live' });
  for (const text of Object.values(files)) if (typeof text === 'string') await storeBlob(text);
  const manifest = makeManifest(files, { siteId, siteName: name, runId, prefix: `courses/${name}`, ...as });
  await putManifest(buildKeys.build(siteId, manifest.version, runId), manifest);
  return { siteId, runId, host: hostOf(runId), manifest };
}

describe('the preview of a run', () => {
  it('shows what it built at its own host, by the rules readers meet', async () => {
    await buckets.s3.put(api.config.storageBucket, 'courses/shown/film.mp4', '0123456789', { contentType: 'video/mp4' });
    const { host } = await built('shown', { 'index.html': '<h1>Home</h1>', 'pages/ä b/index.html': '<h1>Page</h1>', 'style.css': makeEntry('body{}', { contentType: 'text/css' }), 'film.mp4': makeEntry('x', { size: 10, contentType: 'video/mp4', storageKey: 'courses/shown/film.mp4' }), 'empty.txt': '' });
    await storeBlob('body{}');
    const page = await ask(host, '/courses/shown/?utm=x');
    expect([page.status, page.text, page.headers['content-type'], page.headers['content-length']]).toEqual([200, '<h1>Home</h1>', 'text/html; charset=utf-8', '13']);
    expect((await ask(host, '/courses/shown/pages/%C3%A4%20b/')).text).toBe('<h1>Page</h1>');
    expect((await ask(host, '/courses/shown/style.css')).headers['content-type']).toBe('text/css');
    expect(await ask(host, '/courses/shown/empty.txt')).toMatchObject({ status: 200, text: '' });
    expect(await ask(host, '/courses/shown/pages/%C3%A4%20b')).toMatchObject({ status: 301, headers: { location: '/courses/shown/pages/%C3%A4%20b/' } });
    expect(await ask(host, '/')).toMatchObject({ status: 302, headers: { location: '/courses/shown/' } });
    expect(await ask(host, '/courses/shown/none/')).toMatchObject({ status: 404, text: 'There is no page at this address.\n' });
  });

  it('serves parts, heads and what a browser has already', async () => {
    await buckets.s3.put(api.config.storageBucket, 'courses/parts/film.mp4', '0123456789', { contentType: 'video/mp4' });
    const { host } = await built('parts', { 'index.html': 'x', 'film.mp4': makeEntry('x', { size: 10, contentType: 'video/mp4', storageKey: 'courses/parts/film.mp4' }) });
    const film = (headers: Record<string, string>, method = 'GET') => ask(host, '/courses/parts/film.mp4', { headers, method });
    const head = await film({}, 'HEAD');
    expect([head.status, head.text, head.headers['content-length'], head.headers['content-type']]).toEqual([200, '', '10', 'video/mp4']);
    const etag = head.headers.etag ?? '';
    for (const [range, status, text, contentRange] of [['bytes=2-4', 206, '234', 'bytes 2-4/10'], ['bytes=-2', 206, '89', 'bytes 8-9/10'], ['bytes=8-', 206, '89', 'bytes 8-9/10'], ['bytes=0-1,4-5', 200, '0123456789', undefined], ['bytes=99-', 416, 'The file has no such part.\n', 'bytes */10']] as const) {
      const part = await film({ range });
      expect([range, part.status, part.text, part.headers['content-range']]).toEqual([range, status, text, contentRange]);
    }
    expect(await film({ range: 'bytes=2-4', 'if-range': etag })).toMatchObject({ status: 206, text: '234' });
    expect(await film({ range: 'bytes=2-4', 'if-range': '"other"' })).toMatchObject({ status: 200, text: '0123456789' });
    expect(await film({ 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
  });

  it('says of every answer that nobody may index, keep, frame or pass on its address', async () => {
    const { host } = await built('quiet', { 'index.html': 'x' });
    for (const [at, path] of [[host, '/courses/quiet/'], [host, '/courses/quiet/none/'], ['nobody.preview.example.edu', '/'], [host, '/%E0%A4%A']] as const) {
      expect((await ask(at, path)).headers).toMatchObject({
        'x-robots-tag': 'noindex, nofollow',
        'cache-control': 'private, no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'content-security-policy': expect.stringMatching(/^sandbox .*; frame-ancestors 'none'$/) as string,
      });
    }
  });

  it('takes the rest of the web from the bucket of its version', async () => {
    const { host, siteId, runId, manifest } = await built('beside', { 'index.html': 'x' });
    await buckets.s3.put(api.config.publishBucket, 'static_shared/site.css', 'shared', { contentType: 'text/css' });
    await buckets.s3.put(api.config.publishBucket, 'courses/beside-the-road/index.html', 'a neighbour', { contentType: 'text/html' });
    await buckets.s3.put(api.config.publishBucket, 'courses/beside/gone.txt', 'of an earlier publish', { contentType: 'text/plain' });
    await buckets.s3.put(api.config.previewBucket, 'draft.txt', 'of the draft', { contentType: 'text/plain' });
    for (const path of ['/static_shared/site.css', '/courses/beside/deep/static_shared/site.css']) expect(await ask(host, path)).toMatchObject({ status: 200, text: 'shared', headers: { 'content-type': 'text/css' } });
    expect(await ask(host, '/courses/beside-the-road/')).toMatchObject({ status: 200, text: 'a neighbour' });
    expect((await ask(host, '/courses/beside/gone.txt')).status).toBe(404);
    expect((await ask(host, '/draft.txt')).status).toBe(404);
    expect((await ask(host, `/${buildKeys.build(siteId, manifest.version, runId)}`)).status).toBe(404);
  });

  it('of the root site shows other sites beside it, and no page it would take away', async () => {
    await buckets.s3.put(api.config.publishBucket, 'about/index.html', 'standing', { contentType: 'text/html' });
    await buckets.s3.put(api.config.publishBucket, 'courses/x/index.html', 'a course', { contentType: 'text/html' });
    const { host, siteId, runId } = await built('root', { 'index.html': 'new home', '404.html': 'nothing' }, { prefix: '' });
    const standing = makeManifest({ 'index.html': 'old home', 'about/index.html': 'standing' }, { siteId, prefix: '' });
    await putManifest('standing.json.gz', standing);
    await beginDeployment(api.db, { siteId, version: 'live', theme: '' }, 'standing.json.gz');
    await finishDeployment(api.db, { siteId, version: 'live', theme: '' }, { manifestKey: 'standing.json.gz', runId, commit: 'c', contentRevision: 1 });
    expect(await ask(host, '/')).toMatchObject({ status: 200, text: 'new home' });
    expect(await ask(host, '/courses/x/')).toMatchObject({ status: 200, text: 'a course' });
    expect(await ask(host, '/about/')).toMatchObject({ status: 404, text: 'nothing' });
  });

  it('shows what was deployed rather than what was built, and every theme’s output', async () => {
    const { host, siteId, runId, manifest } = await built('themed', { 'index.html': 'built' });
    for (const text of ['kept', 'second theme']) await storeBlob(text);
    await putManifest(buildKeys.deployed(siteId, 'live', runId), { ...manifest, files: { 'index.html': makeEntry('kept') } });
    await putManifest(buildKeys.outputs(siteId, 'live', runId), { themes: ['', 'ocw-course-v3'] });
    await putManifest(buildKeys.build(siteId, 'live', runId, 'ocw-course-v3'), { ...manifest, theme: 'ocw-course-v3', prefix: 'ocw-course-v3/courses/themed', files: { 'index.html': makeEntry('second theme') } });
    expect((await ask(host, '/courses/themed/')).text).toBe('kept');
    expect((await ask(host, '/ocw-course-v3/courses/themed/')).text).toBe('second theme');
  });

  it('says so when its output was swept, or a file of it was replaced', async () => {
    const siteId = await makeSite(api.db, 'swept');
    const swept = await ask(hostOf(await makeRun(api.db, { siteId, version: 'live' })), '/courses/swept/');
    expect([swept.status, swept.text]).toEqual([404, expect.stringContaining('The output of this publish is no longer kept')]);
    await buckets.s3.put(api.config.storageBucket, 'courses/replaced/notes.pdf', 'longer than it was', { contentType: 'application/pdf' });
    const { host } = await built('replaced', { 'notes.pdf': makeEntry('x', { size: 3, storageKey: 'courses/replaced/notes.pdf' }), 'gone.pdf': makeEntry('y', { storageKey: 'courses/replaced/none.pdf' }) });
    for (const path of ['notes.pdf', 'gone.pdf']) {
      const answer = await ask(host, `/courses/replaced/${path}`);
      expect([answer.status, answer.text, answer.headers.etag]).toEqual([404, expect.stringContaining('was replaced or removed'), undefined]);
    }
  });

  it('says to come back when the file store is away', async () => {
    const { host } = await built('away', { 'index.html': 'x' });
    buckets.proxy.addFault({ fault: '500', times: 3 });
    const answer = await ask(host, '/courses/away/');
    expect([answer.status, answer.headers['retry-after'], answer.text]).toEqual([503, '5', expect.stringContaining('cannot be shown right now')]);
    expect((await ask(host, '/courses/away/')).status).toBe(200);
  });
});

describe('an address of a preview', () => {
  it('is one label that only this installation can make', async () => {
    const { runId, host } = await built('hosts', { 'index.html': 'x' });
    const [label = ''] = host.split('.');
    expect(label).toMatch(/^[0-9a-f]{32}-[0-9a-f]{24}$/);
    expect(label.length).toBeLessThanOrEqual(63);
    const other = new URL(createPreviewHosts(api.config.studioPreviewTemplate, `${secret}x`).urlOf(runId)).host;
    const wrong = [other, label, `${label}.example.edu`, `x${host}`, `a.${host}`, host.replace(/-[0-9a-f]/, '-0').replace(host, other), host.slice(1), `${host}.evil.example`, 'localhost:8444', '127.0.0.1', `${label.slice(0, 32)}-${'0'.repeat(24)}.preview.example.edu`, '__proto__', ''];
    for (const at of wrong) expect([at, await ask(at, '/courses/hosts/')]).toMatchObject([at, { status: 404, text: expect.stringContaining('There is no preview at this address') as string }]);
    for (const at of [host, host.toUpperCase(), host.replace(/:\d+$/, ''), host.replace(/:\d+$/, ':1234')]) expect((await ask(at, '/courses/hosts/')).status).toBe(200);
  });

  it.each(['/../../etc/passwd', '/courses/hosts2/../../secret.txt', '/courses/%2e%2e/secret.txt', '/courses/..%2f..%2fsecret.txt', '/a%00.html', '/a%0d%0aset-cookie:x=1', '/a\\b.html', '/%E0%A4%A', '//evil.example.edu/x', '/courses//x', `/${'a'.repeat(1_100)}.html`, `/${'%61'.repeat(2_000)}.html`])('is refused when it leads out: %s', async (path) => {
    const { host } = await hosts2;
    expect(await ask(host, path)).toMatchObject({ status: 400, text: expect.stringContaining('leads out of the site') as string });
  });
  let hosts2: ReturnType<typeof built>;
  beforeAll(async () => {
    hosts2 = built('hosts2', { 'index.html': 'x' });
    await hosts2;
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('takes no %s', async (method) => {
    const { host } = await hosts2;
    expect(await ask(host, '/courses/hosts2/', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('is told to who may read the site, once there is something to see', async () => {
    const { siteId, runId, host } = await built('told', { 'index.html': 'x' });
    const ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
    const run = async (): Promise<Run> => (await api.call('GET /api/v1/runs/:run', ed, { params: { run: runId } })).json as Run;
    expect((await run()).previewUrl).toBeNull();
    await recordPhase(api.db, { runId, phase: 'build', state: 'done' });
    expect((await run()).previewUrl).toBe(`http://${host}/`);
    const stan = await api.person('stan@example.edu');
    expect((await api.call('GET /api/v1/runs/:run', stan, { params: { run: runId } })).text).not.toContain(host);
  });
});
