import { createHash, type Hash } from 'node:crypto';
import { DriveError } from '#clients/driveError.ts';
import { S3Error } from '#clients/s3.ts';
import type { PartUpload, StoredPart } from '#clients/s3Parts.ts';
import { takeDriveEgress } from '#db/queries/driveEgress.ts';
import { type DriveFileRow, findDriveFile, moveDriveFile } from '#db/queries/driveFiles.ts';
import { noteDriveRunBytes } from '#db/queries/driveRunFiles.ts';
import { isGoogleDocument } from '#domain/driveFiles.ts';
import { formatBytes } from '#domain/manifest.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { tellDriveProgress } from './driveProgress.ts';
import { md5OfObject } from './md5OfObject.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

/** Of these a stream has three in memory: one that fills, and two on their way. */
const PART_BYTES = 16 * 1024 ** 2;
const MAX_PARTS = 10_000;
const PARTS_UNDER_WAY = 2;
/** Google exports no more than this. */
const EXPORT_BYTES = 10 * 1024 ** 2;
/** On every object, so that one that is there is known for what it is. */
const MD5_MARK = 'drive-md5';
const DAY_MS = 24 * 60 * 60 * 1_000;

/** What a try leaves to the next one; which parts there are S3 knows best. */
interface Position {
  readonly uploadId: string;
  /** Of the file whose parts these are. */
  readonly md5: string;
  readonly partBytes: number;
  /** Parts without a gap from the first on. */
  readonly parts: number;
}

export interface StreamedDriveFile extends PhaseResult {
  /** Read from Drive by the try that ended well. */
  readonly bytes: number;
  /** Of the object. */
  readonly size: number;
}

/** Bytes from Google Drive into the storage bucket. */
export function createDriveStreamsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive' | 's3'>, options: { readonly partBytes?: number } = {}) {
  const { config, db, drive, s3 } = deps;
  const bucket = config.storageBucket;

  return {
    /**
     * Brings a file's bytes to the key that was claimed for it, in parts of which few are in memory, and checks size and sum.
     * Idempotent because an object that has the file's sum is not read again, and parts that S3 has are not sent again. The sum
     * is kept while bytes pass; a try that went on from parts of an earlier one reads the object back once instead, from S3.
     * Kill points: before the upload is begun, before it is reported, between two parts, before it is completed, after it, before the row.
     */
    async streamDriveFile(input: Partial<PhaseInput> & { readonly driveFileId: string }): Promise<StreamedDriveFile> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const file = await findDriveFile(db, input.driveFileId);
      if (file?.s3Key == null || file.state === 'trashed') throw new StepError('DriveMissing', 'The file is not known any more, or has no place. Sync the site again.');
      const key = file.s3Key;
      await moveDriveFile(db, file.id, { state: 'streaming' });
      const streamed = isGoogleDocument(file.mimeType) ? await exportDocument(file, key, abortSignal) : await bringBytes(file, key, input.runId, abortSignal);
      const head = await s3.head(bucket, key, abortSignal);
      if (head === null) throw new StepError('S3Unavailable', 'The file store (S3) lost a file it had just taken. It is sent again.');
      await moveDriveFile(db, file.id, { state: 'stored', stored: { md5: streamed.md5, versionId: head.versionId } });
      return { bytes: streamed.bytes, size: head.size, summary: streamed.bytes === 0 ? `${formatBytes(head.size)} are there already` : `${formatBytes(head.size)} copied`, counts: { bytes: streamed.bytes } };
    },

    /**
     * Takes away what an upload left that will not be gone on with.
     * Idempotent because uploads that are gone are not there to be taken away.
     * Kill points: before they are listed, between two of them; the next try lists them again.
     */
    async discardDriveUpload(input: { readonly driveFileId: string }): Promise<void> {
      const file = await findDriveFile(db, input.driveFileId);
      if (file?.s3Key != null) await s3.abortUploads(bucket, file.s3Key);
    },
  };

  async function bringBytes(file: DriveFileRow, key: string, runId: string | undefined, abortSignal: AbortSignal): Promise<{ md5: string; bytes: number }> {
    const { md5, size } = file;
    if (md5 === null || size === null) throw new StepError('DriveMissing', 'Google Drive has no content for this file. Upload it again.');
    if (await isThere(file, key, { md5, size }, abortSignal)) return { md5, bytes: 0 };
    const partBytes = Math.max(options.partBytes ?? PART_BYTES, Math.ceil(size / MAX_PARTS));
    if (size <= partBytes) {
      const bytes = await readWhole(file, size, abortSignal);
      if (sumOf(bytes) !== md5) await refuseBytes(file, abortSignal);
      await s3.put(bucket, key, bytes, factsOf(file, md5), { abortSignal });
      return { md5, bytes: size };
    }
    return { md5, bytes: await bringParts(file, key, { md5, size, partBytes, runId }, abortSignal) };
  }

  /** Whether an object is the file already: it was stored before, or by a try that died before it could say so, whose mark alone is not believed. */
  async function isThere(file: DriveFileRow, key: string, { md5, size }: { md5: string; size: number }, abortSignal: AbortSignal): Promise<boolean> {
    const head = await s3.head(bucket, key, abortSignal);
    if (head?.size !== size || head.metadata[MD5_MARK] !== md5) return false;
    return (file.storedMd5 === md5 && file.s3VersionId === head.versionId) || (await md5OfObject(s3, bucket, key, abortSignal)) === md5;
  }

  async function bringParts(file: DriveFileRow, key: string, { md5, size, partBytes, runId }: { md5: string; size: number; partBytes: number; runId: string | undefined }, abortSignal: AbortSignal): Promise<number> {
    const { context } = activityContext();
    const { upload, parts } = await openUpload(file, key, { md5, partBytes }, abortSignal);
    const from = parts.length * partBytes;
    const done = new Map(parts.map((part) => [part.number, part]));
    const report = (): void => {
      let without = 0;
      while (done.has(without + 1)) without += 1;
      reportPosition(context, { uploadId: upload.uploadId, md5, partBytes, parts: without } satisfies Position);
    };
    report();
    /** Shows people how much is there; no part waits for that. */
    const progress = createTelling(async () => {
      if (runId === undefined) return;
      try {
        await noteDriveRunBytes(db, runId, file.fileId, [...done.values()].reduce((sum, part) => sum + part.size, 0));
        await tellDriveProgress(db, runId);
      } catch (error) {
        failures.push(error);
      }
    });
    const hash = from === 0 ? createHash('md5') : null;
    const underWay = new Set<Promise<void>>();
    /** Memory of parts that are sent, for those that come: to get it anew for each takes as long as their sums. */
    const spare: Buffer[] = [];
    const failures: unknown[] = [];
    try {
      let number = parts.length;
      for await (const body of from < size ? readParts(file, { from, size, partBytes, spare, hash }, abortSignal) : []) {
        number += 1;
        const sent = s3.parts
          .put(upload, number, body, abortSignal)
          .then((part) => {
            done.set(part.number, part);
            report();
            progress.tell();
          })
          .catch((error: unknown) => void failures.push(error))
          .finally(() => {
            underWay.delete(sent);
            spare.push(body);
          });
        underWay.add(sent);
        if (underWay.size >= PARTS_UNDER_WAY) await Promise.race(underWay);
        if (failures.length > 0) break;
      }
      await Promise.all(underWay);
      await progress.ended();
      if (failures.length > 0) throw failures[0];
      if (hash !== null && hash.digest('hex') !== md5) {
        await s3.parts.abandon(upload);
        await refuseBytes(file, abortSignal);
      }
      await s3.parts.complete(upload, [...done.values()].sort((a, b) => a.number - b.number), abortSignal);
      if (hash === null && (await md5OfObject(s3, bucket, key, abortSignal)) !== md5) {
        await s3.remove(bucket, [key], abortSignal);
        await refuseBytes(file, abortSignal);
      }
    } finally {
      // What is under way counts for the next try, and nothing is sent behind its back.
      await Promise.all([...underWay, progress.ended()]);
      // Cancelled by a person, and not because the worker stops: nobody goes on with it.
      if (abortSignal.aborted && isCancelled(abortSignal)) await s3.abortUploads(bucket, key);
    }
    return size - from;
  }

  /** The upload an earlier try reported, if it is of the same bytes, with its parts from the first on; else a new one, and no other beside it. */
  async function openUpload(file: DriveFileRow, key: string, { md5, partBytes }: { md5: string; partBytes: number }, abortSignal: AbortSignal): Promise<{ upload: PartUpload; parts: readonly StoredPart[] }> {
    const earlier = activityContext().context.info.heartbeatDetails as Position | undefined;
    if (earlier?.md5 === md5 && earlier.partBytes === partBytes) {
      const upload = { bucket, key, uploadId: earlier.uploadId };
      try {
        const stored = await s3.parts.list(upload, abortSignal);
        const gap = stored.findIndex((part, index) => part.number !== index + 1);
        return { upload, parts: gap === -1 ? stored : stored.slice(0, gap) };
      } catch (error) {
        if (!(error instanceof S3Error && error.kind === 'missing')) throw error;
      }
    }
    await s3.abortUploads(bucket, key);
    return { upload: await s3.parts.begin(bucket, key, factsOf(file, md5), abortSignal), parts: [] };
  }

  /** The bytes of a file from an offset on in parts, each counted before it is read: while the one before it is. */
  async function* readParts(file: DriveFileRow, { from, size, partBytes, spare = [], hash = null }: { from: number; size: number; partBytes: number; spare?: Buffer[]; hash?: Hash | null }, abortSignal: AbortSignal): AsyncGenerator<Buffer> {
    const count = (at: number): Promise<void> => {
      const counted = at < size ? countEgress(Math.min(partBytes, size - at)) : Promise.resolve();
      // Heard where it is waited for, unless nobody comes so far.
      counted.catch(() => undefined);
      return counted;
    };
    await count(from);
    const { bytes } = await drive.openMedia(file.fileId, { start: from }, abortSignal);
    let offset = from;
    const memory = (bytes: number): Buffer => (spare.pop() ?? Buffer.allocUnsafe(Math.min(partBytes, size))).subarray(0, bytes);
    let part = memory(Math.min(partBytes, size - offset));
    let filled = 0;
    let counted = count(offset + part.length);
    for await (const chunk of bytes) {
      let rest = chunk;
      while (rest.length > 0) {
        // More than the file has: it was changed, which its sum will say.
        if (part.length === 0) return await refuseBytes(file, abortSignal);
        const copied = rest.copy(part, filled);
        // As they come: a whole part at once would keep the next bytes waiting.
        hash?.update(rest.subarray(0, copied));
        filled += copied;
        rest = rest.subarray(copied);
        if (filled < part.length) continue;
        offset += filled;
        const next = Math.min(partBytes, size - offset);
        yield part;
        await counted;
        part = memory(next);
        counted = count(offset + next);
        filled = 0;
      }
    }
    if (offset < size) await refuseBytes(file, abortSignal);
  }

  async function readWhole(file: DriveFileRow, size: number, abortSignal: AbortSignal): Promise<Buffer> {
    if (size === 0) return Buffer.alloc(0);
    const parts: Buffer[] = [];
    for await (const part of readParts(file, { from: 0, size, partBytes: size }, abortSignal)) parts.push(part);
    return Buffer.concat(parts);
  }

  async function exportDocument(file: DriveFileRow, key: string, abortSignal: AbortSignal): Promise<{ md5: string; bytes: number }> {
    await countEgress(EXPORT_BYTES);
    const chunks: Buffer[] = [];
    for await (const chunk of (await drive.exportPdf(file.fileId, abortSignal)).bytes) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const md5 = sumOf(bytes);
    await s3.put(bucket, key, bytes, { contentType: 'application/pdf', metadata: { [MD5_MARK]: md5 } }, { abortSignal });
    return { md5, bytes: bytes.length };
  }

  async function countEgress(bytes: number): Promise<void> {
    if (await takeDriveEgress(db, bytes, config.driveDailyEgressBytes)) return;
    throw new StepError('DriveQuotaSpent', 'As much as may be read from Google Drive in a day was read today. It goes on after midnight (UTC).', [], DAY_MS - (Date.now() % DAY_MS));
  }

  /** Says why bytes are not those that were listed. @throws always. */
  async function refuseBytes(file: DriveFileRow, abortSignal: AbortSignal): Promise<never> {
    const now = await drive.get(file.fileId, abortSignal);
    if (now.md5 !== file.md5) throw new StepError('DriveFileChanged', 'The file was changed in Google Drive while it was copied. The next sync takes its new state.');
    throw new DriveError('unavailable', `Google Drive sent other bytes of ${file.name} than it says it has`);
  }
}

/** Videos are downloaded rather than shown, as they were before. */
function factsOf(file: DriveFileRow, md5: string) {
  return { contentType: file.mimeType, ...(file.mimeType.startsWith('video/') ? { contentDisposition: 'attachment' } : {}), metadata: { [MD5_MARK]: md5 } };
}

/** Has something told again and again, one telling at a time: what comes while one is under way is told by the next. */
function createTelling(tell: () => Promise<void>): { tell: () => void; ended: () => Promise<void> } {
  let isWanted = false;
  let underWay: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false;
      await tell();
    }
    underWay = null;
  };
  return {
    tell: () => {
      isWanted = true;
      underWay ??= run();
    },
    ended: async () => {
      await underWay;
    },
  };
}

function sumOf(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Whether a signal says that a person or a workflow gave up; a worker that stops says so too, and another one goes on. */
function isCancelled(abortSignal: AbortSignal): boolean {
  const reason: unknown = abortSignal.reason;
  return reason instanceof Error && reason.message === 'CANCELLED';
}
