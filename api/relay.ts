import type { Logger } from 'pino';
import { bindRequest, lockUndeliveredRequests, type RunRequestRow } from '#db/queries/runRequests.ts';
import { moveRun, openRun } from '#db/queries/runs.ts';
import type { Db } from '#db/knex.ts';
import type { Engine } from './engine.ts';

/** A request younger than this is being delivered by the call that wrote it, milliseconds. */
const FRESH_MS = 2_000;
/** A request the engine refuses is tried again after this, so that it keeps no other from being delivered; milliseconds. */
const REFUSED_MS = 10 * 60_000;
/** For so long after it was written: a newer API that knows its process may be on its way. Then people are told; milliseconds. */
const REFUSED_FOR_MS = 60 * 60_000;

/**
 * Delivers requests the engine was not told of, because it was down or the API died in between. Many API processes may
 * run it: each request is locked while it is delivered.
 */
export function startRelay(deps: { readonly db: Db; readonly engine: Engine; readonly log: Logger }, everyMs = 1_000): { stop(): Promise<void> } {
  let stopped = false;
  /** Requests the engine refused -> when to try again. */
  const refused = new Map<string, number>();
  let wake: () => void = () => undefined;
  const loop = (async () => {
    let delayMs = everyMs;
    while (!stopped) {
      try {
        const away = await deliverAll();
        delayMs = away ? Math.min(10_000, delayMs * 1.5) : everyMs;
      } catch (error) {
        deps.log.warn({ err: error }, 'The relay could not read the requests');
        delayMs = Math.min(10_000, delayMs * 1.5);
      }
      if (!stopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, delayMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  })();

  /** @returns whether the engine is away: then the rest can wait. */
  async function deliverAll(): Promise<boolean> {
    for (const [id, until] of refused) if (until < Date.now()) refused.delete(id);
    for (;;) {
      // One transaction per request: its lock keeps other relays away until it is marked as delivered.
      const delivery = await deps.db.transaction(async (trx) => {
        const [request] = await lockUndeliveredRequests(trx, 1, FRESH_MS, [...refused.keys()]);
        if (request === undefined) return 'none';
        const told = await deps.engine.deliver(request.id, trx);
        if (told === 'refused') {
          refused.set(request.id, Date.now() + REFUSED_MS);
          if (request.createdAt.getTime() < Date.now() - REFUSED_FOR_MS) await closeRefused(trx, request);
        }
        return told;
      });
      if (delivery === 'none' || stopped) return false;
      if (delivery === 'away') return true;
    }
  }

  return {
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
  };
}

/** Ends a request the engine will never take with a run that says so, where whoever asked looks for it. */
async function closeRefused(trx: Db, request: RunRequestRow): Promise<void> {
  const { runId } = await openRun(trx, { process: request.process, siteId: request.siteId, version: request.version, workflowId: `refused/${request.id}`, workflowRunId: request.id, pass: 1, frozen: {} });
  await moveRun(trx, { runId, state: 'terminated', reason: { code: 'EngineRefused', message: 'The engine refuses to begin this, and trying again did not help. An engineer finds why in the log, under the request’s id; ask for it again when that is mended.' } });
  await bindRequest(trx, request.id, runId);
}
