import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { sweepUploads } from '#api/sweepUploads.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => ({ ...buckets.env, UPLOAD_MAX_BYTES: '2000000' }) });
let ed: Caller;
let stranger: Caller;
let siteId: string;
beforeAll(async () => {
  siteId = await makeContentSite(api.db, 'algebra');
  await makeContentSite(api.db, 'geometry');
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
  stranger = await api.person('stranger@example.edu');
});

const bucket = (): string => api.config.storageBucket;
const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');
interface Begun {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expiresAt: string;
}
const begin = (name: string, body: Buffer, more: Readonly<Record<string, unknown>> = {}, who = ed, site = 'algebra'): Promise<Answer> =>
  api.call('POST /api/v1/sites/:site/uploads', who, { params: { site }, body: { name, type: '', size: body.length, sha256: sha256(body), ...more } });
const begun = async (name: string, body: Buffer, more: Readonly<Record<string, unknown>> = {}): Promise<Begun> => {
  const answer = await begin(name, body, more);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json as Begun;
};
/** As a browser does it. */
const put = async (to: Pick<Begun, 'url' | 'headers'>, body: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<number> => (await fetch(to.url, { method: 'PUT', headers: { ...to.headers, ...headers }, body: new Uint8Array(body) })).status;
const finish = (id: string, who = ed, site = 'algebra'): Promise<Answer> => api.call('POST /api/v1/sites/:site/uploads/:upload/finish', who, { params: { site, upload: id } });
const keysBelow = async (prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of buckets.s3.list(bucket(), prefix)) keys.push(key);
  return keys;
};
const quarantined = async (id: string): Promise<boolean> => (await keysBelow('quarantine/courses/algebra/')).includes(`quarantine/courses/algebra/${id}`);

const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n');
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('IHDR rest')]);

describe('a file that is uploaded', () => {
  test('goes to quarantine, then to its site, and an item takes it', async () => {
    const upload = await begun('Lösung Übung 1.PDF', PDF, { type: 'application/pdf' });
    expect(new URL(upload.url).pathname).toBe(`/${bucket()}/quarantine/courses/algebra/${upload.id}`);
    expect(Date.parse(upload.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    expect(await put(upload, PDF)).toBe(200);
    const done = await finish(upload.id);
    const key = `courses/algebra/${upload.id.replaceAll('-', '')}_Losung-Ubung-1.pdf`;
    expect(done.json).toEqual({ id: upload.id, state: 'done', file: key, name: 'Lösung Übung 1.PDF', contentType: 'application/pdf', size: PDF.length });
    const stored = await buckets.direct.send(new GetObjectCommand({ Bucket: bucket(), Key: key }));
    expect([stored.ContentType, Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(PDF)]).toEqual(['application/pdf', true]);
    expect(await quarantined(upload.id)).toBe(false);

    const made = await itemsOf(api, 'algebra', ed).made({ type: 'resource', title: 'Solution', file: key, metadata: { file_type: 'text/html' } });
    expect([made.file, made.metadata['file_type'], made.metadata['file_size']]).toEqual([key, 'application/pdf', PDF.length]);
  });

  test('replaces the file of an item that has one', async () => {
    const items = itemsOf(api, 'algebra', ed);
    const item = await items.made({ type: 'resource', title: 'Picture' });
    const upload = await begun('figure.png', PNG);
    expect(await put(upload, PNG)).toBe(200);
    const { file } = (await finish(upload.id)).json as { file: string };
    const saved = await items.saved(item.textId, { revision: item.revision, file });
    expect([saved.file, saved.metadata['file_type'], saved.metadata['license']]).toEqual([file, 'image/png', 'CC BY']);
    // What an item has already is not looked up again.
    expect((await items.saved(item.textId, { revision: saved.revision, file, metadata: { file_type: 'image/x' } })).metadata['file_type']).toBe('image/x');
  });

  test('is finished once, however often that is asked', async () => {
    const upload = await begun('twice.pdf', PDF);
    expect(await put(upload, PDF)).toBe(200);
    const answers = await Promise.all(Array.from({ length: 5 }, () => finish(upload.id)));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect((await finish(upload.id)).text).toBe(answers[0]?.text);
    expect((await keysBelow('courses/algebra/')).filter((key) => key.endsWith('_twice.pdf'))).toHaveLength(1);
  });

  test('never takes the place of another of the same name', async () => {
    const [one, two] = [await begun('same.pdf', PDF), await begun('same.pdf', PDF)];
    for (const each of [one, two]) await put(each, PDF);
    const files = [(await finish(one.id)).json, (await finish(two.id)).json].map((answer) => (answer as { file: string }).file);
    expect(new Set(files).size).toBe(2);
  });

  test('cannot be an item’s before it was looked at', async () => {
    const upload = await begun('early.pdf', PDF);
    await put(upload, PDF);
    const key = `courses/algebra/${upload.id.replaceAll('-', '')}_early.pdf`;
    const answer = await itemsOf(api, 'algebra', ed).create({ type: 'resource', title: 'Early', file: key });
    expect([codeOf(answer), messageOf(answer)]).toEqual(['invalidFields', 'Nothing was saved. The file ‘early.pdf’ is still on its way. Finish its upload first.']);
  });

  test('is written down in the audit log', async () => {
    const upload = await begun('told.pdf', PDF);
    await put(upload, PDF);
    await finish(upload.id);
    const entries = await api.db('audit_entries').whereIn('action', ['upload-begin', 'upload-finish']).whereRaw(`detail ->> 'upload' = ?`, [upload.id]).orderBy('created_at').select<{ action: string; actor_name: string; outcome: string }[]>('action', 'actor_name', 'outcome');
    expect(entries).toEqual([{ action: 'upload-begin', actor_name: 'ed', outcome: 'done' }, { action: 'upload-finish', actor_name: 'ed', outcome: 'done' }]);
  });
});

describe('the address that is given', () => {
  const other = Buffer.from(PDF.toString('latin1').replace('1 0', '2 0'), 'latin1');
  test.each<readonly [string, (upload: Begun) => Promise<number>]>([
    ['another file of the same length', (upload) => put(upload, other)],
    ['a longer file', (upload) => put(upload, Buffer.concat([PDF, PDF]))],
    ['a shorter file', (upload) => put(upload, PDF.subarray(0, 10))],
    ['a file of another type', (upload) => put(upload, PDF, { 'content-type': 'text/html' })],
    ['another file with its own checksum', (upload) => put(upload, other, { 'x-amz-checksum-sha256': createHash('sha256').update(other).digest('base64') })],
    ['a file without the checksum', (upload) => put({ ...upload, headers: { 'content-type': 'application/pdf' } }, PDF)],
    ['a file at another key', (upload) => put({ ...upload, url: upload.url.replace('quarantine/courses/algebra', 'courses/geometry') }, PDF)],
    ['a file with an address that was lengthened', (upload) => put({ ...upload, url: upload.url.replace('X-Amz-Expires=900', 'X-Amz-Expires=90000') }, PDF)],
    ['a question instead', async (upload) => (await fetch(upload.url)).status],
    ['a removal instead', async (upload) => (await fetch(upload.url, { method: 'DELETE' })).status],
  ])('takes not %s', async (_what, send) => {
    const upload = await begun('bound.pdf', PDF, { type: 'application/pdf' });
    const status = await send(upload);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await quarantined(upload.id)).toBe(false);
    expect(codeOf(await finish(upload.id))).toBe('wrongState');
  });
});

describe('a file that is not what it was said to be', () => {
  /** Sends what the address was not made for, as only who holds the bucket’s own keys could. */
  async function refused(name: string, body: Buffer, announced: Buffer = body): Promise<string> {
    const upload = await begun(name, announced);
    await buckets.direct.send(new PutObjectCommand({ Bucket: bucket(), Key: `quarantine/courses/algebra/${upload.id}`, Body: body }));
    const answer = await finish(upload.id);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'invalidFields']);
    expect(await quarantined(upload.id)).toBe(false);
    expect((await finish(upload.id)).text, 'a second time is the same').toBe(answer.text);
    expect((await keysBelow('courses/algebra/')).filter((key) => key.includes(upload.id.replaceAll('-', '')))).toEqual([]);
    return messageOf(answer);
  }
  const html = Buffer.from('<!DOCTYPE html><script>alert(1)</script>');

  test.each([
    ['page.pdf', html, 'a PDF'],
    ['page.png', html, 'a PNG picture'],
    ['program.jpg', Buffer.from('MZ\x90\0'), 'a JPEG picture'],
    ['picture.gif', PNG, 'a GIF picture'],
    ['sheet.xlsx', PDF, 'an Excel sheet'],
    ['film.mp4', Buffer.from('RIFF0000WAVEfmt '), 'an MP4 film'],
    ['page.txt', html, 'a text'],
    ['page.csv', Buffer.from('\uFEFF \n<script src=x></script>'), 'a table of values'],
    ['page.md', Buffer.from('<html><body onload=x>'), 'a Markdown text'],
    ['page.txt', Buffer.from('<!-- x --><svg onload=alert(1)>'), 'a text'],
    ['page.txt', Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), 'a text'],
    ['program.py', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x02, 0x00]), 'a Python program'],
    ['captions.vtt', Buffer.from('1\n00:00 --> 00:01\nHi'), 'captions in WebVTT'],
    ['page.svg', html, 'an SVG drawing'],
  ])('such as %s, is refused with a sentence and removed', async (name, body, words) => {
    expect(await refused(name, body)).toContain(`it does not begin as ${words} does`);
  });

  test('because it came in another length or with another content, is refused and removed', async () => {
    expect(await refused('length.pdf', Buffer.concat([PDF, PDF]), PDF)).toMatch(/has \d+ bytes and not the \d+ that were announced/);
    const other = Buffer.from(PDF.toString('latin1').replace('1 0', '2 0'), 'latin1');
    expect(await refused('content.pdf', other, PDF)).toContain('its checksum differs');
  });

  test.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'something that runs or changes by itself'],
    ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'something that runs by itself'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><rect\nonclick = "alert(1)"/></svg>', 'something that runs by itself'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><a href="javascript:alert(1)"><text>x</text></a></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><a xlink:href="java&#115;cript:alert(1)"/></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><a href="&#106;avascript:alert(1)"/></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><a href="java&Tab;script&colon;alert(1)"/></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><a href="&#x6A&#x61;vascript:alert(1)"/></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/svg+xml;base64,AAAA"/></svg>', 'a link that runs'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><p>x</p></foreignObject></svg>', 'something that runs or changes by itself'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><s:script xmlns:s="http://www.w3.org/2000/svg"/></svg>', 'something that runs or changes by itself'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><animate attributeName="href" to="javascript:alert(1)"/></svg>', 'something that runs or changes by itself'],
    ['<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>', 'a document type'],
    ['<?xml-stylesheet href="x.css"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'a style sheet from elsewhere'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><image href="https://evil.example/x.png"/></svg>', 'a file from elsewhere'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><style>@import "//evil.example/x.css";</style></svg>', 'a file from elsewhere'],
  ])('the drawing %s is refused', async (svg, what) => {
    expect(await refused('drawing.svg', Buffer.from(svg))).toContain(`The drawing holds ${what}.`);
  });

  test('a drawing that hides a program behind what is read first is refused', async () => {
    expect(await refused('long.svg', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><desc>${'x'.repeat(50_000)}</desc><script/></svg>`))).toContain('something that runs');
  });
});

test('a drawing is one when a browser opens it by itself: it is saved, never shown as a page', async () => {
  const svg = Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><style>.a{fill:url(#g)}</style><linearGradient id="g"/><path class="a" d="M0 0"/><use href="#g"/></svg>');
  const upload = await begun('plain.svg', svg, { type: 'image/svg+xml' });
  expect(await put(upload, svg)).toBe(200);
  const { file } = (await finish(upload.id)).json as { file: string };
  const head = await buckets.direct.send(new HeadObjectCommand({ Bucket: bucket(), Key: file }));
  expect([head.ContentType, head.ContentDisposition]).toEqual(['image/svg+xml', 'attachment']);
});

describe('what cannot be uploaded', () => {
  test.each([
    ['../../etc/passwd.pdf', 'has no slashes'],
    ['..\\..\\x.pdf', 'has no slashes'],
    ['/etc/x.pdf', 'has no slashes'],
    ['C:\\x.pdf', 'has no slashes'],
    ['..', 'has no slashes'],
    ['a\u0001b.pdf', 'cannot be seen'],
    ['a\r\nContent-Type: text-html.pdf', 'cannot be seen'],
    ['gpj.\u202Efdp.pdf', 'cannot be seen'],
    ['.pdf', 'no name before its ending'],
    ['   ', 'no name before its ending'],
    ['page.html', 'Files of this kind cannot be uploaded'],
    ['page.pdf.html', 'Files of this kind cannot be uploaded'],
    ['page.htm', 'Files of this kind cannot be uploaded'],
    ['program.exe', 'Files of this kind cannot be uploaded'],
    ['program.js', 'Files of this kind cannot be uploaded'],
    ['page.xhtml', 'Files of this kind cannot be uploaded'],
    ['feed.xml', 'Files of this kind cannot be uploaded'],
    ['none', 'Files of this kind cannot be uploaded'],
    ['x.constructor', 'Files of this kind cannot be uploaded'],
    ['x.pdf ', 'Files of this kind cannot be uploaded'],
  ])('%j is told why', async (name, why) => {
    const answer = await begin(name, PDF);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'invalidFields']);
    expect(messageOf(answer)).toContain(why);
  });

  test.each([['lecture.pdf', 'text/html'], ['lecture.pdf', 'image/png'], ['figure.png', 'application/pdf'], ['notes.txt', 'text/html'], ['x.svg', 'text/html']])('%s that calls itself %s is told so', async (name, type) => {
    expect(messageOf(await begin(name, PDF, { type }))).toContain(`and its type that it is ${type}`);
  });

  test('is what is too large, or a drawing that is larger than one can be', async () => {
    const answer = await begin('film.mp4', PDF, { size: 2_000_001 });
    expect([answer.status, messageOf(answer)]).toEqual([413, 'The file has 2 MB; a file may have 2.']);
    expect((await begin('film.mp4', PDF, { size: 2_000_000 })).status).toBe(201);
  });

  test.each([{ size: 0 }, { size: -1 }, { size: 1.5 }, { size: 1e300 }, { sha256: 'x' }, { sha256: 'A'.repeat(64) }, { sha256: '' }, { name: '' }, { name: 'x'.repeat(300) }, { extra: 1 }])('is asked for wrongly with %j', async (more) => {
    expect(codeOf(await begin('x.pdf', PDF, more))).toBe('validation');
  });

  test('is what 200 others are before', async () => {
    const geometry = await api.db('sites').where({ name: 'geometry' }).first<{ id: string }>('id');
    const admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
    await api.db('uploads').insert(Array.from({ length: 200 }, (_, index) => ({ id: `01890000-0000-7000-8000-${String(index).padStart(12, '0')}`, site_id: geometry.id, name: 'x.pdf', content_type: 'application/pdf', size: 1, sha256: 'a'.repeat(64), quarantine_key: `q/${index}`, key: `k/${index}`, state: 'begun', expires_at: new Date(Date.now() + 60_000) })));
    expect((await begin('x.pdf', PDF, {}, admin, 'geometry')).status).toBe(429);
    await api.db('uploads').where({ site_id: geometry.id }).update({ expires_at: new Date(0) });
    expect((await begin('x.pdf', PDF, {}, admin, 'geometry')).status).toBe(201);
    await api.db('uploads').where({ site_id: geometry.id }).delete();
  });

  test('is what belongs to a site one may not edit, to another site, or to nobody', async () => {
    expect(codeOf(await begin('x.pdf', PDF, {}, stranger))).toBe('forbidden');
    const upload = await begun('x.pdf', PDF);
    expect(codeOf(await finish(upload.id, stranger))).toBe('forbidden');
    const admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
    expect(codeOf(await finish(upload.id, admin, 'geometry'))).toBe('notFound');
    expect(codeOf(await finish('01890000-0000-7000-8000-000000000000'))).toBe('notFound');
    expect(codeOf(await finish(upload.id))).toBe('wrongState');
  });
});

test('pictures of any dimensions are stored as they are: nobody unpacks them', async () => {
  // A picture of a hundred thousand by a hundred thousand dots, in 33 bytes.
  const vast = Buffer.concat([PNG.subarray(0, 8), Buffer.from([0, 0, 0, 13]), Buffer.from('IHDR'), Buffer.from([0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0, 8, 6, 0, 0, 0, 0, 0, 0, 0])]);
  const upload = await begun('vast.png', vast);
  await put(upload, vast);
  expect((await finish(upload.id)).status).toBe(200);
});

test('a store that is away is told, and the upload can be finished later', async () => {
  const upload = await begun('later.pdf', PDF);
  await put(upload, PDF);
  const key = `quarantine/courses/algebra/${upload.id}`;
  buckets.proxy.addFault({ fault: '503', match: new RegExp(`^HEAD /.*${key}`), times: 3 });
  const answer = await finish(upload.id);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'storageUnavailable']);
  expect((await finish(upload.id)).status).toBe(200);
});

describe('what is begun and never finished', () => {
  const later = (ids: readonly string[], minutes: number): Promise<number> => api.db('uploads').whereIn('id', [...ids]).update({ expires_at: new Date(Date.now() - minutes * 60_000) });

  test('is swept an hour after its address ended, with what was sent again after it was finished', async () => {
    const [sent, unsent, done, young] = [await begun('sent.pdf', PDF), await begun('unsent.pdf', PDF), await begun('done.pdf', PDF), await begun('young.pdf', PDF)];
    for (const each of [sent, done, young]) await put(each, PDF);
    const { file } = (await finish(done.id)).json as { file: string };
    expect(await put(done, PDF)).toBe(200);
    await later([sent.id, unsent.id, done.id], 61);
    await later([young.id], 59);
    expect(await sweepUploads(api.deps)).toBe(3);
    expect([await quarantined(sent.id), await quarantined(done.id), await quarantined(young.id)]).toEqual([false, false, true]);
    expect(await buckets.s3.exists(bucket(), file)).toBe(true);
    expect(await sweepUploads(api.deps)).toBe(0);
    const states = await api.db('uploads').whereIn('id', [sent.id, unsent.id, done.id, young.id]).orderBy('name').pluck<string[]>('state');
    expect(states).toEqual(['done', 'expired', 'expired', 'begun']);
    const answer = await finish(sent.id);
    expect([codeOf(answer), messageOf(answer)]).toEqual(['wrongState', 'The file did not arrive in time. Begin again.']);
  });
});
