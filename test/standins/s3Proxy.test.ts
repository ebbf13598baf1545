import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CopyObjectCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Proxy } from '#local/standins/s3Proxy/createS3Proxy.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { readJournal, watchJournal } from './support/watchJournal.ts';

let gateway: Gateway;
let base: string;
let s3: S3Client;
let direct: S3Client;
let Bucket: string;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  const proxy = createS3Proxy({ target: gateway.endpoint });
  base = await proxy.listen();
  s3 = gateway.client(base);
  direct = gateway.client(gateway.endpoint);
  Bucket = gateway.buckets.storage;
  closing.push(gateway.stop, () => proxy.close(), () => s3.destroy(), () => direct.destroy());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const put = (client: S3Client, Key: string, Body: string | Buffer) => client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain', Metadata: { 'site-id': 'one' } }));
const textOf = async (client: S3Client, Key: string) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const isThere = (Key: string) => direct.send(new HeadObjectCommand({ Bucket, Key })).then(() => true, () => false);

describe('the S3 proxy, by the AWS SDK', () => {
  const watch = watchJournal(() => base);

  it('passes on what the server behind it answers: bytes, types, metadata, checksums', async () => {
    const written = await put(s3, 'a b/ä+&.txt', 'héllo');
    const read = await s3.send(new GetObjectCommand({ Bucket, Key: 'a b/ä+&.txt' }));
    expect([await read.Body?.transformToString(), read.ContentType, read.Metadata, read.ETag]).toEqual(['héllo', 'text/plain', { 'site-id': 'one' }, written.ETag]);
    expect(await textOf(direct, 'a b/ä+&.txt')).toBe('héllo');
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key: 'a b/ä+&.txt', Range: 'bytes=0-2' }))).Body?.transformToString()).toBe('hé');
  });

  it('streams a large object both ways', async () => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    const Key = 'large.bin';
    await new Upload({ client: s3, params: { Bucket, Key, Body: Readable.from(Array.from({ length: 12 }, () => part)) } }).done();
    const hash = createHash('sha256');
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    for await (const chunk of Body as Readable) hash.update(chunk as Buffer);
    const expected = createHash('sha256');
    for (let index = 0; index < 12; index += 1) expected.update(part);
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
  });

  it('writes down writes, copies and removals', async () => {
    const since = (await readJournal(base)).length;
    await put(s3, 'journal/1', 'x');
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'journal/2', CopySource: `${Bucket}/journal/1` }));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'journal/' }));
    expect(Contents.map((object) => object.Key)).toEqual(['journal/1', 'journal/2']);
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'journal/1' }, { Key: 'journal/2' }] } }));
    const lines = (await readJournal(base)).slice(since).map((entry) => `${entry.method} ${entry.path.replace(/\?.*/, '')} ${entry.status}`);
    expect(lines).toEqual([`PUT /${Bucket}/journal/1 200`, `PUT /${Bucket}/journal/2 200`, `GET /${Bucket} 200`, `POST /${Bucket} 200`].map((line) => expect.stringMatching(new RegExp(`^${line.replace(` /${Bucket} `, ` /${Bucket}/? `)}$`)) as string));
  });

  it('does not count what S3 answers to an honest question as unexpected', async () => {
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'a b/ä+&.txt', Body: 'y', IfNoneMatch: '*' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  });

  describe('asked wrongly', () => {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const signedBadly = { authorization: `AWS4-HMAC-SHA256 Credential=nobody/${now.slice(0, 8)}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`, 'x-amz-date': now, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const signedOnce = { ...signedBadly, 'x-amz-date': '20200101T000000Z' };
    it.each<[string, () => string, RequestInit, { status: number; says: RegExp }]>([
      ['a read without a signature', () => `/${Bucket}/a`, {}, { status: 403, says: /<Code>AccessDenied</ }],
      ['a write without a signature', () => `/${Bucket}/a`, { method: 'PUT', body: 'x' }, { status: 403, says: /<Code>AccessDenied</ }],
      ['a removal without a signature', () => `/${Bucket}/a`, { method: 'DELETE' }, { status: 403, says: /<Code>AccessDenied</ }],
      ['a list without a signature', () => `/${Bucket}?list-type=2`, {}, { status: 403, says: /<Code>AccessDenied</ }],
      ['an unknown key id', () => `/${Bucket}/a`, { headers: signedBadly }, { status: 404, says: /<Code>XAdminUserNotFound</ }],
      ['a signature of another time', () => `/${Bucket}/a`, { headers: signedOnce }, { status: 403, says: /<Code>RequestTimeTooSkewed</ }],
      ['a garbled signature', () => `/${Bucket}/a`, { headers: { ...signedBadly, authorization: 'AWS4-HMAC-SHA256 garbled' } }, { status: 400, says: /<Code>/ }],
      ['another way to sign', () => `/${Bucket}/a`, { headers: { ...signedBadly, authorization: 'Basic YTpi' } }, { status: 400, says: /<Code>/ }],
    ])('passes the server’s refusal of %s on, and notes it', async (_, path, init, expected) => {
      await watch.provoke(path(), init, expected);
    });

    it.each<[string, () => Partial<S3ClientConfig>, string | RegExp, () => string]>([
      ['a wrong secret', () => ({ credentials: { accessKeyId: gateway.accessKey, secretAccessKey: 'wrong' } }), 'SignatureDoesNotMatch', () => Bucket],
      ['an unknown bucket', () => ({}), 'NoSuchBucket', () => 'no-such-bucket'],
      ['a bucket name that is none', () => ({}), /NoSuchBucket|InvalidBucketName/, () => 'A_B'],
    ])('passes the server’s refusal of %s on to the SDK', async (_, settings, name, bucket) => {
      const client = new S3Client({ endpoint: base, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey }, ...settings() });
      await watch.provokeBy(() => expect(client.send(new ListObjectsV2Command({ Bucket: bucket() }))).rejects.toMatchObject({ name: expect.stringMatching(name) as string }));
      client.destroy();
    });
  });

  describe('told to fail', () => {
    let written = 0;
    checkFaults({
      base: () => base,
      // The server's own page of health is the one that needs no signature.
      request: (signal) => fetch(`${base}/health`, { signal: signal ?? null }),
      match: '^GET /health$',
      says: { limited: /<Code>SlowDown<\/Code>/, broken: /<Code>InternalError<\/Code>/ },
      effect: {
        match: '^PUT /',
        send: async () => {
          written += 1;
          await put(s3, `lost-${written}`, 'kept');
          return new Response();
        },
        isThere: () => isThere(`lost-${written}`),
      },
    });

    it('is a slow-down to the SDK, which tries again', async () => {
      await fetch(`${base}/_control`, { method: 'POST', body: JSON.stringify({ fault: '503', times: 2, match: '^PUT /' }) });
      await expect(put(s3, 'busy', 'x')).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
      const patient = gateway.client(base, 3);
      await put(patient, 'busy', 'x');
      patient.destroy();
      expect(await isThere('busy')).toBe(true);
    });
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});
