import { allHandlersFinished, condition, continueAsNew, proxyLocalActivities, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { nextPacificMidnight, type YouTubeLimits } from '#domain/youtubeQuota.ts';
import { changesAt, emptyBucket, forgottenAt, keptTurns, openTurns, resumeChannel, spendingOf, stopChannel, takeTurn, turnsAt } from '#domain/youtubeTurns.ts';
import { withinBudget } from '#temporal/budget.ts';
import { bucketEmptied, channelResumed, channelStopped, reserveYoutube, type YoutubeQuotaInput, type YoutubeQuotaResult, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import { rowProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/** What is asked for within this time is one change of the rows people read, in milliseconds. */
const SETTLE_MS = 2_000;
const NO_LIMITS: YouTubeLimits = { units: 0, inserts: 0, uploads: 0 };

const iso = (at: number): string => new Date(at).toISOString();

/**
 * Gives out what YouTube lets the studio do: units of its API and new videos in a day of California, uploads to the channel in
 * any 24 hours. Opened by the first ask; one execution for the installation, `youtube-quota`, because one project and one
 * channel do it all.
 * 1. Asks (reserveYoutube) are answered at once: a share that may be used, or when to ask again and why. Who is sent away
 *    keeps a place by priority (publish, upload, tags), for which the share is kept until ten minutes after that time.
 * 2. saveYoutubeSpending shows people what is spent, who waits, and until when.
 * 3. When nothing counts any more and nobody is expected back, the ledger ends; a long one continues as new.
 * Update: reserveYoutube. Signals: bucketEmptied (YouTube’s word counts above ours), channelStopped (the consent was taken back, or
 * videos come back private), channelResumed (a person mended it). No queries: rows show how it stands.
 * If it dies at any step, the ledger is as it was, and an ask that was answered is answered the same again.
 * Cancel ends the ledger at once; the next ask opens an empty one, and YouTube itself says where it was wrong.
 */
export async function youtubeQuota(input: YoutubeQuotaInput): Promise<YoutubeQuotaResult> {
  let turns = input.going?.turns ?? openTurns(Date.now());
  let limits = input.going?.limits ?? NO_LIMITS;
  let granted = input.going?.granted ?? 0;
  let isTold = input.going === undefined;
  setHandler(reserveYoutube, (asks) =>
    withinBudget<readonly YoutubeReserved[]>(
      asks.map(({ limits: given, ...ask }) => {
        limits = given;
        const taken = takeTurn(turns, ask, Date.now(), limits);
        turns = taken.turns;
        isTold = true;
        if ('until' in taken.turn) return { until: iso(taken.turn.until), reason: taken.turn.reason };
        granted += 1;
        return { grantedAt: iso(taken.turn.grantedAt) };
      }),
    ),
  );
  setHandler(bucketEmptied, ({ bucket }) => {
    turns = emptyBucket(turns, bucket, Date.now());
    isTold = true;
  });
  setHandler(channelStopped, (stop) => {
    turns = stopChannel(turns, stop, Date.now());
    isTold = true;
  });
  setHandler(channelResumed, () => {
    turns = resumeChannel(turns);
    isTold = true;
  });

  for (;;) {
    if (isTold) await sleep(SETTLE_MS);
    isTold = false;
    const now = Date.now();
    turns = turnsAt(turns, now);
    const spending = spendingOf(turns, now, limits);
    await orElse(() => rows.saveYoutubeSpending({ spending: spending.map(({ until, ...row }) => ({ ...row, until: until === null ? null : iso(until) })) }));
    setCurrentDetails(spending.map(({ bucket, spent, limit, waiting, reason }) => `- **${bucket}**: ${spent} of ${limit}${waiting === 0 ? '' : `, ${waiting} waiting`}${reason === null ? '' : `. ${reason.message}`}`).join('\n'));
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof youtubeQuota>(withinBudget<YoutubeQuotaInput>({ going: { turns: keptTurns(turns), limits, granted } }));
    }
    const endsAt = forgottenAt(turns, Date.now(), nextPacificMidnight(Date.now()));
    // Checked last, with nothing awaited before the return: who asks later opens another ledger.
    if (isTold) continue;
    if (endsAt !== null && endsAt <= Date.now()) return withinBudget<YoutubeQuotaResult>({ granted });
    const wakesAt = Math.min(changesAt(turns, Date.now(), nextPacificMidnight(Date.now())), endsAt ?? Infinity);
    await condition(() => isTold, wakesAt - Date.now());
  }
}
