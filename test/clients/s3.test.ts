import { Readable } from 'node:stream';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3, S3Error } from '#clients/s3.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';
import { until } from '#test/support/until.ts';

const buckets = useBuckets();
const bucket = () => buckets.env['BUILD_STORE_BUCKET_NAME'] ?? '';
const other = () => buckets.env['AWS_PUBLISH_BUCKET_NAME'] ?? '';
const isOnItsWay = () => until('a request without an answer', () => Promise.resolve(buckets.proxy.journal.some((entry) => entry.fault === 'timeout')));
const configOf = () => ({ awsEndpointUrl: buckets.env['AWS_ENDPOINT_URL_S3'], awsAccessKeyId: buckets.env['AWS_ACCESS_KEY_ID'], awsSecretAccessKey: buckets.env['AWS_SECRET_ACCESS_KEY'], awsRegion: 'us-east-1', awsMaxConnections: 4 });
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

  it.each(['a/(1)!*\'~.txt', 'a/ä%20?&=+#;,@$', 'a b/c:d|e.txt', `a/${'x'.repeat(200)}`])('may be named %s, and is copied under that name', async (key) => {
    buckets.proxy.journal.length = 0;
    await buckets.s3.put(bucket(), key, 'x', plain);
    await buckets.s3.copy({ bucket: bucket(), key }, { bucket: other(), key }, plain);
    // One request each: none was refused and sent again by the SDK.
    expect(buckets.proxy.journal.map(({ method, status }) => `${method} ${status}`)).toEqual(['PUT 200', 'PUT 200']);
    expect((await buckets.s3.get(other(), key))?.toString()).toBe('x');
  });

  it('whose hash was said wrongly is refused, and written with the right one', async () => {
    const s3 = createS3(configOf());
    try {
      await s3.put(bucket(), 'hashed', 'x', plain, { sha256: 'f'.repeat(64) });
      expect((await s3.get(bucket(), 'hashed'))?.toString()).toBe('x');
    } finally {
      s3.close();
    }
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
    // Once directly, three times by the SDK.
    buckets.proxy.addFault({ fault, times: 4 });
    const error = await errorOf(buckets.s3.put(bucket(), 'a/key', 'x', plain));
    expect(error).toMatchObject({ kind: 'unavailable', code, status: Number(fault) });
    expect(error.message).toBe(`S3 answered ${code} (${fault}) to PUT ${bucket()}/a/key`);
    expect(buckets.proxy.journal).toHaveLength(4);
  });

  it('of a bucket that refuses what is sent directly and takes it from the SDK is met once', async () => {
    const s3 = createS3(configOf());
    try {
      buckets.proxy.addFault({ fault: '403', times: 1 });
      await s3.put(bucket(), 'by-sdk', 'x', plain);
      buckets.proxy.journal.length = 0;
      buckets.proxy.addFault({ fault: '500', times: 3 });
      expect(await errorOf(s3.put(bucket(), 'by-sdk', 'y', plain))).toMatchObject({ kind: 'unavailable', status: 500 });
      expect(buckets.proxy.journal).toHaveLength(3);
    } finally {
      s3.close();
    }
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
    buckets.proxy.journal.length = 0;
    const writing = buckets.s3.put(bucket(), 'abandoned', 'x', plain, { abortSignal: controller.signal });
    await isOnItsWay();
    controller.abort(new Error('cancelled by a person'));
    await expect(writing).rejects.toThrow('cancelled by a person');
  });
});

describe('an object’s head', () => {
  it('tells size, hash, type and metadata without the content', async () => {
    await buckets.s3.put(bucket(), 'headed', 'x', { contentType: 'text/x', metadata: { 'site-id': 'one' } });
    expect(await buckets.s3.head(bucket(), 'headed')).toEqual({ size: 1, etag: '9dd4e461268c8034f5c8564e155c67a6', versionId: null, lastModified: expect.any(Date) as Date, contentType: 'text/x', metadata: { 'site-id': 'one' } });
    expect(await buckets.s3.head(bucket(), 'gone')).toBeNull();
  });

  it('in a bucket of versions names one, and that one can be read again', async () => {
    const versioned = buckets.env['AWS_ARTIFACTS_BUCKET_NAME'] ?? '';
    await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }));
    await buckets.s3.put(versioned, 'manifest', 'first', plain);
    const first = await buckets.s3.getVersion(versioned, 'manifest');
    await buckets.s3.put(versioned, 'manifest', 'second', plain);
    expect(first?.versionId).toMatch(/./);
    expect((await buckets.s3.head(versioned, 'manifest'))?.versionId).not.toBe(first?.versionId);
    expect((await buckets.s3.getVersion(versioned, 'manifest'))?.body.toString()).toBe('second');
    expect((await buckets.s3.getVersion(versioned, 'manifest', { versionId: first?.versionId ?? '' }))?.body.toString()).toBe('first');
  });
});

it('parts of an upload are listed to the last one, and are gone with it', async () => {
  const upload = await buckets.s3.parts.begin(bucket(), 'many-parts', { contentType: 'text/plain' });
  const numbers = Array.from({ length: 1_005 }, (_none, index) => index + 1);
  for (let start = 0; start < numbers.length; start += 15) await Promise.all(numbers.slice(start, start + 15).map((number) => buckets.s3.parts.put(upload, number, Buffer.from('a'))));
  expect((await buckets.s3.parts.list(upload)).map(({ number }) => number)).toEqual(numbers);
  await buckets.s3.parts.abandon(upload);
  await expect(buckets.s3.parts.list(upload)).rejects.toMatchObject({ kind: 'missing' });
});

describe('an object that is hidden', () => {
  it('is not there and loses no version, and is there again with what it was', async () => {
    const versioned = buckets.env['AWS_OFFLINE_PUBLISH_BUCKET_NAME'] ?? '';
    await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }));
    for (const body of ['first', 'second']) await buckets.s3.put(versioned, 'hidden', body, plain);
    await buckets.s3.put(versioned, 'hidden-as-well', 'another', plain);
    await buckets.s3.versions.hide(versioned, 'hidden');
    await buckets.s3.versions.hide(versioned, 'hidden');
    expect(await buckets.s3.head(versioned, 'hidden')).toBeNull();
    expect((await buckets.s3.versions.list(versioned, 'hidden')).map(({ isMarker }) => isMarker)).toEqual([true, true, false, false]);
    expect(await buckets.s3.versions.unhide(versioned, 'hidden')).toBe(true);
    expect(await buckets.s3.versions.unhide(versioned, 'hidden')).toBe(true);
    expect((await buckets.s3.get(versioned, 'hidden'))?.toString()).toBe('second');
    expect(await buckets.s3.versions.unhide(versioned, 'never there')).toBe(false);
    expect((await buckets.s3.get(versioned, 'hidden-as-well'))?.toString()).toBe('another');
  });
});

describe('a key that is not there', () => {
  const list = () => `^GET /${bucket()}/?$`;

  it('is not there although S3 says 403, where the bucket may not be listed', async () => {
    for (const [match, read] of [
      ['^GET /.*/secret$', () => buckets.s3.get(bucket(), 'secret')],
      ['^HEAD /', () => buckets.s3.head(bucket(), 'secret')],
    ] as const) {
      buckets.proxy.addFault({ fault: '403', match: new RegExp(match) });
      buckets.proxy.addFault({ fault: '403', match: new RegExp(list()) });
      expect(await read()).toBeNull();
    }
  });

  it('is not meant by a 403 where the bucket may be listed: the object is forbidden', async () => {
    buckets.proxy.addFault({ fault: '403', match: /^GET \/.*\/secret$/ });
    expect(await errorOf(buckets.s3.get(bucket(), 'secret'))).toMatchObject({ kind: 'refused', code: 'AccessDenied', status: 403 });
  });
});

describe('a copy beyond what S3 copies at once', () => {
  const MiB = 1024 * 1024;
  const body = Buffer.from(Array.from({ length: 11 * MiB + 7 }, (_, index) => (index * 31 + (index >> 12)) % 256));
  const small = () => createS3({ awsEndpointUrl: buckets.env['AWS_ENDPOINT_URL_S3'], awsAccessKeyId: buckets.env['AWS_ACCESS_KEY_ID'], awsSecretAccessKey: buckets.env['AWS_SECRET_ACCESS_KEY'], awsRegion: 'us-east-1', awsMaxConnections: 8 }, { maxCopyBytes: 6 * MiB, copyPartBytes: 5 * MiB });
  const unfinished = async () => (await buckets.direct.send(new ListMultipartUploadsCommand({ Bucket: other() }))).Uploads ?? [];
  let s3: ReturnType<typeof createS3>;
  beforeAll(async () => {
    s3 = small();
    await buckets.s3.put(bucket(), 'large ü.bin', body, { contentType: 'application/octet-stream' });
  });
  afterAll(() => s3.close());
  const copy = (abortSignal?: AbortSignal) => s3.copy({ bucket: bucket(), key: 'large ü.bin', size: body.length }, { bucket: other(), key: 'site/large.bin' }, { contentType: 'video/mp4', metadata: { 'site-id': 'one' } }, abortSignal);
  const requests = () => buckets.proxy.journal.map((entry) => `${entry.method} ${/partNumber=(\d)/.exec(entry.path)?.[1] ?? (entry.path.includes('uploadId') ? 'upload' : '')} ${entry.status}`);

  it('goes by parts inside S3, whole, with type and metadata', async () => {
    buckets.proxy.journal.length = 0;
    await copy();
    expect(requests().filter((line) => /PUT/.test(line)).sort()).toEqual(['PUT 1 200', 'PUT 2 200', 'PUT 3 200']);
    expect(buckets.proxy.journal.reduce((sum, entry) => sum + entry.bytes, 0)).toBeLessThan(10_000);
    expect((await s3.get(other(), 'site/large.bin'))?.equals(body)).toBe(true);
    expect(await s3.head(other(), 'site/large.bin')).toMatchObject({ size: body.length, contentType: 'video/mp4', metadata: { 'site-id': 'one' } });
    expect(await unfinished()).toEqual([]);
  });

  it('that is just as large as may be, goes at once', async () => {
    await buckets.s3.put(bucket(), 'six', Buffer.alloc(6 * MiB), plain);
    buckets.proxy.journal.length = 0;
    await s3.copy({ bucket: bucket(), key: 'six', size: 6 * MiB }, { bucket: other(), key: 'six' }, plain);
    expect(requests()).toEqual(['PUT  200']);
  });

  it('that fails in a part leaves nothing behind, and neither does one that was abandoned', async () => {
    await s3.remove(other(), ['site/large.bin']);
    buckets.proxy.addFault({ fault: '403', match: /^PUT \// });
    expect(await errorOf(copy())).toMatchObject({ kind: 'refused', code: 'AccessDenied' });
    expect(await unfinished()).toEqual([]);
    buckets.proxy.addFault({ fault: 'timeout', match: /^PUT \// });
    const controller = new AbortController();
    buckets.proxy.journal.length = 0;
    const copying = copy(controller.signal);
    await isOnItsWay();
    controller.abort(new Error('cancelled by a person'));
    await expect(copying).rejects.toThrow('cancelled by a person');
    expect(await unfinished()).toEqual([]);
    expect(await s3.exists(other(), 'site/large.bin')).toBe(false);
  });

  it('takes away what a killed process left of the same object, and of no other', async () => {
    await buckets.direct.send(new CreateMultipartUploadCommand({ Bucket: other(), Key: 'site/large.bin' }));
    await buckets.direct.send(new CreateMultipartUploadCommand({ Bucket: other(), Key: 'site/large.bin.other' }));
    await copy();
    expect((await unfinished()).map((upload) => upload.Key)).toEqual(['site/large.bin.other']);
  });
});

describe('an answer of 200 that holds an error', () => {
  it.each([
    ['a copy', 4, /^PUT \//, () => buckets.s3.copy({ bucket: bucket(), key: 'told' }, { bucket: other(), key: 'told' }, plain), () => buckets.s3.exists(other(), 'told')],
    ['a removal', 3, /^POST \//, () => buckets.s3.remove(bucket(), ['told']), async () => !(await buckets.s3.exists(bucket(), 'told'))],
  ] as const)('of %s is no success: it is tried again, and named when it lasts', async (_, tries, match, work, isDone) => {
    await buckets.s3.put(bucket(), 'told', 'x', plain);
    buckets.proxy.addFault({ fault: '200-error', match, times: tries });
    expect(await errorOf(work())).toMatchObject({ kind: 'unavailable', code: 'InternalError' });
    expect(await isDone()).toBe(false);
    buckets.proxy.addFault({ fault: '200-error', match });
    await work();
    expect(await isDone()).toBe(true);
  });

  it.each([
    ['a part', /partNumber/],
    ['the end of an upload', /^\?uploadId/],
  ])('of %s neither', async (_, query) => {
    const parted = createS3({ awsEndpointUrl: buckets.env['AWS_ENDPOINT_URL_S3'], awsAccessKeyId: buckets.env['AWS_ACCESS_KEY_ID'], awsSecretAccessKey: buckets.env['AWS_SECRET_ACCESS_KEY'], awsRegion: 'us-east-1', awsMaxConnections: 8 }, { maxCopyBytes: 0, copyPartBytes: 5 * 1024 * 1024 });
    try {
      await buckets.s3.put(bucket(), 'parted', 'whole', plain);
      buckets.proxy.addFault({ fault: '200-error', query, times: 3 });
      await parted.remove(other(), ['parted']);
      const copy = () => parted.copy({ bucket: bucket(), key: 'parted', size: 5 }, { bucket: other(), key: 'parted' }, plain);
      expect(await errorOf(copy())).toMatchObject({ kind: 'unavailable', code: 'InternalError' });
      expect(await parted.exists(other(), 'parted')).toBe(false);
      await copy();
      expect((await parted.get(other(), 'parted'))?.toString()).toBe('whole');
    } finally {
      parted.close();
    }
  });
});
