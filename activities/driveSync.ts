import type { Db } from '#db/knex.ts';
import { driveFilesOnTheirWay } from '#db/queries/contentDeletions.ts';
import { type DriveFileRow, type DriveReason, listDriveFiles, moveDriveFile, ownersOfDriveFiles, recordFoundFiles, replaceDriveFile } from '#db/queries/driveFiles.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { insertDriveRunFiles, keepMissingDriveFiles, listDriveRunFiles, MISSING, missingDriveFileIds, REFUSED, type NewDriveRunFile, recordDriveRunFile, waitingDriveFileIds } from '#db/queries/driveRunFiles.ts';
import { amendRun, moveRun, recordPhase, skipPhases } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { REFERENCED, UNDONE } from '#domain/contentDeletions.ts';
import { counted } from '#domain/counted.ts';
import { compareDriveFiles, type DriveChange, isDriveVideo, type ListedDriveFile, storedFormOf } from '#domain/driveFiles.ts';
import { type DriveVerdict, syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import { driveMails } from './driveMails.ts';
import { driveProgressOf, FILES_PHASE } from './driveProgress.ts';
import { openSitePass, type SitePassInput } from './openSitePass.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { type DriveListing, readDriveFolders } from './readDriveFolders.ts';
import { withMails } from './withMails.ts';

const REMOVE_PHASE = 'remove';
/** Files of which one step speaks: so many fit into a history with their reasons. */
const FILES_AT_ONCE = 20;
const QUEUED_AT_ONCE = 100;
/** Files that failed a run names; the report has all. */
const NAMED_FILES = 20;

export interface ComparedDrive extends PhaseResult {
  readonly verdict: DriveVerdict;
}

/** The sync of a site with its folders in Google Drive. */
export function createDriveSyncActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive' | 'log' | 'temporal'>) {
  const { db, drive } = deps;

  return {
    /**
     * Opens the run of a pass with every request that waits for a sync of the site; of a pass that something else wanted, also when none waits.
     * Idempotent because a pass is found again by workflow id, run id and number, with the requests it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openDriveSync(input: SitePassInput & { readonly isWanted: boolean }): Promise<{ runId: string | null }> {
      const { runId } = await openSitePass(db, syncDriveFolderContract.process, input, input.isWanted);
      return { runId };
    },

    /**
     * Reads both folders of a site to their ends, with all that lie in them, and writes down what is new, changed, the same, skipped and missing.
     * A folder that cannot be read never passes for an empty one: then nothing is missing. Files that are known to have changed are asked for
     * by their ids too, because searches learn of a change only after a while.
     * Idempotent because what was written down compares as found again, and the report keeps what it has.
     * Kill points: while folders are read (read again), before the transaction (compared again), after it (what waits still waits).
     */
    async compareDriveFolders(input: PhaseInput & { readonly siteId: string; readonly isRemade: boolean; readonly changed?: readonly string[] }): Promise<ComparedDrive> {
      const { abortSignal } = activityContext();
      const folders = (await findDriveFolders(db, input.siteId))?.ids;
      const listing = await readDriveFolders(drive, { files_final: folders?.files_final ?? null, videos_final: folders?.videos_final ?? null }, input.changed ?? [], abortSignal);
      const compared = await db.transaction((trx) => writeDown(trx, input, listing));
      await amendRun(db, input.runId, { warnings: compared.gaps, phase: input.phase });
      const { verdict, waiting } = compared;
      const partly = compared.gaps.length === 0 ? '' : '; not all of it could be read, so nothing is removed';
      return {
        verdict,
        summary: `${counted(listing.files.length, 'file')} in Google Drive, ${waiting.toLocaleString('en-US')} to bring over, ${verdict.missing.toLocaleString('en-US')} missing${partly}`,
        counts: { files: listing.files.length, waiting, missing: verdict.missing },
      };
    },

    /**
     * Names files that wait for being brought over, and shows how far the sync is.
     * Idempotent because it changes nothing but what people see.
     * Kill points: before the phase is shown, after it; the same files are named again.
     */
    async waitingDriveFiles(input: { readonly runId: string; readonly except: readonly string[] }): Promise<{ driveFileIds: string[] }> {
      const driveFileIds = await waitingDriveFileIds(db, input.runId, input.except, QUEUED_AT_ONCE);
      const isDone = driveFileIds.length === 0 && input.except.length === 0;
      const { summary, counts } = await driveProgressOf(db, input.runId);
      await recordPhase(db, { runId: input.runId, phase: FILES_PHASE, state: isDone ? 'done' : 'running', summary, counts: { ...counts } });
      return { driveFileIds };
    },

    /**
     * Shows that a person has to say whether files that are missing shall go.
     * Idempotent because the same words are shown again.
     * Kill points: before the phase is shown, after it.
     */
    async askDriveRemoval(input: { readonly runId: string; readonly missing: number; readonly known: number }): Promise<void> {
      const { missing, known } = input;
      await recordPhase(db, {
        runId: input.runId,
        phase: REMOVE_PHASE,
        state: 'running',
        summary: `Waiting for a person: ${missing.toLocaleString('en-US')} of ${counted(known, 'file')} are missing in Google Drive. Look at the list, then say whether they shall go.`,
        counts: { missing, known },
      });
    },

    /**
     * Names files that are missing and of which nothing is decided.
     * Idempotent because it only reads.
     * Kill points: before the read, after it.
     */
    async missingDriveFiles(input: { readonly runId: string }): Promise<{ fileIds: string[] }> {
      return { fileIds: await missingDriveFileIds(db, input.runId, FILES_AT_ONCE) };
    },

    /**
     * Writes into the report which missing files go with their resources, and which stay and why.
     * Idempotent because the same is written again.
     * Kill points: between two files; all are written again.
     */
    async recordDriveRemovals(input: { readonly runId: string; readonly fileIds: readonly string[]; readonly kept: readonly { readonly fileId: string; readonly reason: DriveReason }[] }): Promise<void> {
      const kept = new Map(input.kept.map(({ fileId, reason }) => [fileId, reason]));
      for (const fileId of input.fileIds) {
        const reason = kept.get(fileId) ?? null;
        await recordDriveRunFile(db, input.runId, fileId, { outcome: reason === null ? 'removed' : 'kept', reason });
      }
    },

    /**
     * Ends the part of a sync about missing files; with a reason, those of which nothing is decided stay for it.
     * Idempotent because what is decided is not decided again, and the phase is shown the same.
     * Kill points: between the files and the phase; both are written again.
     */
    async endDriveRemoval(input: { readonly runId: string; readonly reason: DriveReason | null }): Promise<void> {
      const { runId, reason } = input;
      if (reason !== null) await keepMissingDriveFiles(db, runId, reason);
      const { counts } = await driveProgressOf(db, runId);
      if (counts.removed + counts.kept === 0) return skipPhases(db, runId, [REMOVE_PHASE]);
      await recordPhase(db, { runId, phase: REMOVE_PHASE, state: 'done', summary: `${counts.removed.toLocaleString('en-US')} removed, ${counts.kept.toLocaleString('en-US')} kept${reason === null ? '' : `: ${reason.message}`}`, counts: { removed: counts.removed, kept: counts.kept } });
    },

    /**
     * Ends the run of a sync with its counts; files that failed are warnings of it. Who asked and the people of the site are told of problems.
     * Idempotent because the same is written again, a final state is never left, and a mail has one key per run and person.
     * Kill points: before the transaction (nothing happened), after it (writing it again changes nothing).
     */
    async endDriveSync(input: { readonly runId: string }): Promise<{ changed: number; summary: string }> {
      const { runId } = input;
      const { counts, summary } = await driveProgressOf(db, runId);
      const failed = await listDriveRunFiles(db, runId, { limit: NAMED_FILES, offset: 0, outcome: 'failed' });
      const more = counts.failed - failed.length;
      await withMails(deps, async (trx, mail) => {
        await amendRun(trx, runId, { phase: FILES_PHASE, warnings: [...failed.map(({ path, name, reason }) => ({ file: path === '' ? name : `${path}/${name}`, message: reason?.message ?? '' })), ...(more === 0 ? [] : [{ message: `${more.toLocaleString('en-US')} more files failed.` }])] });
        await moveRun(trx, { runId, state: 'succeeded', result: { ...counts } });
        await mail(await driveMails(trx, { runId, reason: null }));
      });
      return { changed: counts.streamed, summary };
    },
  };

  async function writeDown(trx: Db, input: { readonly siteId: string; readonly runId: string; readonly isRemade: boolean }, listing: DriveListing) {
    const { siteId, runId } = input;
    await lockSite(trx, siteId);
    const rows = await listDriveFiles(trx, siteId);
    const open = await driveFilesOnTheirWay(trx, siteId, rows.map((row) => row.id));
    /** Why a file stays although it is missing, where a person said so before; once it is found again that is forgotten. */
    const saidBefore = (row: DriveFileRow): DriveReason | null => (row.reason?.code === UNDONE.code || row.reason?.code === REFUSED ? row.reason : null);
    const known = rows.map((row) => ({ ...row, isDecided: open.has(row.id) || saidBefore(row) !== null || row.reason?.code === REFERENCED }));
    const owners = await ownersOfDriveFiles(trx, siteId, listing.files.map((file) => file.id));
    const own = listing.files.filter((file) => !owners.has(file.id));
    // A folder that was made anew is empty because it is new.
    const gaps = input.isRemade && known.length > 0 ? [...listing.gaps, { message: 'Folders of the site were missing in Google Drive and were made anew. What was in them is not missed this time; put it back, or sync once more to have it removed.' }] : listing.gaps;
    const comparison = compareDriveFiles(own, known, gaps.length === 0);
    const ids = await recordFoundFiles(trx, siteId, runId, comparison.changes.map(({ file, ...change }) => ({ fileId: file.id, folder: file.folder, path: file.path, folderIds: file.folderIds, name: file.name, mimeType: file.mimeType, md5: file.md5, size: file.size, modifiedAt: file.modifiedAt, state: stateOf(change.kind), reason: 'reason' in change ? change.reason : null })));
    for (const change of comparison.changes) if (change.kind === 'replaced') await replace(trx, known, change, ids.get(change.file.id) ?? '');
    const byFileId = new Map(known.map((row) => [row.fileId, row]));
    const gone = comparison.missing.flatMap((fileId) => byFileId.get(fileId) ?? []);
    // Of what has neither a resource nor bytes nothing is left to decide.
    for (const row of gone) if (!isKept(row)) await moveDriveFile(trx, row.id, { state: 'trashed', reason: { code: MISSING, message: 'It is gone from Google Drive, and was never a resource.' } });
    const missing = gone.filter(isKept);
    const undecided = missing.filter((row) => !open.has(row.id) && saidBefore(row) === null);
    await insertDriveRunFiles(trx, runId, [
      ...comparison.changes.map((change): NewDriveRunFile => ({ ...placeOf(change.file), outcome: outcomeOf(change.kind), reason: change.kind === 'skipped' ? change.reason : null })),
      ...listing.files.filter((file) => owners.has(file.id)).map((file): NewDriveRunFile => ({ ...placeOf(file), outcome: 'skipped', reason: { code: 'OtherSite', message: `It is a file of the site ‘${owners.get(file.id) ?? ''}’. Put a copy into this folder instead.` } })),
      ...missing.map((row): NewDriveRunFile => ({ fileId: row.fileId, folder: row.folder, path: row.path, name: row.name, outcome: open.has(row.id) ? 'removed' : 'kept', reason: open.has(row.id) ? null : (saidBefore(row) ?? { code: MISSING, message: 'It is not in Google Drive any more.' }) })),
    ]);
    const waiting = comparison.changes.filter((change) => outcomeOf(change.kind) === 'waiting').length;
    const present = known.filter((row) => row.state !== 'trashed' && isKept(row)).length;
    return { gaps, waiting, verdict: { missing: undecided.length, known: present, needsConfirmation: comparison.needsConfirmation } satisfies DriveVerdict };
  }
}

/** Lets a file that was put again under its name take the resource of the one that is gone, and its address where both are the same kind of file. */
async function replace(trx: Db, known: readonly DriveFileRow[], change: Extract<DriveChange, { kind: 'replaced' }>, id: string): Promise<void> {
  const old = known.find((row) => row.fileId === change.replaces);
  if (old === undefined) return;
  // The place of a video is named after its file in Drive.
  const isSameKind = !isDriveVideo(change.file) && !isDriveVideo(old) && storedFormOf(old).name === storedFormOf(change.file).name;
  await replaceDriveFile(trx, old.fileId, id, isSameKind);
}

/** Whether the studio has anything of a file that could be lost. */
const isKept = (row: DriveFileRow): boolean => row.itemId !== null || row.storedMd5 !== null;

const placeOf = (file: ListedDriveFile) => ({ fileId: file.id, folder: file.folder, path: file.path, name: file.name });

function stateOf(kind: DriveChange['kind']): DriveFileRow['state'] {
  if (kind === 'unchanged') return 'complete';
  return kind === 'skipped' ? 'skipped' : 'found';
}

function outcomeOf(kind: DriveChange['kind']): NewDriveRunFile['outcome'] {
  if (kind === 'unchanged' || kind === 'skipped') return kind;
  return 'waiting';
}
