import type { z } from 'zod';
import type { Builder } from '#domain/builderOf.ts';
import { processById } from '#domain/processes.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { readPreviewSecret } from '#db/queries/installation.ts';
import { listRequestsOfRuns, type RunRequestRow } from '#db/queries/runRequests.ts';
import { listRunPhases, type RunPhaseRow, type RunRow } from '#db/queries/runs.ts';
import { listSitesByIds, type SiteRow } from '#db/queries/sites.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import type { Principal } from '../auth/principal.ts';
import type { requestSchema, runSchema } from '../contracts/runs.ts';
import type { ApiDeps } from '../deps.ts';
import { createPreviewHosts } from '../preview/previewHosts.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';

/** Processes with buttons, each with the phase from which it can no longer be stopped, if it has one. */
const POINTS_OF_NO_RETURN: Readonly<Record<string, string>> = { 'publish-site': 'deploy', 'change-site-url': 'redirect', 'unpublish-site': 'remove', 'review-publish': 'merge', 'build-offline': 'deploy', 'mass-publish': '', 'ingest-video': '' };

/** Processes that can be stopped at any time, and not retried: another request goes on from there. */
const STOPPABLE: ReadonlySet<string> = new Set(['cleanup-content', 'sync-import-bucket', 'check-links', 'archive-links', 'create-drive-folders', 'sync-drive-folder', 'ingest-drive-file', 'backfill-drive-folder', 'adopt-youtube-video']);

/** Whether a person may retry, stop or give up a run of this process about this site and version. */
export function mayActOn(run: Pick<RunRow, 'process' | 'siteId' | 'version'>, who: Principal): boolean {
  if (run.process === 'change-site-url') return studioPolicy.moveSites(who);
  if (run.process === 'mass-publish') return studioPolicy.massPublish(who);
  if (run.process === 'sync-import-bucket') return studioPolicy.syncImports(who);
  if (run.process === 'cleanup-content') return studioPolicy.cleanUp(who);
  if (run.process === 'check-links' || run.process === 'archive-links') return run.siteId === null ? studioPolicy.seeLinks(who) : sitePolicy.see(who, run.siteId);
  if (run.siteId !== null && run.process === 'backfill-drive-folder') return sitePolicy.backfillDrive(who, run.siteId);
  if (run.siteId !== null && (run.process === 'create-drive-folders' || run.process === 'sync-drive-folder' || run.process === 'ingest-drive-file' || run.process === 'ingest-video' || run.process === 'adopt-youtube-video')) return sitePolicy.syncDrive(who, run.siteId);
  return run.siteId === null || run.version === null ? studioPolicy.importSites(who) : sitePolicy.publish(who, run.siteId, run.version);
}

/** Runs as people see them, with phases of the catalogue filled in for what was not recorded yet. */
export async function presentRuns(deps: Pick<ApiDeps, 'db' | 'config'>, runs: readonly RunRow[], who: Principal): Promise<z.input<typeof runSchema>[]> {
  const ids = runs.map((run) => run.id);
  const [phases, requests, sites, previewOf] = await Promise.all([
    listRunPhases(deps.db, ids),
    listRequestsOfRuns(deps.db, ids),
    listSitesByIds(deps.db, runs.map((run) => run.siteId).filter((id): id is string => id !== null)),
    previewAddresses(deps),
  ]);
  return runs.map((run) => ({
    ...presentRun(deps, run, phases.get(run.id) ?? [], requests.get(run.id) ?? [], run.siteId === null ? undefined : sites.get(run.siteId), who),
    previewUrl: hasOutput(run, phases.get(run.id) ?? []) ? previewOf(run.id) : null,
  }));
}

/** Where what a run put out can be looked at; null for every run of an installation that has made no secret yet. */
export async function previewAddresses(deps: Pick<ApiDeps, 'db' | 'config'>): Promise<(runId: string) => string | null> {
  const secret = await readPreviewSecret(deps.db);
  if (secret === null) return () => null;
  const hosts = createPreviewHosts(deps.config.studioPreviewTemplate, secret);
  return (runId) => hosts.urlOf(runId);
}

function presentRun(deps: Pick<ApiDeps, 'config'>, run: RunRow, recorded: readonly RunPhaseRow[], requests: readonly RunRequestRow[], site: SiteRow | undefined, who: Principal): Omit<z.input<typeof runSchema>, 'previewUrl'> {
  const definition = processById(run.process);
  const builder = frozenBuilder(run);
  // What Concourse builds can be stopped until it is done; its upload is part of the build.
  const pointOfNoReturn = builder === 'concourse' ? 'record' : POINTS_OF_NO_RETURN[run.process];
  const mayAct = mayActOn(run, who);
  const hasButtons = pointOfNoReturn !== undefined && mayAct;
  const isPastReturn = recorded.some((phase) => phase.phase === pointOfNoReturn);
  // Both can be called off while they wait for a person, as long as nothing has begun that readers see.
  const isCalledOff = run.process === 'change-site-url' || run.process === 'unpublish-site' || run.process === 'ingest-video';
  const isStoppable = STOPPABLE.has(run.process);
  return {
    id: run.id,
    process: run.process,
    title: definition?.title ?? run.process,
    about: typeof run.frozen['about'] === 'string' ? run.frozen['about'] : null,
    site: run.siteName === null ? null : { name: run.siteName, title: run.siteTitle ?? run.siteName },
    version: run.version,
    state: run.state,
    phase: run.phase,
    phases: (definition?.phases ?? []).map((phase) => {
      const row = recorded.find((candidate) => candidate.phase === phase.id);
      return {
        ...phase,
        state: row?.state ?? 'pending',
        startedAt: row?.startedAt?.toISOString() ?? null,
        endedAt: row?.endedAt?.toISOString() ?? null,
        attempt: row?.attempt ?? 1,
        nextAttemptAt: row?.nextAttemptAt?.toISOString() ?? null,
        summary: row?.summary ?? null,
        counts: row?.counts ?? {},
        error: row?.errorCode == null || row.state === 'done' ? null : { code: row.errorCode, message: row.errorMessage ?? '' },
      };
    }),
    requestedBy: requests.map((request) => ({ person: personOf(request), at: request.createdAt.toISOString() })),
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    reason: run.reasonCode === null ? null : { code: run.reasonCode, message: run.reasonMessage ?? '' },
    problems: run.problems,
    warnings: run.warnings,
    commit: run.commit,
    builder,
    url: site === undefined || run.version === null ? null : siteUrl(deps.config, site, run.version),
    result: run.result,
    can: {
      retry: hasButtons && run.state === 'failed',
      cancel: (hasButtons && !isPastReturn && (run.state === 'running' || (isCalledOff && run.state === 'failed'))) || (isStoppable && mayAct && run.state === 'running'),
      giveUp: hasButtons && run.state === 'failed',
    },
    workflowId: run.workflowId,
    temporalUrl: studioPolicy.inspect(who) ? temporalUrl(deps.config, run) : null,
  };
}

/** What builds a publish, as it was frozen with its content. */
function frozenBuilder(run: RunRow): Builder | null {
  if (run.process !== publishSiteContract.process || run.frozen['revision'] === undefined) return null;
  return run.frozen['builder'] === 'concourse' ? 'concourse' : 'temporal';
}

/** Whether a run is about a version of a site and stored what it built, or found what an earlier one had built; Concourse stores nothing with us. */
function hasOutput(run: RunRow, recorded: readonly RunPhaseRow[]): boolean {
  return run.siteId !== null && run.version !== null && frozenBuilder(run) !== 'concourse' && recorded.some((phase) => (phase.phase === 'build' || phase.phase === 'plan') && phase.state === 'done');
}

/** The run in the Temporal UI, where there is one. */
export function temporalUrl(config: ApiDeps['config'], run: Pick<RunRow, 'workflowId' | 'workflowRunId'>): string | null {
  if (config.temporalUiUrl === undefined) return null;
  return `${config.temporalUiUrl}/namespaces/${encodeURIComponent(config.temporalNamespace)}/workflows/${encodeURIComponent(run.workflowId)}/${run.workflowRunId}/history`;
}

export function personOf(request: RunRequestRow): { id: string; name: string } | null {
  return request.requestedBy === null || request.requestedByName === null ? null : { id: request.requestedBy, name: request.requestedByName };
}

/** A request to start a process, with what became of it. */
export function presentRequest(request: RunRequestRow): z.input<typeof requestSchema> {
  const state = request.runId !== null ? 'taken' : request.deliveredAt === null ? 'engine' : 'queued';
  const messages = { taken: 'Its run has begun.', engine: 'Waiting for the engine.', queued: 'Asked for. It starts as soon as the run before it ends.' } as const;
  return { id: request.id, process: request.process, site: request.siteName, version: request.version, at: request.createdAt.toISOString(), state, message: messages[state], runId: request.runId };
}
