import type { Db } from '#db/knex.ts';
import { hasWaitingRequests, insertRequestOfRun, markDelivered, takeWaitingRequests } from '#db/queries/runRequests.ts';
import { findPass, openRun } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { OpenPassInput } from './runs.ts';

/**
 * Asks for a process that follows a publish of a version: one request for each publish, whoever asks again.
 * @param tell says it to the process's workflow; the request counts as delivered once that is done
 */
export async function requestOfPublish(db: Db, process: string, of: { readonly siteId: string; readonly version: PublishVersion; readonly ofRunId: string }, tell: (requestId: string) => Promise<unknown>): Promise<void> {
  const { siteId, version, ofRunId } = of;
  const request = await db.transaction(async (trx) => {
    await lockSite(trx, siteId);
    return insertRequestOfRun(trx, ofRunId, { process, siteId, version, requestedBy: null });
  });
  await tell(request.id);
  await markDelivered(db, request.id);
}

/** Opens the run of a pass of a site and version with every request that waits for it. @returns null when none does. */
export async function openVersionPass(db: Db, process: string, input: OpenPassInput): Promise<{ runId: string | null }> {
  const { siteId, version, workflowId, workflowRunId, pass } = input;
  return db.transaction(async (trx) => {
    await lockSite(trx, siteId);
    if (!(await hasWaitingRequests(trx, process, siteId, version))) return { runId: (await findPass(trx, workflowId, workflowRunId, pass))?.id ?? null };
    const { runId } = await openRun(trx, { process, siteId, version, workflowId, workflowRunId, pass, frozen: {} });
    await takeWaitingRequests(trx, { process, siteId, version, runId });
    return { runId };
  });
}
