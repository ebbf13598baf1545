import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { SweepBuildStoreResult } from '#temporal/contracts/sweepBuildStore.ts';
import { sweepProfile } from '#temporal/profiles.ts';
import { queueOf } from './taskQueue.ts';

/**
 * Takes out of the build store what nobody needs any more, each kind after its own time (RETAIN_…). Started by the daily
 * schedule of the same name, which lets no two of them overlap.
 * 1. sweepRuns removes manifests, logs, snapshots, reports and archives whose run is over and whose time is up.
 * 2. sweepBlobs removes files that no manifest left names.
 * No signals and no queries.
 * If it dies in step 1, the next sweep takes the rest; in step 2, files are looked at again from the first. What a manifest
 * in use names is never removed: step 2 counts what step 1 left.
 * Cancel ends the workflow; what was removed was not needed.
 */
export async function sweepBuildStore(): Promise<SweepBuildStoreResult> {
  const sweep = proxyActivities<Activities>({ ...sweepProfile, taskQueue: queueOf('transfer') });
  const runs = await sweep.sweepRuns.executeWithOptions({ summary: 'Remove what runs left behind' }, [{}]);
  const blobs = await sweep.sweepBlobs.executeWithOptions({ summary: 'Remove files no manifest names' }, [{}]);
  setCurrentDetails(`${runs.summary}. ${blobs.summary}.`);
  return withinBudget({ removed: runs.removed + blobs.removed, bytes: runs.bytes + blobs.bytes });
}
