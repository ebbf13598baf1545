import type { z } from 'zod';
import { countMassSites, listLastEnds } from '#db/queries/massPublishSites.ts';
import { listMassPublishes, type MassPublishRow } from '#db/queries/massPublishes.ts';
import { listRequestsOfRuns } from '#db/queries/runRequests.ts';
import type { RunRow } from '#db/queries/runs.ts';
import { estimateEnd, massSummary, noMassCounts, totalOf } from '#domain/massPublish.ts';
import { pinnedSourcesOf } from '#domain/pinnedSourcesOf.ts';
import type { massPublishSchema } from '../contracts/massPublishes.ts';
import type { ApiDeps } from '../deps.ts';
import { personOf, temporalUrl } from './runs.ts';

/** How many sites that ended last say how fast it goes. */
const SITES_OF_AN_ESTIMATE = 20;

/** Mass publishes as people see them; a run without its row is one that never began. */
export async function presentMassPublishes(deps: Pick<ApiDeps, 'db' | 'config'>, runs: readonly RunRow[]): Promise<z.input<typeof massPublishSchema>[]> {
  const ids = runs.map((run) => run.id);
  const [rows, counts, requests] = await Promise.all([listMassPublishes(deps.db, ids), countMassSites(deps.db, ids), listRequestsOfRuns(deps.db, ids)]);
  const presented: z.input<typeof massPublishSchema>[] = [];
  for (const run of runs) {
    const row = rows.get(run.id);
    if (row === undefined || run.version === null) continue;
    const own = counts.get(run.id) ?? noMassCounts;
    const [request] = requests.get(run.id) ?? [];
    const isRunning = run.state === 'running';
    const isGoing = isRunning && !row.isPaused;
    const estimate = isGoing ? estimateEnd(own, (await listLastEnds(deps.db, run.id, SITES_OF_AN_ESTIMATE)).map((at) => at.getTime()), Date.now()) : null;
    presented.push({
      id: run.id,
      kind: row.kind,
      version: run.version,
      state: run.state,
      isPaused: row.isPaused,
      window: row.window,
      filter: filterOf(run),
      builtFrom: builtFromOf(run),
      sites: totalOf(own),
      counts: own,
      summary: massSummary(row.kind, own),
      requestedBy: request === undefined ? null : personOf(request),
      startedAt: run.startedAt.toISOString(),
      endedAt: run.endedAt?.toISOString() ?? null,
      estimatedEndAt: estimate === null ? null : new Date(estimate).toISOString(),
      reason: run.reasonCode === null ? null : { code: run.reasonCode, message: run.reasonMessage ?? '' },
      undoes: row.undoesId,
      undoneBy: row.undoneById,
      can: { pause: isGoing, resume: isRunning && row.isPaused, cancel: isRunning, changeWindow: isRunning, retryFailed: own.failed > 0 && (isRunning || run.state === 'failed'), undo: canUndo(run, row, own.succeeded) },
      temporalUrl: temporalUrl(deps.config, run),
    });
  }
  return presented;
}

/** Whether what a mass publish put out can be taken back: it is over, and something is left of it. */
export function canUndo(run: Pick<RunRow, 'state'>, row: Pick<MassPublishRow, 'kind'>, succeeded: number): boolean {
  return row.kind === 'publish' && run.state !== 'running' && succeeded > 0;
}

function builtFromOf(run: RunRow): z.input<typeof massPublishSchema>['builtFrom'] {
  const pinned = pinnedSourcesOf(run.frozen);
  return pinned === undefined ? null : { themesCommit: pinned.themesCommit, projectsCommit: pinned.projectsCommit };
}

function filterOf(run: RunRow): z.input<typeof massPublishSchema>['filter'] {
  const { names, starter, source } = run.frozen;
  return { names: Array.isArray(names) ? names.length : null, starter: typeof starter === 'string' ? starter : null, source: typeof source === 'string' ? source : null };
}
