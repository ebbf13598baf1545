import type { Db } from '#db/knex.ts';
import { bindRequest, oldestWaitingRequest } from '#db/queries/runRequests.ts';
import { findOpenRun, findPass, moveRun, openRun } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';

export interface SitePassInput {
  readonly siteId: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

export interface OpenedSitePass {
  /** Null when there is nothing to do. */
  readonly runId: string | null;
  /** Of a pass that was opened before it may have ended meanwhile. */
  readonly isRunning: boolean;
  readonly isNew: boolean;
}

/**
 * Opens the run of a pass of a site's entity with every request that waits for it.
 * @param isWanted whether it is opened also when no request waits.
 */
export async function openSitePass(db: Db, process: string, input: SitePassInput, isWanted = false): Promise<OpenedSitePass> {
  return db.transaction(async (trx) => {
    await lockSite(trx, input.siteId);
    const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
    if (known !== undefined) return { runId: known.id, isRunning: known.state === 'running', isNew: false };
    let request = await oldestWaitingRequest(trx, process, input.siteId);
    if (request === undefined && !isWanted) return { runId: null, isRunning: false, isNew: false };
    // The id is the lock: a run of an earlier execution that still runs has nobody who would end it. One that failed has ended, and says why.
    const lost = await findOpenRun(trx, process, input.siteId);
    if (lost?.state === 'running' && lost.workflowRunId !== input.workflowRunId) await moveRun(trx, { runId: lost.id, state: 'terminated', reason: { code: 'Terminated', message: 'The run was ended in Temporal, and another one was begun.' } });
    const { runId } = await openRun(trx, { process, siteId: input.siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: {} });
    for (; request !== undefined; request = await oldestWaitingRequest(trx, process, input.siteId)) await bindRequest(trx, request.id, runId);
    return { runId, isRunning: true, isNew: true };
  });
}
