import { findArchiveNote, putSiteAway } from '#db/queries/archivedSites.ts';
import { listSiteDeployments } from '#db/queries/deployments.ts';
import { findRepository } from '#db/queries/repositories.ts';
import { findRunRequest, insertRunRequest, listWaitingRequests, type RunRequestRow } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { findOpenRun, type RunRow } from '#db/queries/runs.ts';
import { findSite, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { archivedFault } from '#domain/archivedSites.ts';
import { processById } from '#domain/processes.ts';
import { type RepositoryAction, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { ApiError } from './apiError.ts';
import type { ApiDeps } from './deps.ts';

type Deps = Pick<ApiDeps, 'config' | 'db'>;

/** Why a site cannot be put away now, as a sentence; null when it can. `mayUnpublish` says that taking it offline is what is missing. */
export interface ArchiveFault {
  readonly message: string;
  readonly mayUnpublish: boolean;
}

const processTitle = (id: string): string => processById(id)?.title ?? id;

/** The newest run of a site's repository. */
async function newestRepositoryRun({ db }: Pick<ApiDeps, 'db'>, site: SiteRow): Promise<RunRow | undefined> {
  return (await listRuns(db, { siteId: site.id, process: syncContentContract.process }, { limit: 1, offset: 0 })).runs[0];
}

export async function whyNotArchive(deps: Deps, site: SiteRow): Promise<ArchiveFault | null> {
  const { config, db } = deps;
  const fault = (message: string, mayUnpublish = false): ArchiveFault => ({ message, mayUnpublish });
  if (site.name === config.rootWebsiteName || site.name === config.testRootWebsiteName) return fault('The root site leads readers to all others, so it cannot be archived.');
  const { runs } = await listRuns(db, { siteId: site.id, state: 'running' }, { limit: 1, offset: 0 });
  const [running] = runs;
  if (running !== undefined) return fault(`A run of the site is at work (${processTitle(running.process)}). Wait until it has ended, or cancel it.`);
  const [waiting] = await listWaitingRequests(db, [site.id]);
  if (waiting !== undefined) return fault(`Somebody asked for something that has not begun (${processTitle(waiting.process)}). It begins as soon as the engine answers.`);
  if ((await findOpenRun(db, 'unpublish-site', site.id))?.state === 'failed') return fault('An unpublish of the site has failed and waits to be retried or given up. Decide about that one first.');
  const isOut = (await listSiteDeployments(db, site.id)).some((row) => row.version === 'live' && (row.manifestKey !== null || row.pendingManifestKey !== null));
  if (isOut) return fault('Readers see the site. Take it offline first, then archive it.', true);
  return null;
}

/** What GitHub and the studio are on about the repository of an archived site; null when nothing is under way. */
async function repositoryStepOf(deps: Deps, site: SiteRow): Promise<'archive' | 'reopen' | null> {
  const waiting = (await listWaitingRequests(deps.db, [site.id])).map((request) => request.input['action']);
  const run = await newestRepositoryRun(deps, site);
  const asked = run?.state === 'running' ? (run.frozen['asked'] as { readonly action?: unknown } | undefined)?.action : undefined;
  const actions = [asked, ...waiting];
  return actions.includes('reopen') ? 'reopen' : actions.includes('archive') ? 'archive' : null;
}

/** What people read about an archived site; null for one that is not. */
export async function presentArchive(deps: Deps, site: SiteRow) {
  const note = site.archivedAt === null ? undefined : await findArchiveNote(deps.db, site.id);
  if (note === undefined) return null;
  const [step, repository] = await Promise.all([repositoryStepOf(deps, site), findRepository(deps.db, site.id)]);
  const last = step === null ? await newestRepositoryRun(deps, site) : undefined;
  return {
    at: note.at.toISOString(),
    by: note.byName,
    reason: note.reason,
    step,
    // A repository that nobody ever made has nothing to close.
    isRepositoryClosed: repository === undefined || repository.isArchived,
    problem: last?.state === 'failed' ? last.reasonMessage : null,
  };
}

/**
 * Puts a site away and has its repository closed; one that is away already has its repository closed once more.
 * @throws {ApiError} wrongState when it cannot be.
 */
export async function archiveSite(deps: ApiDeps, site: SiteRow, by: string | null, reason: string | null): Promise<RunRequestRow> {
  return request(deps, site, by, async (db, held) => {
    const seen = await findRepository(db, held.id);
    if (held.archivedAt !== null) {
      if (seen?.isArchived === true) throw new ApiError('wrongState', `The site ‘${held.title}’ is archived already.`);
      await assertNothingAsked({ ...deps, db }, held);
    } else {
      const fault = await whyNotArchive({ ...deps, db }, held);
      if (fault !== null) throw new ApiError('wrongState', fault.message);
      await putSiteAway(db, held.id, by, reason);
    }
    return { action: 'archive', ...(held.starterId !== null && held.contentRevision > held.committedRevision ? { commit: true } : {}) };
  });
}

/**
 * Has the repository of an archived site opened, with which the site comes back.
 * @throws {ApiError} wrongState when it is not archived, or comes back already.
 */
export async function unarchiveSite(deps: ApiDeps, site: SiteRow, by: string | null): Promise<RunRequestRow> {
  return request(deps, site, by, async (db, held) => {
    if (held.archivedAt === null) throw new ApiError('wrongState', `The site ‘${held.title}’ is not archived.`);
    await assertNothingAsked({ ...deps, db }, held);
    return { action: 'reopen' };
  });
}

async function assertNothingAsked(deps: Deps, site: SiteRow): Promise<void> {
  const step = await repositoryStepOf(deps, site);
  if (step !== null) throw new ApiError('wrongState', step === 'reopen' ? `The site ‘${site.title}’ is being brought back.` : `The repository of ‘${site.title}’ is being archived. Wait until that has ended.`);
}

async function request(deps: ApiDeps, site: SiteRow, by: string | null, decide: (db: ApiDeps['db'], held: SiteRow) => Promise<RepositoryAction>): Promise<RunRequestRow> {
  const row = await deps.db.transaction(async (trx) => {
    // Two who ask at once take turns; the second meets what the first did.
    await lockSite(trx, site.id);
    const held = await findSite(trx, site.id);
    if (held === undefined) throw new ApiError('notFound', `There is no site named ‘${site.name}’ any more.`);
    const asked = await decide(trx, held);
    return insertRunRequest(trx, { process: syncContentContract.process, siteId: held.id, requestedBy: by, input: { ...asked } });
  });
  await deps.engine.deliver(row.id);
  return (await findRunRequest(deps.db, row.id)) ?? row;
}

/** @throws {ApiError} archived, for a site that is put away. */
export function assertNotArchived(site: Pick<SiteRow, 'archivedAt' | 'title'>): void {
  if (site.archivedAt !== null) throw new ApiError('archived', archivedFault(site.title));
}
