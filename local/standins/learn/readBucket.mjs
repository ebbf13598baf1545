// @ts-check
import { GetObjectCommand, HeadObjectCommand, S3Client, S3ServiceException, paginateListObjectsV2 } from '@aws-sdk/client-s3';

/**
 * A bucket as the catalogue sees it: what may be read, and nothing else.
 * @param {{ endpoint: string, bucket: string, accessKey: string, secretKey: string, region?: string }} options
 * @returns {import('./readCourse.mjs').Bucket & { close(): void }}
 */
export function readBucket({ endpoint, bucket, accessKey, secretKey, region = 'us-east-1' }) {
  const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey }, maxAttempts: 3 });
  /** @template T @param {() => Promise<T>} work @returns {Promise<T | null>} */
  const orNull = async (work) => {
    try {
      return await work();
    } catch (error) {
      // S3 answers 403 for a missing key where listing is not allowed.
      if (error instanceof S3ServiceException && error.name !== 'NoSuchBucket' && [403, 404].includes(error.$metadata.httpStatusCode ?? 0)) return null;
      throw error;
    }
  };
  return {
    get: (key) =>
      orNull(async () => {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return { body: Buffer.from((await object.Body?.transformToByteArray()) ?? []), lastModified: object.LastModified ?? null };
      }),
    exists: async (key) => (await orNull(() => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })))) !== null,
    async list(prefix) {
      const keys = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) for (const { Key: key } of page.Contents ?? []) if (key !== undefined) keys.push(key);
      return keys;
    },
    close: () => s3.destroy(),
  };
}
