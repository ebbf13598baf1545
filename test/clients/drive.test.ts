import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDrive, type DriveChanges, DriveError, type DrivePage } from '#clients/drive.ts';
import { makeServiceAccount } from '#local/standins/drive/serviceAccount.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { DRIVE_ID, makeDrive } from '#test/factories/drive.ts';
import { hostsReached } from './support/hostsReached.ts';
import { saying, withServer } from './support/withServer.ts';

let world: Awaited<ReturnType<typeof makeDrive>>;
beforeAll(async () => {
  world = await makeDrive();
});
afterAll(() => world.close());
afterEach(async () => {
  await fetch(`${world.url}/_control`, { method: 'POST', body: '{"clear":true}' });
  world.set({ role: 'fileOrganizer', indexLagMs: 0, incompleteSearch: false, maxPageSize: 1_000, uploadKeepBytes: null });
  expect(world.unexpected()).toEqual([]);
});

const clientOf = (env: Readonly<Record<string, string>> = {}, patience?: Parameters<typeof createDrive>[1]) => createDrive(makeConfig({ ...world.env, ...env }), patience);
const errorOf = async (work: Promise<unknown>): Promise<DriveError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof DriveError) return error;
  throw error;
};
const all = async (pages: AsyncGenerator<DrivePage>): Promise<DrivePage[]> => {
  const found: DrivePage[] = [];
  for await (const page of pages) found.push(page);
  return found;
};
const bytesOf = async (bytes: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const person = async (...wishes: Parameters<typeof world.person.act>[0][]) => (await world.person.act(wishes.flat())).map((item) => item?.id ?? '');
const asked = (pattern: RegExp): number => world.journal.filter((entry) => pattern.test(`${entry.method} ${entry.path}`)).length;

describe('a folder', () => {
  it('is made with its mark, and found by name, parent and mark', async () => {
    const drive = clientOf();
    const name = String.raw`it's a \ folder`;
    const made = await drive.createFolder({ name, parentId: drive.rootFolderId(), appProperties: { ocwSite: 'u-1' } });
    expect(made).toMatchObject({ name, mimeType: 'application/vnd.google-apps.folder', parentId: DRIVE_ID, appProperties: { ocwSite: 'u-1' }, md5: null, sizeBytes: null, isTrashed: false });
    expect((await drive.findFolders({ name })).map(({ id }) => id)).toEqual([made.id]);
    expect((await drive.findFolders({ name, parentId: DRIVE_ID, appProperty: { key: 'ocwSite', value: 'u-1' } })).map(({ id }) => id)).toEqual([made.id]);
    expect(await drive.findFolders({ name, appProperty: { key: 'ocwSite', value: 'u-2' } })).toEqual([]);
    expect(await drive.findFolders({ name, parentId: made.id })).toEqual([]);
  });

  it('whose name differs in case only is another one', async () => {
    const [id] = await person({ do: 'folder', path: '18.01-Fall' });
    expect((await clientOf().findFolders({ name: '18.01-Fall' })).map((folder) => folder.id)).toEqual([id]);
    expect(await clientOf().findFolders({ name: '18.01-FALL' })).toEqual([]);
  });

  it('has no twin although its creation’s answer was lost and no search knows of it', async () => {
    const drive = clientOf();
    world.set({ indexLagMs: 60_000 });
    const id = await drive.reserveId();
    world.addFault({ fault: 'drop-after-accept', match: /^POST \/drive\/v3\/files$/ });
    expect(await errorOf(drive.createFolder({ name: 'twin', parentId: DRIVE_ID, id }))).toMatchObject({ kind: 'unavailable', status: null });
    expect(await drive.findFolders({ name: 'twin' })).toEqual([]);
    expect((await drive.createFolder({ name: 'twin', parentId: DRIVE_ID, id })).id).toBe(id);
    expect([...world.store.items.values()].filter(({ name }) => name === 'twin')).toHaveLength(1);
  });

  it('is not called missing by a search that did not look everywhere', async () => {
    world.set({ incompleteSearch: true });
    expect(await errorOf(clientOf().findFolders({ name: 'any' }))).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a listing', () => {
  it('has all pages, each with what a file has', async () => {
    const [folder = ''] = await person({ do: 'folder', path: 'course/files_final' });
    await person(
      { do: 'put', path: 'course/files_final/a.pdf', text: 'one' },
      { do: 'put', path: 'course/files_final/a.pdf', text: 'another of the same name' },
      { do: 'native', path: 'course/files_final/notes' },
      { do: 'folder', path: 'course/files_final/below' },
      { do: 'put', path: 'course/files_final/below/deep.txt', text: 'deep' },
      { do: 'put', path: 'course/files_final/gone.txt', text: 'gone' },
      { do: 'trash', path: 'course/files_final/gone.txt' },
    );
    world.set({ maxPageSize: 2 });
    const pages = await all(clientOf().listChildren(folder));
    expect(pages.map(({ isComplete, nextPageToken }) => [isComplete, nextPageToken === null])).toEqual([[true, false], [true, true]]);
    const files = pages.flatMap((page) => page.files).sort((a, b) => a.name.localeCompare(b.name) || (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0));
    expect(files).toMatchObject([
      { name: 'a.pdf', mimeType: 'application/pdf', md5: md5(Buffer.from('one')), sizeBytes: 3, parentId: folder, downloadLink: expect.stringContaining('https://') as string },
      { name: 'a.pdf', sizeBytes: 24 },
      { name: 'below', mimeType: 'application/vnd.google-apps.folder', sizeBytes: null },
      { name: 'notes', mimeType: 'application/vnd.google-apps.document', md5: null, sizeBytes: null, downloadLink: null },
    ]);
    const names = (await all(clientOf().listAll())).flatMap((page) => page.files.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(['course', 'files_final', 'below', 'deep.txt', 'notes']));
    expect(names).not.toContain('gone.txt');
  });

  it('names what a shortcut leads to', async () => {
    const [target = ''] = await person({ do: 'put', path: 'shelf/real.pdf', text: 'x' });
    const [shortcut = ''] = await person({ do: 'shortcut', path: 'shelf/link', target });
    expect(await clientOf().get(shortcut)).toMatchObject({ sizeBytes: null, shortcutTo: { id: target, mimeType: 'application/pdf' } });
  });

  it.each([
    ['a lost answer', { fault: 'drop-after-accept' }, 'unavailable'],
    ['a server error', { fault: '500' }, 'unavailable'],
    ['a limit', { fault: '429', retryAfterSeconds: 7 }, 'rateLimited'],
  ] as const)('ends with an error, not as a shorter one, after %s at its second page', async (_name, fault, kind) => {
    const [folder = ''] = await person({ do: 'folder', path: `lost-${fault.fault}` });
    await person({ do: 'put', path: `lost-${fault.fault}/1` }, { do: 'put', path: `lost-${fault.fault}/2` });
    world.set({ maxPageSize: 1 });
    world.addFault({ ...fault, match: /^GET \/drive\/v3\/files$/, query: /pageToken=/ });
    const pages = clientOf().listChildren(folder);
    expect((await pages.next()).value).toMatchObject({ files: [{}] });
    expect(await errorOf(pages.next())).toMatchObject({ kind });
  });

  it('says that Google did not look everywhere', async () => {
    const [folder = ''] = await person({ do: 'folder', path: 'somewhere' });
    world.set({ incompleteSearch: true });
    expect(await all(clientOf().listChildren(folder))).toMatchObject([{ files: [], isComplete: false }]);
  });

  it('of a folder that is away, in the trash or none is an error, not an empty one', async () => {
    const [file = '', folder = '', inner = ''] = await person({ do: 'put', path: 'away/file' }, { do: 'folder', path: 'away/outer' }, { do: 'folder', path: 'away/outer/inner' });
    expect(await errorOf(all(clientOf().listChildren(file)))).toMatchObject({ kind: 'refused', message: 'file is no folder' });
    await person({ do: 'trash', id: folder });
    // What lies in a folder in the trash is there with it.
    for (const id of [folder, inner]) expect(await errorOf(all(clientOf().listChildren(id)))).toMatchObject({ kind: 'missing' });
    await person({ do: 'remove', id: folder });
    expect(await errorOf(all(clientOf().listChildren(folder)))).toMatchObject({ kind: 'missing', status: 404, reason: 'notFound' });
  });

  it('goes on from a page token until that is too old', async () => {
    const [folder = ''] = await person({ do: 'folder', path: 'cursor' });
    await person({ do: 'put', path: 'cursor/1' }, { do: 'put', path: 'cursor/2' });
    world.set({ maxPageSize: 1 });
    const { nextPageToken } = await clientOf().listChildrenPage(folder, null);
    expect(await clientOf().listChildrenPage(folder, nextPageToken)).toMatchObject({ files: [{}], nextPageToken: null });
    world.set({ expirePageTokens: true });
    expect(await errorOf(clientOf().listChildrenPage(folder, nextPageToken))).toMatchObject({ kind: 'gone' });
  });
});

describe('a file’s bytes', () => {
  const SIZE = 3_000_001;

  it('come from the beginning or from an offset', async () => {
    const [id = ''] = await person({ do: 'put', path: 'bytes/video.mp4', bytes: SIZE });
    const { md5: sum } = await clientOf().get(id);
    const media = await clientOf().openMedia(id);
    const whole = await bytesOf(media.bytes);
    expect({ sum: md5(whole), total: media.totalBytes }).toEqual({ sum, total: SIZE });
    const rest = await clientOf().openMedia(id, { start: 1_234_567 });
    expect(rest.totalBytes).toBe(SIZE);
    expect(whole.subarray(1_234_567).equals(await bytesOf(rest.bytes))).toBe(true);
  });

  it('that are cut are an error, and go on from where they came to', async () => {
    const [id = ''] = await person({ do: 'put', path: 'bytes/cut.mp4', bytes: SIZE, seed: 'cut' });
    world.addFault({ fault: 'cut', afterBytes: 1_000_000, match: /^GET \/drive\/v3\/files\// });
    const got: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of (await clientOf().openMedia(id)).bytes) got.push(chunk);
    })();
    expect(await errorOf(reading)).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('after 1000000 bytes') as string });
    const start = Buffer.concat(got).length;
    expect(start).toBe(1_000_000);
    const rest = await bytesOf((await clientOf().openMedia(id, { start })).bytes);
    expect(md5(Buffer.concat([...got, rest]))).toBe((await clientOf().get(id)).md5);
  });

  it('may come slowly, and longer than an answer may be late, but not be silent for too long', async () => {
    const patience = { answerMs: 1_000, silenceMs: 10_000 };
    await withServer(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n');
        let left = 10;
        const drip = setInterval(() => {
          socket.write('x');
          left -= 1;
          if (left === 0) clearInterval(drip);
        }, 150);
      },
      async (url) => {
        expect((await bytesOf((await clientOf({ DRIVE_API_URL: url }, patience).openMedia('slow')).bytes)).toString()).toBe('xxxxxxxxxx');
      },
    );
    await withServer(
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345'),
      async (url) => {
        const media = await clientOf({ DRIVE_API_URL: url }, { answerMs: 2_000, silenceMs: 100 }).openMedia('silent');
        expect(await errorOf(bytesOf(media.bytes))).toMatchObject({ kind: 'unavailable', message: 'Google Drive sent nothing for 100 ms, after 5 bytes' });
      },
    );
  });

  it('are not taken from the beginning when they were asked for from an offset on', async () => {
    await withServer(
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345'),
      async (url) => {
        expect(await errorOf(clientOf({ DRIVE_API_URL: url }).openMedia('whole', { start: 2 }))).toMatchObject({ kind: 'unavailable', status: 200 });
      },
    );
  });

  it('are asked for as they are, without a compression that would hide their length', async () => {
    let heard = '';
    await withServer(
      (socket, request) => {
        heard = request;
        socket.write('HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\ncontent-range: bytes 4-4/5\r\n\r\n5');
      },
      async (url) => {
        const media = await clientOf({ DRIVE_API_URL: url }).openMedia('one', { start: 4 });
        expect({ total: media.totalBytes, bytes: (await bytesOf(media.bytes)).toString() }).toEqual({ total: 5, bytes: '5' });
      },
    );
    expect(heard).toMatch(/^accept-encoding: identity\r$/im);
    expect(heard).toMatch(/^range: bytes=4-\r$/im);
  });

  it('end when they are called off', async () => {
    const [id = ''] = await person({ do: 'put', path: 'bytes/left.mp4', bytes: 50_000_000, seed: 'left' });
    const abort = new AbortController();
    const media = await clientOf().openMedia(id, {}, abort.signal);
    const reading = (async () => {
      for await (const chunk of media.bytes) {
        expect(chunk.length).toBeGreaterThan(0);
        abort.abort(new Error('called off'));
      }
    })();
    await expect(reading).rejects.toThrow('called off');
  });

  it.each([
    ['of a document of Google’s own', { do: 'native', path: 'no/doc' }, { kind: 'refused', reason: 'fileNotDownloadable' }],
    ['of a file whose quota is used up', { do: 'put', path: 'no/quota', flag: 'downloadQuotaExceeded' }, { kind: 'quota', reason: 'downloadQuotaExceeded' }],
    ['of a file Google takes for harmful', { do: 'put', path: 'no/harm', flag: 'abusive' }, { kind: 'refused', reason: 'cannotDownloadAbusiveFile' }],
  ] as const)('%s do not come', async (_name, { do: what, path, ...rest }, expected) => {
    const [id = ''] = await person({ do: what, path });
    if ('flag' in rest) await person({ do: 'flag', id, flag: rest.flag });
    expect(await errorOf(clientOf().openMedia(id))).toMatchObject(expected);
  });
});

describe('a document of Google’s own', () => {
  it('comes as PDF', async () => {
    const [id = ''] = await person({ do: 'native', path: 'docs/syllabus', text: 'Syllabus' });
    expect((await bytesOf((await clientOf().exportPdf(id)).bytes)).toString('latin1')).toMatch(/^%PDF-1\.4\n[\s\S]*\(Syllabus\)[\s\S]*%%EOF\n$/);
  });

  it('is too large above ten megabytes, and is never a part of one', async () => {
    const [large = '', cut = ''] = await person({ do: 'native', path: 'docs/large', bytes: 10 * 1024 * 1024 + 1 }, { do: 'native', path: 'docs/cut', bytes: 1_000_000 });
    expect(await errorOf(clientOf().exportPdf(large))).toMatchObject({ kind: 'tooLarge', status: 403 });
    world.addFault({ fault: 'cut', afterBytes: 400_000, match: /export$/ });
    expect(await errorOf(clientOf().exportPdf(cut).then(({ bytes }) => bytesOf(bytes)))).toMatchObject({ kind: 'unavailable' });
  });
});

it('moves to the trash, takes out of it and renames, as its role allows', async () => {
  const [id = ''] = await person({ do: 'put', path: 'trash/a.txt', text: 'a' });
  const drive = clientOf();
  expect(await drive.trash(id)).toMatchObject({ id, isTrashed: true });
  expect(await drive.trash(id)).toMatchObject({ isTrashed: true });
  expect(await drive.restore(id)).toMatchObject({ isTrashed: false });
  expect(await drive.rename(id, 'b’s.txt')).toMatchObject({ name: 'b’s.txt', isTrashed: false });
  world.set({ role: 'writer' });
  expect(await errorOf(drive.trash(id))).toMatchObject({ kind: 'refused', status: 403, reason: 'insufficientFilePermissions' });
  await person({ do: 'remove', id });
  expect(await errorOf(drive.trash(id))).toMatchObject({ kind: 'missing' });
});

describe('the changes feed', () => {
  const follow = async (token: string): Promise<{ changes: DriveChanges['changes'][number][]; token: string }> => {
    const changes: DriveChanges['changes'][number][] = [];
    for (let at = token; ; ) {
      const page = await clientOf().changes.since(at);
      changes.push(...page.changes);
      at = page.nextToken;
      if (page.isLast) return { changes, token: at };
    }
  };

  it('tells of the whole drive what changed since a token, page by page', async () => {
    const token = await clientOf().changes.startToken();
    const [kept = '', removed = ''] = await person({ do: 'put', path: 'feed/kept.txt', text: 'one' }, { do: 'put', path: 'feed/removed.txt', text: 'two' });
    await person({ do: 'replace', id: kept, text: 'another' }, { do: 'rename', id: kept, name: 'renamed.txt' }, { do: 'remove', id: removed });
    world.set({ maxPageSize: 1 });
    const first = await follow(token);
    expect(first.changes.map(({ fileId, file }) => [fileId, file?.name ?? null, file?.md5 ?? null])).toEqual([
      [expect.any(String), 'feed', null],
      [kept, 'renamed.txt', md5(Buffer.from('another'))],
      [removed, null, null],
    ]);
    expect((await follow(first.token)).changes).toEqual([]);
    await person({ do: 'trash', id: kept });
    expect((await follow(first.token)).changes).toMatchObject([{ fileId: kept, file: { isTrashed: true } }]);
  });

  it('says when a token is too old', async () => {
    const token = await clientOf().changes.startToken();
    await person({ do: 'folder', path: 'later' });
    world.set({ expirePageTokens: true });
    expect(await errorOf(clientOf().changes.since(token))).toMatchObject({ kind: 'gone', status: 400 });
    expect(await clientOf().changes.since(await clientOf().changes.startToken())).toMatchObject({ changes: [], isLast: true });
  });
});

describe('an upload', () => {
  const SIZE = 20_000_000;
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) bytes.writeUInt32BE(at, at);
  const open = async function* (start: number) {
    for (let at = start; at < SIZE; at += 700_000) yield Promise.resolve(bytes.subarray(at, Math.min(SIZE, at + 700_000)));
  };
  const begin = async (name: string, sizeBytes = SIZE, id?: string): Promise<string> => clientOf().uploads.begin({ name, parentId: DRIVE_ID, mimeType: 'video/mp4', sizeBytes, appProperties: { from: 's3' }, ...(id === undefined ? {} : { id }) });

  it('goes on from where it came to, however often it is broken off', async () => {
    const session = await begin('whole.mp4');
    // The second part arrives and its answer is lost.
    world.addFault({ fault: '500', match: /^PUT \/upload/, times: 1 });
    expect(await errorOf(clientOf().uploads.send(session, { sizeBytes: SIZE, open }))).toMatchObject({ kind: 'unavailable', status: 500 });
    const offsets: number[] = [];
    const broken = clientOf().uploads.send(session, {
      sizeBytes: SIZE,
      open,
      onOffset: (offset) => {
        offsets.push(offset);
        if (offset > 0) world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/ });
      },
    });
    expect(await errorOf(broken)).toMatchObject({ kind: 'unavailable' });
    expect(offsets).toEqual([0, 8_388_608]);
    expect(await clientOf().uploads.ask(session, SIZE)).toEqual({ file: null, offset: 16_777_216 });
    const from: number[] = [];
    const file = await clientOf().uploads.send(session, { sizeBytes: SIZE, open: (start) => (from.push(start), open(start)) });
    expect(from).toEqual([16_777_216]);
    expect(file).toMatchObject({ name: 'whole.mp4', mimeType: 'video/mp4', sizeBytes: SIZE, md5: md5(bytes), appProperties: { from: 's3' } });
    // A session that is at its end repeats its answer.
    expect(await clientOf().uploads.ask(session, SIZE)).toMatchObject({ file: { id: file.id } });
    expect([...world.store.items.values()].filter(({ name }) => name === 'whole.mp4')).toHaveLength(1);
  });

  it('that is called off between two parts ends with the caller’s own reason, and goes on another time', async () => {
    const session = await begin('off.mp4');
    const abort = new AbortController();
    const off = clientOf().uploads.send(session, { sizeBytes: SIZE, open, onOffset: (offset) => { if (offset > 0) abort.abort(new Error('called off')); } }, abort.signal);
    await expect(off).rejects.toThrow('called off');
    expect(await clientOf().uploads.send(session, { sizeBytes: SIZE, open })).toMatchObject({ md5: md5(bytes) });
  });

  it('of an empty file is at its end at once', async () => {
    const session = await begin('empty.mp4', 0);
    expect(await clientOf().uploads.send(session, { sizeBytes: 0, open: () => open(SIZE) })).toMatchObject({ sizeBytes: 0 });
  });

  it('with an id that is taken is refused before a byte is sent', async () => {
    const id = await clientOf().reserveId();
    await clientOf().uploads.send(await begin('once.mp4', 0, id), { sizeBytes: 0, open: () => open(SIZE) });
    expect(await errorOf(begin('once.mp4', 0, id))).toMatchObject({ kind: 'refused', status: 409, reason: 'fileIdInUse' });
  });

  it('of fewer or more bytes than were announced is no file', async () => {
    for (const [name, sizeBytes, start] of [['fewer.mp4', SIZE + 1, 0], ['more.mp4', SIZE - 1, 0], ['nothing.mp4', 1, SIZE]] as const) {
      expect(await errorOf(clientOf().uploads.send(await begin(name, sizeBytes), { sizeBytes, open: () => open(start) }))).toMatchObject({ kind: 'refused' });
      expect([...world.store.items.values()].filter((item) => item.name === name)).toEqual([]);
    }
  });

  it('goes on from what was kept, when that is less than was sent, and does not go on for ever', async () => {
    const session = await begin('kept.mp4');
    const from: number[] = [];
    const send = () => clientOf().uploads.send(session, { sizeBytes: SIZE, open: (start) => (from.push(start), open(start)) });
    world.set({ uploadKeepBytes: 0 });
    expect(await errorOf(send())).toMatchObject({ kind: 'unavailable', message: 'Google Drive took nothing of the upload behind 0 bytes' });
    world.set({ uploadKeepBytes: 5 * 1024 * 1024 });
    const before = asked(/^PUT /);
    expect(await send()).toMatchObject({ md5: md5(bytes) });
    expect(from).toEqual([0, 0, 5_242_880, 10_485_760, 15_728_640]);
    // The question how far it is, and each part once.
    expect(asked(/^PUT /) - before).toBe(5);
  });

  it('takes an answer 308 for how far it is, and does not go where it leads', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 308 Resume Incomplete\r\nlocation: http://127.0.0.1:1/elsewhere\r\nrange: bytes=0-41\r\ncontent-length: 0\r\n\r\n'),
      async (url) => {
        expect(await clientOf().uploads.ask(`${url}/session`, 100)).toEqual({ file: null, offset: 42 });
      },
    );
  });

  it('whose session is too old says so', async () => {
    const session = await begin('old.mp4');
    world.set({ expireUploads: true });
    expect(await errorOf(clientOf().uploads.send(session, { sizeBytes: SIZE, open }))).toMatchObject({ kind: 'gone', status: 404 });
  });
});

describe('what goes wrong', () => {
  it.each([
    [{ fault: '429', retryAfterSeconds: 7 }, { kind: 'rateLimited', status: 429, reason: 'rateLimitExceeded', retryAfterMs: 7_000 }],
    [{ fault: '403', reason: 'userRateLimitExceeded' }, { kind: 'rateLimited', status: 403, retryAfterMs: null }],
    [{ fault: '403', reason: 'dailyLimitExceeded' }, { kind: 'quota', status: 403 }],
    [{ fault: '403', reason: 'storageQuotaExceeded' }, { kind: 'quota', status: 403 }],
    [{ fault: '403', reason: 'domainPolicy' }, { kind: 'refused', status: 403, reason: 'domainPolicy' }],
    [{ fault: '400' }, { kind: 'refused', status: 400 }],
    [{ fault: '500' }, { kind: 'unavailable', status: 500 }],
    [{ fault: '503', retryAfterSeconds: 3 }, { kind: 'unavailable', status: 503, retryAfterMs: 3_000 }],
    [{ fault: 'drop-after-accept' }, { kind: 'unavailable', status: null }],
  ] as const)('%j is %j, and sent once', async (fault, expected) => {
    const before = asked(/drives?\/v3\/files\/0AStudioDrive/);
    world.addFault({ ...fault, match: /\/drive\/v3/ });
    expect(await errorOf(clientOf().get(DRIVE_ID))).toMatchObject(expected);
    expect(asked(/drives?\/v3\/files\/0AStudioDrive/) - before).toBe(1);
  });

  it('a stream that is refused says why, as any other call', async () => {
    const [id = ''] = await person({ do: 'put', path: 'why/a.txt', text: 'a' });
    world.addFault({ fault: '403', reason: 'userRateLimitExceeded', match: /\/drive\/v3/ });
    expect(await errorOf(clientOf().openMedia(id))).toMatchObject({ kind: 'rateLimited' });
  });

  it('after a limit no other call of the same client begins before its time', async () => {
    const drive = clientOf();
    world.addFault({ fault: '429', match: /\/drive\/v3/ });
    await errorOf(drive.get(DRIVE_ID));
    const before = asked(/\/drive\/v3/);
    await expect(drive.get(DRIVE_ID, AbortSignal.timeout(50))).rejects.toThrow();
    expect(asked(/\/drive\/v3/)).toBe(before);
  });

  it('no answer in time ends the call, at the API and at the token’s address', async () => {
    const patience = { answerMs: 150, silenceMs: 150 };
    world.addFault({ fault: 'timeout', match: /\/drive\/v3/ });
    expect(await errorOf(clientOf({}, patience).get(DRIVE_ID))).toMatchObject({ kind: 'unavailable', message: 'Google Drive did not answer within 150 ms' });
    world.addFault({ fault: 'timeout', match: /\/token/ });
    expect(await errorOf(clientOf({}, patience).get(DRIVE_ID))).toMatchObject({ kind: 'unavailable', status: null });
  });

  it('a call that is called off ends with the caller’s own reason', async () => {
    world.addFault({ fault: 'timeout', match: /\/drive\/v3/ });
    const abort = new AbortController();
    const call = clientOf().get(DRIVE_ID, abort.signal);
    setTimeout(() => abort.abort(new Error('called off')), 50);
    await expect(call).rejects.toThrow('called off');
  });

  it('a page of a gateway in between is told by its status', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 12\r\n\r\n<h1>Bad</h1>'),
      async (url) => {
        for (const work of [() => clientOf({ DRIVE_API_URL: url }).get(DRIVE_ID), () => clientOf({ DRIVE_API_URL: url }).openMedia(DRIVE_ID)]) expect(await errorOf(work())).toMatchObject({ kind: 'unavailable', status: 502, reason: null });
      },
    );
  });

  it.each([
    ['neither a file nor its removal', '{"changes":[{"changeType":"file","fileId":"x","removed":false}],"newStartPageToken":"2"}'],
    ['no token to go on from', '{"changes":[]}'],
    ['no list', '{"newStartPageToken":"2"}'],
  ])('changes that hold %s are an error, not the end of them', async (_name, body) => {
    await withServer(
      saying(body),
      async (url) => {
        expect(await errorOf(clientOf({ DRIVE_API_URL: url }).changes.since('1'))).toMatchObject({ kind: 'unavailable' });
      },
    );
  });

  it('changes of the drive itself are none of a file', async () => {
    const body = '{"changes":[{"changeType":"drive","driveId":"0AStudioDrive","removed":false}],"newStartPageToken":"2"}';
    await withServer(
      saying(body),
      async (url) => {
        expect(await clientOf({ DRIVE_API_URL: url }).changes.since('1')).toEqual({ changes: [], nextToken: '2', isLast: true });
      },
    );
  });

  it.each([
    ['no list of files', '{"kind":"drive#fileList"}'],
    ['an empty object', '{}'],
    ['a page of a sign-in', '<html>'],
    ['a file without a name', '{"files":[{"id":"x","mimeType":"text/plain"}]}'],
  ])('a listing that holds %s is an error, not an empty one', async (_name, body) => {
    await withServer(
      saying(body),
      async (url) => {
        expect(await errorOf(clientOf({ DRIVE_API_URL: url }).listAll().next())).toMatchObject({ kind: 'unavailable' });
      },
    );
  });

  it('a listing whose pages lead to themselves comes to an end', async () => {
    const body = '{"files":[],"nextPageToken":"same"}';
    await withServer(
      saying(body),
      async (url) => {
        expect(await errorOf(all(clientOf({ DRIVE_API_URL: url }).listAll()))).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('does not come to an end') as string });
      },
    );
  });
});

describe('the service account', () => {
  it('asks for one token, and for another when the first is withdrawn', async () => {
    const before = asked(/POST \/token/);
    const drive = clientOf();
    await Promise.all([drive.get(DRIVE_ID), drive.get(DRIVE_ID), drive.get(DRIVE_ID)]);
    expect(asked(/POST \/token/) - before).toBe(1);
    world.set({ expireTokens: true });
    expect(await drive.get(DRIVE_ID)).toMatchObject({ id: DRIVE_ID });
    expect(asked(/POST \/token/) - before).toBe(2);
    world.set({ expireTokens: true });
    expect((await bytesOf((await drive.openMedia((await person({ do: 'put', path: 'token.txt', text: 'ok' }))[0] ?? '')).bytes)).toString()).toBe('ok');
  });

  it('with a key that is not its own is told apart from a service that is down', async () => {
    const other = makeServiceAccount(world.account.email).credentials;
    expect(await errorOf(clientOf({ DRIVE_SERVICE_ACCOUNT_CREDS: other }).get(DRIVE_ID))).toMatchObject({ kind: 'refused', reason: 'invalid_grant', message: 'Google does not take the service account’s key: Invalid JWT Signature. (400 invalid_grant)' });
    const stranger = makeServiceAccount('nobody@local.iam.gserviceaccount.com').credentials;
    expect(await errorOf(clientOf({ DRIVE_SERVICE_ACCOUNT_CREDS: stranger }).get(DRIVE_ID))).toMatchObject({ kind: 'refused', reason: 'invalid_grant' });
    const before = asked(/POST \/token/);
    world.addFault({ fault: '500', match: /\/token/ });
    expect(await errorOf(clientOf().get(DRIVE_ID))).toMatchObject({ kind: 'unavailable', status: 500 });
    expect(asked(/POST \/token/) - before).toBe(1);
  });

  it('that is not set up is said in a sentence, and nothing is sent', async () => {
    const before = world.journal.length;
    for (const name of ['DRIVE_SHARED_ID', 'DRIVE_SERVICE_ACCOUNT_CREDS']) {
      const drive = clientOf({ [name]: '' });
      expect(drive.isConfigured).toBe(false);
      expect(await errorOf(drive.get('x'))).toMatchObject({ kind: 'refused', message: expect.stringContaining(name) as string });
    }
    expect(clientOf().isConfigured).toBe(true);
    expect(clientOf({ DRIVE_UPLOADS_PARENT_FOLDER_ID: 'folder' }).rootFolderId()).toBe('folder');
    expect(world.journal).toHaveLength(before);
  });
});

it('reaches no other address than those it is given', async () => {
  // One of its own: connections to the other are open already.
  const own = await makeDrive();
  try {
    const reached = await hostsReached(async () => {
      const drive = createDrive(makeConfig(own.env));
      const folder = await drive.createFolder({ name: 'all', parentId: DRIVE_ID, id: await drive.reserveId() });
      const [doc] = await own.person.act({ do: 'native', path: 'all/doc' });
      const session = await drive.uploads.begin({ name: 'a', parentId: folder.id, mimeType: 'text/plain', sizeBytes: 1 });
      const file = await drive.uploads.send(session, {
        sizeBytes: 1,
        open: async function* () {
          yield await Promise.resolve(Buffer.from('a'));
        },
      });
      await bytesOf((await drive.openMedia(file.id)).bytes);
      await bytesOf((await drive.exportPdf(doc?.id ?? '')).bytes);
      await drive.findFolders({ name: 'all' });
      await all(drive.listChildren(folder.id));
      await all(drive.listAll());
      await drive.changes.since(await drive.changes.startToken());
      await drive.restore((await drive.trash((await drive.rename(file.id, 'b')).id)).id);
    });
    expect(reached).toEqual([new URL(own.url).host]);
    // With Google’s own address for tokens the guard of these tests stops it: nothing else would.
    const strayed = createDrive(makeConfig({ ...own.env, GOOGLE_TOKEN_URL: 'https://oauth2.googleapis.com/token' }));
    expect(await errorOf(strayed.get(DRIVE_ID))).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('oauth2.googleapis.com') as string });
    expect(own.unexpected()).toEqual([]);
  } finally {
    await own.close();
  }
});
