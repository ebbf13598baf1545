import { CancellationScope, isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { NotifyLearnInput, NotifyLearnResult } from '#temporal/contracts/notifyLearn.ts';
import { noticeProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const notices = proxyActivities<Activities>(noticeProfile);

/**
 * Tells one catalogue (MIT Learn, or the older one beside it) that live courses changed or that one is gone. Started
 * detached by what changed them: a publish, a mass publish for many at once, an unpublish. Its id
 * `notify-learn/<event>/<receiver>` makes it one notice per receiver and event, however often it is started.
 * 1. The notice is sent, and tried again with growing pauses for 24 hours.
 * 2. When it was refused or the day is over, the run that caused it gets a warning; nothing else waits for it.
 * No signals and no queries. If it dies at step 1, another worker sends the notice again, which makes the catalogue read the
 * course once more and find the same. Cancel ends it with the same warning.
 */
export async function notifyLearn(input: NotifyLearnInput): Promise<NotifyLearnResult> {
  try {
    await notices.tellCatalogue.executeWithOptions({ summary: `Tell ${input.receiver}` }, [input]);
    return { told: true };
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => rows.recordUntold({ eventId: input.eventId, receiver: input.receiver, reason: 'A person stopped it in Temporal.' }));
      throw error;
    }
    await rows.recordUntold({ eventId: input.eventId, receiver: input.receiver, reason: reasonOf(error).reason.message });
    return { told: false };
  }
}
