import { createHash } from 'node:crypto';
import { v4 as uuidv4 } from 'uuid';
import { S3Error } from '#clients/s3.ts';
import type { Db } from '#db/knex.ts';
import { findCaptionOrder, listCaptionOrders, moveCaptionOrder, ORDERED_STATES, type OrderReason } from '#db/queries/captionOrders.ts';
import { countChangesSince, findCaptionSetting } from '#db/queries/captionSettings.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { listDeployments } from '#db/queries/deployments.ts';
import { findDriveFile, takenDriveKeys } from '#db/queries/driveFiles.ts';
import { insertRunRequest, listWaitingRequests, markDelivered } from '#db/queries/runRequests.ts';
import { recordPhase, recordPhaseProgress } from '#db/queries/runs.ts';
import { bumpContentRevision, findSite, lockSite } from '#db/queries/sites.ts';
import { takenFilenames } from '#db/queries/takenFilenames.ts';
import { findTracksOfItems, keepDriveTracks, listVideoTracks, putVideoTrack, type TrackKind, type VideoTrackRow } from '#db/queries/videoTracks.ts';
import { countOtherVideos, findVideo, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { blankMetadata } from '#domain/blankMetadata.ts';
import { CAPTIONS_REASON, ENGLISH, hasWrittenCaptions, isEnglish, namedTracksOf, trackLanguageOf } from '#domain/captionRules.ts';
import { captionVideoProcess } from '#domain/processes.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { keyFor, resourceFilename, splitName } from '#domain/driveFiles.ts';
import { withTrack } from '#domain/driveTracks.ts';
import { referencesOf } from '#domain/references.ts';
import { contentDirOf } from '#domain/siteConfig.ts';
import type { ThreePlayFormat } from '#domain/threePlay.ts';
import type { CaptionVideoResult } from '#temporal/contracts/captionVideo.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { auditOwnPublish } from './auditOwnPublish.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { RESOURCE, type ResourcePlace, resourcePlaceOf } from './resourcePlace.ts';
import { StepError } from './stepError.ts';
import { tellPublish } from './tellPublish.ts';
import { videoMails } from './videoMails.ts';
import { withMails } from './withMails.ts';

const PHASE = 'captions';
/** On every object, so that one that is there is known for whose it is. */
const VIDEO_MARK = 'video-id';

/** What is made of an order, and in which form it lies in the bucket. */
const FORMS = {
  captions: { format: 'vtt', extension: 'vtt', contentType: 'text/vtt', resourcetype: 'Other' },
  transcript: { format: 'pdf', extension: 'pdf', contentType: 'application/pdf', resourcetype: 'Document' },
} as const satisfies Record<TrackKind, { readonly format: ThreePlayFormat; readonly extension: string; readonly contentType: string; readonly resourcetype: string }>;
const KINDS = ['captions', 'transcript'] as const satisfies readonly TrackKind[];

interface FetchedTrack {
  readonly kind: TrackKind;
  readonly bytes: Buffer;
  readonly md5: string;
  readonly key: string;
}

/** Captions and transcripts as resources of their sites, whoever made them. */
export function createCaptionsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'log' | 's3' | 'temporal' | 'threePlay'>) {
  const { config, db, s3, threePlay } = deps;
  const bucket = config.storageBucket;

  return {
    /**
     * Shows in the run of the video how far its captions are.
     * Idempotent because the same words are written again.
     * Kill points: before the row, after it; either way the same.
     */
    async noteCaptions(input: { readonly runId: string; readonly summary: string }): Promise<void> {
      await recordPhase(db, { runId: input.runId, phase: PHASE, state: 'running', error: null });
      await recordPhaseProgress(db, input.runId, PHASE, input.summary, {});
    },

    /**
     * Takes in the captions and transcripts that people gave a video, and says whether one is in English: such a video needs no order, and one that is not placed yet is given up.
     * Idempotent because the tracks are what the video’s resource names, whenever that is read.
     * Kill points: between two tracks, before an order is given up; all of it is done again.
     */
    async takeSuppliedCaptions(input: { readonly videoId: string }): Promise<{ readonly isSupplied: boolean; readonly tracks: number }> {
      const { abortSignal } = activityContext();
      const video = await videoOf(db, input.videoId);
      const item = await itemOf(db, video);
      const { site } = await resourcePlaceOf(db, video.siteId);
      const own = await listVideoTracks(db, video.id);
      const named = namedTracksOf(item.metadata, site.name);
      const kept: Pick<VideoTrackRow, 'kind' | 'language'>[] = [];
      let isSupplied = hasWrittenCaptions(item.metadata);
      for (const kind of KINDS) {
        for (const textId of named[kind]) {
          const resource = await findContentItem(db, site.id, textId);
          if (resource?.file == null || resource.deletedAt !== null) continue;
          if (own.some((track) => track.itemId === resource.id && track.source === 'threePlay')) continue;
          const language = trackLanguageOf(resource.metadata);
          // The first of a language is what readers are shown.
          if (kept.some((track) => track.kind === kind && track.language === language)) continue;
          const key = resource.file.replace(/^\/+/, '');
          const bytes = await s3.get(bucket, key, abortSignal);
          if (bytes === null) continue;
          const [known] = await findTracksOfItems(db, [resource.id]);
          await putVideoTrack(db, { videoId: video.id, kind, language, source: known?.source ?? 'drive', itemId: resource.id, s3Key: key, md5: sumOf(bytes) });
          kept.push({ kind, language });
          isSupplied ||= kind === 'captions' && isEnglish(language);
        }
      }
      await keepDriveTracks(db, video.id, kept);
      const newest = isSupplied ? (await listCaptionOrders(db, video.id)).at(-1) : undefined;
      if (newest !== undefined) await moveCaptionOrder(db, newest.id, { from: ['waiting', 'intended'], state: 'refused', reason: { code: 'Supplied', message: 'Captions in English were put into the site before these were ordered.' } });
      return { isSupplied, tracks: kept.length };
    },

    /**
     * Brings what 3Play made into the bucket and into the site: a resource for the captions and one for the transcript, tied to their video. What people
     * supplied meanwhile wins. Fetched once more, what was corrected takes the place of what was there.
     * Idempotent because an object carries its video’s id and a track’s row names its resource since the same transaction.
     * Kill points: before an object, between two, before the transaction (the objects are found), after it (nothing is left to change).
     */
    async storeCaptions(input: Partial<PhaseInput> & { readonly orderId: string }): Promise<PhaseResult & { readonly stored: number; readonly changed: number }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const order = await findCaptionOrder(db, input.orderId);
      if (order?.transcriptId == null) throw new StepError('VideoMissing', 'The order of captions is not known any more, or was never placed.');
      const video = await videoOf(db, order.videoId);
      const place = await resourcePlaceOf(db, video.siteId);
      const base = await baseNameOf(db, video);
      const transcript = await threePlay.transcript(order.transcriptId, abortSignal);
      const known = await listVideoTracks(db, video.id);
      const fetched: FetchedTrack[] = [];
      for (const kind of KINDS) {
        const found = await threePlay.download(transcript, FORMS[kind].format, abortSignal);
        if (found === null) throw new StepError('ThreePlayUnavailable', `3Play says that the ${kind} are ready, and does not have them yet.`);
        const bytes = Buffer.from(found);
        const own = known.find((track) => track.kind === kind && track.source === 'threePlay' && track.language === ENGLISH);
        fetched.push({ kind, bytes, md5: sumOf(bytes), key: await putObject(own?.s3Key ?? null, { video, place, base, kind, bytes }, abortSignal) });
      }
      return db.transaction(async (trx) => {
        await lockSite(trx, video.siteId);
        let changed = 0;
        let stored = 0;
        for (const track of fetched) {
          const outcome = await saveTrack(trx, await resourcePlaceOf(trx, video.siteId), { video, base, track });
          if (outcome !== 'left') stored += 1;
          if (outcome === 'changed') changed += 1;
        }
        await moveCaptionOrder(trx, order.id, { from: [...ORDERED_STATES, 'complete'], state: 'complete' });
        return { stored, changed, counts: { stored, changed }, summary: stored === 0 ? 'What came from 3Play is left aside: the site has its own' : 'Captions and transcript are in the site' };
      });
    },

    /**
     * Ends the captions of a video in its run, and tells who answers for the site: once that they are there, also when they were the last the site
     * lacked, and once a day why they are not.
     * Idempotent because the same end is written again, and a mail has one key per video and person.
     * Kill points: before the transaction (nothing happened), after it (writing it again changes nothing).
     */
    async endCaptions(input: { readonly videoId: string; readonly runId: string; readonly outcome: CaptionVideoResult['outcome']; readonly reason: OrderReason | null; readonly summary: string }): Promise<void> {
      const { videoId, runId, outcome, reason, summary } = input;
      await withMails(deps, async (trx, mail) => {
        const video = await findVideo(trx, videoId);
        // Of two videos that end at once the later one sees that the other has captions.
        if (reason === null && video !== undefined) await lockSite(trx, video.siteId);
        await recordPhase(trx, { runId, phase: PHASE, state: reason === null ? 'done' : 'failed', summary, error: reason === null ? null : { code: reason.code, message: reason.message } });
        await noteVideoWaits(trx, videoId, reason === null ? null : { code: reason.code, message: reason.message, until: null });
        if (reason !== null) {
          if (outcome === 'parked') await mail(await videoMails(trx, { kind: reason.code === 'CaptionsCancelled' ? 'captions-cancelled' : 'captions-stopped', videoId, about: videoId, reason: reason.message }));
          return;
        }
        await mail(await videoMails(trx, { kind: 'captions-ready', videoId, about: videoId, reason: outcome === 'supplied' ? 'The captions are those that were put into the site.' : null }));
        if (video === undefined) return;
        const { others, uncaptioned } = await countOtherVideos(trx, video);
        if (others > 0 && uncaptioned === 0) await mail(await videoMails(trx, { kind: 'captions-complete', videoId, about: videoId, reason: null }));
      });
    },

    /**
     * Asks for a live publish of a site that wants its captions published by themselves, where nothing but captions changed since the last one.
     * Idempotent because a publish that waits already takes all that there is, and none is asked for beside it.
     * Kill points: before the request, after it before the publish is told (it is told once more).
     */
    async publishCaptions(input: { readonly siteId: string }): Promise<{ readonly isAsked: boolean }> {
      const site = await findSite(db, input.siteId);
      if (site === undefined || !(await findCaptionSetting(db, site.id))) return { isAsked: false };
      const requestId = await db.transaction(async (trx) => {
        await lockSite(trx, site.id);
        const held = await findSite(trx, site.id);
        const live = (await listDeployments(trx, [site.id])).get(`${site.id}/live`);
        if (held === undefined || live?.manifestKey == null || live.runId === null || live.contentRevision === null || held.contentRevision <= live.contentRevision) return null;
        const { captions, others } = await countChangesSince(trx, site.id, live.runId);
        // The site counts what is no item too: more changes than those of captions are others.
        if (others > 0 || captions < held.contentRevision - live.contentRevision) return null;
        const [waiting] = (await listWaitingRequests(trx, [site.id])).filter((request) => request.process === publishSiteContract.process && request.version === 'live');
        if (waiting !== undefined) return waiting.id;
        const request = await insertRunRequest(trx, { process: publishSiteContract.process, siteId: site.id, version: 'live', requestedBy: null });
        await auditOwnPublish(trx, captionVideoProcess, { siteName: site.name, version: 'live', requestId: request.id });
        return request.id;
      });
      if (requestId === null) return { isAsked: false };
      await tellPublish(deps, { siteId: site.id, siteName: site.name, version: 'live', requestId, askedBy: 'captions that are ready' });
      await markDelivered(db, requestId);
      return { isAsked: true };
    },
  };

  /** Puts bytes to the key they had, or to the first that is nobody’s. @returns the key. */
  async function putObject(earlier: string | null, of: { readonly video: VideoRow; readonly place: ResourcePlace; readonly base: string; readonly kind: TrackKind; readonly bytes: Buffer }, abortSignal: AbortSignal): Promise<string> {
    const { video, place, base, kind, bytes } = of;
    const { extension, contentType } = FORMS[kind];
    const facts = { contentType, metadata: { [VIDEO_MARK]: video.id } };
    if (earlier !== null) {
      await s3.put(bucket, earlier, bytes, facts, { abortSignal });
      return earlier;
    }
    const prefix = `${[place.config['root-url-path'], place.site.name].map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '').join('/')}/`;
    const taken = new Set(await takenDriveKeys(db, place.site.id, prefix));
    for (;;) {
      const key = keyFor(prefix, `${base}_${kind}.${extension}`, (candidate) => taken.has(candidate));
      const head = await s3.head(bucket, key, abortSignal);
      // Of a try that died before its row: nobody else names it.
      if (head !== null && head.metadata[VIDEO_MARK] !== video.id) {
        taken.add(key);
        continue;
      }
      try {
        await s3.put(bucket, key, bytes, facts, { ifAbsent: head === null, abortSignal });
        return key;
      } catch (error) {
        if (!(error instanceof S3Error) || error.kind !== 'exists') throw error;
        taken.add(key);
      }
    }
  }
}

/** Makes the resource of a track and ties it to its video, or changes the one it has. */
async function saveTrack(trx: Db, place: ResourcePlace, of: { readonly video: VideoRow; readonly base: string; readonly track: FetchedTrack }): Promise<'left' | 'made' | 'changed' | 'same'> {
  const { site, config, kind: resourceKind, dirpath } = place;
  const { video, base, track } = of;
  const { kind, key, md5 } = track;
  const own = (await listVideoTracks(trx, video.id)).find((row) => row.kind === kind && row.language === ENGLISH);
  const row = { videoId: video.id, kind, language: ENGLISH, source: 'threePlay', s3Key: key, md5 } as const;
  if (own?.source === 'threePlay') {
    const known = own.itemId === null ? undefined : await findContentItemById(trx, own.itemId);
    if (known === undefined || known.deletedAt !== null) return 'left';
    if (own.md5 === md5) return 'same';
    const set = { metadata: { ...known.metadata, file_size: track.bytes.length } };
    const changed = await changeContentItem(trx, { siteId: site.id, textId: known.textId, fromRevision: null, set, by: null, reason: CAPTIONS_REASON });
    // The same size is no change of the item, and yet readers have to get it.
    if (changed.kind === 'unchanged') await bumpContentRevision(trx, site.id);
    await putVideoTrack(trx, { ...row, itemId: known.id });
    return 'changed';
  }
  const videoItem = await itemOf(trx, video);
  if (await hasOtherEnglish(trx, site.id, namedTracksOf(videoItem.metadata, site.name)[kind])) return 'left';
  if (kind === 'captions' && hasWrittenCaptions(videoItem.metadata)) return 'left';
  const name = `${base}_${kind}.${FORMS[kind].extension}`;
  const { resourcetype, contentType } = FORMS[kind];
  const item: ContentItem = {
    textId: uuidv4(),
    type: RESOURCE,
    title: `${videoItem.title ?? base} ${kind}`,
    dirpath,
    filename: resourceFilename(name, await takenFilenames(trx, { siteId: site.id, dirpath, contentDir: contentDirOf(config), butTextId: null })),
    isPageContent: true,
    metadata: { ...blankMetadata(resourceKind, { useDefaults: true, values: { resourcetype, filetype: resourcetype, language: ENGLISH, video_metadata: { youtube_id: video.youtubeId ?? '' } } }), file_type: contentType, file_size: track.bytes.length },
    markdown: '',
    file: key,
  };
  const made = await createContentItem(trx, { siteId: site.id, item, by: null, reason: CAPTIONS_REASON, references: referencesOf(item, config) });
  await putVideoTrack(trx, { ...row, itemId: made.id });
  const metadata = withTrack(videoItem.metadata, resourceKind, { name, textId: item.textId }, site.name);
  if (metadata !== null) await changeContentItem(trx, { siteId: site.id, textId: videoItem.textId, fromRevision: null, set: { metadata }, by: null, reason: CAPTIONS_REASON, references: referencesOf({ ...videoItem, metadata }, config) });
  return 'made';
}

async function hasOtherEnglish(trx: Db, siteId: string, textIds: readonly string[]): Promise<boolean> {
  for (const textId of textIds) {
    const item = await findContentItem(trx, siteId, textId);
    if (item !== undefined && item.deletedAt === null && item.file !== null && isEnglish(trackLanguageOf(item.metadata))) return true;
  }
  return false;
}

/** What a video’s tracks are called: as its file, or by its id on YouTube. */
async function baseNameOf(db: Db, video: VideoRow): Promise<string> {
  const file = video.driveFileId === null ? undefined : await findDriveFile(db, video.driveFileId);
  return file === undefined ? (video.youtubeId ?? video.id) : splitName(file.name).base;
}

async function videoOf(db: Db, videoId: string): Promise<VideoRow> {
  const video = await findVideo(db, videoId);
  if (video === undefined) throw new StepError('VideoMissing', 'The video is not known any more.');
  return video;
}

async function itemOf(db: Db, video: VideoRow): Promise<StoredContentItem> {
  const item = video.itemId === null ? undefined : await findContentItemById(db, video.itemId);
  if (item === undefined || item.deletedAt !== null) throw new StepError('CaptionsBlocked', 'The video has no resource in the site that captions could belong to. Bring it back, then retry this step.');
  return item;
}

function sumOf(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
