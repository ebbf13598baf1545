import { GitHubError, limitOf, type ResponseHeaders, untilResetMs } from './gitHubError.ts';

export interface RateGateConfig {
  /** Calls of an hour’s quota that are left for people; nothing is sent when fewer remain. */
  readonly cutoff: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** What an answer said, of which the gate learns. */
export interface Heard {
  readonly status: number;
  readonly message: string;
  readonly headers: ResponseHeaders;
}

/**
 * One gate for all calls of a process to one host. Once the host has said how long to wait, no call is sent before that
 * time: each fails at once with what is left, so that its activity gives its slot back. When the time is over one call
 * goes ahead of all others; they follow only when it was not told to wait again.
 */
export function createRateGate(config: RateGateConfig) {
  const now = config.now ?? (() => Date.now());
  let closedUntil = 0;
  /** Closed before, and no answer since has shown that the limit is over. */
  let isDoubtful = false;
  let scout: Promise<void> | null = null;

  const closeFor = (ms: number): void => {
    closedUntil = Math.max(closedUntil, now() + ms);
    isDoubtful = true;
  };

  return {
    /** Learns from an answer, good or bad. */
    hear({ status, message, headers }: Heard): void {
      const limitMs = limitOf(status, message, headers);
      if (limitMs !== null) return closeFor(limitMs);
      // A good answer to what was sent before the limit says nothing of it.
      if (closedUntil <= now()) isDoubtful = false;
      const limit = Number(headers['x-ratelimit-limit']);
      const remaining = Number(headers['x-ratelimit-remaining']);
      // An Enterprise Server without limits sends no such headers. A small quota keeps a tenth for people.
      if (!Number.isFinite(limit) || !Number.isFinite(remaining) || remaining > Math.min(config.cutoff, Math.floor(limit / 10))) return;
      const resetMs = untilResetMs(headers);
      if (resetMs !== null) closeFor(resetMs);
    },

    /**
     * Sends a call when the gate is open.
     * @throws {GitHubError} kind `rateLimited`, with the milliseconds left, when it is not; and whatever the call throws.
     */
    async pass<T>(send: () => Promise<T>): Promise<T> {
      for (;;) {
        const leftMs = closedUntil - now();
        if (leftMs > 0) throw new GitHubError('rateLimited', 'GitHub asked us to wait; nothing is sent before the time it named', null, leftMs);
        if (!isDoubtful) return send();
        if (scout === null) break;
        await scout;
      }
      const going = send();
      scout = going.then(() => undefined, () => undefined);
      try {
        return await going;
      } finally {
        scout = null;
      }
    },
  };
}
