import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import type { NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';

/** Notices to the catalogues that list live courses. */
export function createNoticesActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'learn'>) {
  const { db, learn } = deps;
  return {
    /**
     * Tells one catalogue what changed.
     * Idempotent because the catalogue reads a course as often as it is told to, and finds the same.
     * Kill points: before the call, after it; either way it is told again.
     */
    async tellCatalogue(input: NotifyLearnInput): Promise<void> {
      await assertOutwardEffects(deps);
      // Told late, it would take a course off that readers see again; its publish tells of that by itself.
      if (input.event.kind === 'unpublished' && (await isLiveAgain(input.eventId))) return;
      await learn.notify(input.receiver, input.event, activityContext().abortSignal);
    },

    /**
     * Says on the run that caused it that a catalogue could not be told.
     * Idempotent because the warnings of one receiver replace each other.
     * Kill points: before the row, after it; either way the next try writes the same.
     */
    async recordUntold(input: { eventId: string; receiver: string; reason: string }): Promise<void> {
      const [runId = ''] = input.eventId.split('/');
      const { host } = new URL(input.receiver);
      const isUnpublish = (await findRun(db, runId))?.process === unpublishSiteContract.process;
      const whatNow = isUnpublish ? 'It may go on listing the course: ask those who run it to take it off.' : 'Publish the site live again to tell it.';
      await amendRun(db, runId, { warnings: [{ message: `The catalogue at ${host} was not told of this: ${input.reason} ${whatNow}` }], phase: `notify ${input.eventId} ${host}` });
    },
  };

  /** Whether the site an unpublish took away was published since. */
  async function isLiveAgain(runId: string): Promise<boolean> {
    const siteId = (await findRun(db, runId))?.siteId;
    const site = siteId == null ? undefined : await findSite(db, siteId);
    return site !== undefined && site.unpublishStatus === null;
  }
}
