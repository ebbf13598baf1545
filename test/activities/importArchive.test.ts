import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterAll, describe, expect, it } from 'vitest';
import { packDirectory, readWhole, walkArchive } from '#activities/importArchive.ts';

const folder = mkdtempSync(join(tmpdir(), 'archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A gzipped tar of these entries, in their order. */
async function archiveOf(entries: readonly (Partial<Header> & { name: string; body?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { body, ...header } of entries) tar.entry(header, body ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

async function walk(archive: Buffer | Readable) {
  const taken: Record<string, string> = {};
  const refused = await walkArchive(archive instanceof Readable ? archive : Readable.from([archive]), async (entry) => {
    taken[`${entry.area}:${entry.path}`] = (await readWhole(entry.stream, 1_000_000)).toString();
  });
  return { taken, refused };
}

describe('an archive', () => {
  it('gives its files by area', async () => {
    expect(await walk(await archiveOf([
      { name: 'repository/content/a.md', body: 'A' },
      { name: './media//b/ü.pdf', body: 'B' },
      { name: 'instructors/x/index.json', body: '{}' },
      { name: 'repository/empty' },
      { name: 'repository/content', type: 'directory' },
      { name: 'repository/.git/config', body: 'no' },
    ]))).toEqual({ taken: { 'repository:content/a.md': 'A', 'media:b/ü.pdf': 'B', 'instructors:x/index.json': '{}', 'repository:empty': '' }, refused: [] });
  });

  it('lets nothing lead out of it', async () => {
    const names = ['repository/../../etc/passwd', '/repository/a', 'repository/..', '../repository/a', 'repository/a\\..\\b', 'media/x/../../y'];
    const { taken, refused } = await walk(await archiveOf([...names.map((name) => ({ name, body: 'x' })), { name: 'repository/ok', body: 'x' }]));
    expect(taken).toEqual({ 'repository:ok': 'x' });
    expect(refused).toEqual(names.map((path) => ({ path, reason: 'the path leads out of the archive' })));
  });

  it('imports no links and devices', async () => {
    const { taken, refused } = await walk(await archiveOf([
      { name: 'repository/link', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'repository/hard', type: 'link', linkname: 'repository/x' },
      { name: 'repository/pipe', type: 'fifo' },
      { name: 'repository/null', type: 'character-device' },
    ]));
    expect(taken).toEqual({});
    expect(refused.map((entry) => entry.reason)).toEqual(['a symlink is not imported', 'a link is not imported', 'a fifo is not imported', 'a character-device is not imported']);
  });

  it('says what lies in no folder it knows', async () => {
    expect((await walk(await archiveOf([{ name: 'content/a.md', body: 'x' }, { name: 'repository', body: 'x' }]))).refused).toEqual([
      { path: 'content/a.md', reason: 'it is in no known folder of the archive' },
      { path: 'repository', reason: 'it is in no known folder of the archive' },
    ]);
  });

  it('takes paths beyond the length of the old format', async () => {
    const path = `${'deep/'.repeat(60)}a.md`;
    expect((await walk(await archiveOf([{ name: `repository/${path}`, body: 'x' }]))).taken).toEqual({ [`repository:${path}`]: 'x' });
  });

  const sentence = 'The archive is damaged or is no gzipped tar.';
  it.each([
    ['no gzip', Buffer.from('just a text')],
    ['nothing', Buffer.alloc(0)],
    ['gzip of no tar', gzipSync(Buffer.from('x'.repeat(2_000)))],
  ])('that is %s is refused in a sentence', async (_what, bytes) => {
    await expect(walk(bytes)).rejects.toMatchObject({ type: 'ImportUnreadable', message: sentence });
  });

  it('that was cut off is refused wherever it was cut', async () => {
    const whole = await archiveOf([{ name: 'repository/a', body: Array.from({ length: 5_000 }, (_, index) => String(index * 7_919)).join('') }, { name: 'repository/b', body: 'b' }]);
    for (const part of [0.1, 0.5, 0.9, 0.999]) await expect(walk(whole.subarray(0, Math.floor(whole.length * part)))).rejects.toMatchObject({ type: 'ImportUnreadable', message: sentence });
  });

  it('with a damaged header is refused', async () => {
    const tar = pack();
    tar.entry({ name: 'repository/a' }, 'x');
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    bytes.write('99999999', 148, 'latin1');
    await expect(walk(gzipSync(bytes))).rejects.toMatchObject({ type: 'ImportUnreadable', message: sentence });
  });

  it('does not read a bomb into memory', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.alloc(0), await archiveTar('repository/zeros', 30 * 1024 * 1024)]));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(walk(bomb)).rejects.toMatchObject({ type: 'ImportUnreadable', message: 'The repository’s files are too large to import.' });
  });

  it('does not hide what the visitor threw, or the network', async () => {
    const archive = await archiveOf([{ name: 'repository/a', body: 'x' }]);
    await expect(walkArchive(Readable.from([archive]), () => Promise.reject(new Error('of the visitor')))).rejects.toThrow('of the visitor');
    const broken = Readable.from((function* () {
      yield archive.subarray(0, 20);
      throw new Error('of the network');
    })());
    await expect(walk(broken)).rejects.toThrow('of the network');
  });

  it('is made of a folder, without its .git and without links', async () => {
    for (const path of ['content', '.git', '.github']) mkdirSync(join(folder, path));
    writeFileSync(join(folder, 'content/ä.md'), 'A\n');
    writeFileSync(join(folder, '.git/config'), 'secret');
    writeFileSync(join(folder, '.github/x'), 'x');
    writeFileSync(join(folder, 'empty'), '');
    symlinkSync('/etc/passwd', join(folder, 'link'));
    expect(await walk(packDirectory(folder))).toEqual({ taken: { 'repository:content/ä.md': 'A\n', 'repository:.github/x': 'x', 'repository:empty': '' }, refused: [] });
  });

  it('of a folder that is not there fails', async () => {
    await expect(walk(packDirectory(join(folder, 'gone')))).rejects.toThrow();
  });
});

async function archiveTar(name: string, size: number): Promise<Buffer> {
  const tar = pack();
  const entry = tar.entry({ name, size });
  entry.end(Buffer.alloc(size));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
