import type { DriveFile } from '#clients/drive.ts';
import { DriveError } from '#clients/driveError.ts';
import { type DriveFolderName, findDriveFolders, foldersOfOtherSites, forgetDriveFolderId, keepDriveFolderId, noteDriveFoldersMade } from '#db/queries/driveFolders.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { findInDrive } from './driveAncestry.ts';
import { openSitePass, type SitePassInput } from './openSitePass.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

const INNER = ['files', 'files_final', 'videos_final'] as const;
/** How often a folder may turn out to be gone while it is made, before that is somebody's fault. */
const MAX_LOSSES = 3;
/** Marks of a site's own folder and of those in it, by which they are found whatever people call them. */
const SITE_MARK = 'ocwSite';
const INNER_MARK = 'ocwFolder';
const SITES_FOLDER_GONE = 'The folder in Google Drive that holds the sites’ folders is not there. Set DRIVE_UPLOADS_PARENT_FOLDER_ID to one that is.';
const SITE_FOLDER_GONE = 'The site’s folder in Google Drive is gone again. Ask for its folders once more.';

interface WantedFolder {
  readonly name: DriveFolderName;
  /** What people read. */
  readonly title: string;
  readonly parentId: string;
  readonly appProperties: Readonly<Record<string, string>>;
  /** Folders that could be it, the likeliest first. */
  readonly search: () => Promise<readonly DriveFile[]>;
}

type DriveFolderInput = PhaseInput & { readonly siteId: string };

/** The folders of a site in Google Drive. */
export function createDriveFoldersActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'drive'>) {
  const { config, db, drive } = deps;

  return {
    /**
     * Opens the run of a pass with every request that waits for the site's folders, or says that none waits.
     * Idempotent because a pass is found again by workflow id, run id and number, with the requests it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openDriveFolders(input: SitePassInput): Promise<{ runId: string | null }> {
      const { runId } = await openSitePass(db, createDriveFoldersContract.process, input);
      return { runId };
    },

    /**
     * Finds or makes the site's own folder, under the folder for all sites.
     * Idempotent because its id is kept before it is made under that id, and what is there by its id is not made again.
     * Kill points: before the id is kept (another one is reserved), before the folder is made, after it (it is found by its id).
     */
    async makeSiteDriveFolder(input: DriveFolderInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const folder = await ensureFolder(
        site,
        { name: 'site', title: site.shortId, parentId: drive.rootFolderId(), appProperties: { [SITE_MARK]: site.id }, search: () => searchSiteFolder(site, abortSignal) },
        abortSignal,
      );
      return { summary: folder.isNew ? `Made the folder ‘${folder.title}’` : `The folder ‘${folder.title}’ is there`, counts: { made: folder.isNew ? 1 : 0 } };
    },

    /**
     * Finds or makes the folders in the site's own, and notes that all are there.
     * Idempotent because each folder's id is kept before it is made under that id, and what is there by its id is not made again.
     * Kill points: for each folder before its id is kept, before it is made, after it; before all are noted to be there.
     */
    async makeInnerDriveFolders(input: DriveFolderInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const parentId = (await findDriveFolders(db, site.id))?.ids.site ?? null;
      if (parentId === null) throw new StepError('DriveMissing', SITE_FOLDER_GONE);
      let made = 0;
      for (const name of INNER) {
        const search = async (): Promise<readonly DriveFile[]> => oldestFirst(await drive.findFolders({ name, parentId }, abortSignal));
        const { isNew } = await ensureFolder(site, { name, title: name, parentId, appProperties: { [INNER_MARK]: `${site.id}/${name}` }, search }, abortSignal);
        if (isNew) made += 1;
      }
      await noteDriveFoldersMade(db, site.id);
      return { summary: made === 0 ? `All ${INNER.length} folders are there` : `Made ${counted(made, 'folder')}`, counts: { made } };
    },
  };

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
    return site;
  }

  /** What is marked as the site's, wherever people moved it; else what has its name where sites' folders are, and is no other site's. */
  async function searchSiteFolder(site: SiteRow, abortSignal: AbortSignal): Promise<readonly DriveFile[]> {
    const marked = await drive.findFolders({ appProperty: { key: SITE_MARK, value: site.id } }, abortSignal);
    if (marked.length > 0) return oldestFirst(marked);
    const named = await drive.findFolders({ name: site.shortId, parentId: drive.rootFolderId() }, abortSignal);
    const others = await foldersOfOtherSites(db, site.id, named.map((folder) => folder.id));
    return oldestFirst(named.filter((folder) => !others.has(folder.id) && folder.appProperties[SITE_MARK] === undefined));
  }

  async function ensureFolder(site: SiteRow, wanted: WantedFolder, abortSignal: AbortSignal): Promise<{ readonly title: string; readonly isNew: boolean }> {
    for (let losses = 0; losses < MAX_LOSSES; losses += 1) {
      const known = (await findDriveFolders(db, site.id))?.ids[wanted.name] ?? null;
      if (known === null && wanted.parentId !== config.driveSharedId && (await findInDrive(drive, wanted.parentId, abortSignal)) === null) throw new StepError('DriveMissing', wanted.name === 'site' ? SITES_FOLDER_GONE : SITE_FOLDER_GONE);
      const id = known ?? (await keepDriveFolderId(db, site.id, wanted.name, (await wanted.search())[0]?.id ?? (await drive.reserveId(abortSignal))));
      const there = await findInDrive(drive, id, abortSignal);
      if (there !== null) {
        // Whoever asks for a site's folders wants those with its files in them, not empty ones of the same name.
        if (there.isTrashed) await drive.restore(id, abortSignal);
        return { title: there.name, isNew: false };
      }
      try {
        const made = await drive.createFolder({ name: wanted.title, parentId: wanted.parentId, id, appProperties: wanted.appProperties }, abortSignal);
        return { title: made.name, isNew: true };
      } catch (error) {
        // Made once and then deleted for good, or found and not of this drive any more: nothing can be made under that id.
        const isLost = error instanceof DriveError && (error.kind === 'missing' || error.status === 400 || error.status === 409);
        if (!isLost) throw error;
        await forgetDriveFolderId(db, site.id, wanted.name, id);
      }
    }
    throw new StepError('DriveMissing', `The folder ‘${wanted.title}’ in Google Drive is gone whenever it is made. See who deletes it there.`);
  }
}

function oldestFirst(folders: readonly DriveFile[]): readonly DriveFile[] {
  const orderOf = (folder: DriveFile): string => `${folder.createdTime ?? '~'} ${folder.id}`;
  return [...folders].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}
