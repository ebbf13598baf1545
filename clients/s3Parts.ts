import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, ListPartsCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { incompleteAnswer } from './copyByParts.ts';
import type { ObjectFacts } from './s3.ts';

/** A part of an upload that S3 has. */
export interface StoredPart {
  /** From 1 on. */
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** As S3 wants it back, with its quotes. */
  readonly etag: string;
}

/** An upload that was begun and has not ended. */
export interface PartUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Leaves a part's bytes out of the signature: the SDK sends a checksum of them, and a second sum of gigabytes takes as long as to send them. */
function unsigned(command: UploadPartCommand): UploadPartCommand {
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'unsignedPayload' },
  );
  return command;
}

type Call = <T>(what: string, work: () => Promise<T>, abortSignal?: AbortSignal) => Promise<T>;

/** Uploads part by part that outlive whoever began them. `call` names what a request fails with. */
export function createPartUploads(client: S3Client, call: Call) {
  const at = ({ bucket, key, uploadId }: PartUpload) => ({ Bucket: bucket, Key: key, UploadId: uploadId });
  const options = (abortSignal?: AbortSignal): { abortSignal?: AbortSignal } => (abortSignal === undefined ? {} : { abortSignal });

  return {
    /** Begins an upload, which lasts until it is completed or abandoned. */
    begin: (bucket: string, key: string, facts: ObjectFacts, abortSignal?: AbortSignal): Promise<PartUpload> =>
      call(
        `POST ${bucket}/${key}`,
        async () => {
          const { UploadId: uploadId } = await client.send(
            new CreateMultipartUploadCommand({
              Bucket: bucket,
              Key: key,
              ContentType: facts.contentType,
              ...(facts.contentDisposition === undefined ? {} : { ContentDisposition: facts.contentDisposition }),
              ...(facts.metadata === undefined ? {} : { Metadata: { ...facts.metadata } }),
            }),
            options(abortSignal),
          );
          if (uploadId === undefined) throw incompleteAnswer();
          return { bucket, key, uploadId };
        },
        abortSignal,
      ),

    /** Sends one part; all but the last have 5 MiB or more. */
    put: (upload: PartUpload, number: number, body: Buffer, abortSignal?: AbortSignal): Promise<StoredPart> =>
      call(
        `PUT part ${number} of ${upload.bucket}/${upload.key}`,
        async () => {
          const { ETag: etag } = await client.send(unsigned(new UploadPartCommand({ ...at(upload), PartNumber: number, Body: body })), options(abortSignal));
          if (etag === undefined) throw incompleteAnswer();
          return { number, size: body.length, etag };
        },
        abortSignal,
      ),

    /** The parts S3 has, in their order. @throws {S3Error} kind `missing` when the upload was completed or abandoned. */
    list: (upload: PartUpload, abortSignal?: AbortSignal): Promise<readonly StoredPart[]> =>
      call(
        `LIST parts of ${upload.bucket}/${upload.key}`,
        async () => {
          const parts: StoredPart[] = [];
          let marker: string | undefined;
          do {
            const page = await client.send(new ListPartsCommand({ ...at(upload), ...(marker === undefined ? {} : { PartNumberMarker: marker }) }), options(abortSignal));
            for (const part of page.Parts ?? []) if (part.PartNumber !== undefined && part.ETag !== undefined) parts.push({ number: part.PartNumber, size: part.Size ?? 0, etag: part.ETag });
            marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
          } while (marker !== undefined);
          return parts;
        },
        abortSignal,
      ),

    /** Makes the object of its parts. */
    complete: (upload: PartUpload, parts: readonly StoredPart[], abortSignal?: AbortSignal): Promise<void> =>
      call(
        `COMPLETE ${upload.bucket}/${upload.key}`,
        async () => {
          const { ETag: etag } = await client.send(new CompleteMultipartUploadCommand({ ...at(upload), MultipartUpload: { Parts: parts.map((part) => ({ PartNumber: part.number, ETag: part.etag })) } }), options(abortSignal));
          if (etag === undefined) throw incompleteAnswer();
        },
        abortSignal,
      ),

    /** Takes the parts away. */
    abandon: (upload: PartUpload): Promise<void> => call(`ABORT ${upload.bucket}/${upload.key}`, async () => void (await client.send(new AbortMultipartUploadCommand(at(upload))))),
  };
}
