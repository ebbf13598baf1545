/**
 * The studio's worker as it is, but that it does not wait as long: timers of workflows, pauses between tries and between looks are short.
 * A day whose share of YouTube is used is asked about every few seconds, so that a test may let it end.
 */
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { createTranscodeActivities } from '#activities/transcode.ts';
import { createYoutubeUploadsActivities } from '#activities/youtubeUploads.ts';
import { runWorker } from '#worker/runWorker.ts';
import { shortWait } from './shortWaits.ts';

/** Between two tries at most, and until a spent limit is asked for again; milliseconds. */
const LONGEST_MS = 10_000;
/** Longer than the stand-ins take to show what is new, and than the server takes to give a worker up that is too busy to say that it lives; milliseconds. */
const SEARCH_LAG_MS = 20_000;
const LOST_MS = 12_000;

class Hasty implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      const result = await next(input);
      return isSentAway(result) ? { ...result, until: new Date(Math.min(Date.parse(result.until), Date.now() + LONGEST_MS)).toISOString() } : result;
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || typeof error.nextRetryDelay !== 'number') throw error;
      const { message, type, details, nonRetryable } = error;
      throw ApplicationFailure.create({ message, ...(type == null ? {} : { type }), ...(details == null ? {} : { details }), nonRetryable: nonRetryable === true, nextRetryDelay: Math.min(LONGEST_MS, shortWait(error.nextRetryDelay)) });
    }
  }
}

/** What the ledger of YouTube's quota answers when there is no share. */
function isSentAway(result: unknown): result is { readonly until: string; readonly reason: unknown } {
  return typeof result === 'object' && result !== null && 'until' in result && typeof result.until === 'string' && 'reason' in result;
}

await runWorker({
  workflowInterceptors: [fileURLToPath(new URL('hastyTimers.ts', import.meta.url))],
  around: () => new Hasty(),
  activities: (deps) => ({
    ...createTranscodeActivities(deps, { searchLagMs: SEARCH_LAG_MS, firstLookMs: 2_000 }),
    ...createYoutubeUploadsActivities(deps, { looksMs: [1_000, 2_000, 4_000], lostMs: LOST_MS }),
  }),
});
