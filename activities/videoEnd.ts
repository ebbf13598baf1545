import type { Db } from '#db/knex.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { findDriveFile } from '#db/queries/driveFiles.ts';
import type { VideoRow } from '#db/queries/videos.ts';

/** Why nobody wants anything made of a video any more; null while somebody does. */
export async function videoEnd(db: Db, video: Pick<VideoRow, 'driveFileId' | 'itemId' | 'sourceMd5'>): Promise<{ readonly code: string; readonly message: string } | null> {
  const file = video.driveFileId === null ? undefined : await findDriveFile(db, video.driveFileId);
  if (file === undefined || file.state === 'trashed') return { code: 'VideoMissing', message: 'The video’s file is gone from Google Drive.' };
  if (file.storedMd5 !== video.sourceMd5) return { code: 'Superseded', message: 'The file was changed in Google Drive. What is made of its new state is another video.' };
  const item = video.itemId === null ? undefined : await findContentItemById(db, video.itemId);
  return item === undefined || item.deletedAt !== null ? { code: 'VideoMissing', message: 'The video’s resource was deleted.' } : null;
}
