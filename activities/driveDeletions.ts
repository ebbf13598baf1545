import { driveFilesOnTheirWay, insertContentDeletions, listPendingItems, type NewContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItem, listContentItemsByIds, type StoredContentItem } from '#db/queries/contentItems.ts';
import { type DriveFileRow, type DriveReason, findDriveFilesByFileIds, moveDriveFile, noteDriveFileReason } from '#db/queries/driveFiles.ts';
import { insertRequestOfRun, markDelivered } from '#db/queries/runRequests.ts';
import { findSite, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { findTracksOfItems } from '#db/queries/videoTracks.ts';
import type { Db } from '#db/knex.ts';
import { UNDONE } from '#domain/contentDeletions.ts';
import { trackIdsOf } from '#domain/driveTracks.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { startDeleteContent } from '#temporal/startDeleteContent.ts';
import type { ActivityDeps } from './deps.ts';
import { itemsKept } from './itemsKept.ts';
import { StepError } from './stepError.ts';

/** A file that stays, and why. */
export interface KeptDriveFile {
  /** Drive's. */
  readonly fileId: string;
  readonly reason: DriveReason;
}

export interface ScheduledDriveDeletions {
  /** On their way out, with those that were so before. */
  readonly scheduled: number;
  readonly kept: readonly KeptDriveFile[];
}

/** What a sync does with files that are gone from their folders. */
export function createDriveDeletionsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'temporal'>) {
  const { config, db, temporal } = deps;

  return {
    /**
     * Has files that are missing from a complete listing go with their resources, after the time of grace: all of one sync at once; with a video
     * what 3Play made of it. What
     * anything names that stays is kept, and so is what a person kept before. Ask for fifty at once at most: each answers with a sentence.
     * Idempotent because a run has one request, and a file that is on its way out is not put there again.
     * Kill points: before the transaction (nothing happened), after it before the engine is told (it is told again), before that is noted.
     */
    async scheduleDriveDeletions(input: { readonly siteId: string; readonly runId: string; readonly fileIds: readonly string[] }): Promise<ScheduledDriveDeletions> {
      const { siteName, requestId, answer } = await db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const site = await findSite(trx, input.siteId);
        if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
        const files = await findDriveFilesByFileIds(trx, site.id, input.fileIds);
        const open = await driveFilesOnTheirWay(trx, site.id, files.map((file) => file.id));
        const isUndone = (file: DriveFileRow): boolean => file.reason?.code === UNDONE.code;
        const kept: KeptDriveFile[] = files.filter((file) => isUndone(file) && !open.has(file.id)).map((file) => ({ fileId: file.fileId, reason: UNDONE }));
        const fresh = files.filter((file) => file.state !== 'trashed' && !open.has(file.id) && !isUndone(file));
        const items = await listContentItemsByIds(trx, fresh.flatMap((file) => file.itemId ?? []));
        // What is on its way out already keeps nothing here; who names it is asked when it is due.
        const reasons = await itemsKept(trx, site, items.filter((item) => item.deletedAt === null).map(({ id, textId }) => ({ itemId: id, textId })), await listPendingItems(trx, site.id));
        const deletions: Omit<NewContentDeletion, 'requestId'>[] = [];
        for (const file of fresh) {
          const reason = reasons.get(file.itemId ?? '');
          if (reason !== undefined) {
            kept.push({ fileId: file.fileId, reason });
            await noteDriveFileReason(trx, file.id, reason);
          } else if (file.itemId === null && file.s3Key === null) {
            // Nothing was made of it, so there is nothing to give a time of grace.
            await moveDriveFile(trx, file.id, { state: 'trashed' });
          } else {
            deletions.push({ siteId: site.id, itemId: file.itemId, driveFileId: file.id, cause: 'missing', s3Key: file.s3Key, s3VersionId: file.s3VersionId, requestedBy: null });
            const item = items.find(({ id }) => id === file.itemId);
            for (const track of item === undefined ? [] : await tracksMadeOf(trx, site, item)) deletions.push({ siteId: site.id, itemId: track.id, driveFileId: null, cause: 'missing', s3Key: track.file?.replace(/^\/+/, '') ?? null, s3VersionId: null, requestedBy: null });
          }
        }
        const isAsked = deletions.length > 0 || open.size > 0;
        const request = isAsked ? await insertRequestOfRun(trx, input.runId, { process: deleteContentContract.process, siteId: site.id, requestedBy: null }) : null;
        if (request !== null) await insertContentDeletions(trx, deletions.map((deletion) => ({ ...deletion, requestId: request.id })), config.contentDeletionGraceDays);
        return { siteName: site.name, requestId: request?.id ?? null, answer: { scheduled: deletions.length + open.size, kept } };
      });
      if (requestId === null) return answer;
      try {
        await temporal.workflow.signalWithStart(deleteContentContract.workflowType, startDeleteContent({ siteId: input.siteId, siteName, requestId }, config.temporalTaskQueuePrefix));
      } catch {
        throw new StepError('EngineUnavailable', 'The workflow of the deletions cannot be reached.');
      }
      await markDelivered(db, requestId);
      return answer;
    },
  };
}

/** Captions and transcripts that 3Play made of a video; those that came from Drive go with their own files. */
async function tracksMadeOf(trx: Db, site: SiteRow, video: StoredContentItem): Promise<StoredContentItem[]> {
  const named = await Promise.all(trackIdsOf(video.metadata, site.name).map((textId) => findContentItem(trx, site.id, textId)));
  const there = named.filter((item): item is StoredContentItem => item !== undefined && item.deletedAt === null);
  const made = new Set((await findTracksOfItems(trx, there.map(({ id }) => id))).filter(({ source }) => source === 'threePlay').map(({ itemId }) => itemId));
  return there.filter(({ id }) => made.has(id));
}
