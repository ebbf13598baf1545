import { setTimeout as sleepFor } from 'node:timers/promises';

export interface HostTurnsOptions {
  /** Milliseconds between two requests to one host. */
  readonly everyMs: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, abortSignal?: AbortSignal) => Promise<void>;
}

/** Hosts that are remembered before those whose turn is long past are forgotten. */
const MANY_HOSTS = 1_000;

export type HostTurns = ReturnType<typeof createHostTurns>;

/** Turns of requests to hosts: whoever asks for one waits until its host was left alone for long enough. Hosts do not wait for each other. */
export function createHostTurns({ everyMs, now = () => Date.now(), sleep = (ms, abortSignal) => sleepFor(ms, undefined, abortSignal === undefined ? {} : { signal: abortSignal }) }: HostTurnsOptions) {
  /** Host -> when its next request may begin, epoch milliseconds. */
  const free = new Map<string, number>();
  return {
    /** Waits for the next turn of a host, which is then taken. @throws what the signal was aborted with. */
    async turn(host: string, abortSignal?: AbortSignal): Promise<void> {
      abortSignal?.throwIfAborted();
      const asked = now();
      if (free.size >= MANY_HOSTS) for (const [each, at] of free) if (at <= asked) free.delete(each);
      const at = Math.max(asked, free.get(host) ?? asked);
      free.set(host, at + everyMs);
      if (at > asked) await sleep(at - asked, abortSignal);
    },
  };
}
