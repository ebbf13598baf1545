import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createS3, S3Error } from '#clients/s3.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';

const buckets = useBuckets();
const bucket = () => buckets.env['BUILD_STORE_BUCKET_NAME'] ?? '';
const other = () => buckets.env['AWS_PUBLISH_BUCKET_NAME'] ?? '';
const plain = { contentType: 'text/plain' };
const errorOf = async (work: Promise<unknown>): Promise<S3Error> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof S3Error) return error;
  throw error;
};

describe('an object', () => {
  it('is written whole and read back, with its type and metadata', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    await buckets.s3.put(bucket(), 'a/ü b+c.bin', body, { contentType: 'application/x', metadata: { 'site-id': 'one' } });
    expect((await buckets.s3.get(bucket(), 'a/ü b+c.bin'))?.equals(body)).toBe(true);
    expect((await readBucket(buckets.s3, buckets.direct, bucket(), 'a/'))['a/ü b+c.bin']).toMatchObject({ contentType: 'application/x', metadata: { 'site-id': 'one' } });
  });

  it('may be empty', async () => {
    await buckets.s3.put(bucket(), 'empty', Buffer.alloc(0), plain);
    expect(await buckets.s3.get(bucket(), 'empty')).toEqual(Buffer.alloc(0));
  });

  it('that is not there is null, and no error but for a stream', async () => {
    expect(await buckets.s3.get(bucket(), 'gone')).toBeNull();
    expect(await buckets.s3.exists(bucket(), 'gone')).toBe(false);
    expect(await errorOf(buckets.s3.getStream(bucket(), 'gone'))).toMatchObject({ kind: 'missing' });
    expect(await errorOf(buckets.s3.copy({ bucket: bucket(), key: 'gone' }, { bucket: other(), key: 'x' }, plain))).toMatchObject({ kind: 'missing' });
  });

  it('is not replaced where it must be new', async () => {
    await buckets.s3.put(bucket(), 'once', 'first', plain, { ifAbsent: true });
    expect(await errorOf(buckets.s3.put(bucket(), 'once', 'second', plain, { ifAbsent: true }))).toMatchObject({ kind: 'exists', status: 412 });
    expect((await buckets.s3.get(bucket(), 'once'))?.toString()).toBe('first');
  });

  it('is copied inside S3 with a type and metadata of its own', async () => {
    await buckets.s3.put(bucket(), 'blobs/ü &?#%.html', 'page', { contentType: 'application/octet-stream', metadata: { old: 'x' } });
    await buckets.s3.copy({ bucket: bucket(), key: 'blobs/ü &?#%.html' }, { bucket: other(), key: 'site/a.html' }, { contentType: 'text/html; charset=utf-8', metadata: { 'site-id': 'one' } });
    expect(await readBucket(buckets.s3, buckets.direct, other(), 'site/')).toEqual({ 'site/a.html': { body: 'page', contentType: 'text/html; charset=utf-8', metadata: { 'site-id': 'one' } } });
  });

  it('of unknown length is streamed in parts', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const bytes = await buckets.s3.putStream(bucket(), 'streamed', Readable.from((function* () { for (let count = 0; count < 18; count += 1) yield chunk; })()), plain);
    expect(bytes).toBe(18 * chunk.length);
    let read = 0;
    for await (const part of await buckets.s3.getStream(bucket(), 'streamed')) read += (part as Buffer).length;
    expect(read).toBe(18 * chunk.length);
  });
});

describe('many objects', () => {
  it('are listed beyond a page, and removed beyond a request; those that are gone do no harm', async () => {
    const keys = Array.from({ length: 1_003 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    for (let start = 0; start < keys.length; start += 50) await Promise.all(keys.slice(start, start + 50).map((key) => buckets.s3.put(bucket(), key, 'x', plain)));
    const listed: string[] = [];
    for await (const object of buckets.s3.list(bucket(), 'many/')) listed.push(object.key);
    expect(listed).toEqual(keys);
    await buckets.s3.remove(bucket(), [...keys.slice(1), 'never/there']);
    const left: unknown[] = [];
    for await (const object of buckets.s3.list(bucket(), 'many/')) left.push(object);
    expect(left).toEqual([{ key: 'many/0000', size: 1, etag: '9dd4e461268c8034f5c8564e155c67a6', lastModified: expect.any(Date) as Date }]);
  });

  it('that are none need no request', async () => {
    buckets.proxy.journal.length = 0;
    await buckets.s3.remove(bucket(), []);
    expect(buckets.proxy.journal).toEqual([]);
  });
});

describe('trouble', () => {
  it('that is short is bridged', async () => {
    buckets.proxy.addFault({ fault: '503', times: 2 });
    await buckets.s3.put(bucket(), 'bridged', 'x', plain);
    expect(await buckets.s3.exists(bucket(), 'bridged')).toBe(true);
  });

  it.each([
    ['503', 'SlowDown'],
    ['500', 'InternalError'],
    ['429', 'SlowDown'],
  ] as const)('that lasts, as %s, is named after a few tries', async (fault, code) => {
    buckets.proxy.journal.length = 0;
    buckets.proxy.addFault({ fault, times: 3 });
    const error = await errorOf(buckets.s3.put(bucket(), 'a/key', 'x', plain));
    expect(error).toMatchObject({ kind: 'unavailable', code, status: Number(fault) });
    expect(error.message).toBe(`S3 answered ${code} (${fault}) to PUT ${bucket()}/a/key`);
    expect(buckets.proxy.journal).toHaveLength(3);
  });

  it('of a lost answer is no trouble: a write may be repeated', async () => {
    buckets.proxy.addFault({ fault: 'drop-after-accept' });
    await buckets.s3.put(bucket(), 'lost', 'x', plain);
    expect((await buckets.s3.get(bucket(), 'lost'))?.toString()).toBe('x');
  });

  it('of a server that is not there is waited for', async () => {
    const nowhere = createS3({ awsEndpointUrl: 'http://127.0.0.1:9', awsAccessKeyId: 'a', awsSecretAccessKey: 'b', awsRegion: 'us-east-1', awsMaxConnections: 1 });
    try {
      expect(await errorOf(nowhere.get('bucket', 'key'))).toMatchObject({ kind: 'unavailable', code: 'ECONNREFUSED', status: null });
      expect(await errorOf(nowhere.exists('bucket', 'key'))).toMatchObject({ kind: 'unavailable' });
    } finally {
      nowhere.close();
    }
  });

  it('of a wrong key or a missing bucket is for a person', async () => {
    const stranger = createS3({ awsEndpointUrl: buckets.env['AWS_ENDPOINT_URL_S3'], awsAccessKeyId: buckets.env['AWS_ACCESS_KEY_ID'], awsSecretAccessKey: 'wrong', awsRegion: 'us-east-1', awsMaxConnections: 1 });
    try {
      expect(await errorOf(stranger.get(bucket(), 'key'))).toMatchObject({ kind: 'refused', code: 'SignatureDoesNotMatch', status: 403 });
    } finally {
      stranger.close();
    }
    expect(await errorOf(buckets.s3.put('no-such-bucket', 'key', 'x', plain))).toMatchObject({ code: 'NoSuchBucket' });
    expect(await errorOf(buckets.s3.get('no-such-bucket', 'key'))).toMatchObject({ code: 'NoSuchBucket' });
  });

  it('is no trouble of S3 when the caller gave up', async () => {
    buckets.proxy.addFault({ fault: 'timeout' });
    const controller = new AbortController();
    const writing = buckets.s3.put(bucket(), 'abandoned', 'x', plain, { abortSignal: controller.signal });
    controller.abort(new Error('cancelled by a person'));
    await expect(writing).rejects.toThrow('cancelled by a person');
  });
});
