import type { Logger } from 'pino';
import { lockUndeliveredRequests } from '#db/queries/runRequests.ts';
import type { Db } from '#db/knex.ts';
import type { Engine } from './engine.ts';

/** A request younger than this is being delivered by the call that wrote it, milliseconds. */
const FRESH_MS = 2_000;
const BATCH = 50;

/**
 * Delivers requests the engine was not told of, because it was down or the API died in between. Many API processes may
 * run it: each request is locked while it is delivered.
 */
export function startRelay(deps: { readonly db: Db; readonly engine: Engine; readonly log: Logger }, everyMs = 1_000): { stop(): Promise<void> } {
  let stopped = false;
  let wake: () => void = () => undefined;
  const loop = (async () => {
    let delayMs = everyMs;
    while (!stopped) {
      try {
        const failed = await deliverBatch();
        delayMs = failed ? Math.min(10_000, delayMs * 1.5) : everyMs;
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

  /** @returns whether one could not be delivered: then the engine is down, and the rest can wait. */
  async function deliverBatch(): Promise<boolean> {
    const ids = await deps.db.transaction(async (trx) => (await lockUndeliveredRequests(trx, BATCH, FRESH_MS)).map((request) => request.id));
    for (const id of ids) if (!(await deps.engine.deliver(id))) return true;
    return false;
  }

  return {
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
  };
}
