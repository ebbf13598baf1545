import { setTimeout as sleepFor } from 'node:timers/promises';

export interface PaceOptions {
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, abortSignal?: AbortSignal) => Promise<void>;
}

/** How much shorter the next pause gets with each good answer. */
const EASING = 0.95;

/**
 * One pace for all requests of a client. Each time the service asks to slow down, nobody begins another request for
 * twice as long as the time before; good answers make the next pause shorter again.
 */
export function createPace(options: PaceOptions) {
  const now = options.now ?? (() => Date.now());
  const sleep = options.sleep ?? ((ms, abortSignal) => sleepFor(ms, undefined, abortSignal === undefined ? {} : { signal: abortSignal }));
  let pauseMs = 0;
  let pausedUntil = 0;
  return {
    /** Waits until a request may begin. */
    async turn(abortSignal?: AbortSignal): Promise<void> {
      for (let leftMs = pausedUntil - now(); leftMs > 0; leftMs = pausedUntil - now()) await sleep(leftMs, abortSignal);
    },

    /** The service asked to slow down. What was sent before it did so counts once. */
    slowed(): void {
      if (now() < pausedUntil) return;
      pauseMs = Math.min(Math.max(options.firstPauseMs, pauseMs * 2), options.longestPauseMs);
      pausedUntil = now() + pauseMs;
    },

    /** The service did what it was asked. */
    eased(): void {
      if (now() >= pausedUntil) pauseMs = pauseMs * EASING < options.firstPauseMs ? 0 : pauseMs * EASING;
    },
  };
}
