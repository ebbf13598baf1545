import { CopyObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { copySource, incompleteAnswer } from './copyByParts.ts';
import type { ObjectFacts } from './s3.ts';

/** A file that somebody is about to send. */
export interface AnnouncedFile {
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Hex. */
  readonly sha256: string;
}

/** Where to send it, and what the request must say; anything else is refused by S3. */
export interface PresignedPut {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Calls = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** Files that people’s browsers send to S3 themselves. */
export function createS3Uploads(client: S3Client, call: Calls) {
  return {
    /** An address for one PUT of exactly this file: its length, type and checksum are part of the signature. */
    async presign(bucket: string, key: string, file: AnnouncedFile, expiresSeconds: number): Promise<PresignedPut> {
      const checksum = Buffer.from(file.sha256, 'hex').toString('base64');
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, ContentLength: file.size, ContentType: file.contentType, ChecksumSHA256: checksum });
      const url = await getSignedUrl(client, command, {
        expiresIn: expiresSeconds,
        signableHeaders: new Set(['host', 'content-length', 'content-type', 'x-amz-checksum-sha256']),
        // In the address it would be a wish; as a header S3 checks what arrives against it.
        unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
      });
      return { url, headers: { 'content-type': file.contentType, 'x-amz-checksum-sha256': checksum } };
    },

    /** The SHA-256 (hex) S3 keeps of an object; null where it keeps none. @throws {S3Error} kind `missing` when it is not there. */
    async checksum(bucket: string, key: string): Promise<string | null> {
      const answer = await call(`HEAD ${bucket}/${key}`, () => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' })));
      return answer.ChecksumSHA256 === undefined || answer.ChecksumSHA256.includes('-') ? null : Buffer.from(answer.ChecksumSHA256, 'base64').toString('hex');
    },

    /**
     * Copies what was looked at, and nothing that replaced it meanwhile.
     * @throws {S3Error} kind `exists` when it was replaced, `missing` when it is gone.
     */
    async take(bucket: string, from: { readonly key: string; readonly etag: string }, key: string, facts: ObjectFacts): Promise<void> {
      await call(`COPY ${bucket}/${from.key} to ${bucket}/${key}`, async () => {
        const answer = await client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: copySource({ bucket, key: from.key }),
            CopySourceIfMatch: `"${from.etag}"`,
            MetadataDirective: 'REPLACE',
            ContentType: facts.contentType,
            ...(facts.contentDisposition === undefined ? {} : { ContentDisposition: facts.contentDisposition }),
          }),
        );
        if (answer.CopyObjectResult?.ETag === undefined) throw incompleteAnswer();
      });
    },
  };
}
