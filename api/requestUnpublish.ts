import { listSiteDeployments } from '#db/queries/deployments.ts';
import { findRunRequest, insertRunRequest, oldestWaitingRequest, type RunRequestRow } from '#db/queries/runRequests.ts';
import { findOpenRun } from '#db/queries/runs.ts';
import { lockSite, type SiteRow } from '#db/queries/sites.ts';
import { setUnpublishStatus } from '#db/queries/unpublishing.ts';
import { unpublishFault } from '#domain/unpublish.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { ApiError } from './apiError.ts';
import type { ApiDeps } from './deps.ts';

/** Why a site cannot be taken offline now, as a sentence; undefined when it can. */
export async function whyNotUnpublish(deps: Pick<ApiDeps, 'config' | 'db'>, site: SiteRow): Promise<string | undefined> {
  const { config, db } = deps;
  const open = await findOpenRun(db, unpublishSiteContract.process, site.id);
  if (open !== undefined) return open.state === 'failed' ? 'An unpublish of this site has failed and waits to be retried or given up. Decide about that one first.' : 'The site is being taken offline now.';
  if ((await oldestWaitingRequest(db, unpublishSiteContract.process, site.id)) !== undefined) return 'The site is to be taken offline; it begins as soon as the engine answers.';
  const isOut = (await listSiteDeployments(db, site.id)).some((row) => row.version === 'live' && (row.manifestKey !== null || row.pendingManifestKey !== null));
  return unpublishFault({ isRoot: site.name === config.rootWebsiteName || site.name === config.testRootWebsiteName, isOut, isMoving: (await findOpenRun(db, changeSiteUrlContract.process, site.id)) !== undefined });
}

/**
 * Writes down that a site is to be taken offline, which readers of lists see at once, and tells the engine if it answers in time.
 * @throws {ApiError} wrongState when it cannot be.
 */
export async function requestUnpublish(deps: ApiDeps, site: SiteRow, by: string | null): Promise<RunRequestRow> {
  const row = await deps.db.transaction(async (trx) => {
    // Two who ask at once take turns; the second is told that it is asked for.
    await lockSite(trx, site.id);
    const fault = await whyNotUnpublish({ ...deps, db: trx }, site);
    if (fault !== undefined) throw new ApiError('wrongState', fault);
    await setUnpublishStatus(trx, site.id, 'not-started', by);
    return insertRunRequest(trx, { process: unpublishSiteContract.process, siteId: site.id, version: 'live', requestedBy: by });
  });
  await deps.engine.deliver(row.id);
  return (await findRunRequest(deps.db, row.id)) ?? row;
}
