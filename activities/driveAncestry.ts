import type { Drive, DriveFile } from '#clients/drive.ts';
import { DriveError } from '#clients/driveError.ts';

/** Deeper than people nest folders; a circle would have no end. */
export const MAX_DEPTH = 100;

/** A file by its id, or null when it is not there or not for us. */
export async function findInDrive(drive: Drive, id: string, abortSignal: AbortSignal): Promise<DriveFile | null> {
  try {
    return await drive.get(id, abortSignal);
  } catch (error) {
    if (error instanceof DriveError && error.kind === 'missing') return null;
    throw error;
  }
}

/** Looks for what lies above files, and asks for each folder once. */
export function createDriveAncestry(drive: Drive, abortSignal: AbortSignal) {
  const parents = new Map<string, string | null>();

  return {
    /** The first of these folders that is above a file, or null. */
    async folderAbove(file: Pick<DriveFile, 'parentId'>, folders: ReadonlySet<string>): Promise<string | null> {
      let at = file.parentId;
      for (let depth = 0; at !== null && depth < MAX_DEPTH; depth += 1) {
        if (folders.has(at)) return at;
        let above = parents.get(at);
        if (above === undefined) {
          above = (await findInDrive(drive, at, abortSignal))?.parentId ?? null;
          parents.set(at, above);
        }
        at = above;
      }
      return null;
    },
  };
}
