import type { Activities } from '#activities/index.ts';
import { addTotals, noTotals } from '#domain/cleanup/totals.ts';

export type CleanupActivities = Pick<Activities, 'openRequestRun' | 'followExecution' | 'planCleanup' | 'cleanSite' | 'recordFailed' | 'recordEnded'>;

/**
 * A cleanup over rows in memory: `parts` says in how many parts each site is cleaned, `during` what happens inside of one
 * before it succeeds. Each part looks at ten items and changes one.
 */
export function createCleaning(given: { readonly parts: readonly number[]; readonly during?: (site: number) => Promise<void> | void }) {
  const cleaned: string[] = [];
  const ended: unknown[] = [];
  const executions: string[] = [];
  const activities: CleanupActivities = {
    openRequestRun: () => Promise.resolve({ runId: 'run-1' }),
    followExecution: ({ workflowRunId }) => Promise.resolve(void executions.push(workflowRunId)),
    planCleanup: () => Promise.resolve({ sites: given.parts.length, summary: `${given.parts.length} sites`, counts: { sites: given.parts.length } }),
    cleanSite: async ({ cursor, totals, sites }) => {
      cleaned.push(`${cursor.site} after ${cursor.after ?? 'nothing'}`);
      await given.during?.(cursor.site);
      const part = cursor.after === null ? 1 : Number(cursor.after.replace('item-', '')) + 1;
      const counted = addTotals(totals, { ...noTotals, items: 10, changed: 1 });
      if (part < (given.parts[cursor.site] ?? 0)) return { totals: counted, next: { site: cursor.site, after: `item-${part}` } };
      return { totals: counted, next: cursor.site + 1 < sites ? { site: cursor.site + 1, after: null } : null };
    },
    recordFailed: ({ reason }) => Promise.resolve(void ended.push({ state: 'failed', reason })),
    recordEnded: ({ state, reason, result }) => Promise.resolve(void ended.push({ state, reason, result })),
  };
  return {
    activities,
    /** Every part that was begun, in order. */
    cleaned,
    /** How the run was recorded to end. */
    ended,
    /** Executions that went on with the run. */
    executions,
  };
}
