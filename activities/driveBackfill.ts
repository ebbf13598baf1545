import { DriveError, type DriveFile } from '#clients/drive.ts';
import { adoptBackfilledFile, type BackfillCandidate, keepBackfillId, listBackfillCandidates } from '#db/queries/driveBackfill.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { amendRun } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import type { Problem } from '#domain/runs.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { classify } from './classify.ts';
import type { ActivityDeps } from './deps.ts';
import { findInDrive } from './driveAncestry.ts';
import { md5OfObject } from './md5OfObject.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

/** As many as people read at once. */
const PROBLEMS_SHOWN = 20;

/** Files of the storage bucket that Google Drive lacks. */
export function createDriveBackfillActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive' | 's3'>) {
  const { config, db, drive, s3 } = deps;
  const bucket = config.storageBucket;

  return {
    /**
     * Puts the file of every resource that Google Drive lacks into the site's folder, but for videos; one that fails for good is told and the others go on.
     * Idempotent because a file's id is kept before it is put there under that id, and a resource whose file is there is left alone.
     * Kill points: for each file before its id is kept, before it is sent, while it is sent (sent anew), before its row is whole.
     */
    async backfillDriveFiles(input: PhaseInput & { readonly siteId: string }): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal, context } = activityContext();
      const parentId = (await findDriveFolders(db, input.siteId))?.ids.files_final ?? null;
      if (parentId === null) throw new StepError('DriveMissing', 'The site’s folder in Google Drive is gone again. Ask for this once more.');
      const candidates = await listBackfillCandidates(db, input.siteId);
      const problems: Problem[] = [];
      let put = 0;
      for (const candidate of candidates) {
        abortSignal.throwIfAborted();
        try {
          if (await putThere(candidate, input.siteId, parentId, abortSignal)) put += 1;
        } catch (error) {
          abortSignal.throwIfAborted();
          const { message, isFinal } = classify(error, context.info.attempt);
          if (!isFinal) throw error;
          problems.push({ file: candidate.key, message });
        }
      }
      const failed = problems.length;
      const more = failed - PROBLEMS_SHOWN;
      await amendRun(db, input.runId, { warnings: [...problems.slice(0, PROBLEMS_SHOWN), ...(more > 0 ? [{ message: `${more.toLocaleString('en-US')} more files could not be put there.` }] : [])], phase: input.phase });
      return { summary: `${put.toLocaleString('en-US')} of ${counted(candidates.length, 'file')} put into Google Drive${failed === 0 ? '' : `, ${failed} failed`}`, counts: { files: candidates.length, put, there: candidates.length - put - failed, failed } };
    },
  };

  /** @returns whether it had to be put there. */
  async function putThere({ itemId, key, fileId }: BackfillCandidate, siteId: string, parentId: string, abortSignal: AbortSignal): Promise<boolean> {
    const known = fileId === null ? null : await findInDrive(drive, fileId, abortSignal);
    if (known !== null && !known.isTrashed) return false;
    const head = await s3.head(bucket, key, abortSignal);
    if (head === null) throw new StepError('DriveMissing', 'The file store (S3) does not have it. Upload the file again, or delete its resource.');
    const facts = { name: key.slice(key.lastIndexOf('/') + 1), mimeType: head.contentType ?? 'application/octet-stream' };
    const id = await keepBackfillId(db, { siteId, itemId, ...facts, fileId: await drive.reserveId(abortSignal) });
    const { file, md5 } = await send({ ...facts, id, parentId, sizeBytes: head.size }, key, abortSignal);
    if (file.md5 !== md5) {
      await drive.trash(id, abortSignal);
      throw new DriveError('refused', `Google Drive has other bytes of ${facts.name} than it was sent`);
    }
    await db.transaction(async (trx) => {
      await lockSite(trx, siteId);
      await adoptBackfilledFile(trx, { fileId: id, itemId, key, versionId: head.versionId, md5, size: head.size, modifiedAt: file.modifiedTime });
    });
    return true;
  }

  async function send(file: { readonly id: string; readonly name: string; readonly mimeType: string; readonly parentId: string; readonly sizeBytes: number }, key: string, abortSignal: AbortSignal): Promise<{ file: DriveFile; md5: string }> {
    const bytesOf = async function* (start: number): AsyncGenerator<Buffer> {
      for await (const chunk of await s3.getStream(bucket, key, { start, abortSignal })) yield chunk as Buffer;
    };
    const md5 = await md5OfObject(s3, bucket, key, abortSignal);
    const there = await findInDrive(drive, file.id, abortSignal);
    if (there !== null) {
      // Sent by a try whose answer was lost; one that was given up in the trash comes out of it.
      if (there.isTrashed) await drive.restore(file.id, abortSignal);
      return { file: there, md5 };
    }
    const session = await drive.uploads.begin(file, abortSignal);
    return { file: await drive.uploads.send(session, { sizeBytes: file.sizeBytes, open: bytesOf }, abortSignal), md5 };
  }
}
