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
import { copyByParts, copySource, incompleteAnswer } from './copyByParts.ts';
import { createDirectRequests, type DirectRequest } from './directRequests.ts';
import { createPace } from './pace.ts';
import { createPartUploads } from './s3Parts.ts';
import { createS3Uploads } from './s3Uploads.ts';
import { createObjectVersions } from './s3Versions.ts';

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
  /** Requests of one activity at once. */
  readonly awsMaxConnections: number;
}

export interface ObjectFacts {
  readonly contentType: string;
  /** What a browser does with it, where that is not left to it. */
  readonly contentDisposition?: string;
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

/** What S3 says of an object without its content. */
export interface ObjectHead {
  readonly size: number;
  readonly etag: string;
  /** Null where the bucket keeps no versions. */
  readonly versionId: string | null;
  readonly lastModified: Date;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object read whole, and which version of it was read. */
export interface VersionedObject {
  readonly body: Buffer;
  readonly etag: string;
  /** Null where the bucket keeps no versions. */
  readonly versionId: string | null;
}

export interface S3Options {
  /** Larger objects are copied part by part: S3 copies at most 5 GiB at once. */
  readonly maxCopyBytes?: number;
  readonly copyPartBytes?: number;
}

const MAX_COPY_BYTES = 5 * 1024 ** 3;
/** Large enough that a part is worth its request, small enough that several at once are faster than one. */
const COPY_PART_BYTES = 256 * 1024 ** 2;
/** More than a worker has streams under way, each of which reads from one object and writes parts of another. */
const MIN_SOCKETS = 50;
/** After a first SlowDown, and at most; between the tries of an activity there is more. */
const PACE = { firstPauseMs: 100, longestPauseMs: 5_000 };

const NETWORK = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|TimeoutError|NetworkingError|RequestTimeout)$/;
const THROTTLED = /^(SlowDown|Throttl|TooManyRequests|RequestLimitExceeded)/;
/** What no waiting mends, also where the answer came with the status of another. */
const REFUSED = /^(AccessDenied|AllAccessDisabled|AccountProblem|InvalidAccessKeyId|SignatureDoesNotMatch|NoSuchBucket|InvalidRequest|EntityTooLarge|KeyTooLongError)$/;

function toS3Error(error: unknown, what: string): unknown {
  if (error instanceof S3Error) return error;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? null;
    if (error.name !== 'NoSuchBucket' && (status === 404 || error.name === 'NoSuchKey' || error.name === 'NotFound')) return new S3Error('missing', error.name, status, what);
    if (status === 412) return new S3Error('exists', error.name, status, what);
    if (REFUSED.test(error.name)) return new S3Error('refused', error.name, status, what);
    if (status === null || status >= 500 || status === 429 || status === 408 || status === 200 || THROTTLED.test(error.name) || /^(RequestTimeout|InternalError)/.test(error.name)) return new S3Error('unavailable', error.name, status, what);
    return new S3Error('refused', error.name, status, what);
  }
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    if (NETWORK.test(code) || /socket hang up|connect/i.test(error.message)) return new S3Error('unavailable', code, null, what);
    // A good status with an answer that broke off; the SDK has no class for it either.
    if (error.name === 'IncompleteAnswer' || (error.name === 'InternalError' && '$metadata' in error)) return new S3Error('unavailable', error.name, 200, what);
  }
  return error;
}

function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

function versionOf(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === 'null' ? null : versionId;
}

export type S3 = ReturnType<typeof createS3>;

/** The buckets, with errors that say whether to wait. The caller ends it with `close()`. */
export function createS3(config: S3Config, options: S3Options = {}) {
  const maxCopyBytes = options.maxCopyBytes ?? MAX_COPY_BYTES;
  const pace = createPace(PACE);
  // The limit is one activity's; a stream that is read slowly holds its socket, and what writes on must not wait for it.
  const sockets = Math.max(MIN_SOCKETS, 2 * config.awsMaxConnections);
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
      httpAgent: { maxSockets: sockets, keepAlive: true },
      httpsAgent: { maxSockets: sockets, keepAlive: true },
    },
  });

  // Within the SDK's own tries, so that each of them is heard.
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const answer = await next(args);
        pace.eased();
        return answer;
      } catch (error) {
        if (error instanceof S3ServiceException && (THROTTLED.test(error.name) || error.$metadata.httpStatusCode === 429)) pace.slowed();
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'hearSlowDown' },
  );

  const direct = createDirectRequests(client);
  /** Buckets that refuse what is sent directly and take the same from the SDK. */
  const onlyBySdk = new Set<string>();

  /**
   * Sends a write directly, and through the SDK, with its patience and its errors, when that is no plain success.
   * @param isDone whether the answer to a direct request says that it was done.
   */
  async function write(request: DirectRequest, isDone: (text: string) => boolean, bySdk: () => Promise<void>, abortSignal: AbortSignal | undefined): Promise<void> {
    if (onlyBySdk.has(request.bucket)) return bySdk();
    const answer = await direct.put(request, abortSignal);
    if (answer.kind === 'done' && isDone(answer.text)) return pace.eased();
    if (answer.kind === 'busy') {
      pace.slowed();
      await pace.turn(abortSignal);
    }
    await bySdk();
    if (answer.kind === 'other' && answer.status !== null && answer.status < 500 && answer.status !== 404) onlyBySdk.add(request.bucket);
  }

  async function call<T>(what: string, work: () => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    try {
      await pace.turn(abortSignal);
      return await work();
    } catch (error) {
      abortSignal?.throwIfAborted();
      throw toS3Error(error, what);
    }
  }

  const send = (abortSignal?: AbortSignal): { abortSignal?: AbortSignal } => (abortSignal === undefined ? {} : { abortSignal });

  async function read(bucket: string, key: string, which: { readonly versionId?: string | null; readonly abortSignal?: AbortSignal | undefined }): Promise<VersionedObject | null> {
    return call(
      `GET ${bucket}/${key}`,
      async () => {
        try {
          const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(which.versionId == null ? {} : { VersionId: which.versionId }) }), send(which.abortSignal));
          const body = answer.Body === undefined ? Buffer.alloc(0) : Buffer.from(await answer.Body.transformToByteArray());
          return { body, etag: bareEtag(answer.ETag), versionId: versionOf(answer.VersionId) };
        } catch (error) {
          if (await isMissing(error, bucket, key, which.abortSignal)) return null;
          throw error;
        }
      },
      which.abortSignal,
    );
  }

  async function head(bucket: string, key: string, abortSignal?: AbortSignal): Promise<ObjectHead | null> {
    return call(
      `HEAD ${bucket}/${key}`,
      async () => {
        try {
          const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), send(abortSignal));
          return {
            size: answer.ContentLength ?? 0,
            etag: bareEtag(answer.ETag),
            versionId: versionOf(answer.VersionId),
            lastModified: answer.LastModified ?? new Date(0),
            contentType: answer.ContentType ?? '',
            metadata: answer.Metadata ?? {},
          };
        } catch (error) {
          if (await isMissing(error, bucket, key, abortSignal)) return null;
          throw error;
        }
      },
      abortSignal,
    );
  }

  /**
   * Whether an error of a read means that the object is not there. S3 says 403 of a missing key to whoever may not list
   * the bucket, as it does of one that may not be read: it is asked for the list to tell one from the other.
   * @throws what the question fails with, when that says more: a wrong key or a missing bucket.
   */
  async function isMissing(error: unknown, bucket: string, key: string, abortSignal?: AbortSignal): Promise<boolean> {
    if (!(error instanceof S3ServiceException)) return false;
    const status = error.$metadata.httpStatusCode;
    // A bucket that is not there is a fault of the configuration, not an answer.
    if (status === 404 || error.name === 'NoSuchKey') return error.name !== 'NoSuchBucket';
    // An answer to HEAD carries no code.
    if (status !== 403 || !/^(AccessDenied|Forbidden|403|Unknown.*)$/.test(error.name)) return false;
    try {
      await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }), send(abortSignal));
      return false;
    } catch (listError) {
      if (listError instanceof S3ServiceException && listError.name === 'AccessDenied') return true;
      throw listError;
    }
  }

  return {
    maxConnections: config.awsMaxConnections,

    /**
     * Writes an object whole. `ifAbsent` fails with kind `exists` instead of replacing one; `sha256` (hex) is that of the body,
     * where it is known.
     */
    async put(bucket: string, key: string, body: Buffer | string, facts: ObjectFacts, options: { ifAbsent?: boolean; sha256?: string; abortSignal?: AbortSignal | undefined } = {}): Promise<void> {
      const { abortSignal } = options;
      const bySdk = async (): Promise<void> => {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentType: facts.contentType,
            ...(facts.contentDisposition === undefined ? {} : { ContentDisposition: facts.contentDisposition }),
            ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }),
            ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
          }),
          send(abortSignal),
        );
      };
      const request: DirectRequest = { bucket, key, body: typeof body === 'string' ? Buffer.from(body) : body, headers: factHeaders(facts), ...(options.sha256 === undefined ? {} : { sha256: options.sha256 }) };
      // A condition is asked once: the answer to a second time would be about the first.
      await call(`PUT ${bucket}/${key}`, () => (options.ifAbsent === true ? bySdk() : write(request, () => true, bySdk, abortSignal)), abortSignal);
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

    /** Uploads part by part, which another process may go on with. */
    parts: createPartUploads(client, call),

    /** Files that people’s browsers send here themselves. */
    uploads: createS3Uploads(client, call),

    /** Objects that are taken away so that they can be brought back. */
    versions: createObjectVersions(client, call),

    /** Takes away the parts of every upload of this object that began and never ended. @returns how many there were. */
    async abortUploads(bucket: string, key: string): Promise<number> {
      return call(`LIST uploads of ${bucket}/${key}`, async () => {
        const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
        const stale = (listed.Uploads ?? []).filter((upload) => upload.Key === key && upload.UploadId !== undefined);
        for (const upload of stale) await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: upload.UploadId }));
        return stale.length;
      });
    },

    /** Reads an object whole, or null when it is not there. */
    async get(bucket: string, key: string, abortSignal?: AbortSignal): Promise<Buffer | null> {
      return (await read(bucket, key, { abortSignal }))?.body ?? null;
    },

    /** Reads an object whole, in the version named or the newest, or null when it is not there. */
    getVersion: (bucket: string, key: string, which: { versionId?: string | null; abortSignal?: AbortSignal } = {}): Promise<VersionedObject | null> => read(bucket, key, which),

    /** An object as a stream, from byte `start` on. @throws {S3Error} kind `missing` when it is not there. */
    async getStream(bucket: string, key: string, options: { start?: number; abortSignal?: AbortSignal | undefined } = {}): Promise<Readable> {
      const range = options.start === undefined || options.start === 0 ? {} : { Range: `bytes=${options.start}-` };
      const answer = await call(`GET ${bucket}/${key}`, () => client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...range }), send(options.abortSignal)), options.abortSignal);
      return answer.Body as Readable;
    },

    /**
     * An object, or a part of it, as a stream, with the size of the whole in bytes. Whoever opens it must read it or destroy it.
     * @throws {S3Error} kind `missing` when it is not there.
     */
    async open(bucket: string, key: string, range: { readonly first: number; readonly last: number } | null = null): Promise<{ body: Readable; size: number }> {
      const answer = await call(`GET ${bucket}/${key}`, () => client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(range === null ? {} : { Range: `bytes=${range.first}-${range.last}` }) })));
      const size = Number(answer.ContentRange?.split('/')[1] ?? answer.ContentLength ?? 0);
      return { body: answer.Body as Readable, size };
    },

    /** Whether an object is there. */
    exists: async (bucket: string, key: string): Promise<boolean> => (await head(bucket, key)) !== null,

    /** What S3 says of an object, or null when it is not there. */
    head,

    /**
     * Copies inside S3 and sets type and metadata anew; no byte passes through here. An object that S3 does not copy at
     * once is copied part by part; saying its size saves a question.
     */
    async copy(from: { bucket: string; key: string; size?: number }, to: { bucket: string; key: string }, facts: ObjectFacts, abortSignal?: AbortSignal): Promise<void> {
      const what = `COPY ${from.bucket}/${from.key} to ${to.bucket}/${to.key}`;
      await call(
        what,
        async () => {
          if ((from.size ?? 0) <= maxCopyBytes) {
            try {
              const source = copySource(from);
              const bySdk = async (): Promise<void> => {
                const answer = await client.send(
                  new CopyObjectCommand({
                    Bucket: to.bucket,
                    Key: to.key,
                    CopySource: source,
                    MetadataDirective: 'REPLACE',
                    ContentType: facts.contentType,
                    ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }),
                  }),
                  send(abortSignal),
                );
                if (answer.CopyObjectResult?.ETag === undefined) throw incompleteAnswer();
              };
              const request: DirectRequest = { ...to, headers: { ...factHeaders(facts), 'x-amz-copy-source': source, 'x-amz-metadata-directive': 'REPLACE' } };
              // S3 begins a good answer before it is done, and may end it with an error.
              await write(request, (text) => text.includes('<ETag>') && text.includes('</CopyObjectResult>'), bySdk, abortSignal);
              return;
            } catch (error) {
              if (!isTooLarge(error)) throw error;
            }
          }
          const source = await head(from.bucket, from.key, abortSignal);
          if (source === null) throw new S3Error('missing', 'NoSuchKey', 404, what);
          await copyByParts(client, { from: { bucket: from.bucket, key: from.key, ...source }, to, contentType: facts.contentType, metadata: facts.metadata, partBytes: options.copyPartBytes ?? COPY_PART_BYTES, abortSignal });
        },
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

    /** Every object below a prefix in the order of keys, a thousand a request; with `startAfter` those behind that key. */
    async *list(bucket: string, prefix: string, startAfter = ''): AsyncGenerator<ListedObject> {
      let token: string | undefined;
      do {
        const page = await call(`LIST ${bucket}/${prefix}`, () => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token !== undefined ? { ContinuationToken: token } : startAfter === '' ? {} : { StartAfter: startAfter }) })));
        for (const object of page.Contents ?? []) {
          if (object.Key !== undefined) yield { key: object.Key, size: object.Size ?? 0, etag: bareEtag(object.ETag), lastModified: object.LastModified ?? new Date(0) };
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    close(): void {
      client.destroy();
    },
  };
}

/** Whether S3 refused a copy for the size of its source. */
function isTooLarge(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'EntityTooLarge' || (error.name === 'InvalidRequest' && /larger than the maximum/i.test(error.message)));
}

/** Type and metadata as a request says them. */
function factHeaders(facts: ObjectFacts): Record<string, string> {
  return { 'content-type': facts.contentType, ...(facts.contentDisposition === undefined ? {} : { 'content-disposition': facts.contentDisposition }), ...Object.fromEntries(Object.entries(facts.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value])) };
}
