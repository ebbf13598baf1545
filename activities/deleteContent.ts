import { DriveError } from '#clients/driveError.ts';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import {
  type ContentDeletionRow,
  deletionsAhead,
  holdContentDeletion,
  holdDeletionsAtWork,
  isKeyNeeded,
  listDeletionsAtWork,
  listStuckDeletions,
  lockDeletionsAtWork,
  moveContentDeletion,
  noteDeletedFile,
} from '#db/queries/contentDeletions.ts';
import { lockContentItem } from '#db/queries/contentItems.ts';
import { type DriveReason, findDriveFile, moveDriveFile, noteDriveFileReason } from '#db/queries/driveFiles.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { listFilenames } from '#db/queries/itemLists.ts';
import { moveRun } from '#db/queries/runs.ts';
import { findSite, lockSite } from '#db/queries/sites.ts';
import type { Db } from '#db/knex.ts';
import { processActor } from '#domain/audit.ts';
import { UNDONE } from '#domain/contentDeletions.ts';
import { counted } from '#domain/counted.ts';
import { filenameFor } from '#domain/filename.ts';
import { deleteContentProcess } from '#domain/processes.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { classify } from './classify.ts';
import type { ActivityDeps } from './deps.ts';
import { createDriveAncestry, findInDrive } from './driveAncestry.ts';
import { itemsKept } from './itemsKept.ts';
import { openSitePass, type SitePassInput } from './openSitePass.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import type { RunReason } from './runs.ts';
import { StepError } from './stepError.ts';
import { tellRepository } from './tellRepository.ts';
import { createVideoRemoval } from './videoRemoval.ts';

/** As many as people read at once. */
const PROBLEMS_SHOWN = 20;

export interface DeletionStepInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
}

export interface OpenedDeletion {
  /** Null when nobody asked for anything and nothing is due. */
  readonly runId: string | null;
  /** Whether there is anything to do in it. */
  readonly isDue: boolean;
  /** ISO 8601; null when nothing waits. */
  readonly nextDueAt: string | null;
}

/** A step that goes through rows, with how many ended in which way. */
export type DeletionCounts<K extends string> = PhaseResult & { readonly counts: Readonly<Record<K, number>> };

/** Resources that are deleted together with their files. */
export function createDeleteContentActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive' | 's3' | 'temporal' | 'threePlay'>) {
  const { config, db, drive, s3 } = deps;
  const bucket = config.storageBucket;
  const videos = createVideoRemoval(deps);

  return {
    /**
     * Opens the run of a pass with every request that waits, if there is one or anything is due. A run with nothing to do ends at once.
     * Idempotent because a pass is found again by workflow id, run id and number, with the requests it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openDeletion(input: SitePassInput): Promise<OpenedDeletion> {
      return db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const { isDue, nextDueAt } = await deletionsAhead(trx, input.siteId);
        const { runId, isRunning, isNew } = await openSitePass(trx, deleteContentContract.process, input, isDue);
        if (runId !== null && isNew && !isDue) await moveRun(trx, { runId, state: 'succeeded', result: { deleted: 0, kept: 0, restored: 0, failed: 0, nextDueAt } });
        return { runId, isDue: isNew ? isDue : isRunning, nextDueAt };
      });
    },

    /**
     * Brings back what was undone after it went: bytes, the file in Drive, the resource; what was not done of a video is gone on with.
     * Idempotent because each of the three is looked at before it is brought back, and a row that is done is not looked at again.
     * Kill points: before the marker is taken away, before the file leaves the trash, before the resource is back with its row, after that before
     * its video is begun (the next sync begins it).
     */
    async restoreDeleted(input: DeletionStepInput): Promise<DeletionCounts<'restored' | 'failed'>> {
      const rows = await listDeletionsAtWork(db, input.siteId, 'undoing');
      if (rows.length > 0) await assertOutwardEffects(deps);
      const failed = await eachRow(rows, restore);
      const restored = rows.length - failed;
      if (restored > 0) await tellRepository(deps, input);
      return { summary: rows.length === 0 ? 'Nothing to bring back' : `${counted(restored, 'resource')} brought back${failedWords(failed)}`, counts: { restored, failed } };
    },

    /**
     * Keeps what was missing and is back in its folder in Drive.
     * Idempotent because it only reads Drive, and a row that is kept is not looked at again.
     * Kill points: between two rows; the next try goes on with the rest.
     */
    async checkDeletions(input: DeletionStepInput): Promise<DeletionCounts<'kept'>> {
      const { abortSignal } = activityContext();
      const rows = (await listDeletionsAtWork(db, input.siteId, 'pending')).filter((row) => row.cause === 'missing' && row.fileId !== null);
      const folders = (await findDriveFolders(db, input.siteId))?.ids;
      const synced = new Set([folders?.files_final, folders?.videos_final].filter((id): id is string => typeof id === 'string'));
      const ancestry = createDriveAncestry(drive, abortSignal);
      let kept = 0;
      for (const row of rows) {
        const file = await findInDrive(drive, row.fileId ?? '', abortSignal);
        if (file === null || file.isTrashed || (await ancestry.folderAbove(file, synced)) === null) continue;
        if (await moveContentDeletion(db, row.id, { state: 'kept', reason: { code: 'BackInDrive', message: 'The file is back in its folder in Google Drive.' } }, 'pending')) kept += 1;
      }
      return { summary: rows.length === 0 ? 'No file to look for' : `${kept} of ${counted(rows.length, 'file')} back in Google Drive`, counts: { kept } };
    },

    /**
     * Deletes in the studio what is due and nothing names, as an author does; what is named by anything that stays is kept and says by whom.
     * Idempotent because all of it is one transaction, after which none of it is pending.
     * Kill points: before the transaction (nothing happened), after it (the repository learns of it by the next save or the check of forgotten ones).
     */
    async removeDeletedItems(input: DeletionStepInput): Promise<DeletionCounts<'kept' | 'going'>> {
      const { kept, going } = await db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const site = await findSite(trx, input.siteId);
        if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
        const rows = await lockDeletionsAtWork(trx, site.id, 'pending');
        const items = rows.flatMap(({ itemId, textId }) => (itemId === null || textId === null ? [] : [{ itemId, textId }]));
        // Held from here: whoever wants to name one waits, and learns that it is gone.
        for (const { textId } of items) await lockContentItem(trx, site.id, textId, 'delete');
        const reasons = await itemsKept(trx, site, items);
        let kept = 0;
        for (const row of rows) {
          const reason = reasons.get(row.itemId ?? '');
          if (reason !== undefined) {
            kept += 1;
            await moveContentDeletion(trx, row.id, { state: 'kept', reason });
            if (row.driveFileId !== null) await noteDriveFileReason(trx, row.driveFileId, reason);
            continue;
          }
          await insertAuditEntry(trx, { action: 'item-remove', actor: processActor(deleteContentProcess), target: { site: site.name, ...(row.textId === null ? {} : { item: row.textId }) }, detail: { title: row.title ?? row.fileName ?? row.id, cause: row.cause, request: row.requestId }, outcome: 'done' });
          if (row.textId !== null) await changeContentItem(trx, { siteId: site.id, textId: row.textId, fromRevision: null, set: {}, deleted: true, by: row.requestedBy, reason: 'deleted' });
          // The bytes as they are now: what is written over them from here on is another file's, and stays.
          const file = row.driveFileId === null ? undefined : await findDriveFile(trx, row.driveFileId);
          await moveContentDeletion(trx, row.id, { state: 'going', ...(file === undefined ? {} : { s3VersionId: file.s3VersionId }) });
        }
        return { kept, going: rows.length - kept };
      });
      if (going > 0) await tellRepository(deps, input);
      return { summary: `${counted(going, 'resource')} out of the studio${kept === 0 ? '' : `, ${kept} kept because something names ${kept === 1 ? 'it' : 'them'}`}`, counts: { kept, going } };
    },

    /**
     * Moves files to the trash of Drive, where a person deleted them in the studio, and puts a delete marker over their objects. Of a video,
     * what is at work ends, what was made of it is hidden too, and an order of captions is cancelled where 3Play lets us.
     * Idempotent because that it is we who trash a file is noted before it is done, a file or an object that is away stays away, and a
     * row that is done is not looked at again.
     * Kill points: before the note, before the trash, after it, before the marker, after it, before the row; of a video before and after each
     * of its ends, which are all done again.
     */
    async removeDeletedFiles(input: DeletionStepInput): Promise<DeletionCounts<'deleted' | 'failed'>> {
      const rows = await listDeletionsAtWork(db, input.siteId, 'going');
      if (rows.length > 0) await assertOutwardEffects(deps);
      const failed = await eachRow(rows, takeAway);
      const deleted = rows.length - failed;
      return { summary: rows.length === 0 ? 'No file to take away' : `${counted(deleted, 'file')} taken away${failedWords(failed)}`, counts: { deleted, failed } };
    },

    /**
     * Holds everything of a site that was to go on, with the reason; a person lets it go on.
     * Idempotent because what is held is not held again.
     * Kill points: before the rows, after them.
     */
    async holdDeletions(input: { siteId: string; reason: RunReason }): Promise<void> {
      await holdDeletionsAtWork(db, input.siteId, input.reason);
    },

    /**
     * Ends the run of a pass with what it did, as failed where something could not be done.
     * Idempotent because a run that has ended stays as it ended.
     * Kill points: before the row, after it.
     */
    async recordDeletions(input: { runId: string; siteId: string; restored: number; kept: number; deleted: number; failed: number }): Promise<{ summary: string }> {
      const { restored, deleted, kept, failed } = input;
      const words = [...(deleted > 0 ? [`${deleted} deleted`] : []), ...(kept > 0 ? [`${kept} kept`] : []), ...(restored > 0 ? [`${restored} brought back`] : []), ...(failed > 0 ? [`${failed} could not be done`] : [])];
      const summary = words.length === 0 ? 'Nothing was due' : words.join(', ');
      const result = { deleted, kept, restored, failed };
      if (failed === 0) {
        await moveRun(db, { runId: input.runId, state: 'succeeded', result });
        return { summary };
      }
      const problems = (await listStuckDeletions(db, input.siteId, PROBLEMS_SHOWN)).map((row) => ({ message: `‘${row.title ?? row.fileName ?? row.id}’: ${row.reason?.message ?? ''}` }));
      await moveRun(db, { runId: input.runId, state: 'failed', reason: { code: 'DeletionIncomplete', message: `${summary}. What could not be done waits: mend the reason, then ask for it at once or undo it.` }, problems, result });
      return { summary };
    },
  };

  /** Does the same to each row; one that fails for good is left with its reason, and the others go on. @returns how many failed. */
  async function eachRow(rows: readonly ContentDeletionRow[], work: (row: ContentDeletionRow, abortSignal: AbortSignal) => Promise<void>): Promise<number> {
    const { abortSignal, context } = activityContext();
    let failed = 0;
    for (const row of rows) {
      abortSignal.throwIfAborted();
      try {
        await work(row, abortSignal);
      } catch (error) {
        abortSignal.throwIfAborted();
        const { type, message, isFinal } = classify(error, context.info.attempt);
        if (!isFinal) throw error;
        await holdContentDeletion(db, row.id, row.state, { code: type, message });
        failed += 1;
      }
    }
    return failed;
  }

  async function takeAway(row: ContentDeletionRow, abortSignal: AbortSignal): Promise<void> {
    if (row.cause === 'person' && row.fileId !== null) {
      const file = await findInDrive(drive, row.fileId, abortSignal);
      if (file !== null && !file.isTrashed) {
        await noteDeletedFile(db, row.id, { isTrashed: true });
        await trashUnlessGone(row.fileId, abortSignal);
      }
    }
    const note = row.s3Key === null ? null : await hide(row, row.s3Key, abortSignal);
    const notes = [...(note === null ? [] : [note]), ...(row.itemId === null ? [] : await videos.takeAway(row.itemId, abortSignal))];
    await db.transaction(async (trx) => {
      // Undone while it went: the next pass brings back what this one took.
      if (!(await moveContentDeletion(trx, row.id, { state: 'done', reason: together(notes) }, 'going'))) return;
      if (row.driveFileId !== null) await moveDriveFile(trx, row.driveFileId, { state: 'trashed' });
    });
  }

  async function trashUnlessGone(fileId: string, abortSignal: AbortSignal): Promise<void> {
    try {
      await drive.trash(fileId, abortSignal);
    } catch (error) {
      if (!(error instanceof DriveError && error.kind === 'missing')) throw error;
    }
  }

  /** Puts a delete marker over the bytes that go, unless they are others by now or somebody else's. @returns why they stay, if they do. */
  async function hide(row: ContentDeletionRow, key: string, abortSignal: AbortSignal): Promise<DriveReason | null> {
    const head = await s3.head(bucket, key, abortSignal);
    if (head === null) return null;
    if (await isKeyNeeded(db, key, row.itemId)) return { code: 'StillNeeded', message: 'Another resource has the same file, so its bytes stay.' };
    if (head.versionId === null) return { code: 'NoVersions', message: 'The storage bucket keeps no versions, so nothing taken out of it could be brought back. The bytes stay.' };
    if (row.s3VersionId !== null && row.s3VersionId !== head.versionId) return { code: 'NewerBytes', message: 'The file was written anew since, so those bytes stay.' };
    // Kept before it is done, by which a second try and an undo know the bytes.
    if (row.s3VersionId === null) await noteDeletedFile(db, row.id, { s3VersionId: head.versionId });
    await s3.versions.hide(bucket, key, abortSignal);
    return null;
  }

  async function restore(row: ContentDeletionRow, abortSignal: AbortSignal): Promise<void> {
    const hasBytes = row.s3Key === null || row.s3VersionId === null || (await s3.exists(bucket, row.s3Key)) || (await s3.versions.unhide(bucket, row.s3Key, abortSignal));
    const isInDrive = !row.isTrashed || row.fileId === null || (await takeFromTrash(row.fileId, abortSignal));
    const missing = row.itemId === null ? [] : await videos.bringBack(row.itemId, abortSignal);
    const notes = [...missing.map(({ message }) => message), ...(hasBytes ? [] : ['The bytes are not in the storage bucket any more; they come again with the next sync.']), ...(isInDrive ? [] : ['The file is not in the trash of Google Drive any more. Put it into its folder again.'])];
    await db.transaction(async (trx) => {
      await lockSite(trx, row.siteId);
      await bringItemBack(row, trx);
      const file = row.driveFileId === null ? undefined : await findDriveFile(trx, row.driveFileId);
      // Without its bytes it is one the next sync takes again.
      if (file?.state === 'trashed') await moveDriveFile(trx, file.id, { state: hasBytes && file.storedMd5 !== null ? 'complete' : 'found' });
      if (file !== undefined) await noteDriveFileReason(trx, file.id, UNDONE);
      await moveContentDeletion(trx, row.id, { state: 'undone', isTrashed: false, reason: notes.length === 0 ? null : { code: 'Incomplete', message: notes.join(' ') } });
    });
    if (row.itemId !== null) await videos.resume(row.itemId);
  }

  /** @returns whether it was there to be taken out. */
  async function takeFromTrash(fileId: string, abortSignal: AbortSignal): Promise<boolean> {
    const file = await findInDrive(drive, fileId, abortSignal);
    if (file?.isTrashed === true) await drive.restore(fileId, abortSignal);
    return file !== null;
  }

  /** Undeletes a resource, where its name is taken by now under the next free one. */
  async function bringItemBack(row: ContentDeletionRow, trx: Db): Promise<void> {
    const item = row.textId === null ? undefined : await lockContentItem(trx, row.siteId, row.textId, 'save');
    if (item === undefined || item.deletedAt === null) return;
    const taken = item.isPageContent ? await listFilenames(trx, row.siteId, item.dirpath, item.textId) : new Set<string>();
    const filename = taken.has(item.filename) ? filenameFor({ title: item.filename, type: item.type, isTaken: (name) => taken.has(name) }) : item.filename;
    await changeContentItem(trx, { siteId: row.siteId, textId: item.textId, fromRevision: item.revision, set: { filename }, deleted: false, by: row.requestedBy, reason: 'undeleted' });
  }
}

/** Several reasons as one. */
function together(reasons: readonly DriveReason[]): DriveReason | null {
  const [first] = reasons;
  return first === undefined ? null : { code: first.code, message: [...new Set(reasons.map(({ message }) => message))].join(' ') };
}

const failedWords = (failed: number): string => (failed === 0 ? '' : `, ${failed} not`);
