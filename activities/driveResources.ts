import { buffer } from 'node:stream/consumers';
import { v4 as uuidv4 } from 'uuid';
import type { Db } from '#db/knex.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { claimDriveKey, type DriveFileRow, type DriveReason, findDriveFile, listDriveFiles, moveDriveFile, takenDriveKeys } from '#db/queries/driveFiles.ts';
import { insertDriveRunFiles, recordDriveRunFile } from '#db/queries/driveRunFiles.ts';
import { listRequestsOfRuns } from '#db/queries/runRequests.ts';
import { findSite, lockSite } from '#db/queries/sites.ts';
import { takenFilenames } from '#db/queries/takenFilenames.ts';
import { findPlacedDownload } from '#db/queries/transcodeJobs.ts';
import { putVideoTrack } from '#db/queries/videoTracks.ts';
import { findVideoOfItem } from '#db/queries/videos.ts';
import { blankMetadata } from '#domain/blankMetadata.ts';
import { trackLanguageOf } from '#domain/captionRules.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { isDriveVideo, keyFor, keyPrefixOf, resourceFilename, resourceTitle, resourceTypeOf, storedFormOf, trackNameOf } from '#domain/driveFiles.ts';
import { tracksOfVideo, videoOfTrack, withTrack } from '#domain/driveTracks.ts';
import { referencesOf } from '#domain/references.ts';
import { contentDirOf } from '#domain/siteConfig.ts';
import { DOWNLOAD_TYPE } from '#domain/transcodeJob.ts';
import type { ActivityDeps } from './deps.ts';
import { tellDriveProgress } from './driveProgress.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { readPdfTitle } from './readPdfTitle.ts';
import { RESOURCE, type ResourcePlace, resourcePlaceOf } from './resourcePlace.ts';
import { StepError } from './stepError.ts';
import { tellRepository } from './tellRepository.ts';

const REASON = 'from Google Drive';
const FILE_GONE = 'The file is not known any more. Sync the site again.';

/** A step of one file; it is a phase of the run only when the run is about nothing else. */
export interface DriveFileStep extends Partial<PhaseInput> {
  readonly driveFileId: string;
  /** The run the file's outcome is reported in. */
  readonly runId: string;
}

/** What stands round a file. */
interface Surroundings extends ResourcePlace {
  /** Who asked for it; null when nobody did. */
  readonly by: string | null;
}

/** Files from Google Drive as resources of their sites. */
export function createDriveResourcesActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'temporal'>) {
  const { config, db, s3 } = deps;
  const bucket = config.storageBucket;

  return {
    /**
     * Gives a file its place in the bucket, which it keeps whatever it is called later, and puts it into the report of the run.
     * Idempotent because a place that was taken is kept, and so is what the report has.
     * Kill points: before the report has it, before a place is taken, after it (the next try finds both).
     */
    async claimDrivePlace(input: { readonly driveFileId: string; readonly runId: string }): Promise<{ isStored: boolean }> {
      const file = await fileOf(db, input.driveFileId);
      await insertDriveRunFiles(db, input.runId, [{ fileId: file.fileId, folder: file.folder, path: file.path, name: file.name, outcome: 'waiting', reason: null }]);
      if (file.s3Key === null) {
        const { site, config: siteConfig } = await surroundingsOf(db, file, input.runId);
        const prefix = keyPrefixOf(file, { name: site.name, rootPath: siteConfig['root-url-path'] }, config.driveS3UploadPrefix);
        const { name } = storedFormOf(file);
        for (let claimed: string | null = null; claimed === null; ) {
          // Its row may go while a place is looked for; nothing would ever be claimed for it then.
          await fileOf(db, file.id);
          const taken = await takenDriveKeys(db, site.id, prefix);
          claimed = await claimDriveKey(db, file.id, keyFor(prefix, name, (key) => taken.has(key)));
        }
      }
      return { isStored: file.storedMd5 !== null && file.storedMd5 === file.md5 };
    },

    /**
     * Makes the resource of a file whose bytes are in the bucket, or changes the one it has; captions and transcripts meet their video here, whichever came first.
     * Idempotent because the file's row names its resource since the same transaction, and what is written again is the same.
     * Kill points: while the title is read, before the transaction (both are done again), after it (nothing is left to change).
     */
    async saveDriveResource(input: DriveFileStep & { readonly bytes: number; readonly isStored: boolean }): Promise<PhaseResult> {
      const file = await fileOf(db, input.driveFileId);
      if (file.s3Key === null) throw new StepError('DriveMissing', FILE_GONE);
      const head = await s3.head(bucket, file.s3Key);
      if (head === null) throw new StepError('S3Unavailable', 'The file store (S3) does not have a file that it took.');
      const pdfTitle = head.contentType === 'application/pdf' ? await pdfTitleOf(file.s3Key, head.size) : null;
      const stored: StoredFile = { key: file.s3Key, size: head.size, pdfTitle, download: await downloadOf(file) };
      const summary = await db.transaction(async (trx) => {
        await lockSite(trx, file.siteId);
        // Read again: a try that was given up may have made its resource meanwhile, or a listing given its place away.
        const held = await fileOf(trx, file.id);
        if (held.s3Key !== stored.key) throw new StepError('DriveMissing', FILE_GONE);
        const around = await surroundingsOf(trx, held, input.runId);
        const known = held.itemId === null ? undefined : await findContentItemById(trx, held.itemId);
        const item = known === undefined ? await createResource(trx, around, held, stored) : await updateResource(trx, around, held, known, stored);
        await moveDriveFile(trx, held.id, { state: 'complete', itemId: item.id });
        const linked = await linkTracks(trx, around, { ...held, itemId: item.id });
        await recordDriveRunFile(trx, input.runId, held.fileId, { outcome: input.isStored ? 'unchanged' : 'streamed', reason: null, bytes: input.bytes });
        return `${known === undefined ? 'Made' : 'Changed'} the resource ‘${item.title ?? item.filename}’${linked === 0 ? '' : ', and tied captions or transcripts to their video'}`;
      });
      await tellDriveProgress(db, input.runId);
      return { summary, counts: { bytes: input.bytes } };
    },

    /**
     * Says why a file did not come to its end; what the studio has of it stays.
     * Idempotent because the same reason is written again.
     * Kill points: between the file's row and the report's; both are written again.
     */
    async recordDriveFileFailed(input: { readonly driveFileId: string; readonly runId: string; readonly reason: DriveReason }): Promise<void> {
      const file = await findDriveFile(db, input.driveFileId);
      if (file === undefined) return;
      // One that went away meanwhile has not failed.
      if (file.state !== 'trashed') await moveDriveFile(db, file.id, { state: 'failed', reason: input.reason });
      await recordDriveRunFile(db, input.runId, file.fileId, { outcome: 'failed', reason: input.reason });
      await tellDriveProgress(db, input.runId);
    },

    /**
     * Lets what changed be committed to the site's repository soon.
     * Idempotent because a signal is a hint, and a commit of what main holds is none.
     * Kill points: before the signal, after it; a hint that comes twice does no harm.
     */
    async tellDriveContent(input: { readonly siteId: string }): Promise<void> {
      const site = await findSite(db, input.siteId);
      if (site !== undefined) await tellRepository(deps, { siteId: site.id, siteName: site.name });
    },
  };

  /** Bytes that did not change keep the download that was made of them. */
  async function downloadOf(file: DriveFileRow): Promise<StoredFile['download']> {
    const key = file.md5 === null ? null : await findPlacedDownload(db, file.id, file.md5);
    const head = key === null ? null : await s3.head(bucket, key);
    return key === null || head === null ? null : { key, size: head.size };
  }

  async function pdfTitleOf(key: string, size: number): Promise<string | null> {
    const { isPdf, title } = await readPdfTitle(size, async (start, length) => (length === 0 ? Buffer.alloc(0) : buffer((await s3.open(bucket, key, { first: start, last: start + length - 1 })).body)));
    if (!isPdf) throw new StepError('DriveFileInvalid', 'It is called a PDF and is none. Make it again, and put it into the folder under the same name.');
    return title;
  }
}

/** The row of a file that is one of the site's. @throws {StepError} when it went away. */
async function fileOf(db: Db, driveFileId: string): Promise<DriveFileRow> {
  const file = await findDriveFile(db, driveFileId);
  if (file === undefined || file.state === 'trashed') throw new StepError('DriveMissing', FILE_GONE);
  return file;
}

async function surroundingsOf(db: Db, file: DriveFileRow, runId: string): Promise<Surroundings> {
  const by = (await listRequestsOfRuns(db, [runId])).get(runId)?.find((request) => request.requestedBy !== null)?.requestedBy ?? null;
  return { ...(await resourcePlaceOf(db, file.siteId)), by };
}

interface StoredFile {
  readonly key: string;
  /** Bytes in the bucket. */
  readonly size: number;
  readonly pdfTitle: string | null;
  /** What readers download in its place, where it is a video that was transcoded. */
  readonly download: { readonly key: string; readonly size: number } | null;
}

async function createResource(trx: Db, { site, config, kind, by }: Surroundings, file: DriveFileRow, stored: StoredFile): Promise<StoredContentItem> {
  const form = storedFormOf(file);
  const type = resourceTypeOf({ folder: file.folder, ...form });
  const track = trackNameOf(form.name);
  const values = { resourcetype: type, filetype: type, ...(track?.language == null ? {} : { language: track.language }), ...(track?.locale == null ? {} : { locale: track.locale }) };
  const dirpath = kind.folder ?? '';
  const item: ContentItem = {
    textId: uuidv4(),
    type: RESOURCE,
    title: resourceTitle(form.name, stored.pdfTitle),
    dirpath,
    filename: resourceFilename(form.name, await takenFilenames(trx, { siteId: site.id, dirpath, contentDir: contentDirOf(config), butTextId: null })),
    isPageContent: true,
    // What readers need to know of a file is there also where a starter forgot to ask for it.
    metadata: { ...blankMetadata(kind, { useDefaults: true, values }), file_type: form.mimeType, file_size: stored.size },
    markdown: '',
    file: stored.key,
  };
  return createContentItem(trx, { siteId: site.id, item, by, reason: REASON, references: referencesOf(item, config) });
}

/** New bytes under the resource that authors and readers know: its address and what people wrote to it stay. One that was deleted comes back with its file. */
async function updateResource(trx: Db, { site, config, by }: Surroundings, file: DriveFileRow, known: StoredContentItem, stored: StoredFile): Promise<StoredContentItem> {
  const form = storedFormOf(file);
  const isTitled = stored.pdfTitle !== null && stored.pdfTitle !== form.name && resourceTitle(form.name, stored.pdfTitle) === stored.pdfTitle;
  const isTaken = known.deletedAt === null ? null : await takenFilenames(trx, { siteId: site.id, dirpath: known.dirpath, contentDir: contentDirOf(config), butTextId: known.textId });
  const shown = stored.download === null ? { key: stored.key, size: stored.size, type: form.mimeType } : { ...stored.download, type: DOWNLOAD_TYPE };
  const set = {
    file: shown.key,
    metadata: { ...known.metadata, file_type: shown.type, file_size: shown.size },
    ...(isTitled ? { title: stored.pdfTitle } : {}),
    ...(isTaken?.(known.filename) === true ? { filename: resourceFilename(form.name, isTaken) } : {}),
  };
  const changed = await changeContentItem(trx, { siteId: site.id, textId: known.textId, fromRevision: null, set, deleted: false, by, reason: REASON, references: referencesOf({ ...known, ...set }, config) });
  if (changed.kind === 'missing' || changed.kind === 'conflict') throw new Error(`Item ${known.id} changed while its site was held`);
  return changed.item;
}

/** Ties captions and transcripts to their video, from whichever side came last. @returns how many. */
async function linkTracks(trx: Db, around: Surroundings, file: DriveFileRow): Promise<number> {
  if (!isDriveVideo(file) && trackNameOf(storedFormOf(file).name) === null) return 0;
  const files = (await listDriveFiles(trx, around.site.id))
    .map((row) => (row.id === file.id ? file : row))
    .filter((row) => row.itemId !== null && row.state !== 'trashed')
    .map((row) => ({ ...row, name: storedFormOf(row).name }));
  const videos = files.filter(isDriveVideo);
  const own = files.find((row) => row.id === file.id);
  if (own === undefined) return 0;
  const video = isDriveVideo(own) ? own : videoOfTrack(own, videos);
  if (video === null) return 0;
  let linked = 0;
  for (const track of isDriveVideo(own) ? tracksOfVideo(own, files, videos) : [own]) {
    if (await linkTrack(trx, around, video, track)) linked += 1;
    await noteTrack(trx, video, track);
  }
  return linked;
}

/** Lets YouTube have captions that come, or change, when their video is there already. */
async function noteTrack(trx: Db, video: { readonly itemId: string | null }, track: DriveFileRow): Promise<void> {
  const film = video.itemId === null ? undefined : await findVideoOfItem(trx, video.itemId);
  const item = track.itemId === null ? undefined : await findContentItemById(trx, track.itemId);
  const told = trackNameOf(track.name);
  if (film === undefined || item === undefined || item.deletedAt !== null || told === null || track.s3Key === null || track.storedMd5 === null) return;
  await putVideoTrack(trx, { videoId: film.id, kind: told.kind, language: trackLanguageOf(item.metadata), source: 'drive', itemId: item.id, s3Key: track.s3Key, md5: track.storedMd5 });
}

async function linkTrack(trx: Db, { site, config, kind, by }: Surroundings, video: { readonly itemId: string | null }, track: { readonly itemId: string | null; readonly name: string }): Promise<boolean> {
  const [videoItem, trackItem] = [await findContentItemById(trx, video.itemId ?? ''), await findContentItemById(trx, track.itemId ?? '')];
  if (videoItem === undefined || trackItem === undefined || videoItem.deletedAt !== null || trackItem.deletedAt !== null) return false;
  const metadata = withTrack(videoItem.metadata, kind, { name: track.name, textId: trackItem.textId }, site.name);
  if (metadata === null) return false;
  await changeContentItem(trx, { siteId: site.id, textId: videoItem.textId, fromRevision: null, set: { metadata }, by, reason: REASON, references: referencesOf({ ...videoItem, metadata }, config) });
  return true;
}
