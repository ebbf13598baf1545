import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Logger } from 'pino';
import type { RunRequestRow } from '#db/queries/runRequests.ts';
import { findRunRequest, markDelivered } from '#db/queries/runRequests.ts';
import type { RunRow } from '#db/queries/runs.ts';
import type { Db } from '#db/knex.ts';
import { importSiteContract, type ImportSiteInput } from '#temporal/contracts/importSite.ts';
import { cancelRequested, gaveUp, publishRequested, publishSiteContract, type PublishSiteInput, retryRequested } from '#temporal/contracts/publishSite.ts';
import { startersSyncRequested, syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { ApiError } from './apiError.ts';

/** How long a click waits for Temporal, in milliseconds; after that the relay goes on. */
const DELIVERY_BOUND_MS = 1_500;

export type Engine = ReturnType<typeof createEngine>;

/** The API's way to Temporal: starts and signals, nothing that waits for a worker. */
export function createEngine(deps: { readonly temporal: Client; readonly db: Db; readonly log: Logger; readonly queuePrefix: string }) {
  const { temporal, db, log } = deps;

  async function tell(request: RunRequestRow): Promise<void> {
    const who = request.requestedByName ?? 'command line';
    const common = (process: string) => [
      { key: searchAttributes.process, value: process },
      { key: searchAttributes.requestedBy, value: who },
    ];
    if (request.process === publishSiteContract.process && request.siteId !== null && request.siteName !== null && request.version !== null) {
      const input: PublishSiteInput = { siteId: request.siteId, siteName: request.siteName, version: request.version };
      await temporal.workflow.signalWithStart(publishSiteContract.workflowType, {
        workflowId: publishSiteContract.workflowId(request.siteId, request.version),
        taskQueue: taskQueueName(publishSiteContract.taskQueue, deps.queuePrefix),
        workflowIdReusePolicy: publishSiteContract.workflowIdReusePolicy,
        args: [input],
        signal: publishRequested,
        signalArgs: [{ requestId: request.id }],
        staticSummary: `Publish ${request.siteName} (${request.version})`,
        staticDetails: `Puts the **${request.version}** site \`${request.siteName}\` in front of readers: freeze, commit, build, compare, deploy, record. Requests made while it runs share one more pass. A failed step waits seven days for a retry.`,
        typedSearchAttributes: new TypedSearchAttributes([...common(publishSiteContract.process), { key: searchAttributes.siteName, value: request.siteName }, { key: searchAttributes.publishVersion, value: request.version }]),
      });
    } else if (request.process === importSiteContract.process) {
      const folder = typeof request.input['folder'] === 'string' ? request.input['folder'] : '';
      const input: ImportSiteInput = { requestId: request.id, folder };
      try {
        await temporal.workflow.start(importSiteContract.workflowType, {
          workflowId: importSiteContract.workflowId(request.id),
          taskQueue: taskQueueName(importSiteContract.taskQueue, deps.queuePrefix),
          workflowIdReusePolicy: importSiteContract.workflowIdReusePolicy,
          args: [input],
          staticSummary: `Import ${folder}`,
          staticDetails: `Reads the content repository \`${folder}\` into the studio and into a repository of its own.`,
          typedSearchAttributes: new TypedSearchAttributes(common(importSiteContract.process)),
        });
      } catch (error) {
        // Told before; the answer was lost.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
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
    } else throw new Error(`No workflow handles the request ${request.id} of process ${request.process}`);
  }

  /** Runs a call to Temporal with a bound; a late success is as good as a later delivery. */
  async function bounded<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`Temporal did not answer within ${DELIVERY_BOUND_MS} ms`)), DELIVERY_BOUND_MS);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  const signalRun = async (run: RunRow, signal: typeof retryRequested | typeof cancelRequested | typeof gaveUp): Promise<void> => {
    try {
      await bounded(temporal.workflow.getHandle(run.workflowId, run.workflowRunId).signal(signal, { runId: run.id }));
    } catch (error) {
      log.warn({ err: error, runId: run.id }, 'A signal could not be sent');
      throw new ApiError('engineUnavailable', 'The engine does not answer. Nothing was changed; try again in a moment.');
    }
  };

  return {
    /** Tells Temporal of a request that is in the database. @returns whether Temporal was reached within the bound. */
    async deliver(requestId: string): Promise<boolean> {
      const request = await findRunRequest(db, requestId);
      if (request === undefined || request.deliveredAt !== null || request.runId !== null) return true;
      try {
        await bounded(tell(request));
      } catch (error) {
        log.warn({ err: error, requestId }, 'The engine could not be told of a request; the relay will');
        return false;
      }
      await markDelivered(db, requestId);
      return true;
    },
    retry: (run: RunRow): Promise<void> => signalRun(run, retryRequested),
    cancel: (run: RunRow): Promise<void> => signalRun(run, cancelRequested),
    giveUp: (run: RunRow): Promise<void> => signalRun(run, gaveUp),
    /** Whether Temporal answers. */
    async isUp(): Promise<boolean> {
      try {
        await bounded(temporal.connection.ensureConnected());
        await bounded(temporal.workflowService.getSystemInfo({}));
        return true;
      } catch {
        // The answer is the point: a part that is down is a part that does not answer.
        return false;
      }
    },
  };
}
