import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { WatchDriveInput, WatchDriveResult } from '#temporal/contracts/watchDrive.ts';
import { driveProfile } from '#temporal/profiles.ts';

const drive = proxyActivities<Activities>(driveProfile);

/**
 * Looks what changed in the shared drive of all sites, and has the sites it concerns synced without anybody asking. Started by
 * the schedule of the same name, which lets no two of them overlap.
 * 1. watchDriveChanges reads Drive’s feed of changes from where the last look ended, and signals the sync of each site that has a
 *    changed file, or had it. Sites that were not synced for a long time are signalled too: a listing finds what the feed missed.
 * No signals and no queries.
 * If it dies at any point, the next look reads the same page again, and a sync that is asked for twice is one.
 * Cancel ends it; syncs that were asked for go on.
 */
export async function watchDrive(input: WatchDriveInput): Promise<WatchDriveResult> {
  const { summary, ...counts } = await drive.watchDriveChanges.executeWithOptions({ summary: 'What changed in the drive' }, [{ listEveryMs: input.listEveryMs }]);
  setCurrentDetails(summary);
  return withinBudget<WatchDriveResult>(counts);
}
