import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDb } from '#db/knex.ts';
import { errorBodySchema } from '#api/contracts/errors.ts';
import { type Caller, codeOf, messageOf, NOBODY, startApi, useApi } from './support/testApi.ts';
import { makeSite } from './support/sites.ts';

const api = useApi();
let ada: Caller;

beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra', { title: '100% of Linear_Algebra, “δοκιμή”' });
  await makeSite(api.db, 'calculus', { title: 'Calculus' });
});

test('an unknown address and an unknown method are said in the shape of every error', async () => {
  const nowhere = await api.send('GET', '/api/v1/nowhere', { headers: ada.headers });
  expect(nowhere.status).toBe(404);
  expect(errorBodySchema.strict().parse(nowhere.json).error).toEqual({ code: 'notFound', message: 'There is nothing at this address.' });
  const wrong = await api.send('DELETE', '/api/v1/sites', { headers: ada.headers });
  expect(wrong.status).toBe(405);
  expect(codeOf(wrong)).toBe('methodNotAllowed');
  expect(wrong.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  const odd = await api.send('PROPFIND', '/api/v1/sites', { headers: ada.headers });
  expect(codeOf(odd)).toBe('methodNotAllowed');
});

describe('a body', () => {
  const publish = (body: unknown, headers: Record<string, string> = {}) => api.call('POST /api/v1/sites/:site/publishes', ada, { params: { site: 'algebra' }, body, headers });

  test('that is not JSON is refused with a sentence', async () => {
    const answer = await publish('{"version": "dra', { 'content-type': 'application/json' });
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([422, 'validation', 'The body is not JSON.']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])('of the type %s is refused, so that no form can send it', async (type) => {
    const answer = await publish('{"version":"draft"}', { 'content-type': type });
    expect([answer.status, messageOf(answer)]).toEqual([422, 'Send the body as application/json.']);
  });

  test('without a byte is refused', async () => {
    const answer = await api.call('POST /api/v1/sites/:site/publishes', ada, { params: { site: 'algebra' } });
    expect(codeOf(answer)).toBe('validation');
  });

  test('over a megabyte is refused', async () => {
    const answer = await publish(`{"version":"draft","padding":"${'x'.repeat(1024 * 1024)}"}`, { 'content-type': 'application/json' });
    expect([answer.status, codeOf(answer)]).toEqual([413, 'tooLarge']);
  });

  test.each([[{}], [{ version: 'production' }], [[]], ['"draft"'], ['null'], [{ version: ['draft'] }]])('%j names the field that is wrong', async (body) => {
    const answer = await publish(body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(422);
    const { error } = errorBodySchema.parse(answer.json);
    expect(error.issues?.[0]?.path).toMatch(/^body/);
    expect(error.message).toMatch(/^The request is not right: body/);
  });
});

describe('wild input', () => {
  test.each(['not-a-uuid', '00000000', "' or 1=1 --", '../../etc/passwd', '%00'])('%j is no id of a run', async (run) => {
    const answer = await api.call('GET /api/v1/runs/:run', ada, { params: { run } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
  });

  test.each(['x'.repeat(513), 'algebra\u0000', '\u0000'])('the name of a site is checked before anybody looks for it (%#)', async (site) => {
    const answer = await api.call('GET /api/v1/sites/:site', ada, { params: { site } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
  });

  test.each(['δοκιμή', '\u202Etxt', '💥', "algebra'; drop table sites; --", '%', '_', '..', '\uFFFD', 'Algebra'])('%j is a name nobody has', async (site) => {
    const answer = await api.call('GET /api/v1/sites/:site', ada, { params: { site } });
    expect([answer.status, codeOf(answer)]).toEqual([404, 'notFound']);
  });

  test.each([
    ['%', ['algebra']],
    ['_', ['algebra']],
    ['\\', []],
    ["'", []],
    ['δοκιμή', ['algebra']],
    ['LINEAR_', ['algebra']],
    ['Linear.Algebra', []],
    [' calc ', ['calculus']],
    ['   ', ['algebra', 'calculus']],
  ])('a search for %j finds %j: its wildcards are letters', async (search, names) => {
    const answer = await api.call('GET /api/v1/sites', ada, { query: { search, sort: 'title' } });
    expect((answer.json as { sites: { name: string }[] }).sites.map((site) => site.name).sort()).toEqual(names);
  });

  test.each([
    ['limit', 0], ['limit', 101], ['limit', '1e9'], ['limit', 'ten'], ['limit', '1.5'], ['offset', -1], ['offset', 1_000_001],
    ['sort', 'password'], ['state', 'broken'], ['search', 'x'.repeat(201)], ['search', 'a\u0000b'],
  ])('%s=%s is no query', async (name, value) => {
    const answer = await api.call('GET /api/v1/sites', ada, { query: { [name]: value } });
    expect([answer.status, errorBodySchema.parse(answer.json).error.issues?.[0]?.path]).toEqual([422, `query.${name}`]);
  });

  test('a parameter given twice is refused, not guessed', async () => {
    const answer = await api.send('GET', '/api/v1/sites?search=a&search=b', { headers: ada.headers });
    expect(codeOf(answer)).toBe('validation');
  });

  test('a NUL anywhere in a body is refused before the database meets it', async () => {
    const answer = await api.call('POST /api/v1/grants', ada, { body: { email: 'eve@example.edu', role: 'editor', site: 'algebra\u0000' } });
    expect([answer.status, errorBodySchema.parse(answer.json).error.issues]).toEqual([422, [{ path: 'body.site', message: 'must not hold a NUL character' }]]);
  });

  test('what a prototype has is no field', async () => {
    const answer = await api.call('POST /api/v1/sites/:site/publishes', ada, { params: { site: 'algebra' }, body: '{"__proto__":{"version":"live"},"constructor":1}', headers: { 'content-type': 'application/json' } });
    expect(codeOf(answer)).toBe('validation');
  });

  test.each(['/api/v1/sites/%E0%A4%A', '/api/v1/sites/%', '/api/v1/runs/%ff%fe'])('the address %s, which is no UTF-8, breaks nothing', async (path) => {
    const answer = await api.send('GET', path, { headers: ada.headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    errorBodySchema.strict().parse(answer.json);
  });

  test('ten thousand levels of JSON are an error like any other', async () => {
    const answer = await api.call('POST /api/v1/grants', ada, { body: `${'['.repeat(10_000)}${']'.repeat(10_000)}`, headers: { 'content-type': 'application/json' } });
    expect(codeOf(answer)).toBe('validation');
  });

  test('a request that is not HTTP is answered with 400 and the API lives on', async () => {
    const { port, hostname } = new URL(api.url);
    const raw = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(raw).toMatch(/^HTTP\/1\.1 400/);
    expect((await api.send('GET', '/health/liveness/')).status).toBe(200);
  });
});

describe('files of the web app', () => {
  let web: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    web = await startApi({ STUDIO_WEB_DIR: 'test/api/support/web' });
  });
  afterAll(() => web.stop());

  test.each(['/assets/..%2f..%2fpackage.json', '/assets/%2e%2e%2f%2e%2e%2fkeys.ts', '/..%2f..%2f..%2fpackage.json', '/a%00b.js', '/assets/%E0%A4%A.js', '/.env', '/assets/none.js'])('%s is not served', async (path) => {
    const answer = await web.send('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.text).toMatch(/^Not found\.?\n?$/i);
  });

  test.each(['/', '/sites/algebra', '/sites/18.06', '/..%2f..%2fetc/passwd'])('%s is a page', async (path) => {
    const answer = await web.send('GET', path, { headers: { accept: 'text/html,*/*' } });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(answer.text).toContain('<title>Studio</title>');
  });

  test('are sent compressed to who reads them so, and are never addresses of their own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocw-web-'));
    mkdirSync(join(folder, 'assets'));
    const script = 'console.log("a script");\n'.repeat(100);
    for (const [name, text] of [['index.html', '<title>Studio</title>'], ['assets/a.js', script], ['assets/b.js', script]] as const) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'assets', 'a.js.br'), brotliCompressSync(script));
    writeFileSync(join(folder, 'assets', 'a.js.gz'), gzipSync(script));
    const zipped = await startApi({ STUDIO_WEB_DIR: folder });
    try {
      const asked = async (path: string, encodings: string) => {
        const { status, text, headers } = await zipped.send('GET', path, { headers: { 'accept-encoding': encodings } });
        return [status, headers.get('content-encoding'), headers.get('content-type'), headers.get('vary')?.toLowerCase(), text === script];
      };
      const type = 'text/javascript; charset=utf-8';
      expect(await asked('/assets/a.js', 'gzip, deflate, br')).toEqual([200, 'br', type, 'accept-encoding', true]);
      expect(await asked('/assets/a.js', 'gzip')).toEqual([200, 'gzip', type, 'accept-encoding', true]);
      expect(await asked('/assets/a.js', 'identity')).toEqual([200, null, type, 'accept-encoding', true]);
      expect(await asked('/assets/b.js', 'gzip, deflate, br')).toEqual([200, null, type, 'accept-encoding', true]);
      expect((await zipped.send('GET', '/assets/a.js.br')).status).toBe(404);
    } finally {
      await zipped.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('without a build, people are told what to do', async () => {
    const answer = await api.send('GET', '/');
    expect([answer.status, answer.text]).toEqual([503, 'The web app is not built. Run npm run build:web, then load this page again.\n']);
  });
});

describe('what nobody expected', () => {
  test('leaves as `internal` with a number, and the cause stays in the log', async () => {
    const broken = await startApi({});
    try {
      const who = await broken.person('ada@example.edu', [{ role: 'global_admin' }]);
      await broken.database.db.raw('alter table starters rename column slug to slug_away');
      const answer = await broken.send('GET', '/api/v1/starters', { headers: who.headers });
      expect(answer.status).toBe(500);
      const { error } = errorBodySchema.strict().parse(answer.json);
      expect(error.code).toBe('internal');
      const requestId = answer.headers.get('x-request-id') ?? 'none';
      expect(error.message).toBe(`Something in the studio is broken. The engineers find it in the log under ${requestId}.`);
      expect(answer.text).not.toMatch(/slug|select|starters"|\.ts|node_modules/);
      const line = broken.logged.find((entry) => entry['requestId'] === requestId);
      expect(JSON.stringify(line?.['err'])).toContain('starters.slug');
    } finally {
      await broken.stop();
    }
  });

  describe('a database that is gone', () => {
    const url = `postgres://studio:secret@${NOBODY}/ocw_studio`;
    const db = createDb(url, { poolMax: 2 });
    let lost: Awaited<ReturnType<typeof startApi>>;
    beforeAll(async () => {
      lost = await startApi({}, { url, db, clear: () => Promise.resolve() });
    });
    afterAll(async () => {
      await lost.stop();
      await db.destroy();
    });

    test('is said, with a code to wait on', async () => {
      const answer = await lost.send('GET', '/api/v1/sites', { headers: { cookie: 'studio_session=whatever' } });
      expect([answer.status, codeOf(answer)]).toEqual([503, 'databaseUnavailable']);
      expect(answer.text).not.toMatch(/postgres|ocw_studio|127\.0\.0\.1/);
    });

    test('keeps the API alive but not ready', async () => {
      expect((await lost.send('GET', '/health/liveness/')).status).toBe(200);
      const ready = await lost.send('GET', '/health/readiness/');
      expect([ready.status, ready.json]).toEqual([503, { ok: false }]);
    });
  });
});
