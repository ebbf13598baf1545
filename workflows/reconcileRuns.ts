import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { ReconcileRunsInput, ReconcileRunsResult } from '#temporal/contracts/reconcileRuns.ts';
import { databaseProfile } from '#temporal/profiles.ts';

const database = proxyActivities<Activities>(databaseProfile);

/**
 * Keeps the rows of runs true: Temporal is the truth of execution, and what was terminated or lost there never wrote
 * its own end. Started by a schedule every few minutes, and harmless at any time.
 * 1. closeLostRuns looks at runs that were quiet for a while and closes those whose execution is gone.
 * 2. reviveRequests lets the relay deliver again what was delivered to an execution that is gone.
 * 3. wakeForgottenSites lets repositories commit saves that no commit followed, because their signal was lost.
 * If it dies at any step, the next one on schedule does the same; cancel changes nothing that was done.
 */
export async function reconcileRuns(input: ReconcileRunsInput): Promise<ReconcileRunsResult> {
  const result = await database.closeLostRuns.executeWithOptions({ summary: 'Close runs whose execution is gone' }, [input]);
  await database.reviveRequests.executeWithOptions({ summary: 'Deliver lost requests again' }, [input]);
  if (input.quietMs !== undefined) await database.wakeForgottenSites.executeWithOptions({ summary: 'Commit forgotten saves' }, [{ quietMs: input.quietMs }]);
  return withinBudget(result);
}
