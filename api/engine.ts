import { type Client, isGrpcServiceError, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { PayloadConverterError, type SignalDefinition, TypedSearchAttributes, ValueError } from '@temporalio/common';
import type { Logger } from 'pino';
import type { RunRequestRow } from '#db/queries/runRequests.ts';
import { findRunRequest, insertRunRequest, markDelivered } from '#db/queries/runRequests.ts';
import type { RunRow } from '#db/queries/runs.ts';
import type { Db } from '#db/knex.ts';
import { buildThemeAssetsContract, themeBuildRequested } from '#temporal/contracts/buildThemeAssets.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { buildWithConcourseContract, type PipelineReport, pipelineStatusReported } from '#temporal/contracts/buildWithConcourse.ts';
import { changeSiteUrlContract, type ChangeSiteUrlInput, moveRequested } from '#temporal/contracts/changeSiteUrl.ts';
import { cleanupContentContract, type CleanupContentInput } from '#temporal/contracts/cleanupContent.ts';
import { importSiteContract, type ImportSiteInput } from '#temporal/contracts/importSite.ts';
import { cancelRequested, gaveUp, publishRequested, publishSiteContract, type PublishSiteInput, retryRequested } from '#temporal/contracts/publishSite.ts';
import { massPublishContract, type MassPublishRequest } from '#temporal/contracts/massPublish.ts';
import { pullContentContract, type PullContentInput, pullRequested } from '#temporal/contracts/pullContent.ts';
import { reviewPublishContract, type ReviewPublishInput } from '#temporal/contracts/reviewPublish.ts';
import { contentSaved, type RepositoryAction, repositoryRequested, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { importSyncRequested, syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import { startersSyncRequested, syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { unpublishRequested, unpublishSiteContract, type UnpublishSiteInput } from '#temporal/contracts/unpublishSite.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { startBuildOffline } from '#temporal/startBuildOffline.ts';
import { startImportSync } from '#temporal/startImportSync.ts';
import { startMassPublish } from '#temporal/startMassPublish.ts';
import { startSyncContent } from '#temporal/startSyncContent.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { ApiError } from './apiError.ts';

/** How long a click waits for Temporal, in milliseconds; after that the relay goes on. */
const DELIVERY_BOUND_MS = 1_500;

/** What a title in the Temporal UI may hold, in characters: it stands on one line there. */
const TITLE_CHARACTERS = 100;

class UnknownProcessError extends Error {
  override readonly name = 'UnknownProcessError';
}

/** What became of telling Temporal: `away` is worth trying again soon, `refused` will be refused again. */
export type Delivery = 'told' | 'away' | 'refused';

export type Engine = ReturnType<typeof createEngine>;

/** The API's way to Temporal: starts and signals, nothing that waits for a worker. */
export function createEngine(deps: { readonly temporal: Client; readonly db: Db; readonly log: Logger; readonly queuePrefix: string }) {
  const { temporal, db, log } = deps;

  async function tell(request: RunRequestRow): Promise<void> {
    const who = shortened(request.requestedByName ?? 'command line');
    const common = (process: string) => [
      { key: searchAttributes.process, value: process },
      { key: searchAttributes.requestedBy, value: who },
    ];
    if (request.process === publishSiteContract.process && request.siteId !== null && request.siteName !== null && request.version !== null) {
      const input: PublishSiteInput = { siteId: request.siteId, siteName: request.siteName, version: request.version };
      await temporal.workflow.signalWithStart(publishSiteContract.workflowType, {
        workflowId: publishSiteContract.workflowId(request.siteName, request.version),
        taskQueue: taskQueueName(publishSiteContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: publishSiteContract.workflowIdReusePolicy,
        args: [input],
        signal: publishRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: `Publish ${shortened(request.siteName, TITLE_CHARACTERS - 16)} (${request.version})`,
        staticDetails: `Puts the **${request.version}** site \`${request.siteName}\` in front of readers: freeze, prepare, commit, build, compare, deploy, purge, look, record. Requests made while it runs share one more pass. A failed step waits seven days for a retry.`,
        typedSearchAttributes: new TypedSearchAttributes([...common(publishSiteContract.process), { key: searchAttributes.siteName, value: shortened(request.siteName, 250) }, { key: searchAttributes.publishVersion, value: request.version }]),
      });
    } else if (request.process === buildOfflineContract.process && request.siteId !== null && request.siteName !== null && request.version !== null) {
      await temporal.workflow.signalWithStart(buildOfflineContract.workflowType, startBuildOffline({ siteId: request.siteId, siteName: request.siteName, version: request.version, requestId: request.id, requestedBy: who }, deps.queuePrefix));
    } else if (request.process === syncContentContract.process && request.siteId !== null && request.siteName !== null) {
      await temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent({ siteId: request.siteId, siteName: request.siteName }, deps.queuePrefix), signal: repositoryRequested, signalArgs: [{ requestId: request.id }] });
    } else if (request.process === importSiteContract.process) {
      const folder = typeof request.input['folder'] === 'string' ? request.input['folder'] : '';
      const input: ImportSiteInput = { requestId: request.id, folder };
      try {
        await temporal.workflow.start(importSiteContract.workflowType, {
          workflowId: importSiteContract.workflowId(request.id),
          taskQueue: taskQueueName(importSiteContract.taskQueue, deps.queuePrefix),
          workflowIdReusePolicy: importSiteContract.workflowIdReusePolicy,
          args: [input],
          staticSummary: `Import ${shortened(folder, TITLE_CHARACTERS - 7)}`,
          staticDetails: `Reads the content repository \`${folder}\` into the studio and into a repository of its own.`,
          typedSearchAttributes: new TypedSearchAttributes(common(importSiteContract.process)),
        });
      } catch (error) {
        // Told before; the answer was lost.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    } else if (request.process === pullContentContract.process && request.siteId !== null && request.siteName !== null) {
      const input: PullContentInput = { siteId: request.siteId, siteName: request.siteName };
      await temporal.workflow.signalWithStart(pullContentContract.workflowType, {
        workflowId: pullContentContract.workflowId(request.siteName),
        taskQueue: taskQueueName(pullContentContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: pullContentContract.workflowIdReusePolicy,
        args: [input],
        signal: pullRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: `Pull ${shortened(request.siteName, TITLE_CHARACTERS - 5)}`,
        staticDetails: `Takes what was changed in the repository of \`${request.siteName}\` into the studio: fetch, compare, apply, record. A dry run only compares. One at a time per site.`,
        typedSearchAttributes: new TypedSearchAttributes([...common(pullContentContract.process), { key: searchAttributes.siteName, value: shortened(request.siteName, 250) }]),
      });
    } else if (request.process === changeSiteUrlContract.process && request.siteId !== null && request.siteName !== null) {
      const input: ChangeSiteUrlInput = { siteId: request.siteId, siteName: request.siteName };
      await temporal.workflow.signalWithStart(changeSiteUrlContract.workflowType, {
        workflowId: changeSiteUrlContract.workflowId(request.siteName),
        taskQueue: taskQueueName(changeSiteUrlContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: changeSiteUrlContract.workflowIdReusePolicy,
        args: [input],
        signal: moveRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: `Move ${shortened(request.siteName, TITLE_CHARACTERS - 5)}`,
        staticDetails: `Moves the published site \`${request.siteName}\` to another address: check, switch, publish there, lead readers on, purge. Until redirect pages are written a cancel brings the old address back.`,
        typedSearchAttributes: new TypedSearchAttributes([...common(changeSiteUrlContract.process), { key: searchAttributes.siteName, value: shortened(request.siteName, 250) }]),
      });
    } else if (request.process === unpublishSiteContract.process && request.siteId !== null && request.siteName !== null) {
      const input: UnpublishSiteInput = { siteId: request.siteId, siteName: request.siteName };
      await temporal.workflow.signalWithStart(unpublishSiteContract.workflowType, {
        workflowId: unpublishSiteContract.workflowId(request.siteName),
        taskQueue: taskQueueName(unpublishSiteContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: unpublishSiteContract.workflowIdReusePolicy,
        args: [input],
        signal: unpublishRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: `Unpublish ${shortened(request.siteName, TITLE_CHARACTERS - 10)}`,
        staticDetails: `Takes the live site \`${request.siteName}\` away from readers: check, remove, purge, unlist, record. Until files are removed a cancel leaves it as it is.`,
        typedSearchAttributes: new TypedSearchAttributes([...common(unpublishSiteContract.process), { key: searchAttributes.siteName, value: shortened(request.siteName, 250) }]),
      });
    } else if (request.process === syncStartersContract.process) {
      await temporal.workflow.signalWithStart(syncStartersContract.workflowType, {
        workflowId: syncStartersContract.workflowId(),
        taskQueue: taskQueueName(syncStartersContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: syncStartersContract.workflowIdReusePolicy,
        args: [{}],
        signal: startersSyncRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: 'Read the starters',
        staticDetails: 'Reads every starter configuration from the projects repository and takes those without fault.',
        typedSearchAttributes: new TypedSearchAttributes(common(syncStartersContract.process)),
      });
    } else if (request.process === buildThemeAssetsContract.process) {
      await temporal.workflow.signalWithStart(buildThemeAssetsContract.workflowType, {
        workflowId: buildThemeAssetsContract.workflowId(),
        taskQueue: taskQueueName(buildThemeAssetsContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: buildThemeAssetsContract.workflowIdReusePolicy,
        args: [{}],
        signal: themeBuildRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: 'Build the themes’ assets',
        staticDetails: 'Runs the themes’ own build command at the head of their branch and puts the files before readers: build, upload, manifest, purge.',
        typedSearchAttributes: new TypedSearchAttributes(common(buildThemeAssetsContract.process)),
      });
    } else if (request.process === cleanupContentContract.process) {
      const rule = typeof request.input['rule'] === 'string' ? request.input['rule'] : '';
      const input: CleanupContentInput = { requestId: request.id, rule };
      try {
        await temporal.workflow.start(cleanupContentContract.workflowType, {
          workflowId: cleanupContentContract.workflowId(request.id),
          taskQueue: taskQueueName(cleanupContentContract.taskQueue, deps.queuePrefix),
          workflowIdReusePolicy: cleanupContentContract.workflowIdReusePolicy,
          args: [input],
          staticSummary: `${request.input['dryRun'] === true ? 'Dry run of the cleanup' : 'Cleanup'} ${rule}`,
          staticDetails: `Applies the rule \`${rule}\` to the texts of the chosen sites. Send the signal \`pauseRequested\` to let it wait between two sites, \`resumeRequested\` to let it go on.`,
          typedSearchAttributes: new TypedSearchAttributes(common(cleanupContentContract.process)),
        });
      } catch (error) {
        // Told before; the answer was lost.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    } else if (request.process === massPublishContract.process && request.version !== null) {
      try {
        await temporal.workflow.start(massPublishContract.workflowType, startMassPublish({ id: request.id, version: request.version, input: request.input as unknown as MassPublishRequest, requestedBy: who }, deps.queuePrefix));
      } catch (error) {
        // Told before; the answer was lost.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    } else if (request.process === reviewPublishContract.process && request.siteId !== null && request.siteName !== null && request.version !== null) {
      const input: ReviewPublishInput = { requestId: request.id, siteId: request.siteId, siteName: request.siteName, version: request.version };
      try {
        await temporal.workflow.start(reviewPublishContract.workflowType, {
          workflowId: reviewPublishContract.workflowId(request.siteName, request.version, request.id),
          taskQueue: taskQueueName(reviewPublishContract.taskQueue, deps.queuePrefix),
          workflowIdReusePolicy: reviewPublishContract.workflowIdReusePolicy,
          args: [input],
          staticSummary: `Review ${shortened(request.siteName, TITLE_CHARACTERS - 15)} (${request.version})`,
          staticDetails: `Builds the **${request.version}** site \`${request.siteName}\` without publishing it, shows what would change, and publishes exactly that once somebody lets it through.`,
          typedSearchAttributes: new TypedSearchAttributes([...common(reviewPublishContract.process), { key: searchAttributes.siteName, value: shortened(request.siteName, 250) }, { key: searchAttributes.publishVersion, value: request.version }]),
        });
      } catch (error) {
        // Told before; the answer was lost.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    } else if (request.process === syncImportBucketContract.process) {
      await temporal.workflow.signalWithStart(syncImportBucketContract.workflowType, { ...startImportSync(deps.queuePrefix), signal: importSyncRequested, signalArgs: [{ requestId: request.id }] });
    } else throw new UnknownProcessError(`No workflow handles the request ${request.id} of process ${request.process}`);
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
    /** Hints that something was saved. Never fails: a hint that is lost is made good by the next save, the next publish or the check of forgotten saves. */
    async contentSaved(site: { readonly id: string; readonly name: string }): Promise<void> {
      try {
        await bounded(() => temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent({ siteId: site.id, siteName: site.name }, deps.queuePrefix), signal: contentSaved }));
      } catch (error) {
        log.warn({ err: error, site: site.name }, 'The engine could not be told of a save; it is committed later');
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
    retry: (run: RunRow): Promise<void> => signalRun(run, retryRequested, { runId: run.id }),
    cancel: (run: RunRow): Promise<void> => signalRun(run, cancelRequested, { runId: run.id }),
    giveUp: (run: RunRow): Promise<void> => signalRun(run, gaveUp, { runId: run.id }),
    /** Tells a run's workflow what a person decided about it. */
    signal: signalRun,
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

function shortened(text: string, maxCharacters = TITLE_CHARACTERS): string {
  const characters = [...text];
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`;
}
