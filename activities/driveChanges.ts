import { DriveError } from '#clients/driveError.ts';
import { beginDriveChanges, type DriveSite, findDriveChanges, keepDriveChanges, listDriveSiteFolders, listSitesToList, sitesOfDriveIds } from '#db/queries/driveChanges.ts';
import { counted } from '#domain/counted.ts';
import { syncDriveFolderContract, type SyncRequested, syncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import { startSyncDriveFolder } from '#temporal/startSyncDriveFolder.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { createDriveAncestry } from './driveAncestry.ts';
import { StepError } from './stepError.ts';

/** Files one signal names, so that it stays small. */
const FILES_TOLD = 100;
/** Sites told to list their folders in one look, so that they do not all ask Google at once. */
const SITES_AT_ONCE = 100;

export interface WatchedDrive {
  readonly changes: number;
  /** Sites something changed for. */
  readonly changed: number;
  /** Sites whose last listing is too long ago. */
  readonly listed: number;
  readonly summary: string;
}

/** What changes in the shared drive. */
export function createDriveChangesActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive' | 'temporal'>) {
  const { config, db, drive } = deps;

  return {
    /**
     * Reads what changed in the drive since the last look, and has the sites it concerns synced. Sites that were not synced for
     * `listEveryMs` milliseconds, or since changes were missed, are told too, the longest waiting first.
     * Idempotent because a signal is a hint, and where to go on is kept behind a page that was dealt with.
     * Kill points: between two pages, between two signals, before the token is kept; the next look reads the page again.
     */
    async watchDriveChanges(input: { readonly listEveryMs: number }): Promise<WatchedDrive> {
      const driveId = config.driveSharedId;
      if (!drive.isConfigured || driveId === undefined) return { changes: 0, changed: 0, listed: 0, summary: 'Google Drive is not set up' };
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const { changes, changed } = await readChanges(driveId, abortSignal);
      const wholeSince = (await findDriveChanges(db, driveId))?.wholeSince.getTime() ?? 0;
      const due = await listSitesToList(db, syncDriveFolderContract.process, new Date(Math.max(wholeSince, Date.now() - input.listEveryMs)), SITES_AT_ONCE);
      const listed = due.filter((site) => !changed.has(site.siteId));
      for (const site of listed) await tell(site, { reason: 'schedule' });
      const words = [...(changes > 0 ? [`${counted(changes, 'change')}, ${counted(changed.size, 'site')} to sync`] : []), ...(listed.length > 0 ? [`${counted(listed.length, 'site')} to list again`] : [])];
      return { changes, changed: changed.size, listed: listed.length, summary: words.length === 0 ? 'Nothing changed' : words.join('; ') };
    },
  };

  async function readChanges(driveId: string, abortSignal: AbortSignal): Promise<{ changes: number; changed: ReadonlySet<string> }> {
    const changed = new Set<string>();
    let changes = 0;
    const kept = await findDriveChanges(db, driveId);
    let token = kept?.pageToken ?? null;
    if (token === null) {
      await beginDriveChanges(db, driveId, await drive.changes.startToken(abortSignal));
      return { changes, changed };
    }
    const folders = new Map((await listDriveSiteFolders(db)).map((folder) => [folder.folderId, folder]));
    const synced = new Set([...folders.values()].filter((folder) => folder.isSynced).map((folder) => folder.folderId));
    const ancestry = createDriveAncestry(drive, abortSignal);
    while (token !== null) {
      const page = await pageSince(token, abortSignal);
      if (page === null) {
        // Too old: what changed meanwhile each site has to find by listing its folders.
        await beginDriveChanges(db, driveId, await drive.changes.startToken(abortSignal));
        break;
      }
      changes += page.changes.length;
      const owners = await sitesOfDriveIds(db, page.changes.map((change) => change.fileId));
      const told = new Map<string, { readonly site: DriveSite; readonly fileIds: string[] }>();
      for (const { fileId, file } of page.changes) {
        const above = file === null || folders.has(fileId) ? fileId : await ancestry.folderAbove(file, synced);
        // A file that moved from one site to another concerns both; of one that was removed only its row tells.
        for (const site of [...(owners.get(fileId) ?? []), folders.get(above ?? '')]) {
          if (site === undefined) continue;
          const of = told.get(site.siteId) ?? { site, fileIds: [] };
          if (!of.fileIds.includes(fileId)) of.fileIds.push(fileId);
          told.set(site.siteId, of);
        }
      }
      for (const { site, fileIds } of told.values()) {
        for (let start = 0; start < fileIds.length; start += FILES_TOLD) await tell(site, { reason: 'watch', fileIds: fileIds.slice(start, start + FILES_TOLD) });
        changed.add(site.siteId);
      }
      await keepDriveChanges(db, driveId, page.nextToken);
      token = page.isLast ? null : page.nextToken;
    }
    return { changes, changed };
  }

  async function pageSince(token: string, abortSignal: AbortSignal): Promise<Awaited<ReturnType<typeof drive.changes.since>> | null> {
    try {
      return await drive.changes.since(token, abortSignal);
    } catch (error) {
      if (error instanceof DriveError && error.kind === 'gone') return null;
      throw error;
    }
  }

  async function tell(site: DriveSite, signal: SyncRequested): Promise<void> {
    try {
      await deps.temporal.workflow.signalWithStart(syncDriveFolderContract.workflowType, { ...startSyncDriveFolder({ siteId: site.siteId, siteName: site.siteName }, config.temporalTaskQueuePrefix), signal: syncRequested, signalArgs: [signal] });
    } catch {
      throw new StepError('EngineUnavailable', 'The workflow of a sync cannot be reached.');
    }
  }
}
