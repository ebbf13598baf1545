import { type Client, isGrpcServiceError, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { PayloadConverterError, type SignalDefinition, ValueError } from '@temporalio/common';
import type { Logger } from 'pino';
import type { RunRequestRow } from '#db/queries/runRequests.ts';
import { listQueuedMails } from '#db/queries/mails.ts';
import { findRunRequest, insertRunRequest, markDelivered } from '#db/queries/runRequests.ts';
import type { RunRow } from '#db/queries/runs.ts';
import type { Db } from '#db/knex.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { commonOf, type FoundBy, type StartedContract } from '#temporal/commonOf.ts';
import { adoptYouTubeVideoContract, type AdoptYouTubeVideoInput } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { backfillDriveFolderContract, type BackfillDriveFolderInput } from '#temporal/contracts/backfillDriveFolder.ts';
import { buildThemeAssetsContract, themeBuildRequested } from '#temporal/contracts/buildThemeAssets.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { buildWithConcourseContract, type PipelineReport, pipelineStatusReported } from '#temporal/contracts/buildWithConcourse.ts';
import { captionOrderChanged, captionVideoContract } from '#temporal/contracts/captionVideo.ts';
import { changeSiteUrlContract, type ChangeSiteUrlInput, moveRequested } from '#temporal/contracts/changeSiteUrl.ts';
import { checkLinksContract, type CheckLinksInput, linkCheckRequested } from '#temporal/contracts/checkLinks.ts';
import { cleanupContentContract, type CleanupContentInput } from '#temporal/contracts/cleanupContent.ts';
import { createDriveFoldersContract, type CreateDriveFoldersInput, driveFoldersRequested } from '#temporal/contracts/createDriveFolders.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { importSiteContract, type ImportSiteInput } from '#temporal/contracts/importSite.ts';
import { ingestDriveFileContract, type IngestDriveFileInput } from '#temporal/contracts/ingestDriveFile.ts';
import { ingestVideoContract, stepRetryRequested, transcodeEventReceived } from '#temporal/contracts/ingestVideo.ts';
import { cancelRequested, gaveUp, publishRequested, publishSiteContract, type PublishSiteInput, retryRequested } from '#temporal/contracts/publishSite.ts';
import { massPublishContract, type MassPublishRequest } from '#temporal/contracts/massPublish.ts';
import { previewSiteContract } from '#temporal/contracts/previewSite.ts';
import { pullContentContract, type PullContentInput, pullRequested } from '#temporal/contracts/pullContent.ts';
import { reviewPublishContract, type ReviewPublishInput } from '#temporal/contracts/reviewPublish.ts';
import { sendMailContract } from '#temporal/contracts/sendMail.ts';
import { contentSaved, type RepositoryAction, repositoryRequested, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { syncDriveFolderContract, syncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import { importSyncRequested, syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import { startersSyncRequested, syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { channelResumed, youtubeQuotaContract } from '#temporal/contracts/youtubeQuota.ts';
import { updateYouTubeContract } from '#temporal/contracts/updateYouTube.ts';
import { unpublishRequested, unpublishSiteContract, type UnpublishSiteInput } from '#temporal/contracts/unpublishSite.ts';
import { describeSchedule, type ScheduleState, type ScheduleStep, steerSchedule } from '#temporal/scheduledWork.ts';
import { shortened } from '#temporal/shortened.ts';
import { startArchiveLinks } from '#temporal/startArchiveLinks.ts';
import { startBuildOffline } from '#temporal/startBuildOffline.ts';
import { startDeleteContent } from '#temporal/startDeleteContent.ts';
import { startImportSync } from '#temporal/startImportSync.ts';
import { startIngestVideo } from '#temporal/startIngestVideo.ts';
import { startMassPublish } from '#temporal/startMassPublish.ts';
import { startPreviewSite } from '#temporal/startPreviewSite.ts';
import { startSendMail } from '#temporal/startSendMail.ts';
import { startSyncDriveFolder } from '#temporal/startSyncDriveFolder.ts';
import { startSyncContent } from '#temporal/startSyncContent.ts';
import { startUpdateYouTube } from '#temporal/startUpdateYouTube.ts';
import { startYoutubeQuota } from '#temporal/startYoutubeQuota.ts';
import { ApiError } from './apiError.ts';

/** How long a click waits for Temporal, in milliseconds; after that the relay goes on. */
const DELIVERY_BOUND_MS = 1_500;

/** Mails that one request lets go at most; the check of what was forgotten starts the rest. */
const MAILS_AT_ONCE = 20;

/** What a title in the Temporal UI may hold, in characters: it stands on one line there. */
const TITLE_CHARACTERS = 100;

class UnknownProcessError extends Error {
  override readonly name = 'UnknownProcessError';
}

/** Tells Temporal of a request; `who` asked for it, in words. */
type Teller = (request: RunRequestRow, who: string) => Promise<unknown>;
type OfSite = RunRequestRow & { readonly siteId: string; readonly siteName: string };
type OfVersion = OfSite & { readonly version: PublishVersion };

/** For a process that is about one site. */
function ofSite(tell: (request: OfSite, who: string) => Promise<unknown>): Teller {
  return (request, who) => {
    const { siteId, siteName } = request;
    if (siteId === null || siteName === null) throw new UnknownProcessError(`The request ${request.id} of process ${request.process} names no site`);
    return tell({ ...request, siteId, siteName }, who);
  };
}

/** For a process that is about one version of a site. */
function ofVersion(tell: (request: OfVersion, who: string) => Promise<unknown>): Teller {
  return ofSite((request, who) => {
    const { version } = request;
    if (version === null) throw new UnknownProcessError(`The request ${request.id} of process ${request.process} names no version`);
    return tell({ ...request, version }, who);
  });
}

/** An execution that Temporal runs. */
export interface OpenExecution {
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly workflowType: string;
  readonly startedAt: Date;
}

/** What became of telling Temporal: `away` is worth trying again soon, `refused` will be refused again. */
export type Delivery = 'told' | 'away' | 'refused';

export type Engine = ReturnType<typeof createEngine>;

/** The API's way to Temporal: starts and signals, nothing that waits for a worker. */
export function createEngine(deps: { readonly temporal: Client; readonly db: Db; readonly log: Logger; readonly queuePrefix: string }) {
  const { temporal, db, log } = deps;

  /** What every workflow that is started for somebody is started with. */
  function startedFor(contract: StartedContract, workflowId: string, who: string, of: Pick<FoundBy, 'siteName' | 'version'> = {}) {
    return commonOf(contract, workflowId, deps.queuePrefix, { ...of, requestedBy: who });
  }

  /** Starts the workflow of a request that has one of its own. */
  async function startOnce(...[type, options]: Parameters<typeof temporal.workflow.start>): Promise<void> {
    try {
      await temporal.workflow.start(type, options);
    } catch (error) {
      // Told before; the answer was lost.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  /** How Temporal is told of a request, by the process it asks for. */
  const tellers: Readonly<Record<string, Teller>> = {
    [publishSiteContract.process]: ofVersion(({ id, siteId, siteName, version }, who) =>
      temporal.workflow.signalWithStart(publishSiteContract.workflowType, {
        ...startedFor(publishSiteContract, publishSiteContract.workflowId(siteName, version), who, { siteName, version }),
        args: [{ siteId, siteName, version } satisfies PublishSiteInput],
        signal: publishRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Publish ${shortened(siteName, TITLE_CHARACTERS - 16)} (${version})`,
        staticDetails: `Puts the **${version}** site \`${siteName}\` in front of readers: freeze, prepare, commit, build, compare, deploy, purge, look, record. Requests made while it runs share one more pass. A failed step waits seven days for a retry.`,
      }),
    ),

    [buildOfflineContract.process]: ofVersion(({ id, siteId, siteName, version }, who) =>
      temporal.workflow.signalWithStart(buildOfflineContract.workflowType, startBuildOffline({ siteId, siteName, version, requestId: id, requestedBy: who }, deps.queuePrefix)),
    ),

    [updateYouTubeContract.process]: ofVersion(({ id, siteId, siteName, version }, who) =>
      temporal.workflow.signalWithStart(updateYouTubeContract.workflowType, startUpdateYouTube({ siteId, siteName, version, requestId: id, requestedBy: who }, deps.queuePrefix)),
    ),

    [syncContentContract.process]: ofSite(({ id, siteId, siteName }) =>
      temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent({ siteId, siteName }, deps.queuePrefix), signal: repositoryRequested, signalArgs: [{ requestId: id }] }),
    ),

    [importSiteContract.process]: ({ id, input }, who) => {
      const folder = typeof input['folder'] === 'string' ? input['folder'] : '';
      return startOnce(importSiteContract.workflowType, {
        ...startedFor(importSiteContract, importSiteContract.workflowId(id), who),
        args: [{ requestId: id, folder } satisfies ImportSiteInput],
        staticSummary: `Import ${shortened(folder, TITLE_CHARACTERS - 7)}`,
        staticDetails: `Reads the content repository \`${folder}\` into the studio and into a repository of its own.`,
      });
    },

    [pullContentContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(pullContentContract.workflowType, {
        ...startedFor(pullContentContract, pullContentContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId, siteName } satisfies PullContentInput],
        signal: pullRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Pull ${shortened(siteName, TITLE_CHARACTERS - 5)}`,
        staticDetails: `Takes what was changed in the repository of \`${siteName}\` into the studio: fetch, compare, apply, record. A dry run only compares. One at a time per site.`,
      }),
    ),

    [changeSiteUrlContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(changeSiteUrlContract.workflowType, {
        ...startedFor(changeSiteUrlContract, changeSiteUrlContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId, siteName } satisfies ChangeSiteUrlInput],
        signal: moveRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Move ${shortened(siteName, TITLE_CHARACTERS - 5)}`,
        staticDetails: `Moves the published site \`${siteName}\` to another address: check, switch, publish there, lead readers on, purge. Until redirect pages are written a cancel brings the old address back.`,
      }),
    ),

    [unpublishSiteContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(unpublishSiteContract.workflowType, {
        ...startedFor(unpublishSiteContract, unpublishSiteContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId, siteName } satisfies UnpublishSiteInput],
        signal: unpublishRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Unpublish ${shortened(siteName, TITLE_CHARACTERS - 10)}`,
        staticDetails: `Takes the live site \`${siteName}\` away from readers: check, remove, purge, unlist, record. Until files are removed a cancel leaves it as it is.`,
      }),
    ),

    [createDriveFoldersContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(createDriveFoldersContract.workflowType, {
        ...startedFor(createDriveFoldersContract, createDriveFoldersContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId, siteName } satisfies CreateDriveFoldersInput],
        signal: driveFoldersRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Drive folders of ${shortened(siteName, TITLE_CHARACTERS - 17)}`,
        staticDetails: `Makes the folders of \`${siteName}\` in Google Drive, or finds those that are there. One at a time per site.`,
      }),
    ),

    [syncDriveFolderContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(syncDriveFolderContract.workflowType, { ...startSyncDriveFolder({ siteId, siteName, requestedBy: who }, deps.queuePrefix), signal: syncRequested, signalArgs: [{ reason: 'person', requestId: id }] }),
    ),

    [ingestDriveFileContract.process]: ofSite(({ id, siteId, siteName, input }, who) => {
      const driveFileId = typeof input['driveFileId'] === 'string' ? input['driveFileId'] : '';
      return startOnce(ingestDriveFileContract.workflowType, {
        ...startedFor(ingestDriveFileContract, ingestDriveFileContract.workflowId(driveFileId), who, { siteName }),
        args: [{ siteId, driveFileId, requestId: id } satisfies IngestDriveFileInput],
        staticSummary: `A file of ${shortened(siteName, TITLE_CHARACTERS - 10)} from Google Drive`,
        staticDetails: `Brings one file of \`${siteName}\` over from Google Drive once more, because a person asked for it.`,
      });
    }),

    [adoptYouTubeVideoContract.process]: ofSite(({ id, siteId, siteName, input }, who) => {
      const videoId = typeof input['videoId'] === 'string' ? input['videoId'] : '';
      return startOnce(adoptYouTubeVideoContract.workflowType, {
        ...startedFor(adoptYouTubeVideoContract, adoptYouTubeVideoContract.workflowId(videoId), who, { siteName }),
        args: [{ siteId, videoId, requestId: id } satisfies AdoptYouTubeVideoInput],
        staticSummary: `A video of ${shortened(siteName, TITLE_CHARACTERS - 24)} from YouTube`,
        staticDetails: `Brings to a resource of \`${siteName}\` what is known of the video on YouTube that an author named in it: look, captions, size of the download. Nothing is ordered, and nothing is changed at YouTube.`,
      });
    }),

    [backfillDriveFolderContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      startOnce(backfillDriveFolderContract.workflowType, {
        ...startedFor(backfillDriveFolderContract, backfillDriveFolderContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId, requestId: id } satisfies BackfillDriveFolderInput],
        staticSummary: `Files of ${shortened(siteName, TITLE_CHARACTERS - 26)} into Google Drive`,
        staticDetails: `Puts files of \`${siteName}\` that are in the storage bucket and not in Google Drive into its folder there, but for videos.`,
      }),
    ),

    [deleteContentContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(deleteContentContract.workflowType, startDeleteContent({ siteId, siteName, requestId: id, requestedBy: who }, deps.queuePrefix)),
    ),

    [syncStartersContract.process]: ({ id }, who) =>
      temporal.workflow.signalWithStart(syncStartersContract.workflowType, {
        ...startedFor(syncStartersContract, syncStartersContract.workflowId(), who),
        args: [{}],
        signal: startersSyncRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: 'Read the starters',
        staticDetails: 'Reads every starter configuration from the projects repository and takes those without fault.',
      }),

    [buildThemeAssetsContract.process]: ({ id }, who) =>
      temporal.workflow.signalWithStart(buildThemeAssetsContract.workflowType, {
        ...startedFor(buildThemeAssetsContract, buildThemeAssetsContract.workflowId(), who),
        args: [{}],
        signal: themeBuildRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: 'Build the themes’ assets',
        staticDetails: 'Runs the themes’ own build command at the head of their branch and puts the files before readers: build, upload, manifest, purge.',
      }),

    [cleanupContentContract.process]: ({ id, input }, who) => {
      const rule = typeof input['rule'] === 'string' ? input['rule'] : '';
      return startOnce(cleanupContentContract.workflowType, {
        ...startedFor(cleanupContentContract, cleanupContentContract.workflowId(id), who),
        args: [{ requestId: id, rule } satisfies CleanupContentInput],
        staticSummary: `${input['dryRun'] === true ? 'Dry run of the cleanup' : 'Cleanup'} ${rule}`,
        staticDetails: `Applies the rule \`${rule}\` to the texts of the chosen sites. Send the signal \`pauseRequested\` to let it wait between two sites, \`resumeRequested\` to let it go on.`,
      });
    },

    [massPublishContract.process]: ({ id, version, input, process }, who) => {
      if (version === null) throw new UnknownProcessError(`The request ${id} of process ${process} names no version`);
      return startOnce(massPublishContract.workflowType, startMassPublish({ id, version, input: input as unknown as MassPublishRequest, requestedBy: who }, deps.queuePrefix));
    },

    [reviewPublishContract.process]: ofVersion(({ id, siteId, siteName, version }, who) =>
      startOnce(reviewPublishContract.workflowType, {
        ...startedFor(reviewPublishContract, reviewPublishContract.workflowId(siteName, version, id), who, { siteName, version }),
        args: [{ requestId: id, siteId, siteName, version } satisfies ReviewPublishInput],
        staticSummary: `Review ${shortened(siteName, TITLE_CHARACTERS - 15)} (${version})`,
        staticDetails: `Builds the **${version}** site \`${siteName}\` without publishing it, shows what would change, and publishes exactly that once somebody lets it through.`,
      }),
    ),

    [checkLinksContract.process]: ofSite(({ id, siteId, siteName }, who) =>
      temporal.workflow.signalWithStart(checkLinksContract.workflowType, {
        ...startedFor(checkLinksContract, checkLinksContract.workflowId(siteName), who, { siteName }),
        args: [{ siteId } satisfies CheckLinksInput],
        signal: linkCheckRequested,
        signalArgs: [{ requestId: id }],
        staticSummary: `Check the links of ${shortened(siteName, TITLE_CHARACTERS - 19)}`,
        staticDetails: `Asks each external link of \`${siteName}\` whether something is there, each host once a second, and notes what came of it.`,
      }),
    ),

    [archiveLinksContract.process]: () => temporal.workflow.signalWithStart(archiveLinksContract.workflowType, startArchiveLinks(deps.queuePrefix)),

    [syncImportBucketContract.process]: ({ id }) =>
      temporal.workflow.signalWithStart(syncImportBucketContract.workflowType, { ...startImportSync(deps.queuePrefix), signal: importSyncRequested, signalArgs: [{ requestId: id }] }),
  };

  async function tell(request: RunRequestRow): Promise<void> {
    const teller = tellers[request.process];
    if (teller === undefined) throw new UnknownProcessError(`No workflow handles the request ${request.id} of process ${request.process}`);
    await teller(request, shortened(request.requestedByName ?? 'command line', TITLE_CHARACTERS));
  }

  /** Runs calls to Temporal with a bound, after which they are given up: a call that is not sent by then is not sent later. */
  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Temporal did not answer within ${DELIVERY_BOUND_MS} ms`)), DELIVERY_BOUND_MS);
    });
    try {
      return await Promise.race([temporal.withDeadline(Date.now() + DELIVERY_BOUND_MS, work), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What Temporal says, or that it does not answer. */
  async function answered<T>(ask: () => Promise<T>, warning: string): Promise<T> {
    try {
      return await bounded(ask);
    } catch (error) {
      log.warn({ err: error }, warning);
      throw new ApiError('engineUnavailable', 'The engine (Temporal) does not answer. Nothing was changed; try again in a moment.');
    }
  }

  const signalRun = async <A>(run: Pick<RunRow, 'id' | 'workflowId'> & { readonly workflowRunId?: string }, signal: SignalDefinition<[A]>, argument: A): Promise<void> => {
    try {
      await bounded(() => temporal.workflow.getHandle(run.workflowId, run.workflowRunId).signal(signal, argument));
    } catch (error) {
      // Ended a moment ago, or ended by hand in the Temporal UI; the row follows within minutes.
      if (error instanceof WorkflowNotFoundError) throw new ApiError('wrongState', 'The run’s workflow has ended, so nothing can be asked of it any more. Publish again.');
      log.warn({ err: error, runId: run.id }, 'A signal could not be sent');
      throw new ApiError('engineUnavailable', 'The engine does not answer. Nothing was changed; try again in a moment.');
    }
  };

  /** Tells Temporal of a request that is in the database. `trx` is the transaction that holds the request's lock, if one does. */
  async function deliver(requestId: string, trx: Db = db): Promise<Delivery> {
    const request = await findRunRequest(trx, requestId);
    if (request === undefined || request.deliveredAt !== null || request.runId !== null) return 'told';
    try {
      await bounded(() => tell(request));
    } catch (error) {
      if (isRefusal(error)) {
        log.error({ err: error, requestId }, 'The engine refuses a request; somebody must look at it');
        return 'refused';
      }
      log.warn({ err: error, requestId }, 'The engine could not be told of a request; the relay will');
      return 'away';
    }
    await markDelivered(trx, requestId);
    return 'told';
  }

  return {
    deliver,
    /** Writes down that a repository is wanted, committed or looked through, and tells Temporal if it answers in time; the relay does it later. */
    async requestRepository(site: { readonly id: string }, asked: RepositoryAction = { action: 'ensure' }, requestedBy: string | null = null): Promise<RunRequestRow> {
      const row = await insertRunRequest(db, { process: syncContentContract.process, siteId: site.id, requestedBy, input: { ...asked } });
      await deliver(row.id);
      return (await findRunRequest(db, row.id)) ?? row;
    },
    /** Has the preview of a site shown, which its row says somebody wants. @throws {ApiError} engineUnavailable */
    async openPreview(asked: { readonly siteId: string; readonly siteName: string; readonly requestedBy: string }): Promise<void> {
      await answered(() => temporal.workflow.signalWithStart(previewSiteContract.workflowType, startPreviewSite({ ...asked, requestedBy: shortened(asked.requestedBy, TITLE_CHARACTERS) }, deps.queuePrefix)), 'A preview could not be opened');
    },
    /** Hints that something was saved. Never fails: a hint that is lost is made good by the next save, the next publish or the check of forgotten saves. */
    async contentSaved(site: { readonly id: string; readonly name: string }): Promise<void> {
      try {
        await bounded(() => temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent({ siteId: site.id, siteName: site.name }, deps.queuePrefix), signal: contentSaved }));
      } catch (error) {
        log.warn({ err: error, site: site.name }, 'The engine could not be told of a save; it is committed later');
      }
    },
    /** Lets mails go that a transaction has just queued. Never fails: those that do not go now are started by the check of what was forgotten. */
    async mailsQueued(): Promise<void> {
      try {
        const mails = await listQueuedMails(db, MAILS_AT_ONCE);
        await bounded(async () => {
          for (const mail of mails) await startOnce(sendMailContract.workflowType, startSendMail(mail, deps.queuePrefix));
        });
      } catch (error) {
        log.warn({ err: error }, 'Mails could not be started; the next check starts them');
      }
    },
    /** Hands on what a builder says of the build of a run. Never fails: a report that is lost is made good by the next look at the build. */
    async builderReported(of: { readonly siteName: string; readonly version: 'draft' | 'live'; readonly runId: string }, report: PipelineReport): Promise<void> {
      try {
        await bounded(() => temporal.workflow.getHandle(buildWithConcourseContract.workflowId(of.siteName, of.version, of.runId)).signal(pipelineStatusReported, report));
      } catch (error) {
        // A build goes on to its downloads after the publish has ended.
        if (!(error instanceof WorkflowNotFoundError)) log.warn({ err: error, runId: of.runId }, 'The engine could not be told of a build; it is looked at later');
      }
    },
    /** Hints that there is something new about the captions of a video. Never fails: a hint that is lost is made good by the next look at the order. */
    async captionsChanged(videoId: string): Promise<void> {
      try {
        await bounded(() => temporal.workflow.getHandle(captionVideoContract.workflowId(videoId)).signal(captionOrderChanged));
      } catch (error) {
        // An order whose workflow has ended is taken up when that is begun again.
        if (!(error instanceof WorkflowNotFoundError)) log.warn({ err: error, videoId }, 'The engine could not be told of captions; the order is looked at later');
      }
    },
    /** Hands on that MediaConvert said something of a video’s job. Never fails: what is lost is made good by the next look at the job. */
    async transcodeTold(of: { readonly videoId: string; readonly jobId: string }): Promise<void> {
      try {
        await bounded(() => temporal.workflow.getHandle(ingestVideoContract.workflowId(of.videoId)).signal(transcodeEventReceived, { jobId: of.jobId }));
      } catch (error) {
        // Nobody works at the video, or no longer.
        if (!(error instanceof WorkflowNotFoundError)) log.warn({ err: error, videoId: of.videoId }, 'The engine could not be told of a transcoding; it is looked at later');
      }
    },
    /** Lets a video go on with the step at which it waits, also when its workflow has ended. @throws {ApiError} engineUnavailable */
    async retryVideo(video: { readonly siteId: string; readonly siteName: string; readonly videoId: string; readonly requestedBy: string }): Promise<void> {
      try {
        await bounded(() => temporal.workflow.signalWithStart(ingestVideoContract.workflowType, { ...startIngestVideo(video, deps.queuePrefix), signal: stepRetryRequested, signalArgs: [] }));
      } catch (error) {
        log.warn({ err: error, videoId: video.videoId }, 'A video could not be told to go on');
        throw new ApiError('engineUnavailable', 'The engine does not answer. Nothing was changed; try again in a moment.');
      }
    },
    /** Starts the sending of a mail of the outbox. Never fails: one that is not started now is found by the check of what was forgotten. */
    async mailQueued(mailId: string, kind: string): Promise<void> {
      try {
        await bounded(() =>
          startOnce(sendMailContract.workflowType, startSendMail({ id: mailId, kind }, deps.queuePrefix)),
        );
      } catch (error) {
        log.warn({ err: error, mailId }, 'The engine could not be told of a mail; it is sent later');
      }
    },
    /** Tells the ledger of YouTube’s quota that a person mended what stopped it. */
    async youtubeMended(): Promise<void> {
      try {
        await bounded(() => temporal.workflow.signalWithStart(youtubeQuotaContract.workflowType, { ...startYoutubeQuota(deps.queuePrefix), signal: channelResumed, signalArgs: [] }));
      } catch (error) {
        log.warn({ err: error }, 'The ledger of YouTube’s quota could not be told that it goes on');
        throw new ApiError('engineUnavailable', 'The engine does not answer. Nothing was changed; try again in a moment.');
      }
    },
    retry: (run: RunRow): Promise<void> => signalRun(run, retryRequested, { runId: run.id }),
    cancel: (run: RunRow): Promise<void> => signalRun(run, cancelRequested, { runId: run.id }),
    giveUp: (run: RunRow): Promise<void> => signalRun(run, gaveUp, { runId: run.id }),
    /** Tells a run's workflow what a person decided about it. */
    signal: signalRun,
    /** How a schedule stands; null when there is none. @throws {ApiError} engineUnavailable */
    schedule: (id: string): Promise<ScheduleState | null> => answered(() => describeSchedule(temporal, deps.queuePrefix, id), 'A schedule could not be read'),
    /** Pauses a schedule, lets it go on, or has its work done once, and says how it stands then. @throws {ApiError} engineUnavailable */
    steerSchedule: (id: string, step: ScheduleStep): Promise<ScheduleState | null> => answered(() => steerSchedule(temporal, deps.queuePrefix, id, step), 'A schedule could not be changed'),
    /** Executions that Temporal runs now, as far as `limit`; Temporal’s own list lags some seconds. @throws {ApiError} engineUnavailable */
    openExecutions: (limit: number): Promise<OpenExecution[]> =>
      answered(async () => {
        const found: OpenExecution[] = [];
        for await (const { workflowId, runId, type, startTime } of temporal.workflow.list({ query: `ExecutionStatus = 'Running'`, pageSize: Math.min(limit, 200) })) {
          found.push({ workflowId, workflowRunId: runId, workflowType: type, startedAt: startTime });
          if (found.length === limit) break;
        }
        return found;
      }, 'The open executions could not be listed'),
    /** Whether Temporal answers. */
    async isUp(): Promise<boolean> {
      try {
        await bounded(async () => {
          await temporal.connection.ensureConnected();
          await temporal.workflowService.getSystemInfo({});
        });
        return true;
      } catch {
        // The answer is the point: a part that is down is a part that does not answer.
        return false;
      }
    },
  };
}

/** gRPC's code for a request that is wrong in itself. */
const INVALID_ARGUMENT = 3;

/** What is wrong in itself, or failed before anything was sent, will fail in the same way again. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) ? Number(cause.code) === INVALID_ARGUMENT : error instanceof Error && (error instanceof UnknownProcessError || error instanceof ValueError || error instanceof PayloadConverterError);
}
