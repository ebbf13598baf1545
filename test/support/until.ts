import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the probe has an answer.
 * @param what completes the sentence "It never happened that …"
 * @throws when the bound is over, with the last error of the probe as its cause.
 */
export async function until<T>(what: string, probe: () => Promise<T | undefined | false>, { withinMs = 60_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {}): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > giveUpAt) throw new Error(`It never happened within ${withinMs / 1_000} s that ${what}`, { cause: last });
    await delay(everyMs);
  }
}
