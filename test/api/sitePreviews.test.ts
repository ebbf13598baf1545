import { createServer, type IncomingHttpHeaders, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { axePath } from '#api/preview/axeFile.ts';
import { createPreview } from '#api/preview/createPreview.ts';
import { createPreviewHosts } from '#api/preview/previewHosts.ts';
import { readPreviewPath } from '#api/preview/previewPath.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { readInstallation, readPreviewSecret } from '#db/queries/installation.ts';
import { beginPreview, closePreview, findPreviewServer, notePreview } from '#db/queries/previews.ts';
import type { PreviewState, UnsavedItem } from '#domain/previewState.ts';
import { previewSiteContract } from '#temporal/contracts/previewSite.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { makeContentSite } from './support/content.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const buckets = useBuckets();
const api = useApi({ env: () => ({ ...temporal.env, ...buckets.env, STUDIO_PREVIEW_URL_TEMPLATE: 'http://{run}.preview.example.edu:8444' }) });

let pages: Server;
let worker: Server;
/** What the worker was asked, with the key it was asked with. */
let asked: { method: string; url: string; key: string | undefined; body: UnsavedItem | undefined }[] = [];
let state: PreviewState;
/** What Hugo put out, by its path in the site. */
const built = new Map<string, string>();
const KEY = 'the-key-of-this-preview';

beforeAll(async () => {
  await readInstallation(api.db, 'local');
  const handler = createPreview(api.deps).callback();
  pages = createServer((request, response) => void handler(request, response));
  // A worker that shows whatever it is told to have built.
  worker = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://worker');
      const text = Buffer.concat(chunks).toString();
      asked.push({ method: request.method ?? '', url: request.url ?? '', key: request.headers['x-studio-preview'] as string | undefined, body: text === '' ? undefined : (JSON.parse(text) as UnsavedItem) });
      const page = built.get(url.searchParams.get('key') ?? '');
      if (url.pathname !== '/pages') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state));
      else if (state.builds === 0) response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(state));
      else if (page === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': url.searchParams.get('key')?.endsWith('.html') === true ? 'text/html; charset=utf-8' : 'text/css' }).end(page);
    });
  });
  for (const server of [pages, worker]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const server of [pages, worker]) {
    server.close();
    server.closeAllConnections();
  }
});

let site: { id: string; name: string };
let item: string;
let ed: Caller;
let olga: Caller;

beforeEach(async () => {
  await api.clear();
  await readInstallation(api.db, 'local');
  asked = [];
  built.clear();
  state = { builds: 2, revision: 5, fault: null, others: [] };
  site = { id: await makeContentSite(api.db, 'geometry'), name: 'geometry' };
  await api.db('sites').where({ id: site.id }).update({ url_path: 'courses/geometry' });
  item = randomUUID();
  await api.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: item, type: 'page', title: 'Syllabus', dirpath: 'content/pages', filename: 'syllabus', markdown: 'Saved.', metadata: { description: 'Kept' } }), by: null, reason: 'created' }));
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId: site.id }]);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId: site.id }]);
});

/** Has the worker show the site. */
async function show(siteId = site.id): Promise<string> {
  const instance = randomUUID();
  await beginPreview(api.db, siteId, instance);
  await notePreview(api.db, { siteId, instance }, { door: { address: `http://127.0.0.1:${(worker.address() as AddressInfo).port}`, accessKey: KEY } });
  return instance;
}

const open = async (who: Caller, body: { item?: string } = {}, name = site.name) => (await api.call('POST /api/v1/sites/:site/preview', who, { params: { site: name }, body })).json as SitePreview;
const put = (who: Caller, body: unknown, of = item) => api.call('PUT /api/v1/sites/:site/preview/items/:item', who, { params: { site: site.name, item: of }, body });

interface Shown {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks the preview's port for a path as it is, at the host of an address. */
function look(address: string, path = new URL(address).pathname, headers: Record<string, string> = {}): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest({ port: (pages.address() as AddressInfo).port, host: '127.0.0.1', path, headers: { ...headers, host: new URL(address).host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

describe('opening a preview', () => {
  it('starts its process once, says how far it is, and then what is shown', async () => {
    const first = await open(ed, { item });
    expect(first).toMatchObject({ state: 'starting', doing: 'Waiting for a free place', builds: 0, instance: null, page: `${first.url}pages/syllabus/` });
    expect(first.url).toMatch(/^http:\/\/v[0-9a-f]{32}-[0-9a-f]{24}\.preview\.example\.edu:8444\/courses\/geometry\/$/);
    const client = createTemporalClient(api.config);
    const handle = client.workflow.getHandle(previewSiteContract.workflowId('geometry'));
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const instance = await show();
    state = { builds: 7, revision: 9, fault: { message: 'there is no shortcode “x”', file: 'content/pages/syllabus.md', line: 3 }, others: [{ name: 'Olga', textId: item, title: 'Syllabus' }] };
    const { runId } = await handle.describe();
    expect(await open(ed)).toEqual({ ...state, state: 'ready', doing: '', files: 0, instance, url: first.url, page: null });
    // Whoever is shown already is not told again.
    expect((await handle.fetchHistory()).events?.filter(({ workflowExecutionSignaledEventAttributes }) => workflowExecutionSignaledEventAttributes != null)).toHaveLength(1);
    expect((await handle.describe()).runId).toBe(runId);
    await handle.terminate();
    await client.connection.close();
  });

  it('says why it ended, and opens it again', async () => {
    const instance = await show();
    await closePreview(api.db, site.id, { instance, doing: 'Nobody looked at it for a while.' });
    expect(await findPreviewServer(api.db, site.id)).toMatchObject({ state: 'ended', address: null, accessKey: null });
    expect(await open(ed)).toMatchObject({ state: 'starting' });
  });

  it('takes a worker that was not heard of for gone', async () => {
    await show();
    await api.db('preview_servers').update({ beat_at: new Date(Date.now() - 60_000) });
    expect(await open(ed)).toMatchObject({ state: 'starting', doing: 'Its worker does not answer. Another one takes over' });
    expect(asked).toEqual([]);
  });

  it('is for people who may see the site', async () => {
    const stranger = await api.person('stan@example.edu');
    expect(codeOf(await api.call('POST /api/v1/sites/:site/preview', stranger, { params: { site: site.name }, body: {} }))).toBe('forbidden');
    expect(messageOf(await api.call('POST /api/v1/sites/:site/preview', await api.token(), { params: { site: site.name }, body: {} }))).toBe('A preview is for people. Sign in as one.');
  });
});

describe('what is written', () => {
  it('is merged as a save would be and sent to the worker, and nothing is saved', async () => {
    await show();
    const before = await api.db('content_items').select('*');
    const answer = await put(ed, { title: 'New title', metadata: { description: 'Changed' } });
    expect(answer.json).toMatchObject({ state: 'ready', builds: 2 });
    expect(asked).toEqual([{ method: 'PUT', url: `/items/${item}`, key: KEY, body: { userId: ed.userId, name: expect.any(String) as string, fields: { title: 'New title', markdown: 'Saved.', file: null, metadata: { description: 'Changed' } } } }]);
    expect(await api.db('content_items').select('*')).toEqual(before);
    expect(await api.db('run_requests').select('*')).toEqual([]);
  });

  it('waits for nothing while nobody shows the site', async () => {
    expect((await put(ed, { markdown: 'x' })).json).toMatchObject({ state: 'starting' });
    expect(asked).toEqual([]);
  });

  it('is refused where a save would be', async () => {
    await show();
    const meta = randomUUID();
    await api.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: meta, type: 'sitemetadata', isPageContent: false, dirpath: 'data', filename: 'course' }), by: null, reason: 'created' }));
    expect(codeOf(await put(ed, { title: 'x' }, meta))).toBe('forbidden');
    expect((await put(olga, { title: 'x' }, meta)).status).toBe(200);
    expect(codeOf(await put(ed, { title: 'x' }, randomUUID()))).toBe('notFound');
    await api.db('content_items').where({ text_id: item }).update({ deleted_at: new Date() });
    expect(codeOf(await put(ed, { title: 'x' }))).toBe('wrongState');
    expect(asked.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('is forgotten by who wrote it', async () => {
    await show();
    await api.call('DELETE /api/v1/sites/:site/preview/items/:item', ed, { params: { site: site.name, item } });
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([`DELETE /items/${item}?by=${ed.userId ?? ''}`, `GET /state?by=${ed.userId ?? ''}`]);
  });
});

describe('its pages', () => {
  it('stand at a host of each person, may be framed by the studio alone, and know no session', async () => {
    built.set('pages/syllabus/index.html', '<html><body><h1>Syllabus</h1></body></html>');
    built.set('style.css', 'body{}');
    await show();
    const [mine, hers] = [await open(ed, { item }), await open(olga, { item })];
    expect(new URL(mine.url).host).not.toBe(new URL(hers.url).host);
    const page = await look(mine.page ?? '');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<h1>Syllabus</h1><script>');
    expect(page.text).toContain(`const studio = ${JSON.stringify(new URL(api.config.studioBaseUrl).origin)};`);
    expect(page.headers).toMatchObject({ 'x-robots-tag': 'noindex, nofollow', 'cache-control': 'private, no-store', 'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff' });
    expect(page.headers['content-security-policy']).toMatch(new RegExp(`^sandbox .*; frame-ancestors ${new URL(api.config.studioBaseUrl).origin}$`));
    expect(page.headers['content-security-policy']).not.toContain('allow-top-navigation');
    expect([page.headers['x-frame-options'], page.headers['set-cookie']]).toEqual([undefined, undefined]);
    expect((await look(mine.url, '/courses/geometry/style.css')).text).toBe('body{}');
    expect(asked.filter(({ url }) => url.startsWith('/pages')).every(({ key, url }) => key === KEY && url.includes(`by=${ed.userId ?? ''}`))).toBe(true);
    // The studio’s own port shows none of it.
    expect((await api.send('GET', '/courses/geometry/pages/syllabus/', { headers: { host: new URL(mine.url).host } })).text).not.toContain('Syllabus');
  });

  it('are nobody’s whose address is forged, over, or of another site', async () => {
    built.set('index.html', 'Home');
    await show();
    const { url } = await open(ed);
    expect((await look(url)).status).toBe(200);
    const forged = url.replace(/-([0-9a-f])/, (_, digit: string) => `-${digit === '0' ? '1' : '0'}`);
    expect(await look(forged)).toMatchObject({ status: 404, text: 'There is no preview at this address. Open it from the publish in the studio.\n' });
    // The code of a run is none of a person's, though both are made of one secret.
    const secret = (await readPreviewSecret(api.db)) ?? '';
    const hosts = createPreviewHosts(api.config.studioPreviewTemplate, secret);
    const id = hosts.viewerOf(new URL(url).host) ?? '';
    expect(id).not.toBe('');
    expect((await look(hosts.urlOf(id).replace('//', '//v'))).status).toBe(404);
    expect(hosts.runOf(new URL(url).host)).toBeNull();
    // One site's address shows that site, whatever path is asked for.
    const other = await makeContentSite(api.db, 'topology');
    await api.db('sites').where({ id: other }).update({ url_path: 'courses/topology' });
    await show(other);
    expect((await look(url, '/courses/topology/')).status).toBe(404);
    await api.db('preview_viewers').update({ expires_at: new Date(Date.now() - 1_000) });
    expect(await look(url)).toMatchObject({ status: 404, text: 'The time of this preview is over. Open it again from the studio.\n' });
    // An address that was over is not opened again.
    expect(new URL((await open(ed)).url).host).not.toBe(new URL(url).host);
  });

  it('get the tool they check themselves with at an address that no file of a site can have', async () => {
    built.set('studio-preview//axe.js', 'of the site');
    await show();
    const { url } = await open(ed);
    expect(readPreviewPath(axePath)).toBeNull();
    const tool = await look(url, `${axePath}?x`);
    expect(tool.status).toBe(200);
    expect(tool.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'private, max-age=31536000, immutable', 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' });
    expect(tool.text).toContain('axe.run');
    expect(asked.filter(({ url: wanted }) => wanted.startsWith('/pages'))).toEqual([]);
    // One slash less is a path of the site like any other, and an address that is over has nothing.
    expect((await look(url, axePath.replace('//', '/'))).status).toBe(404);
    await api.db('preview_viewers').update({ expires_at: new Date(Date.now() - 1_000) });
    expect((await look(url, axePath)).status).toBe(404);
  });

  it('end with the right to see the site, within minutes', async () => {
    built.set('index.html', 'Home');
    await show();
    const { url } = await open(ed);
    await api.db('role_grants').where({ user_id: ed.userId }).delete();
    expect(codeOf(await api.call('POST /api/v1/sites/:site/preview', ed, { params: { site: site.name }, body: {} }))).toBe('forbidden');
    const { expires_at: expiresAt } = await api.db('preview_viewers').first<{ expires_at: Date }>('expires_at');
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(5 * 60_000);
    expect((await look(url)).status).toBe(200);
  });

  it.each(['/../../etc/passwd', '/courses/geometry/..%2f..%2fetc/passwd', '/courses/geometry/%2e%2e/%2e%2e/etc/passwd', '/courses/geometry/a%00b', '//example.org/', '/courses/geometry/%E0%A4%A'])('of no other place are shown: %s', async (path) => {
    await show();
    const { url } = await open(ed);
    const answer = await look(url, path);
    expect([400, 404]).toContain(answer.status);
    expect(asked.filter(({ url: wanted }) => wanted.includes('etc'))).toEqual([]);
  });

  it('find uploaded files in the store, shared files in the draft bucket, and nothing of other sites’ uploads', async () => {
    await show();
    await buckets.s3.put(api.config.storageBucket, 'courses/geometry/notes.pdf', 'pdf', { contentType: 'application/pdf' });
    await buckets.s3.put(api.config.storageBucket, 'courses/topology/secret.pdf', 'secret', { contentType: 'application/pdf' });
    await buckets.s3.put(api.config.previewBucket, 'static_shared/main.css', 'shared', { contentType: 'text/css' });
    const { url } = await open(ed);
    expect((await look(url, '/courses/geometry/notes.pdf')).text).toBe('pdf');
    expect((await look(url, '/courses/geometry/static_shared/main.css')).text).toBe('shared');
    expect((await look(url, '/courses/topology/secret.pdf')).status).toBe(404);
  });

  it('that were never built say why', async () => {
    await show();
    state = { builds: 0, revision: 5, fault: { message: 'there is no shortcode “x”' }, others: [] };
    const { url } = await open(ed);
    expect(await look(url)).toMatchObject({ status: 503, text: 'There is nothing to show yet. there is no shortcode “x”\n' });
  });
});
