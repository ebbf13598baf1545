import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CreateMultipartUploadCommand, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { storeKeys } from '#activities/buildStore.ts';
import { S3Error } from '#clients/s3.ts';
import { zipEntries } from '#activities/zipEntries.ts';
import { zipStream } from '#activities/zipStream.ts';
import { loadConfig } from '#config/load.ts';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { isFullSize } from '#test/support/corpus.ts';

const buckets = useBuckets();
const forever = new AbortController().signal;
const writtenAt = new Date('2026-03-01T12:30:10Z');
const configOf = () => loadConfig({ ...buckets.env, DATABASE_URL: 'postgres://nowhere/none' });

function manifestOf(files: Record<string, ManifestEntry>): Manifest {
  return { format: 1, siteId: 'site-1', siteName: 'site-1', version: 'live', theme: '', prefix: 'courses/one', runId: 'run-1', commit: 'c', themesCommit: 't', projectsCommit: 'p', hugoVersion: '0', files };
}

async function page(text: string): Promise<ManifestEntry> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  await buckets.s3.put(configOf().buildStoreBucket, storeKeys.blob(sha256), text, { contentType: 'text/html' });
  return { sha256, size: text.length, contentType: 'text/html; charset=utf-8' };
}

async function film(key: string, bytes: number): Promise<ManifestEntry> {
  const chunk = Buffer.alloc(1_000_000, 'a film of a bridge ');
  await buckets.s3.putStream(configOf().storageBucket, key, Readable.from((function* () { for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length)); })()), { contentType: 'video/mp4' });
  return { sha256: key, size: bytes, contentType: 'video/mp4', storageKey: key };
}

const writeZip = (manifest: Manifest, key: string): Promise<number> => buckets.s3.putStream(configOf().publishBucket, key, zipStream(zipEntries({ s3: buckets.s3, config: configOf() }, manifest, forever), writtenAt), { contentType: 'application/zip', metadata: { 'site-id': 'site-1' } }, { abortSignal: forever });

test('a file that is not as long as the manifest says ends the zip with a sentence, and leaves no parts', { timeout: 60_000 }, async () => {
  const pages = Object.fromEntries(await Promise.all(['a', 'b', 'c'].map(async (name) => [`${name}.html`, await page(`<p>${name}`)] as const)));
  const short = await film('courses/one/short.mp4', 20_000_000);
  for (const wrong of [{ ...short, size: 30_000_000 }, { ...short, size: 10_000_000 }, { ...short, storageKey: 'courses/one/gone.mp4' }]) {
    await expect(writeZip(manifestOf({ ...pages, 'short.mp4': wrong }), 'courses/one/wrong.zip')).rejects.toThrow('The file ‘short.mp4’ is not the one that was published');
  }
  const bucket = configOf().publishBucket;
  expect(await buckets.s3.exists(bucket, 'courses/one/wrong.zip')).toBe(false);
  expect((await buckets.direct.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
});

describe('a film whose stream breaks', () => {
  const size = 3_000_000;
  /** Every stream ends with the error after a million bytes; `onBreak` is told how many broke. */
  function breaking(error: Error, onBreak: (count: number) => Promise<void> | void = () => undefined, after = 1_000_000) {
    const starts: number[] = [];
    const s3 = {
      ...buckets.s3,
      async getStream(bucket: string, key: string, options: { start?: number; abortSignal?: AbortSignal | undefined } = {}) {
        starts.push(options.start ?? 0);
        const whole = await buckets.s3.getStream(bucket, key, options);
        return Readable.from(
          (async function* () {
            let read = 0;
            if (after > 0) for await (const chunk of whole) {
              yield chunk;
              read += (chunk as Buffer).length;
              if (read >= after) break;
            }
            whole.destroy();
            await onBreak(starts.length);
            throw error;
          })(),
        );
      },
    };
    return { s3, starts };
  }
  async function read(s3: typeof buckets.s3, entry: ManifestEntry): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (const { open } of zipEntries({ s3, config: configOf() }, manifestOf({ 'film.mp4': entry }), forever)) for await (const chunk of open()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  test('is gone on with where it broke, to the same bytes', async () => {
    const entry = await film('courses/one/shaky.mp4', size);
    const { s3, starts } = breaking(reset);
    expect((await read(s3, entry)).equals((await buckets.s3.get(configOf().storageBucket, entry.storageKey ?? '')) ?? Buffer.alloc(0))).toBe(true);
    expect(starts.length).toBeGreaterThan(2);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
    expect(new Set(starts).size).toBe(starts.length);
  });

  test('and is shorter by then is not the one that was published', async () => {
    const entry = await film('courses/one/cut.mp4', size);
    const { s3 } = breaking(reset, async () => void (await film('courses/one/cut.mp4', 500_000)));
    await expect(read(s3, entry)).rejects.toThrow('The file ‘film.mp4’ is not the one that was published');
  });

  test('is given up when nothing comes any more, and at once when it is refused', { timeout: 30_000 }, async () => {
    const entry = await film('courses/one/dead.mp4', size);
    const dead = breaking(reset, undefined, 0);
    await expect(read(dead.s3, entry)).rejects.toThrow('ECONNRESET');
    expect(dead.starts).toEqual([0, 0, 0, 0, 0, 0]);
    const refused = breaking(new S3Error('refused', 'AccessDenied', 403, 'GET'), undefined, 0);
    await expect(read(refused.s3, entry)).rejects.toMatchObject({ kind: 'refused' });
    expect(refused.starts).toEqual([0]);
  });
});

test('holds its files in the order of their paths, texts compressed and media as they are', async () => {
  const manifest = manifestOf({ 'z.html': await page('<p>z</p>'.repeat(100)), 'a.html': await page('<p>a</p>'.repeat(100)), 'm.mp4': await film('courses/one/order.mp4', 300_000) });
  expect(zipEntries({ s3: buckets.s3, config: configOf() }, manifest, forever).map(({ path, deflate }) => [path, deflate])).toEqual([['a.html', true], ['m.mp4', false], ['z.html', true]]);
});

test('parts that a killed worker left of one zip are taken away, and of no other', async () => {
  const bucket = configOf().publishBucket;
  for (const Key of ['courses/one/one.zip', 'courses/one/one.zip-of-another']) {
    const { UploadId } = await buckets.direct.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await buckets.direct.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(5_242_880) }));
  }
  await expect(buckets.s3.abortUploads(bucket, 'courses/one/one.zip')).resolves.toBe(1);
  expect((await buckets.direct.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.map(({ Key }) => Key)).toEqual(['courses/one/one.zip-of-another']);
  await expect(buckets.s3.abortUploads(bucket, 'courses/one/one.zip')).resolves.toBe(0);
});

const gigabytes = isFullSize ? 5 : 0.5;
test(`${gigabytes} GB of media go from bucket to bucket with flat memory`, { timeout: 900_000 }, async () => {
  const one = await film('courses/one/film.mp4', gigabytes * 100_000_000);
  const manifest = manifestOf({ 'index.html': await page('<h1>One</h1>'), ...Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`static_resources/film-${number}.mp4`, one])) });
  const before = process.memoryUsage.rss();
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
  const bytes = await writeZip(manifest, 'courses/one/large.zip').finally(() => clearInterval(looking));
  process.stdout.write(`zip from S3 to S3: ${(bytes / 1e9).toFixed(2)} GB, memory grew by ${((most - before) / 1e6).toFixed(0)} MB\n`);
  expect(most - before).toBeLessThan(200_000_000);
  const head = await buckets.direct.send(new HeadObjectCommand({ Bucket: configOf().publishBucket, Key: 'courses/one/large.zip' }));
  expect(head).toMatchObject({ ContentLength: bytes, Metadata: { 'site-id': 'site-1' } });
  const end = await buckets.direct.send(new GetObjectCommand({ Bucket: configOf().publishBucket, Key: 'courses/one/large.zip', Range: 'bytes=-22' }));
  expect((await end.Body?.transformToString('latin1'))?.slice(0, 4)).toBe('PK\u0005\u0006');
});
