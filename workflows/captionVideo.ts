import { ActivityCancellationType, CancellationScope, CancelledFailure, condition, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import type { WatchedCaptions } from '#activities/captionOrders.ts';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { captionOrderChanged, type CaptionVideoInput, type CaptionVideoResult } from '#temporal/contracts/captionVideo.ts';
import { captionWatchProfile, databaseProfile, hookProfile, rowProfile, threePlayProfile, youtubeProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const youtube = proxyActivities<Activities>(youtubeProfile);
const threePlay = proxyActivities<Activities>(threePlayProfile);
const watching = proxyActivities<Activities>({ ...captionWatchProfile, cancellationType: ActivityCancellationType.TRY_CANCEL });
/** What others make good when it is lost. */
const hints = proxyActivities<Activities>(hookProfile);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** After these an order whose answer was lost is looked for. */
const LOOKS_MS = [0, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS];
/** The longest pause between two looks at an order that waits for a person, should the word of what they decided be lost. */
const MAX_PAUSE_MS = 30 * DAY_MS;
/** News of an order that are acted on at once; who sends more is waited for as before. */
const NEWS = 20;

interface Ended {
  readonly outcome: CaptionVideoResult['outcome'];
  readonly summary: string;
  /** Why there are no captions; null when there are. */
  readonly reason: { readonly code: string; readonly message: string } | null;
}

/**
 * Gets captions for a video that is on YouTube: those that people supplied, or an order at 3Play Media that is paid once. A child of
 * what brings the video there; its id is the lock that nobody orders them twice.
 * 1. takeSuppliedCaptions: with English captions of the site’s own, nothing is ordered.
 * 2. planCaptionOrder takes over what 3Play has, or writes an order down with its price. Above a limit it waits for a person or for the next day.
 * 3. placeCaptionOrder orders, once. When its answer is lost, lookForCaptionOrder looks at once and after 2, 5 and 15 minutes; a second
 *    order may follow, and a third only with a person’s yes.
 * 4. watchCaptionOrder asks how far 3Play is, for up to 21 days; storeCaptions makes resources of what it made.
 * 5. publishCaptions publishes them, where the site wants that and nothing else changed; sendCaptions puts them on YouTube.
 * Signal: captionOrderChanged, a hint that a person decided or 3Play has news. No queries: the order’s row shows how far it is.
 * If it dies at any step, the order’s row says what was done, and 3Play is asked before anything is ordered.
 * Cancel leaves an order at 3Play as it is; who begins this again takes it over.
 */
export async function captionVideo(input: CaptionVideoInput): Promise<CaptionVideoResult> {
  const { videoId, siteId, runId } = input;
  const execution = CancellationScope.current();
  let hasNews = false;
  let news = 0;
  let wake: () => void = () => undefined;
  setHandler(captionOrderChanged, () => {
    hasNews = true;
    news += 1;
    if (news <= NEWS) wake();
  });
  try {
    await note('Looking which captions there are');
    const ended = await getCaptions();
    if (ended.reason === null) {
      await orElse(() => hints.tellDriveContent({ siteId }));
      await orElse(async () => void (await hints.publishCaptions({ siteId })));
      await note('Sending the captions to YouTube');
      // What cannot go now goes with the next publish.
      await orElse(async () => void (await youtube.sendCaptions.executeWithOptions({ summary: 'Captions to YouTube' }, [{ videoId }])));
    }
    return await end(ended);
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => end({ outcome: 'failed', summary: 'Stopped', reason: { code: 'Cancelled', message: 'A person stopped this. Captions that are ordered are still made; retry to fetch them.' } }));
      throw new CancelledFailure('Captions of a video were stopped');
    }
    const { reason } = reasonOf(error);
    // Without the video or its site there is nothing anybody could retry.
    return await end({ outcome: reason.code === 'VideoMissing' || reason.code === 'SiteMissing' ? 'failed' : 'parked', summary: 'Waiting for a person', reason });
  }

  async function note(summary: string): Promise<void> {
    setCurrentDetails(summary);
    await rows.noteCaptions({ runId, summary });
  }

  async function end({ outcome, summary, reason }: Ended): Promise<CaptionVideoResult> {
    setCurrentDetails(reason?.message ?? summary);
    await rows.endCaptions({ videoId, runId, outcome, summary, reason });
    return withinBudget<CaptionVideoResult>({ outcome });
  }

  async function getCaptions(): Promise<Ended> {
    let isPlaced = false;
    let isLookedFor = false;
    let pauseMs = DAY_MS;
    // What came to nothing before is begun anew, for a person said so; what comes to nothing now is not.
    for (let isNew = true; ; isNew = false) {
      hasNews = false;
      if (!isPlaced && (await database.takeSuppliedCaptions.executeWithOptions({ summary: 'Captions of the site’s own' }, [{ videoId }])).isSupplied) return { outcome: 'supplied', summary: 'The site has captions of its own', reason: null };
      const plan = await threePlay.planCaptionOrder.executeWithOptions({ summary: 'What is to be ordered' }, [{ videoId, isNew, isLookedFor }]);
      isLookedFor = false;
      switch (plan.next) {
        case 'none':
          return { outcome: 'parked', summary: 'No captions', reason: { code: 'CaptionsRefused', message: plan.message } };
        case 'wait':
          await note(plan.message);
          await condition(() => hasNews, plan.untilMs === null ? pauseMs : Math.max(MINUTE_MS, plan.untilMs - Date.now()));
          if (plan.untilMs === null) pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
          break;
        case 'place':
          await note('Ordering captions from 3Play');
          // What was not placed after all is planned anew, from the start.
          isPlaced = (await threePlay.placeCaptionOrder.executeWithOptions({ summary: 'Order captions' }, [{ orderId: plan.orderId }])).next !== 'plan';
          break;
        case 'look':
          isPlaced = true;
          isLookedFor = !(await isFoundAfterAll(plan.orderId));
          break;
        case 'watch': {
          await note('3Play is at work on the captions');
          const { state, message } = await watch(plan.orderId);
          if (state !== 'complete') return { outcome: 'parked', summary: 'No captions', reason: { code: state === 'overdue' ? 'CaptionsOverdue' : 'CaptionsCancelled', message } };
          return store(plan.orderId);
        }
        case 'store':
          return store(plan.orderId);
      }
    }
  }

  /** Looks for an order whose answer was lost, until it would be there if it had been taken. */
  async function isFoundAfterAll(orderId: string): Promise<boolean> {
    for (const pauseMs of LOOKS_MS) {
      if (pauseMs > 0) {
        await note('3Play did not say whether it took the order; it is looked for');
        await sleep(pauseMs);
      }
      if ((await threePlay.lookForCaptionOrder.executeWithOptions({ summary: 'Look for the order' }, [{ orderId }])).isFound) return true;
    }
    return false;
  }

  /** Waits until 3Play is done. News of it end the pause between two tries, and it is asked at once. */
  async function watch(orderId: string): Promise<WatchedCaptions | { readonly state: 'overdue'; readonly message: string }> {
    for (;;) {
      const turn = new CancellationScope();
      wake = () => turn.cancel();
      try {
        return await turn.run(() => watching.watchCaptionOrder.executeWithOptions({ summary: 'How far 3Play is' }, [{ orderId }]));
      } catch (error) {
        if (isCancellation(error) && !execution.consideredCancelled) continue;
        if (isCancellation(error)) throw error;
        const { reason } = reasonOf(error);
        if (reason.code !== 'CaptionsNotReady' && reason.code !== 'TimedOut') throw error;
        return { state: 'overdue', message: 'Captions were ordered 21 days ago, and 3Play has not made them. Ask 3Play; retry this step to look once more.' };
      } finally {
        wake = () => undefined;
      }
    }
  }

  async function store(orderId: string): Promise<Ended> {
    await note('Bringing captions and transcript into the site');
    const { stored, summary } = await threePlay.storeCaptions.executeWithOptions({ summary: 'Captions into the site' }, [{ orderId }]);
    return { outcome: stored === 0 ? 'supplied' : 'captioned', summary, reason: null };
  }
}
