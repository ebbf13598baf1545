import { createHash } from 'node:crypto';
import type { S3 } from '#clients/s3.ts';

/** The MD5 of an object's bytes, in hex, by reading all of them. @throws {S3Error} kind `missing` when it is not there. */
export async function md5OfObject(s3: S3, bucket: string, key: string, abortSignal: AbortSignal): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of await s3.getStream(bucket, key, { abortSignal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
