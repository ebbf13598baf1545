import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auth, drive as driveApi, type drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDrive } from '#clients/drive.ts';
import { PART_NAMES, startStack } from '#local/stack/startStack.mjs';
import { makeServiceAccount } from '#local/standins/drive/serviceAccount.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { DRIVE_ID, makeDrive } from '#test/factories/drive.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { checkFaults } from './support/checkFaults.ts';
import { refused } from './support/refused.ts';
import { watchJournal } from './support/watchJournal.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const SCOPE = 'https://www.googleapis.com/auth/drive';
const WHOLE = { corpora: 'drive', driveId: DRIVE_ID, supportsAllDrives: true, includeItemsFromAllDrives: true } as const;

let world: Awaited<ReturnType<typeof makeDrive>>;
let drive: drive_v3.Drive;
let token = '';
beforeAll(async () => {
  world = await makeDrive();
  drive = driveApi({ version: 'v3', auth: jwtOf(), rootUrl: world.url, retry: false });
  token = (await jwtOf().authorize()).access_token ?? '';
});
afterAll(() => world.close());
beforeEach(() => {
  world.set({ role: 'fileOrganizer', indexLagMs: 0, incompleteSearch: false, maxPageSize: 1_000 });
});
const watch = watchJournal(() => world.url);

function jwtOf(credentials = world.account.credentials, scopes: string | string[] = SCOPE) {
  const { client_email: email, private_key: key } = JSON.parse(credentials) as { client_email: string; private_key: string };
  const jwt = new auth.JWT({ email, key, scopes });
  jwt.transporter.interceptors.request.add({
    resolved: (request) => {
      if (request.url.hostname === 'oauth2.googleapis.com') request.url = new URL(`${world.url}/token`);
      request.retryConfig = { retry: 0, noResponseRetries: 0 };
      return Promise.resolve(request);
    },
  });
  return jwt;
}

const bearer = () => ({ authorization: `Bearer ${token}` });
const json = (body: unknown): RequestInit => ({ method: 'POST', headers: { ...bearer(), 'content-type': 'application/json' }, body: JSON.stringify(body) });
const person = async (wishes: unknown): Promise<string[]> => {
  const answer = await fetch(`${world.url}/_person`, { method: 'POST', body: JSON.stringify(wishes) });
  if (answer.status !== 200) throw new Error(await answer.text());
  return ((await answer.json()) as { items: ({ id: string } | null)[] }).items.map((item) => item?.id ?? '');
};
const names = async (q: string): Promise<string[]> => ((await drive.files.list({ ...WHOLE, q, fields: 'files(name)' })).data.files ?? []).map(({ name }) => name ?? '').sort();

describe('the token endpoint', () => {
  it('gives a token for what the account signed, and nothing for what it did not', async () => {
    expect(token).toMatch(/^ya29\./);
    expect(await refused(jwtOf(makeServiceAccount(world.account.email).credentials).authorize())).toEqual({ status: 400, reason: 'invalid_grant' });
    expect(await refused(jwtOf(makeServiceAccount('nobody@example.edu').credentials).authorize())).toEqual({ status: 400, reason: 'invalid_grant' });
    expect(await refused(jwtOf(world.account.credentials, 'https://www.googleapis.com/auth/youtube').authorize())).toEqual({ status: 400, reason: 'invalid_scope' });
    for (const additionalClaims of [{ aud: `${world.url}/token` }, { exp: Math.floor(Date.now() / 1_000) + 7_200 }, { iat: 1_000_000, exp: 1_003_600 }]) {
      const jwt = jwtOf();
      jwt.additionalClaims = additionalClaims;
      expect(await refused(jwt.authorize())).toEqual({ status: 400, reason: 'invalid_grant' });
    }
  });

  it('lets a token read or write as its scope says, until it expires', async () => {
    const reader = driveApi({ version: 'v3', auth: jwtOf(world.account.credentials, `${SCOPE}.readonly`), rootUrl: world.url, retry: false });
    expect((await reader.drives.get({ driveId: DRIVE_ID })).data).toEqual({ kind: 'drive#drive', id: DRIVE_ID, name: 'OCW Studio' });
    expect(await refused(reader.files.create({ supportsAllDrives: true, requestBody: { name: 'x', mimeType: FOLDER, parents: [DRIVE_ID] } }))).toEqual({ status: 403, reason: 'insufficientPermissions' });
    world.set({ expireTokens: true });
    expect(await refused(reader.drives.get({ driveId: DRIVE_ID }))).toEqual({ status: 401, reason: 'authError' });
    drive = driveApi({ version: 'v3', auth: jwtOf(), rootUrl: world.url, retry: false });
    token = (await jwtOf().authorize()).access_token ?? '';
  });
});

describe('files, by Google’s client', () => {
  it('are made, changed, moved, copied, put into the trash and deleted, as the role allows', async () => {
    const [there = ''] = await person({ do: 'folder', path: 'there' });
    const folder = (await drive.files.create({ supportsAllDrives: true, requestBody: { name: 'here', mimeType: FOLDER, parents: [DRIVE_ID], appProperties: { ocwSite: 'a' } } })).data;
    expect(folder).toEqual({ kind: 'drive#file', id: expect.any(String) as string, name: 'here', mimeType: FOLDER, driveId: DRIVE_ID });
    const id = (await drive.files.create({ supportsAllDrives: true, requestBody: { name: 'a.txt', mimeType: 'text/plain', parents: [folder.id ?? ''] } })).data.id ?? '';
    expect((await drive.files.get({ fileId: id, supportsAllDrives: true, fields: 'size,md5Checksum,parents,trashed' })).data).toEqual({ size: '0', md5Checksum: createHash('md5').digest('hex'), parents: [folder.id], trashed: false });
    await drive.files.update({ fileId: id, supportsAllDrives: true, addParents: there, removeParents: folder.id ?? '', requestBody: { name: 'b.txt', appProperties: { one: '1', two: '2' } } });
    const changed = await drive.files.update({ fileId: id, supportsAllDrives: true, requestBody: { appProperties: { one: null as unknown as string } }, fields: 'name,parents,appProperties' });
    expect(changed.data).toEqual({ name: 'b.txt', parents: [there], appProperties: { two: '2' } });
    const copy = (await drive.files.copy({ fileId: id, supportsAllDrives: true, fields: 'id,name,md5Checksum,parents' })).data;
    expect(copy).toMatchObject({ name: 'Copy of b.txt', parents: [there] });
    // A folder takes what lies in it along.
    expect((await drive.files.update({ fileId: there, supportsAllDrives: true, requestBody: { trashed: true }, fields: 'trashed' })).data).toEqual({ trashed: true });
    expect((await drive.files.get({ fileId: id, supportsAllDrives: true, fields: 'trashed,explicitlyTrashed' })).data).toEqual({ trashed: true, explicitlyTrashed: false });
    expect(await refused(drive.files.delete({ fileId: there, supportsAllDrives: true }))).toEqual({ status: 403, reason: 'insufficientFilePermissions' });
    world.set({ role: 'organizer' });
    expect((await drive.files.delete({ fileId: there, supportsAllDrives: true })).status).toBe(204);
    for (const fileId of [there, id, copy.id ?? '']) expect(await refused(drive.files.get({ fileId, supportsAllDrives: true }))).toEqual({ status: 404, reason: 'notFound' });
    world.set({ role: 'reader' });
    expect(await refused(drive.files.create({ supportsAllDrives: true, requestBody: { name: 'x', parents: [DRIVE_ID] } }))).toEqual({ status: 403, reason: 'insufficientFilePermissions' });
  });

  it('take an id that was handed out before, once', async () => {
    const [id = ''] = (await drive.files.generateIds({ count: 1 })).data.ids ?? [];
    const make = () => drive.files.create({ supportsAllDrives: true, requestBody: { id, name: 'mine', mimeType: FOLDER, parents: [DRIVE_ID] } });
    expect((await make()).data.id).toBe(id);
    expect(await refused(make())).toEqual({ status: 409, reason: 'fileIdInUse' });
  });

  it('come whole or in ranges', async () => {
    const [id = ''] = await person({ do: 'put', path: 'media/a.txt', text: '0123456789' });
    const ask = async (range?: string) => {
      const answer = await fetch(`${world.url}/drive/v3/files/${id}?alt=media&supportsAllDrives=true`, { headers: { ...bearer(), ...(range === undefined ? {} : { range }) } });
      return [answer.status, answer.headers.get('content-range'), answer.status < 300 ? await answer.text() : ''];
    };
    expect(await ask()).toEqual([200, null, '0123456789']);
    expect(await ask('bytes=0-')).toEqual([206, 'bytes 0-9/10', '0123456789']);
    expect(await ask('bytes=3-5')).toEqual([206, 'bytes 3-5/10', '345']);
    expect(await ask('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await ask('bytes=-2')).toEqual([206, 'bytes 8-9/10', '89']);
    expect(await ask('bytes=10-')).toEqual([416, 'bytes */10', '']);
    expect((await drive.files.get({ fileId: id, alt: 'media', supportsAllDrives: true }, { responseType: 'text' })).data).toBe('0123456789');
  });

  it('of gigabytes are made up as they are read, the same each time and in every range', async () => {
    const size = isFullSize ? 5 * 1024 ** 3 + 7 : 500_000_003;
    const [small = ''] = await person({ do: 'put', path: 'media/small.mp4', bytes: 1_000_003, seed: 's' });
    const [big = ''] = await person({ do: 'put', path: 'media/big.mp4', bytes: size, seed: 's' });
    const { data } = await drive.files.get({ fileId: small, supportsAllDrives: true, fields: 'md5Checksum,size' });
    const whole = Buffer.from((await drive.files.get({ fileId: small, alt: 'media', supportsAllDrives: true }, { responseType: 'arraybuffer' })).data as ArrayBuffer);
    expect(data).toEqual({ size: '1000003', md5Checksum: createHash('md5').update(whole).digest('hex') });
    const range = async (id: string, from: number, to: number) => Buffer.from(await (await fetch(`${world.url}/drive/v3/files/${id}?alt=media&supportsAllDrives=true`, { headers: { ...bearer(), range: `bytes=${from}-${to}` } })).arrayBuffer());
    for (const [from, to] of [[0, 0], [65_535, 65_536], [123_456, 654_321], [1_000_002, 1_000_002]] as const) expect(whole.subarray(from, to + 1).equals(await range(small, from, to))).toBe(true);
    // Blocks differ, wherever they lie: parts in a wrong order cannot have the right sum.
    const blocks = await Promise.all([0, 1, 1_000, 3_000].map(async (block) => createHash('md5').update(await range(big, block * 65_536, block * 65_536 + 65_535)).digest('hex')));
    expect(new Set(blocks).size).toBe(4);
    expect((await range(big, size - 2, size + 5)).length).toBe(2);
    // Nothing of it is on the disk.
    expect(readdirSync(join(world.home, 'bytes')).every((name) => statSync(join(world.home, 'bytes', name)).size < 1_000_000)).toBe(true);
  });

  it('of Google’s own kind have no bytes, and are exported as PDF up to ten megabytes', async () => {
    const [doc = '', large = '', shortcut = ''] = await person([{ do: 'native', path: 'own/doc', text: 'Hello' }, { do: 'native', path: 'own/large', bytes: 10 * 1024 * 1024 + 1 }, { do: 'shortcut', path: 'own/link', target: DRIVE_ID }]);
    const about = (await drive.files.get({ fileId: doc, supportsAllDrives: true, fields: '*' })).data;
    for (const name of ['size', 'md5Checksum', 'webContentLink']) expect(about).not.toHaveProperty(name);
    expect((await drive.files.get({ fileId: shortcut, supportsAllDrives: true, fields: 'shortcutDetails/targetId,mimeType' })).data).toEqual({ mimeType: 'application/vnd.google-apps.shortcut', shortcutDetails: { targetId: DRIVE_ID } });
    expect((await drive.files.export({ fileId: doc, mimeType: 'application/pdf' }, { responseType: 'text' })).data).toMatch(/^%PDF-/);
    expect(await refused(drive.files.export({ fileId: large, mimeType: 'application/pdf' }))).toEqual({ status: 403, reason: 'exportSizeLimitExceeded' });
    expect(await refused(drive.files.get({ fileId: doc, alt: 'media', supportsAllDrives: true }))).toEqual({ status: 403, reason: 'fileNotDownloadable' });
  });

  it('that Google takes for harmful come to a manager who says so', async () => {
    const [id = ''] = await person({ do: 'put', path: 'harm.exe', text: 'x' });
    await person({ do: 'flag', id, flag: 'abusive' });
    const get = (acknowledgeAbuse: boolean) => drive.files.get({ fileId: id, alt: 'media', supportsAllDrives: true, ...(acknowledgeAbuse ? { acknowledgeAbuse } : {}) });
    expect(await refused(get(false))).toEqual({ status: 403, reason: 'cannotDownloadAbusiveFile' });
    expect(await refused(get(true))).toEqual({ status: 403, reason: 'insufficientFilePermissions' });
    world.set({ role: 'organizer' });
    expect((await get(true)).status).toBe(200);
  });
});

describe('searches', () => {
  it('understand what Drive’s do', async () => {
    await person([
      { do: 'folder', path: 'search/Lecture Notes', appProperties: { ocwSite: 'it’s' } },
      { do: 'put', path: String.raw`search/it's a \ name.pdf` },
      { do: 'put', path: 'search/HelloWorld.txt' },
      { do: 'put', path: 'search/gone.txt' },
      { do: 'trash', path: 'search/gone.txt' },
    ]);
    const [folder = ''] = await person({ do: 'folder', path: 'search' });
    const within = `'${folder}' in parents`;
    expect(await names(within)).toEqual(['HelloWorld.txt', 'Lecture Notes', 'gone.txt', String.raw`it's a \ name.pdf`].sort());
    expect(await names(`${within} and trashed = false and mimeType != '${FOLDER}'`)).toEqual(['HelloWorld.txt', String.raw`it's a \ name.pdf`]);
    expect(await names(`${within} and trashed=true`)).toEqual(['gone.txt']);
    expect(await names(String.raw`name = 'it\'s a \\ name.pdf'`)).toEqual([String.raw`it's a \ name.pdf`]);
    expect(await names(`${within} and name != 'gone.txt' and mimeType = 'text/plain'`)).toEqual(['HelloWorld.txt']);
    expect(await names("name = 'helloworld.TXT'")).toEqual(['HelloWorld.txt']);
    expect(await names(`name contains 'hello' and ${within}`)).toEqual(['HelloWorld.txt']);
    expect(await names(`name contains 'world' and ${within}`)).toEqual([]);
    expect(await names(`name contains 'notes' and ${within}`)).toEqual(['Lecture Notes']);
    expect(await names("appProperties has { key='ocwSite' and value='it’s' }")).toEqual(['Lecture Notes']);
    expect(await names(`${within} and (name = 'gone.txt' or not (mimeType = '${FOLDER}' or mimeType contains 'text/'))`)).toEqual(['gone.txt', String.raw`it's a \ name.pdf`]);
    expect(await names(`${within} and modifiedTime > '2999-01-01T00:00:00Z'`)).toEqual([]);
    // A folder that is not there is an error of its own.
    expect(await refused(drive.files.list({ ...WHOLE, q: "'nothing' in parents" }))).toEqual({ status: 404, reason: 'notFound' });
  });

  it('are paged, and a page token belongs to its search', async () => {
    const [folder = ''] = await person({ do: 'folder', path: 'paged' });
    await person(Array.from({ length: 5 }, (_, index) => ({ do: 'put', path: `paged/${index}` })));
    const q = `'${folder}' in parents`;
    const found: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await drive.files.list({ ...WHOLE, q, pageSize: 2, fields: 'nextPageToken,files/name', ...(pageToken === undefined ? {} : { pageToken }) });
      expect(data.files?.length).toBeLessThanOrEqual(2);
      found.push(...(data.files ?? []).map(({ name }) => name ?? ''));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    expect(found.sort()).toEqual(['0', '1', '2', '3', '4']);
    const first = (await drive.files.list({ ...WHOLE, q, pageSize: 2 })).data.nextPageToken ?? '';
    await watch.provokeBy(async () => expect(await refused(drive.files.list({ ...WHOLE, q: 'trashed = false', pageToken: first }))).toEqual({ status: 400, reason: 'invalid' }));
    world.set({ expirePageTokens: true });
    expect(await refused(drive.files.list({ ...WHOLE, q, pageToken: first }))).toEqual({ status: 400, reason: 'invalid' });
  });

  it('know of a change only after a while, and may not have looked everywhere', async () => {
    world.set({ indexLagMs: 60_000 });
    const [id = ''] = await person({ do: 'put', path: 'late.txt' });
    expect(await names("name = 'late.txt'")).toEqual([]);
    expect((await drive.files.get({ fileId: id, supportsAllDrives: true })).data.name).toBe('late.txt');
    world.set({ indexLagMs: 0, incompleteSearch: true });
    expect((await drive.files.list({ ...WHOLE, q: "name = 'late.txt'" })).data).toEqual({ kind: 'drive#fileList', incompleteSearch: true, files: [{ kind: 'drive#file', id, name: 'late.txt', mimeType: 'text/plain', driveId: DRIVE_ID }] });
  });
});

it('the changes feed shows each file once, where it changed last', async () => {
  const start = (await drive.changes.getStartPageToken({ driveId: DRIVE_ID, supportsAllDrives: true })).data.startPageToken ?? '';
  const [a = '', b = ''] = await person([{ do: 'put', path: 'a.feed' }, { do: 'put', path: 'b.feed' }]);
  await person([{ do: 'remove', id: b }, { do: 'rename', id: a, name: 'c.feed' }]);
  const list = (more: object = {}) => drive.changes.list({ pageToken: start, driveId: DRIVE_ID, supportsAllDrives: true, includeItemsFromAllDrives: true, ...more });
  const { data } = await list({ fields: 'newStartPageToken,nextPageToken,changes(fileId,removed,file(name))' });
  expect(data.changes).toEqual([{ fileId: b, removed: true }, { fileId: a, removed: false, file: { name: 'c.feed' } }]);
  expect(data.nextPageToken).toBeUndefined();
  const first = (await list({ pageSize: 1 })).data;
  expect([first.changes?.length, first.newStartPageToken]).toEqual([1, undefined]);
  expect((await list({ pageToken: first.nextPageToken })).data.newStartPageToken).toBe(data.newStartPageToken);
  expect((await list({ includeRemoved: false, fields: 'changes/fileId' })).data.changes).toEqual([{ fileId: a }]);
});

describe('a resumable upload', () => {
  const part = (session: string, range: string, body?: Buffer) => fetch(session, { method: 'PUT', redirect: 'manual', headers: { ...bearer(), 'content-range': range }, body: body === undefined ? null : new Uint8Array(body) });
  const begin = async (total: number): Promise<string> => {
    const answer = await fetch(`${world.url}/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true`, { ...json({ name: 'up.bin', parents: [DRIVE_ID] }), headers: { ...bearer(), 'content-type': 'application/json', 'x-upload-content-type': 'application/zip', 'x-upload-content-length': String(total) } });
    expect(answer.status).toBe(200);
    return answer.headers.get('location') ?? '';
  };

  it('goes on from what is there, and is one file', async () => {
    const bytes = Buffer.alloc(600_000, 'ab');
    const session = await begin(bytes.length);
    const ask = () => part(session, `bytes */${bytes.length}`);
    expect([(await ask()).status, (await ask()).headers.get('range')]).toEqual([308, null]);
    expect((await part(session, `bytes 0-262143/${bytes.length}`, bytes.subarray(0, 262_144))).headers.get('range')).toBe('bytes=0-262143');
    // What does not follow is thrown away.
    expect((await part(session, `bytes 524288-599999/${bytes.length}`, bytes.subarray(524_288))).headers.get('range')).toBe('bytes=0-262143');
    const done = await part(session, `bytes 262144-599999/${bytes.length}`, bytes.subarray(262_144));
    const file = (await done.json()) as { id: string };
    expect([done.status, await (await ask()).json()]).toEqual([200, file]);
    expect((await drive.files.get({ fileId: file.id, supportsAllDrives: true, fields: 'md5Checksum,mimeType' })).data).toEqual({ md5Checksum: createHash('md5').update(bytes).digest('hex'), mimeType: 'application/zip' });
    await watch.provoke(new URL(session).pathname + new URL(session).search, { method: 'PUT', headers: { ...bearer(), 'content-range': 'bytes 0-1' } }, { status: 400, says: 'Content-Range' });
    world.set({ expireUploads: true });
    expect((await ask()).status).toBe(404);
  });

  it('takes parts of whole pieces only, but for the last', async () => {
    const session = await begin(600_000);
    const { pathname, search } = new URL(session);
    await watch.provoke(pathname + search, { method: 'PUT', headers: { ...bearer(), 'content-range': 'bytes 0-999/600000' }, body: new Uint8Array(1_000) }, { status: 400, says: 'multiple of 262144' });
  });
});

describe('what no correct client sends', () => {
  const list = (query: Record<string, string>) => `/drive/v3/files?${new URLSearchParams({ corpora: 'drive', driveId: DRIVE_ID, supportsAllDrives: 'true', includeItemsFromAllDrives: 'true', ...query }).toString()}`;
  it.each<readonly [string, () => string, () => RequestInit, number, string | RegExp]>([
    ['an unknown path', () => '/drive/v2/files', () => ({ headers: bearer() }), 404, 'Not Found'],
    ['an unknown method', () => `/drive/v3/files/${DRIVE_ID}`, () => ({ method: 'PUT', headers: bearer() }), 404, 'Not Found'],
    ['an unknown parameter', () => list({ supportsTeamDrives: 'true' }), () => ({ headers: bearer() }), 400, 'supportsTeamDrives'],
    ['a search that does not end its text', () => list({ q: "name = 'it's'" }), () => ({ headers: bearer() }), 400, 'Invalid Value'],
    ['a search with something behind its end', () => list({ q: 'trashed = false trashed' }), () => ({ headers: bearer() }), 400, 'Invalid Value'],
    ['a search for nothing', () => list({ q: 'title = 1' }), () => ({ headers: bearer() }), 400, 'Invalid Value'],
    ['a listing of the drive without its id', () => '/drive/v3/files?corpora=drive&supportsAllDrives=true&includeItemsFromAllDrives=true', () => ({ headers: bearer() }), 400, 'driveId'],
    ['a listing that does not know shared drives', () => list({ supportsAllDrives: 'false' }), () => ({ headers: bearer() }), 400, 'supportsAllDrives'],
    ['a listing of what is the account’s own', () => list({ corpora: 'user' }), () => ({ headers: bearer() }), 400, 'corpora'],
    ['a page of too many', () => list({ pageSize: '1001' }), () => ({ headers: bearer() }), 400, /range: \[1, 1000\]/],
    ['a page token that is none', () => list({ pageToken: 'x' }), () => ({ headers: bearer() }), 400, 'pageToken'],
    ['a field that does not exist', () => list({ fields: 'files(id,title)' }), () => ({ headers: bearer() }), 400, 'Invalid field selection title'],
    ['fields that are not closed', () => list({ fields: 'files(id' }), () => ({ headers: bearer() }), 400, 'Invalid field selection'],
    ['a file of a shared drive, without a word of shared drives', () => `/drive/v3/files/${DRIVE_ID}`, () => ({ headers: bearer() }), 404, 'File not found'],
    ['changes without the drive', () => '/drive/v3/changes?pageToken=101', () => ({ headers: bearer() }), 400, 'driveId'],
    ['two parents', () => '/drive/v3/files?supportsAllDrives=true', () => json({ name: 'x', parents: [DRIVE_ID, DRIVE_ID] }), 403, 'teamDrivesParentLimit'],
    ['an id nobody was given', () => '/drive/v3/files?supportsAllDrives=true', () => json({ id: 'mine', name: 'x', parents: [DRIVE_ID] }), 400, 'not usable'],
    ['a size, which nobody writes', () => '/drive/v3/files?supportsAllDrives=true', () => json({ name: 'x', parents: [DRIVE_ID], size: '1' }), 400, 'size'],
    ['a name of the wrong type', () => '/drive/v3/files?supportsAllDrives=true', () => json({ name: 1, parents: [DRIVE_ID] }), 400, 'name'],
    ['no JSON', () => '/drive/v3/files?supportsAllDrives=true', () => ({ ...json({}), body: '{' }), 400, 'Parse Error'],
    ['an upload in one piece', () => '/upload/drive/v3/files?uploadType=multipart&supportsAllDrives=true', () => json({ name: 'x', parents: [DRIVE_ID] }), 400, 'resumable'],
    ['a code for a token', () => '/token', () => ({ method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }) }), 400, 'unsupported_grant_type'],
    ['a token asked for by JSON', () => '/token', () => json({ grant_type: 'x' }), 400, 'invalid_request'],
  ])('%s is refused', async (_name, path, init, status, says) => {
    await watch.provoke(path(), init(), { status, says });
  });

  it('a second parent, by Google’s client', async () => {
    const [file = '', folder = ''] = await person([{ do: 'put', path: 'one.txt' }, { do: 'folder', path: 'second' }]);
    await watch.provokeBy(async () => expect(await refused(drive.files.update({ fileId: file, supportsAllDrives: true, addParents: folder }))).toEqual({ status: 403, reason: 'cannotAddParent' }));
    const [inner = ''] = await person({ do: 'folder', path: 'second/inner' });
    await watch.provokeBy(async () => expect((await refused(drive.files.update({ fileId: folder, supportsAllDrives: true, addParents: inner, removeParents: DRIVE_ID }))).status).toBe(403));
  });

  it('nothing is asked without a token', async () => {
    expect((await fetch(`${world.url}/drive/v3/drives/${DRIVE_ID}`)).status).toBe(401);
    expect((await fetch(`${world.url}/drive/v3/drives/${DRIVE_ID}`, { headers: { authorization: `Bearer ${token.slice(0, -1)}` } })).status).toBe(401);
  });
});

describe('its faults', () => {
  let fileId = '';
  beforeAll(async () => {
    [fileId = ''] = await person({ do: 'put', path: 'fault.bin', bytes: 1_000_000 });
  });
  checkFaults({
    base: () => world.url,
    request: (signal) => fetch(`${world.url}/drive/v3/drives/${DRIVE_ID}`, { headers: bearer(), ...(signal === undefined ? {} : { signal }) }),
    match: '^GET /drive/v3/drives',
    says: { limited: /"reason":"rateLimitExceeded"/, broken: /"reason":"backendError"/ },
    effect: {
      match: '^POST /drive/v3/files$',
      send: () => fetch(`${world.url}/drive/v3/files?supportsAllDrives=true`, json({ name: 'effect', mimeType: FOLDER, parents: [DRIVE_ID] })),
      isThere: async () => (await names("name = 'effect'")).length === 1,
    },
  });

  it('cuts a stream after so many bytes, once', async () => {
    const set = await fetch(`${world.url}/_control`, { method: 'POST', body: JSON.stringify({ fault: 'cut', afterBytes: 300_000, match: '^GET /drive/v3/files/' }) });
    expect(set.status).toBe(200);
    const read = async (): Promise<[number, boolean]> => {
      const answer = await fetch(`${world.url}/drive/v3/files/${fileId}?alt=media&supportsAllDrives=true`, { headers: bearer() });
      let bytes = 0;
      try {
        for await (const chunk of answer.body ?? []) bytes += chunk.byteLength;
        return [bytes, true];
      } catch {
        return [bytes, false];
      }
    };
    expect([await read(), await read()]).toEqual([[300_000, false], [1_000_000, true]]);
  });
});

describe('a person', () => {
  it('sees the drive as a tree, in which names do nothing', async () => {
    await person([{ do: 'put', path: 'tree/<img src=x>.txt', text: 'x' }, { do: 'put', path: 'tree/old.txt' }, { do: 'trash', path: 'tree/old.txt' }]);
    const page = await (await fetch(world.url)).text();
    expect(page).toContain('<b>tree/</b>');
    expect(page).toContain('&#60;img src=x&#62;.txt');
    expect(page).not.toContain('<img');
    expect(page).toMatch(/<s><b>old\.txt<\/b><\/s> in the trash/);
  });

  it('puts files there and moves them to the trash by the page’s own forms, and by no other page', async () => {
    const form = new FormData();
    form.set('do', 'put');
    form.set('folder', 'forms/inner');
    form.set('file', new File(['hello'], 'hello.txt', { type: 'text/plain' }));
    const send = (origin: string) => fetch(`${world.url}/_form`, { method: 'POST', body: form, headers: { origin }, redirect: 'manual' });
    expect((await send('http://elsewhere.example')).status).toBe(400);
    expect(await names("name = 'hello.txt'")).toEqual([]);
    expect((await send(world.url)).status).toBe(303);
    const found = (await drive.files.list({ ...WHOLE, q: "name = 'hello.txt'", fields: 'files(id,size,parents)' })).data.files ?? [];
    expect(found).toMatchObject([{ size: '5' }]);
    await fetch(`${world.url}/_form`, { method: 'POST', body: new URLSearchParams({ do: 'trash', id: found[0]?.id ?? '' }), redirect: 'manual' });
    expect(await names("name = 'hello.txt' and trashed = true")).toEqual(['hello.txt']);
  });

  it('who wants what is not there is told', async () => {
    for (const wish of [{ do: 'trash', path: 'no/such' }, { do: 'fly', path: 'x' }]) await expect(person(wish)).rejects.toThrow(/There is no no\/such|Nobody can fly/);
  });
});

it('is the same after a restart: files, changes, tokens, ids and uploads', async () => {
  const [id = ''] = await person({ do: 'put', path: 'kept/a.txt', text: 'kept' });
  const ids = (await drive.files.generateIds({ count: 1 })).data.ids ?? [];
  const change = (await drive.changes.getStartPageToken({ driveId: DRIVE_ID, supportsAllDrives: true })).data.startPageToken;
  // As a process leaves it that is killed while it writes.
  appendFileSync(join(world.home, 'changes.jsonl'), '{"seq":99');
  const again = world.reopen();
  const url = await again.listen();
  try {
    const answer = await fetch(`${url}/drive/v3/files/${id}?alt=media&supportsAllDrives=true`, { headers: bearer() });
    expect([answer.status, await answer.text()]).toEqual([200, 'kept']);
    expect(await (await fetch(`${url}/drive/v3/changes/startPageToken?driveId=${DRIVE_ID}&supportsAllDrives=true`, { headers: bearer() })).json()).toMatchObject({ startPageToken: change });
    expect((await fetch(`${url}/drive/v3/files?supportsAllDrives=true`, json({ id: ids[0], name: 'after', mimeType: FOLDER, parents: [DRIVE_ID] }))).status).toBe(200);
    expect(world.reopen().store.items.get(ids[0] ?? '')).toMatchObject({ name: 'after' });
  } finally {
    await again.close();
  }
});

it('is a part of the local stack, with an account the product’s own client enters with', async () => {
  const home = mkdtempSync(join(tmpdir(), 'drive-stack-'));
  const parts = { ...Object.fromEntries(PART_NAMES.map((name) => [name, false])), drive: true };
  const stack = await startStack({ home, ephemeralPorts: true, parts });
  try {
    const client = createDrive(makeConfig(Object.fromEntries(['DRIVE_API_URL', 'GOOGLE_TOKEN_URL', 'DRIVE_SERVICE_ACCOUNT_CREDS', 'DRIVE_SHARED_ID'].map((name) => [name, stack.env[name] ?? '']))));
    const { id } = await client.createFolder({ name: 'kept', parentId: client.rootFolderId() });
    await stack.restart('drive');
    expect(await client.get(id)).toMatchObject({ name: 'kept' });
    expect(stack.stack.standIns['drive']).toBe(stack.env['DRIVE_API_URL']);
  } finally {
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  }
});

it('met nothing else it does not know', () => watch.expectNoOther());
