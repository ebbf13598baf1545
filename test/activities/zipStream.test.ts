import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { type ZipEntry, zipStream } from '#activities/zipStream.ts';
import { isFullSize } from '#test/support/corpus.ts';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'ocw-zip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const writtenAt = new Date('2026-03-01T12:30:10Z');
const hasUnzip = await execute('unzip', ['-v']).then(() => true, () => false);

function entry(path: string, text: string, deflate = true): ZipEntry {
  const body = Buffer.from(text);
  return {
    path,
    size: body.length,
    deflate,
    async *open() {
      yield await Promise.resolve(body);
    },
  };
}

/** A file of so many bytes that exists only while it is read. */
function synthetic(path: string, size: number): ZipEntry {
  const chunk = Buffer.alloc(1024 * 1024, 'every arch leans on another ');
  return {
    path,
    size,
    deflate: false,
    async *open() {
      for (let left = size; left > 0; left -= chunk.length) yield await Promise.resolve(left >= chunk.length ? chunk : chunk.subarray(0, left));
    },
  };
}

async function write(name: string, entries: readonly ZipEntry[]): Promise<string> {
  const file = join(folder, name);
  await pipeline(zipStream(entries, writtenAt), createWriteStream(file));
  return file;
}

/** What Python's own reader makes of a zip: checks every byte, answers name, size, method and time of each file. */
async function readByPython(file: string): Promise<{ name: string; size: number; method: number; at: number[] }[]> {
  const script = 'import sys, json, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps([{"name": i.filename, "size": i.file_size, "method": i.compress_type, "at": list(i.date_time)} for i in z.infolist()]))';
  return JSON.parse((await execute('python3', ['-c', script, file], { maxBuffer: 64 * 1024 * 1024 })).stdout) as { name: string; size: number; method: number; at: number[] }[];
}

test('is opened by Python and unzip, with texts compressed and media as they are', async ({ skip }) => {
  const file = await write('small.zip', [entry('index.html', '<p>A bridge</p>'.repeat(1_000)), entry('static_resources/ünïcode (1).pdf', 'pdf', false), entry('empty.txt', '')]);
  expect(await readByPython(file)).toEqual([
    { name: 'index.html', size: 15_000, method: 8, at: [2026, 3, 1, 12, 30, 10] },
    { name: 'static_resources/ünïcode (1).pdf', size: 3, method: 0, at: [2026, 3, 1, 12, 30, 10] },
    { name: 'empty.txt', size: 0, method: 8, at: [2026, 3, 1, 12, 30, 10] },
  ]);
  if (!hasUnzip) skip('there is no unzip here: install it to see the zip opened by it too');
  await execute('unzip', ['-q', file, '-d', join(folder, 'small')]);
  expect(await readFile(join(folder, 'small', 'index.html'), 'utf8')).toBe('<p>A bridge</p>'.repeat(1_000));
});

test('is the same bytes each time, in whatever zone it is written', async () => {
  const entries = [entry('a.html', 'one'), entry('b.mp4', 'two', false)];
  const zone = process.env['TZ'];
  const hash = async (name: string): Promise<string> => createHash('sha256').update(await readFile(await write(name, entries))).digest('hex');
  const first = await hash('first.zip');
  try {
    process.env['TZ'] = 'Asia/Kathmandu';
    expect(await hash('second.zip')).toBe(first);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('ends with the error of a file that cannot be read, or is not as long as was said', async () => {
  const broken: ZipEntry = {
    ...entry('broken.mp4', 'three'),
    async *open() {
      yield await Promise.resolve(Buffer.from('th'));
      throw new Error('The store went away');
    },
  };
  await expect(write('broken.zip', [entry('a.html', 'one'), broken])).rejects.toThrow('The store went away');
  await expect(write('short.zip', [{ ...entry('short.mp4', 'three', false), size: 9 }])).rejects.toThrow('unexpected number of bytes');
});

test('opens a file when its turn comes, and none when nobody reads', async () => {
  const opened: string[] = [];
  const entries = ['a', 'b', 'c'].map((path): ZipEntry => ({ ...synthetic(path, 4 * 1024 * 1024), open: () => (opened.push(path), synthetic(path, 4 * 1024 * 1024).open()) }));
  const zip = zipStream(entries, writtenAt);
  for await (const _chunk of zip) break;
  expect(opened).toEqual(['a']);
});

const gigabytes = isFullSize ? 5 : 0.5;
test(`streams ${gigabytes} GB of media with flat memory${isFullSize ? ' as ZIP64' : ''}`, { timeout: 600_000 }, async () => {
  const size = gigabytes * 1_000_000_000;
  const entries = [entry('index.html', 'a course'), synthetic('static_resources/film.mp4', size), entry('after.html', 'after it')];
  const before = process.memoryUsage().rss;
  let most = before;
  let bytes = 0;
  await pipeline(
    zipStream(entries, writtenAt),
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        most = Math.max(most, process.memoryUsage.rss());
        done();
      },
    }),
  );
  process.stdout.write(`zipStream: ${(bytes / 1e9).toFixed(2)} GB, memory grew by ${((most - before) / 1e6).toFixed(0)} MB\n`);
  expect(bytes).toBeGreaterThan(size);
  expect(most - before).toBeLessThan(150_000_000);
  if (!isFullSize) return;
  const listed = await readByPython(await write('large.zip', entries));
  expect(listed.map(({ size: each }) => each)).toEqual([8, size, 8]);
  if (hasUnzip) await execute('unzip', ['-tq', join(folder, 'large.zip')]);
});
