// @ts-check
import { statSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { bodyOf } from './transcode.mjs';

/**
 * The buckets of the account, as the role of a job sees them.
 * @param {{ endpoint: string, accessKey: string, secretKey: string, region: string }} options
 * @returns {import('./transcode.mjs').Store}
 */
export function bucketStore({ endpoint, accessKey, secretKey, region }) {
  // One request per connection: of a streamed body the local server now and then takes what is left for the next request, and refuses that one.
  const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey }, maxAttempts: 3, requestHandler: { httpAgent: { keepAlive: false } } });
  return {
    async read(bucket, key) {
      try {
        const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return body === undefined ? null : /** @type {import('node:stream').Readable} */ (/** @type {unknown} */ (body));
      } catch (error) {
        if (error instanceof S3ServiceException && [403, 404].includes(error.$metadata.httpStatusCode ?? 0)) return null;
        throw error;
      }
    },
    async write(bucket, key, path) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bodyOf(path), ContentLength: statSync(path).size, ContentType: 'video/mp4' }));
    },
  };
}
