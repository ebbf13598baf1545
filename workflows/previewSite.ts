import { ActivityCancellationType, CancellationScope, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { previewWanted, type PreviewSiteInput, type PreviewSiteResult } from '#temporal/contracts/previewSite.ts';
import { previewProfile, rowProfile } from '#temporal/profiles.ts';
import { previewFailure } from './previewFailure.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/** A worker with a free place takes a preview in milliseconds; after this somebody else is asked to make room, milliseconds. */
const FREE_PLACE_MS = 1_000;
/** Between two looks whether a place was found, milliseconds. */
const LOOK_MS = 3_000;
/** Looks before the time-out of the step itself says that there is no place. */
const MAX_LOOKS = 45;

/**
 * Shows one site in its real theme while people write, with what they have not saved. Started through signalWithStart by whoever
 * opens a preview; its id `preview-site/<site>` is the lock. It has no run: the row in preview_servers is what people are told.
 * 1. servePreview runs on a place of some worker (queue `preview`, PREVIEW_SLOTS each) and lasts as long as somebody looks.
 * 2. Meanwhile, if no place was free within a second, makePreviewRoom asks the preview that was not looked at for longest to end.
 * 3. recordPreviewEnd says in the row that it ended, and why. When somebody wants it again by then, it goes on at 1, else it ends.
 * Signal: previewWanted, a hint that the row says somebody wants to look. No query: the row and the worker itself say how it stands.
 * If it dies in step 1, Hugo ends with its worker, and another worker shows the site within seconds; who writes sends their unsaved text
 * again. In step 2 or 3 the step is made again. What is saved is never touched: the preview only reads.
 * Cancel ends Hugo and the preview; the next who looks opens another.
 */
export async function previewSite(input: PreviewSiteInput): Promise<PreviewSiteResult> {
  const { siteId, siteName } = input;
  const preview = proxyActivities<Activities>({ ...previewProfile, taskQueue: queueOf('preview'), cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
  let isHinted = false;
  let opened = 0;
  setHandler(previewWanted, () => {
    isHinted = true;
  });

  /** Lets somebody else leave, until this one has its place. */
  async function makeRoom(): Promise<void> {
    await sleep(FREE_PLACE_MS);
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const { isWaiting } = await rows.makePreviewRoom({ siteId });
      if (!isWaiting) return;
      await sleep(LOOK_MS);
    }
  }

  for (;;) {
    opened += 1;
    setCurrentDetails(`Shows \`${siteName}\`.`);
    let failure: string | null = null;
    let isCancelled = false;
    const room = new CancellationScope();
    try {
      const serving = preview.servePreview.executeWithOptions({ summary: `Shows ${siteName}` }, [{ siteId, siteName }]);
      // Whether room could be made is no matter of the preview itself, which says so when it has none.
      room.run(makeRoom).catch(() => undefined);
      const { why, builds } = await serving;
      setCurrentDetails(`Ended after ${builds} builds: ${why}.`);
    } catch (error) {
      isCancelled = isCancellation(error);
      if (!isCancelled) failure = previewFailure(error);
    } finally {
      room.cancel();
    }
    isHinted = false;
    let { isWanted } = await CancellationScope.nonCancellable(() => rows.recordPreviewEnd({ siteId, failure }));
    while (isHinted && !isWanted && !isCancelled) {
      isHinted = false;
      ({ isWanted } = await CancellationScope.nonCancellable(() => rows.recordPreviewEnd({ siteId, failure: null })));
    }
    // Checked last, with nothing awaited before the return: who asks later opens another one.
    if (isCancelled || !isWanted) return withinBudget<PreviewSiteResult>({ opened });
  }
}
