import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, type CompletedPart, CreateMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client, UploadPartCopyCommand } from '@aws-sdk/client-s3';

/** Parts an upload may have. */
const MAX_PARTS = 10_000;
/** Parts on their way at once, for one object. */
const WIDTH = 6;

export interface PartCopy {
  readonly from: { readonly bucket: string; readonly key: string; readonly size: number; readonly etag: string; readonly versionId: string | null };
  readonly to: { readonly bucket: string; readonly key: string };
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** Bytes of a part; more where the object would have too many of them. */
  readonly partBytes: number;
  readonly abortSignal?: AbortSignal | undefined;
}

/** `CopySource` of a request: bucket and key, each part of the key escaped. */
export function copySource(from: { readonly bucket: string; readonly key: string; readonly versionId?: string | null }): string {
  const path = `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`;
  return from.versionId == null ? path : `${path}?versionId=${encodeURIComponent(from.versionId)}`;
}

/**
 * Copies an object inside S3 part by part. When it fails or is aborted, its parts are taken away; those of an earlier
 * copy to the same key, whose process was killed, before it begins.
 */
export async function copyByParts(client: S3Client, copy: PartCopy): Promise<void> {
  const target = { Bucket: copy.to.bucket, Key: copy.to.key };
  const options = copy.abortSignal === undefined ? {} : { abortSignal: copy.abortSignal };
  for (const uploadId of await unfinished(client, copy)) await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: uploadId }), options);
  const { UploadId: uploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ContentType: copy.contentType, ...(copy.metadata === undefined ? {} : { Metadata: { ...copy.metadata } }) }), options);
  try {
    const parts = await copyParts(client, copy, uploadId);
    const completed = await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId: uploadId, MultipartUpload: { Parts: parts } }), options);
    if (completed.ETag === undefined) throw incompleteAnswer();
  } catch (error) {
    // Without the caller's signal: what was begun is taken away also when he gave up. When even that fails the next copy does it, and the reason that counts is the first.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: uploadId })).catch(() => undefined);
    throw error;
  }
}

async function copyParts(client: S3Client, copy: PartCopy, uploadId: string | undefined): Promise<CompletedPart[]> {
  const { from, to } = copy;
  const partBytes = Math.max(copy.partBytes, Math.ceil(from.size / MAX_PARTS));
  const parts: CompletedPart[] = Array.from({ length: Math.ceil(from.size / partBytes) }, (_, index) => ({ PartNumber: index + 1 }));
  const source = copySource(from);
  const waiting = parts.values();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const part of waiting) {
      if (failure !== undefined) return;
      const first = ((part.PartNumber ?? 1) - 1) * partBytes;
      const last = Math.min(first + partBytes, from.size) - 1;
      try {
        const answer = await client.send(
          new UploadPartCopyCommand({ Bucket: to.bucket, Key: to.key, UploadId: uploadId, PartNumber: part.PartNumber, CopySource: source, CopySourceIfMatch: from.etag, CopySourceRange: `bytes=${first}-${last}` }),
          copy.abortSignal === undefined ? {} : { abortSignal: copy.abortSignal },
        );
        const etag = answer.CopyPartResult?.ETag;
        if (etag === undefined) throw incompleteAnswer();
        part.ETag = etag;
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  // Every part has ended before the upload is completed or taken away.
  await Promise.all(Array.from({ length: WIDTH }, lane));
  if (failure !== undefined) throw failure.error;
  return parts;
}

/** A good status without the word that it was done: S3 answers so when it fails after the first bytes of an answer. */
export function incompleteAnswer(): Error {
  return Object.assign(new Error('The answer does not say that it was done'), { name: 'IncompleteAnswer' });
}

/** Uploads to the key that were begun and never ended. */
async function unfinished(client: S3Client, { to, abortSignal }: PartCopy): Promise<string[]> {
  const page = await client.send(new ListMultipartUploadsCommand({ Bucket: to.bucket, Prefix: to.key }), abortSignal === undefined ? {} : { abortSignal });
  return (page.Uploads ?? []).flatMap((upload) => (upload.Key === to.key && upload.UploadId !== undefined ? [upload.UploadId] : []));
}
