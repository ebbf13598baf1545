import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, inject } from 'vitest';
import { createS3, type S3 } from '#clients/s3.ts';
import { createS3Proxy } from '#local/standins/s3Proxy/createS3Proxy.mjs';
import type { Service } from './services.ts';

/** Buckets of one test file on the run's S3 server, behind a proxy whose journal and faults are the file's own. */
export interface TestBuckets {
  /** Environment variables of the configuration: endpoint, keys and the names of the buckets. */
  readonly env: Readonly<Record<string, string>>;
  /** Our own client, through the proxy. */
  readonly s3: S3;
  /** The vendor's client, past the proxy. */
  readonly direct: S3Client;
  readonly proxy: ReturnType<typeof createS3Proxy>;
}

const variables = ['AWS_STORAGE_BUCKET_NAME', 'AWS_IMPORT_STORAGE_BUCKET_NAME', 'AWS_PREVIEW_BUCKET_NAME', 'AWS_PUBLISH_BUCKET_NAME', 'AWS_OFFLINE_PUBLISH_BUCKET_NAME', 'AWS_ARTIFACTS_BUCKET_NAME', 'BUILD_STORE_BUCKET_NAME'];

/**
 * Gives the tests of a file buckets of their own. What it returns can be read from the first `beforeAll` after it.
 * @throws {Error} in `beforeAll` when VERSITYGW_BIN does not name the S3 server.
 */
export function useBuckets(): TestBuckets {
  let made: TestBuckets | undefined;
  const there = (): TestBuckets => {
    if (made === undefined) throw new Error('The buckets are there from beforeAll on; read them inside a test or a hook');
    return made;
  };
  beforeAll(async () => {
    const answer = await fetch(`${inject('services')}/s3`);
    if (!answer.ok) throw new Error(await answer.text());
    const service = (await answer.json()) as Service;
    const proxy = createS3Proxy({ target: service.s3Endpoint });
    const endpoint = await proxy.listen();
    const credentials = { accessKeyId: service.s3AccessKey, secretAccessKey: service.s3SecretKey };
    const direct = new S3Client({ endpoint: service.s3Endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    const own = randomUUID().slice(0, 8);
    const names = Object.fromEntries(variables.map((variable) => [variable, `${own}-${variable.split('_').slice(0, -2).join('-').toLowerCase()}`]));
    for (const Bucket of Object.values(names)) await direct.send(new CreateBucketCommand({ Bucket }));
    const s3 = createS3({ awsEndpointUrl: endpoint, awsAccessKeyId: service.s3AccessKey, awsSecretAccessKey: service.s3SecretKey, awsRegion: 'us-east-1', awsMaxConnections: 8 });
    made = { env: { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: service.s3AccessKey, AWS_SECRET_ACCESS_KEY: service.s3SecretKey, AWS_REGION: 'us-east-1', ...names }, s3, direct, proxy };
  });
  afterAll(async () => {
    made?.s3.close();
    made?.direct.destroy();
    await made?.proxy.close();
  });
  return {
    get env() {
      return there().env;
    },
    get s3() {
      return there().s3;
    },
    get direct() {
      return there().direct;
    },
    get proxy() {
      return there().proxy;
    },
  };
}

/** The objects below a prefix: key -> body, type and metadata. */
export async function readBucket(s3: S3, direct: S3Client, bucket: string, prefix = ''): Promise<Record<string, { body: string; contentType: string | undefined; metadata: Record<string, string> | undefined }>> {
  const found: Record<string, { body: string; contentType: string | undefined; metadata: Record<string, string> | undefined }> = {};
  for await (const { key } of s3.list(bucket, prefix)) {
    const object = await direct.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    found[key] = { body: (await object.Body?.transformToString()) ?? '', contentType: object.ContentType, metadata: object.Metadata };
  }
  return found;
}
