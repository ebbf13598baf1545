import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { DriveError } from './driveError.ts';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';

/** What is asked of every file. */
export const FILE_FIELDS = 'id,name,mimeType,md5Checksum,size,createdTime,modifiedTime,parents,trashed,webContentLink,appProperties,shortcutDetails(targetId,targetMimeType)';

/** A file, a folder, a document of Google’s own or a shortcut. */
export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  /** In hex; null for what has no bytes. */
  readonly md5: string | null;
  /** Null for what has no bytes: folders, shortcuts and documents of Google’s own. */
  readonly sizeBytes: number | null;
  /** ISO 8601. Drive changes `modifiedTime` also for no reason one could see. */
  readonly createdTime: string | null;
  readonly modifiedTime: string | null;
  /** The folder it lies in; null for the drive itself. */
  readonly parentId: string | null;
  /** In the trash itself, or within a folder that is. */
  readonly isTrashed: boolean;
  /** Where a browser downloads it; null when it cannot be downloaded. */
  readonly downloadLink: string | null;
  readonly appProperties: Readonly<Record<string, string>>;
  readonly shortcutTo: { readonly id: string; readonly mimeType: string | null } | null;
}

/** @throws {DriveError} when Google’s answer lacks what every file has. */
export function toDriveFile(file: drive_v3.Schema$File): DriveFile {
  const { id, name, mimeType, size, shortcutDetails } = file;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof mimeType !== 'string') throw new DriveError('unavailable', 'Google Drive’s answer holds a file without id, name or type');
  return {
    id,
    name,
    mimeType,
    md5: file.md5Checksum ?? null,
    sizeBytes: typeof size === 'string' && /^\d+$/.test(size) ? Number(size) : null,
    createdTime: file.createdTime ?? null,
    modifiedTime: file.modifiedTime ?? null,
    parentId: file.parents?.[0] ?? null,
    isTrashed: file.trashed === true,
    downloadLink: file.webContentLink ?? null,
    appProperties: file.appProperties ?? {},
    shortcutTo: typeof shortcutDetails?.targetId === 'string' ? { id: shortcutDetails.targetId, mimeType: shortcutDetails.targetMimeType ?? null } : null,
  };
}
