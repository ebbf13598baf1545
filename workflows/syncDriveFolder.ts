import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityCancellationType, CancellationScope, CancelledFailure, condition, continueAsNew, executeChild, isCancellation, ParentClosePolicy, patched, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { type DriveVerdict, massDeleteConfirmed, massDeleteRefused, type SyncDriveFolderInput, type SyncDriveFolderResult, syncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import { driveProfile, hookProfile, rowProfile } from '#temporal/profiles.ts';
import { shortened } from '#temporal/shortened.ts';
import type { ingestDriveFile } from './ingestDriveFile.ts';
import { orElse } from './orElse.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const drive = proxyActivities<Activities>({ ...driveProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
/** What others make good when it is lost. */
const hints = proxyActivities<Activities>(hookProfile);

/** Files brought over at once. */
const WINDOW = 5;
/** A file takes a dozen events of a history, which stays far below the ten thousand at which others grow slow. */
const FILES_PER_EXECUTION = 400;
/** How long a person has to say whether many files shall go. */
const CONFIRMATION = '7 days';
/** Changed files a pass is told of by their ids, which have to fit into a history. */
const NAMED_FILES = 200;
/** Between two looks whether a file that somebody else brings over is done, in milliseconds. */
const LOOK_MS = 15_000;

type Decision = 'confirmed' | 'refused';

/**
 * Brings a site’s files over from its folders in Google Drive. Started by the API for a person’s request, and by what watches
 * the drive; its id `sync-drive-folder/<site>` is the lock that only one reads the folders of a site. Each pass:
 * 1. openDriveSync opens the run with every request that waits. folders: the site’s folders are found, or made.
 * 2. list: both folders are read to their ends with all that lie in them, and compared with what the studio knows. Files that a
 *    signal named are looked at by their ids too.
 * 3. files: ingestDriveFile brings each new or changed file over, five at once; each reports itself, and fails alone.
 * 4. remove: what is missing goes, if both folders were read whole; when that is a lot, a person has to say so within a week.
 * 5. endDriveSync ends the run with its counts; startSiteVideos begins videos that nobody began. A long pass continues as new between its files.
 * Signals: syncRequested (a pass more, however often), massDeleteConfirmed and massDeleteRefused, cancelRequested. No queries.
 * If it dies in step 3, rows say which files still wait; in step 4, which are decided. Nothing is removed that was not listed.
 * Cancel stops the files at hand and removes nothing; what was brought over stays.
 */
export async function syncDriveFolder(input: SyncDriveFolderInput): Promise<SyncDriveFolderResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName } = input;
  const execution = CancellationScope.current();
  let wanted = input.going?.wanted ?? true;
  // A request has its row; of other wishes nothing tells but their signal.
  let isWanted = input.going?.wanted ?? false;
  let passes = input.going?.passes ?? 0;
  const named = new Set(input.going?.changed ?? []);
  let runId = '';
  let work: CancellationScope | null = null;
  let decision: Decision | null = null;
  setHandler(syncRequested, (signal) => {
    wanted = true;
    if (signal.reason !== 'person') isWanted = true;
    for (const fileId of signal.fileIds ?? []) if (named.size < NAMED_FILES) named.add(fileId);
  });
  const decide = (given: Decision) => (signal: { runId: string }): void => {
    if (signal.runId === runId) decision ??= given;
  };
  setHandler(massDeleteConfirmed, decide('confirmed'));
  setHandler(massDeleteRefused, decide('refused'));
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work?.cancel();
  });

  let going = input.going;
  for (;;) {
    let changed: readonly string[] = [];
    if (going === undefined) {
      const isAsked = isWanted;
      wanted = false;
      isWanted = false;
      const opened = await CancellationScope.nonCancellable(() => rows.openDriveSync({ siteId, workflowId, workflowRunId, pass: passes + 1, isWanted: isAsked }));
      if (opened.runId === null) {
        // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
        if (wanted) continue;
        break;
      }
      passes += 1;
      runId = opened.runId;
      decision = null;
      changed = [...named];
      named.clear();
    } else {
      runId = going.runId;
      const { runId: id } = going;
      await CancellationScope.nonCancellable(() => rows.followExecution({ runId: id, workflowRunId }));
    }
    const id = runId;
    const known = going?.verdict;
    going = undefined;
    const scope = new CancellationScope();
    work = scope;
    let next: DriveVerdict | null = null;
    try {
      next = await scope.run(async () => {
        const verdict = known ?? (await listFolders(id, changed));
        if (!(await bringFiles(id, scope))) return verdict;
        await removeMissing(id, verdict);
        return null;
      });
      if (next === null) await CancellationScope.nonCancellable(() => end(id));
    } catch (error) {
      const isStopped = isCancellation(error) || scope.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        await rows.endDriveRemoval({ runId: id, reason: { code: 'NotDecided', message: 'The sync ended before that was decided.' } });
        if (isStopped) await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this sync. What it had brought over stays; the next one goes on from there.' } });
        else await rows.recordFailed({ runId: id, ...reasonOf(error) });
        await orElse(() => hints.tellDriveContent({ siteId }));
      });
      if (execution.consideredCancelled) throw new CancelledFailure('The sync was stopped');
    }
    if (next !== null) await continueAsNew<typeof syncDriveFolder>(withinBudget<SyncDriveFolderInput>({ ...input, going: { runId: id, verdict: next, passes, wanted, ...(named.size === 0 ? {} : { changed: [...named] }) } }));
  }
  return withinBudget<SyncDriveFolderResult>({ passes });

  async function listFolders(id: string, changed: readonly string[]): Promise<DriveVerdict> {
    const made = await drive.makeSiteDriveFolder.executeWithOptions({ summary: 'The site’s own folder' }, [{ runId: id, phase: 'folders', siteId }]);
    const inner = await drive.makeInnerDriveFolders.executeWithOptions({ summary: 'The folders in it' }, [{ runId: id, phase: 'folders', siteId }]);
    const isRemade = (made.counts['made'] ?? 0) + (inner.counts['made'] ?? 0) > 0;
    return (await drive.compareDriveFolders.executeWithOptions({ summary: 'What lies in the folders' }, [{ runId: id, phase: 'list', siteId, isRemade, ...(changed.length === 0 ? {} : { changed }) }])).verdict;
  }

  /** Brings over what waits, a window of files at once. @returns whether that was all; else the next execution goes on. */
  async function bringFiles(id: string, scope: CancellationScope): Promise<boolean> {
    const limit = input.filesPerExecution ?? FILES_PER_EXECUTION;
    const running = new Map<string, Promise<void>>();
    let begun = 0;
    try {
      for (;;) {
        const { driveFileIds } = await rows.waitingDriveFiles({ runId: id, except: [...running.keys()] });
        if (driveFileIds.length === 0 && running.size === 0) return true;
        for (const driveFileId of driveFileIds) {
          if (begun >= limit || workflowInfo().continueAsNewSuggested) return false;
          begun += 1;
          running.set(driveFileId, bringFile(id, driveFileId, scope).finally(() => running.delete(driveFileId)));
          setCurrentDetails(`${begun} files begun`);
          if (running.size >= WINDOW) await Promise.race(running.values());
        }
        if (running.size > 0) await Promise.race(running.values());
      }
    } finally {
      // Nothing is left behind that would be stopped with this execution.
      await Promise.allSettled(running.values());
    }
  }

  async function bringFile(id: string, driveFileId: string, scope: CancellationScope): Promise<void> {
    for (;;) {
      try {
        await executeChild<typeof ingestDriveFile>(ingestDriveFileContract.workflowType, {
          workflowId: ingestDriveFileContract.workflowId(driveFileId),
          workflowIdReusePolicy: ingestDriveFileContract.workflowIdReusePolicy,
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          args: [{ siteId, driveFileId, syncRunId: id }],
          staticSummary: `A file of ${shortened(siteName, 80)} from Google Drive`,
        });
        return;
      } catch (error) {
        if (scope.consideredCancelled) throw error;
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
          // It reports itself unless somebody ended it in Temporal.
          await rows.recordDriveFileFailed({ driveFileId, runId: id, reason: { code: 'Terminated', message: 'Bringing this file over was ended in Temporal. The next sync takes it up again.' } });
          return;
        }
        await sleep(LOOK_MS);
      }
    }
  }

  async function removeMissing(id: string, verdict: DriveVerdict): Promise<void> {
    if (verdict.missing > 0 && verdict.needsConfirmation) {
      await rows.askDriveRemoval({ runId: id, missing: verdict.missing, known: verdict.known });
      setCurrentDetails(`Waits for a person: ${verdict.missing} of ${verdict.known} files are missing`);
      // Who asks for another sync has changed something: what was missing then is looked at again.
      await condition(() => decision !== null || wanted, CONFIRMATION);
      if (decision !== 'confirmed') return rows.endDriveRemoval({ runId: id, reason: keptBecause() });
    }
    for (let missing = verdict.missing > 0; missing; ) {
      const { fileIds } = await rows.missingDriveFiles({ runId: id });
      missing = fileIds.length > 0;
      if (!missing) break;
      const { kept } = await drive.scheduleDriveDeletions.executeWithOptions({ summary: `${fileIds.length} missing files` }, [{ siteId, runId: id, fileIds }]);
      await rows.recordDriveRemovals({ runId: id, fileIds, kept });
    }
    await rows.endDriveRemoval({ runId: id, reason: null });
  }

  function keptBecause(): { code: string; message: string } {
    if (decision === 'refused') return { code: 'Refused', message: 'A person said that they shall stay.' };
    if (wanted) return { code: 'SyncedAgain', message: 'Another sync was asked for before anybody decided about the missing files.' };
    return { code: 'NotConfirmed', message: 'Nobody said within a week that so many files shall go.' };
  }

  async function end(id: string): Promise<void> {
    const { changed, summary } = await rows.endDriveSync({ runId: id });
    setCurrentDetails(summary);
    if (changed > 0) await orElse(() => hints.tellDriveContent({ siteId }));
    // What cannot be begun now the next sync begins.
    if (patched('start-videos')) await orElse(async () => void (await hints.startSiteVideos.executeWithOptions({ summary: 'Videos nobody began' }, [{ siteId }])));
  }
}
