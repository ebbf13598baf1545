import type { ActivityDeps } from '#activities/deps.ts';
import { emptyBucket, openTurns, stopChannel, takeTurn, type YouTubeReason, type YouTubeTurns } from '#domain/youtubeTurns.ts';
import type { YouTubeBucket, YouTubeDemand } from '#domain/youtubeQuota.ts';
import { reserveYoutube, type ReserveYoutube, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';

/** The ledger of YouTube’s quota without a workflow round it, and what else was signalled. */
export function quotaLedger(now: () => number = () => Date.now()) {
  let turns: YouTubeTurns = openTurns(now());
  const asks: YouTubeDemand[] = [];
  const signals: { readonly workflow: string; readonly signal: string; readonly args: readonly unknown[] }[] = [];
  const workflow = {
    executeUpdateWithStart(update: typeof reserveYoutube, options: { readonly args: [readonly ReserveYoutube[]] }): Promise<readonly YoutubeReserved[]> {
      if (update.name !== reserveYoutube.name) throw new Error(`Nobody expected ${update.name}`);
      const answers = options.args[0].map(({ limits, ...ask }) => {
        const taken = takeTurn(turns, ask, now(), limits);
        turns = taken.turns;
        if ('until' in taken.turn) return { until: new Date(taken.turn.until).toISOString(), reason: taken.turn.reason };
        asks.push(ask.demand);
        return { grantedAt: new Date(taken.turn.grantedAt).toISOString() };
      });
      return Promise.resolve(answers);
    },
    signalWithStart(type: string, options: { readonly signal: string | { readonly name: string }; readonly signalArgs?: readonly unknown[] }): Promise<void> {
      const signal = typeof options.signal === 'string' ? options.signal : options.signal.name;
      const args = options.signalArgs ?? [];
      signals.push({ workflow: type, signal, args });
      if (signal === 'bucketEmptied') turns = emptyBucket(turns, (args[0] as { bucket: YouTubeBucket }).bucket, now());
      if (signal === 'channelStopped') turns = stopChannel(turns, args[0] as YouTubeReason & { of: 'everything' | 'uploads' }, now());
      return Promise.resolve();
    },
  };
  return {
    temporal: { workflow } as unknown as ActivityDeps['temporal'],
    signals,
    /** Units that were granted. */
    units: () => asks.reduce((sum, { units = 0 }) => sum + units, 0),
    empty: (bucket: YouTubeBucket) => void (turns = emptyBucket(turns, bucket, now())),
  };
}
