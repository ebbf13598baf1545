import { v7 as uuidv7 } from 'uuid';
import type { Db } from '#db/knex.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { claimDriveKey, findDriveFilesByFileIds, moveDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { keepDriveVideo } from '#db/queries/videos.ts';
import { makeContentItem } from './contentItem.ts';
import { makeRun, makeSite } from './rows.ts';

export interface DriveVideoGiven {
  readonly site?: SiteRow;
  readonly name?: string;
  readonly md5?: string;
  readonly sourceKey?: string;
  /** Metadata of its resource. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A video file that came from Drive with its resource, of a new site unless one is named, and its row; its bytes are not in the bucket. */
export async function makeDriveVideo(db: Db, given: DriveVideoGiven = {}) {
  const site = given.site ?? (await makeSite(db));
  const fileId = `drive-${uuidv7()}`;
  const name = given.name ?? 'lecture-1.mp4';
  const sourceMd5 = given.md5 ?? 'a'.repeat(32);
  const sourceKey = given.sourceKey ?? `gdrive_uploads/${site.name}/${fileId}/${name}`;
  const runId = await makeRun(db, { siteId: site.id });
  await recordFoundFiles(db, site.id, runId, [{ fileId, folder: 'videos_final', path: '', name, mimeType: 'video/mp4', md5: sourceMd5, size: 1_000, modifiedAt: null, state: 'found', reason: null }]);
  const [file] = await findDriveFilesByFileIds(db, site.id, [fileId]);
  if (file === undefined) throw new Error(`The file ${fileId} vanished`);
  await claimDriveKey(db, file.id, sourceKey);
  const content = makeContentItem({ textId: uuidv7(), filename: fileId, dirpath: 'content/resources', type: 'resource', title: name, file: sourceKey, metadata: { resourcetype: 'Video', file_type: 'video/mp4', file_size: 1_000, ...given.metadata } });
  const item = await createContentItem(db, { siteId: site.id, item: content, by: null, reason: 'a test', references: [] });
  await moveDriveFile(db, file.id, { state: 'complete', itemId: item.id, stored: { md5: sourceMd5, versionId: null } });
  const wish = { siteId: site.id, itemId: item.id, driveFileId: file.id, sourceKey, sourceMd5 };
  const { video } = await keepDriveVideo(db, wish);
  return { site, file, item, wish, video };
}
