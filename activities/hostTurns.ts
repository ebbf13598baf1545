import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '#db/knex.ts';
import { takeHostTurn } from '#db/queries/hostTurns.ts';

export type HostTurns = ReturnType<typeof createHostTurns>;

/** Turns of requests to hosts, `everyMs` milliseconds apart whichever worker takes them: whoever asks for one waits for it. Hosts do not wait for each other. */
export function createHostTurns(db: Db, everyMs: number) {
  return {
    /** Waits for the next turn of a host, which is then taken. @throws what the signal was aborted with. */
    async turn(host: string, abortSignal?: AbortSignal): Promise<void> {
      abortSignal?.throwIfAborted();
      const waitMs = await takeHostTurn(db, host, everyMs);
      if (waitMs > 0) await sleep(waitMs, undefined, abortSignal === undefined ? {} : { signal: abortSignal });
    },
  };
}
