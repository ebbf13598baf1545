import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';

export type S3ErrorKind = 'unavailable' | 'refused' | 'missing' | 'exists';

/** A request to S3 that failed. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly kind: S3ErrorKind;
  readonly status: number | null;
  /** S3's own code, such as SlowDown or AccessDenied. */
  readonly code: string;
  constructor(kind: S3ErrorKind, code: string, status: number | null, what: string) {
    super(`S3 answered ${code}${status === null ? '' : ` (${status})`} to ${what}`);
    this.kind = kind;
    this.code = code;
    this.status = status;
  }
}

export interface S3Config {
  /** Undefined means AWS. */
  readonly awsEndpointUrl: string | undefined;
  readonly awsAccessKeyId: string | undefined;
  readonly awsSecretAccessKey: string | undefined;
  readonly awsRegion: string;
  /** Requests at once. */
  readonly awsMaxConnections: number;
}

export interface ObjectFacts {
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

const NETWORK = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|TimeoutError|NetworkingError|RequestTimeout)$/;

function toS3Error(error: unknown, what: string): unknown {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? null;
    // S3 answers 403 for a missing key where listing is not allowed; reads treat both alike.
    if (status === 404 || error.name === 'NoSuchKey' || error.name === 'NotFound') return new S3Error('missing', error.name, status, what);
    if (status === 412) return new S3Error('exists', error.name, status, what);
    if (status === null || status >= 500 || status === 429 || status === 408 || status === 200 || /SlowDown|Throttl|RequestTimeout|InternalError/.test(error.name)) return new S3Error('unavailable', error.name, status, what);
    return new S3Error('refused', error.name, status, what);
  }
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    if (NETWORK.test(code) || /socket hang up|connect/i.test(error.message)) return new S3Error('unavailable', code, null, what);
  }
  return error;
}

export type S3 = ReturnType<typeof createS3>;

/** The buckets, with errors that say whether to wait. The caller ends it with `close()`. */
export function createS3(config: S3Config) {
  const client = new S3Client({
    region: config.awsRegion,
    ...(config.awsEndpointUrl === undefined ? {} : { endpoint: config.awsEndpointUrl, forcePathStyle: true }),
    ...(config.awsAccessKeyId === undefined || config.awsSecretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId: config.awsAccessKeyId, secretAccessKey: config.awsSecretAccessKey } }),
    // Short trouble is bridged here; longer trouble becomes a failure of the activity, which people see.
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 120_000,
      httpAgent: { maxSockets: config.awsMaxConnections, keepAlive: true },
      httpsAgent: { maxSockets: config.awsMaxConnections, keepAlive: true },
    },
  });

  async function call<T>(what: string, work: () => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      abortSignal?.throwIfAborted();
      throw toS3Error(error, what);
    }
  }

  const send = (abortSignal?: AbortSignal): { abortSignal?: AbortSignal } => (abortSignal === undefined ? {} : { abortSignal });

  return {
    maxConnections: config.awsMaxConnections,

    /** Writes an object whole. `ifAbsent` fails with kind `exists` instead of replacing one. */
    async put(bucket: string, key: string, body: Buffer | string, facts: ObjectFacts, options: { ifAbsent?: boolean; abortSignal?: AbortSignal | undefined } = {}): Promise<void> {
      await call(
        `PUT ${bucket}/${key}`,
        () =>
          client.send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: body,
              ContentType: facts.contentType,
              ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }),
              ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
            }),
            send(options.abortSignal),
          ),
        options.abortSignal,
      );
    },

    /**
     * Streams an object of unknown length in parts of `partBytes`, of which three are in memory at once. One that breaks off
     * leaves no parts behind; those of a process that was killed are `abortUploads`' to take away.
     * @returns bytes written.
     */
    async putStream(
      bucket: string,
      key: string,
      body: Readable,
      facts: ObjectFacts,
      options: { abortSignal?: AbortSignal | undefined; onProgress?: (bytes: number) => void; partBytes?: number } = {},
    ): Promise<number> {
      let bytes = 0;
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: body, ContentType: facts.contentType, ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }) },
        queueSize: 2,
        partSize: options.partBytes ?? 8 * 1024 * 1024,
      });
      upload.on('httpUploadProgress', (progress) => {
        bytes = progress.loaded ?? bytes;
        options.onProgress?.(bytes);
      });
      const { abortSignal } = options;
      abortSignal?.throwIfAborted();
      const abort = (): void => void upload.abort();
      abortSignal?.addEventListener('abort', abort, { once: true });
      try {
        await call(`PUT ${bucket}/${key}`, () => upload.done(), abortSignal);
      } finally {
        abortSignal?.removeEventListener('abort', abort);
      }
      return bytes;
    },

    /** Takes away the parts of every upload of this object that began and never ended. @returns how many there were. */
    async abortUploads(bucket: string, key: string): Promise<number> {
      return call(`LIST uploads of ${bucket}/${key}`, async () => {
        const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
        const stale = (listed.Uploads ?? []).filter((upload) => upload.Key === key && upload.UploadId !== undefined);
        for (const upload of stale) await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: upload.UploadId }));
        return stale.length;
      });
    },

    /** Reads an object (or one version of it) whole, or null when it is not there. */
    async get(bucket: string, key: string, abortSignal?: AbortSignal, versionId?: string): Promise<Buffer | null> {
      return call(`GET ${bucket}/${key}`, async () => {
        try {
          const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), send(abortSignal));
          if (answer.Body === undefined) return Buffer.alloc(0);
          return Buffer.from(await answer.Body.transformToByteArray());
        } catch (error) {
          // A bucket that is not there is a fault of the configuration, not an answer.
          if (error instanceof S3ServiceException && error.name !== 'NoSuchBucket' && (error.name === 'NoSuchKey' || error.$metadata.httpStatusCode === 404)) return null;
          throw error;
        }
      }, abortSignal);
    },

    /** An object as a stream, from byte `start` on. @throws {S3Error} kind `missing` when it is not there. */
    async getStream(bucket: string, key: string, options: { start?: number; abortSignal?: AbortSignal | undefined } = {}): Promise<Readable> {
      const range = options.start === undefined || options.start === 0 ? {} : { Range: `bytes=${options.start}-` };
      const answer = await call(`GET ${bucket}/${key}`, () => client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...range }), send(options.abortSignal)), options.abortSignal);
      return answer.Body as Readable;
    },

    /** Whether an object is there. */
    async exists(bucket: string, key: string): Promise<boolean> {
      return call(`HEAD ${bucket}/${key}`, async () => {
        try {
          await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
          return true;
        } catch (error) {
          if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
          throw error;
        }
      });
    },

    /** Copies inside S3 and sets type and metadata anew; no byte passes through here. Up to 5 GB. */
    async copy(from: { bucket: string; key: string }, to: { bucket: string; key: string }, facts: ObjectFacts, abortSignal?: AbortSignal): Promise<void> {
      await call(
        `COPY ${from.bucket}/${from.key} to ${to.bucket}/${to.key}`,
        () =>
          client.send(
            new CopyObjectCommand({
              Bucket: to.bucket,
              Key: to.key,
              CopySource: `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`,
              MetadataDirective: 'REPLACE',
              ContentType: facts.contentType,
              ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }),
            }),
            send(abortSignal),
          ),
        abortSignal,
      );
    },

    /** Removes up to 1,000 objects a request; one that is not there counts as removed. */
    async remove(bucket: string, keys: readonly string[], abortSignal?: AbortSignal): Promise<void> {
      for (let start = 0; start < keys.length; start += 1_000) {
        const chunk = keys.slice(start, start + 1_000);
        const answer = await call(`DELETE ${chunk.length} objects of ${bucket}`, () => client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: chunk.map((Key) => ({ Key })), Quiet: true } }), send(abortSignal)), abortSignal);
        const failed = answer.Errors?.filter((error) => error.Code !== 'NoSuchKey') ?? [];
        const first = failed[0];
        if (first !== undefined) throw new S3Error(first.Code === 'AccessDenied' ? 'refused' : 'unavailable', first.Code ?? 'Unknown', 200, `DELETE ${bucket}/${first.Key ?? ''}`);
      }
    },

    /** Every object below a prefix, a thousand a request. */
    async *list(bucket: string, prefix: string): AsyncGenerator<ListedObject> {
      let token: string | undefined;
      do {
        const page = await call(`LIST ${bucket}/${prefix}`, () => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) })));
        for (const object of page.Contents ?? []) {
          if (object.Key !== undefined) yield { key: object.Key, size: object.Size ?? 0, etag: (object.ETag ?? '').replaceAll('"', ''), lastModified: object.LastModified ?? new Date(0) };
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    close(): void {
      client.destroy();
    },
  };
}
