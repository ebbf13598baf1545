import type { z } from 'zod';
import type { PublishVersion } from '#domain/runs.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { findOfflineDeployment, newestOfflineRuns, type OfflineDeploymentRow } from '#db/queries/offlineDeployments.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import type { RunRow } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import type { offlineVersionSchema } from '../contracts/offline.ts';
import type { ApiDeps } from '../deps.ts';

type Version = z.input<typeof offlineVersionSchema>;

/** What of a site can be read without a network, and how its newest builds ended. */
export async function presentOffline(deps: Pick<ApiDeps, 'db' | 'config'>, site: SiteRow): Promise<{ draft: Version; live: Version }> {
  const { db, config } = deps;
  const waiting = (await listWaitingRequests(db, [site.id])).filter((request) => request.process === buildOfflineContract.process);
  const runs = await newestOfflineRuns(db, site.id);
  const isTest = site.name === config.testRootWebsiteName || config.testSiteSlugs.includes(site.name);
  const version = async (name: PublishVersion): Promise<Version> => {
    const at = { siteId: site.id, version: name, theme: '' };
    const row = await findOfflineDeployment(db, at);
    const online = await findDeployment(db, at);
    const run = runs.get(name);
    const base = isTest ? config.testSiteUrl : name === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
    const bucket = isTest ? config.offlineTestBucket : name === 'live' ? config.offlinePublishBucket : config.offlinePreviewBucket;
    const prefix = row?.zips[0]?.key.replace(/\/?[^/]*$/, '') ?? (site.name === config.rootWebsiteName ? '' : (site.urlPath ?? ''));
    return {
      state: stateOf(row, run, waiting.some((request) => request.version === name)),
      builtAt: row?.builtAt?.toISOString() ?? null,
      runId: run?.id ?? null,
      ofRunId: row?.builtAt == null ? null : row.ofRunId,
      isOlder: row?.builtAt != null && online?.manifestKey != null && online.runId !== row.ofRunId,
      zips: (row?.zips ?? []).map(({ variant, key, bytes }) => ({ variant, url: `${base}/${key}`, bytes })).sort((a, b) => (a.variant < b.variant ? -1 : 1)),
      tree: row?.manifestKey == null ? null : { bucket, prefix },
      reason: run?.state === 'failed' || run?.state === 'terminated' ? run.reasonMessage : null,
    };
  };
  return { draft: await version('draft'), live: await version('live') };
}

function stateOf(row: OfflineDeploymentRow | undefined, run: RunRow | undefined, isWaiting: boolean): Version['state'] {
  if (run?.state === 'running') return 'running';
  if (isWaiting) return 'waiting';
  if (run?.state === 'failed' || run?.state === 'terminated') return 'failed';
  if (row?.isHidden === true) return 'hidden';
  if (row?.builtAt != null) return 'built';
  return run?.state === 'cancelled' ? 'cancelled' : 'never';
}
