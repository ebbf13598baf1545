import type { Drive, DriveFile } from '#clients/drive.ts';
import { DriveError } from '#clients/driveError.ts';
import { FOLDER_TYPE } from '#clients/driveFile.ts';
import type { DriveSyncFolder, ListedDriveFile } from '#domain/driveFiles.ts';
import type { Problem } from '#domain/runs.ts';
import { findInDrive, MAX_DEPTH } from './driveAncestry.ts';

const FOLDERS = ['files_final', 'videos_final'] as const satisfies readonly DriveSyncFolder[];
const SHORTCUT_TYPE = 'application/vnd.google-apps.shortcut';

/** What was found in the folders of a site, and what keeps it from being all there is. */
export interface DriveListing {
  readonly files: readonly ListedDriveFile[];
  readonly gaps: readonly Problem[];
}

/** Where a folder is: below one of those that are synced. */
interface Place {
  readonly folder: DriveSyncFolder;
  /** Names of the folders below that, with slashes between; empty at its top. */
  readonly path: string;
  /** Drive’s ids of those folders, the outermost first. */
  readonly folderIds: readonly string[];
}

/** The top of a synced folder. */
const topOf = (folder: DriveSyncFolder): Place => ({ folder, path: '', folderIds: [] });

const inside = ({ folder, path, folderIds }: Place, inner: { readonly id: string; readonly name: string }): Place => ({ folder, path: below(path, inner.name), folderIds: [...folderIds, inner.id] });

/**
 * Reads both folders of a site to their ends, with all that lie in them.
 * @param roots Drive's ids of the two; null for one that is not there.
 * @param changed Drive's ids of files and folders that changed lately: what they say themselves counts, and not what a search still says of them.
 */
export async function readDriveFolders(drive: Drive, roots: Readonly<Record<DriveSyncFolder, string | null>>, changed: readonly string[], abortSignal: AbortSignal): Promise<DriveListing> {
  const files = new Map<string, ListedDriveFile>();
  const places = new Map<string, Place>();
  const gaps = new Map<string, Problem>();

  for (const folder of FOLDERS) {
    const id = roots[folder];
    if (id === null) noteGap(folder, topOf(folder), 'is not there');
    else await readTree(id, topOf(folder));
  }
  for (const id of changed) if (id !== roots.files_final && id !== roots.videos_final) await lookAt(id);
  return { files: [...files.values()], gaps: [...gaps.values()] };

  function noteGap(id: string, place: Place, what: string): void {
    const name = below(place.folder, place.path);
    gaps.set(id, { file: name, message: `The folder ‘${name}’ in Google Drive ${what}. What lies in it is left alone; sync again once that is mended.` });
  }

  async function readTree(root: string, top: Place): Promise<void> {
    places.set(root, top);
    const waiting = [root];
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const place = places.get(id) ?? top;
      const gap = await readFolder(id, (file) => {
        if (file.mimeType !== FOLDER_TYPE) {
          // Moved while it was read, a file is met twice; where it was first counts.
          if (!files.has(file.id)) files.set(file.id, listedFile(file, place));
        } else if (!places.has(file.id)) {
          places.set(file.id, inside(place, file));
          waiting.push(file.id);
        }
      });
      if (gap !== null) noteGap(id, place, gap);
    }
  }

  /** Reads what lies in a folder. @returns what kept it from being read to its end, or null. What passes by itself is thrown. */
  async function readFolder(id: string, take: (file: DriveFile) => void): Promise<string | null> {
    try {
      for await (const page of drive.listChildren(id, abortSignal)) {
        for (const file of page.files) take(file);
        if (!page.isComplete) return 'was not looked through to its end by Google';
      }
      return null;
    } catch (error) {
      if (!(error instanceof DriveError)) throw error;
      if (error.kind === 'missing') return 'is not there, or in the trash';
      if (error.kind === 'refused') return `cannot be read: ${error.message}`;
      throw error;
    }
  }

  /** Puts one file or folder where it is now, whatever the listing says of it. */
  async function lookAt(id: string): Promise<void> {
    const file = await findInDrive(drive, id, abortSignal);
    const now = file === null || file.isTrashed ? null : await placeIn(file);
    files.delete(id);
    if (file !== null && now !== null && file.mimeType !== FOLDER_TYPE) files.set(id, listedFile(file, now));
    const before = places.get(id);
    const here = file === null || now === null || file.mimeType !== FOLDER_TYPE ? null : inside(now, file);
    if (before?.folder === here?.folder && before?.path === here?.path) return;
    if (before !== undefined) forgetBelow(before);
    // In the trash with all that lies in it: a search that still has it is no reason to miss nothing.
    if (file?.isTrashed === true) gaps.delete(id);
    if (here !== null) await readTree(id, here);
  }

  /** The folder a file lies in; null when it is below neither of the two. */
  async function placeIn(file: DriveFile): Promise<Place | null> {
    const above: DriveFile[] = [];
    let parentId = file.parentId;
    for (let depth = 0; parentId !== null && depth < MAX_DEPTH; depth += 1) {
      const known = places.get(parentId);
      if (known !== undefined) return above.reduceRight(inside, known);
      const parent = await findInDrive(drive, parentId, abortSignal);
      if (parent === null) return null;
      above.push(parent);
      parentId = parent.parentId;
    }
    return null;
  }

  function forgetBelow(gone: Place): void {
    const isBelow = ({ folder, path }: Place): boolean => folder === gone.folder && (path === gone.path || path.startsWith(`${gone.path}/`));
    for (const [id, file] of files) if (isBelow(file)) files.delete(id);
    for (const [id, place] of places) if (isBelow(place)) places.delete(id);
  }
}

function below(path: string, name: string): string {
  return path === '' || name === '' ? `${path}${name}` : `${path}/${name}`;
}

function listedFile(file: DriveFile, { folder, path, folderIds }: Place): ListedDriveFile {
  return {
    id: file.id,
    folder,
    path,
    folderIds,
    name: file.name,
    mimeType: file.mimeType,
    md5: file.md5,
    size: file.sizeBytes,
    modifiedAt: file.modifiedTime,
    downloadLink: file.downloadLink,
    isShortcut: file.shortcutTo !== null || file.mimeType === SHORTCUT_TYPE,
  };
}
