import type { z } from 'zod';
import { siteUrl } from '#domain/siteUrl.ts';
import { type DeploymentRow, listDeployedUrlPaths, listDeployments } from '#db/queries/deployments.ts';
import { listWaitingRequests, type RunRequestRow } from '#db/queries/runRequests.ts';
import { newestPublishRuns, type RunRow } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { siteSummarySchema, siteVersionSchema } from '../contracts/sites.ts';
import type { ApiDeps } from '../deps.ts';
import { personOf } from './runs.ts';

type Version = z.input<typeof siteVersionSchema>;

/** Sites as lists show them; four queries for any number of sites. */
export async function presentSites(deps: Pick<ApiDeps, 'db' | 'config'>, sites: readonly SiteRow[]): Promise<z.input<typeof siteSummarySchema>[]> {
  const ids = sites.map((site) => site.id);
  const [deployments, urlPaths, runs, waiting] = await Promise.all([listDeployments(deps.db, ids), listDeployedUrlPaths(deps.db, ids), newestPublishRuns(deps.db, ids), listWaitingRequests(deps.db, ids)]);
  return sites.map((site) => {
    const version = (name: 'draft' | 'live'): Version =>
      presentVersion(deps.config, { ...site, urlPath: urlPaths.get(`${site.id}/${name}`) ?? site.urlPath }, name, deployments.get(`${site.id}/${name}`), runs.get(`${site.id}/${name}`), waiting.filter((request) => request.process === 'publish-site' && request.siteId === site.id && request.version === name));
    return {
      name: site.name,
      title: site.title,
      shortId: site.shortId,
      starter: site.starterSlug === null ? null : { slug: site.starterSlug, name: site.starterName ?? site.starterSlug },
      urlPath: site.urlPath,
      updatedAt: site.updatedAt.toISOString(),
      draft: version('draft'),
      live: version('live'),
    };
  });
}

/** `site` with the address that the version was deployed to, which may not be the one it has by now. */
function presentVersion(config: ApiDeps['config'], site: SiteRow, version: 'draft' | 'live', deployment: DeploymentRow | undefined, run: RunRow | undefined, waiting: readonly RunRequestRow[]): Version {
  const isDeployed = deployment?.manifestKey != null;
  return {
    state: stateOf(isDeployed, version === 'live' && site.unpublishStatus === 'succeeded' ? site.unpublishStatusAt : null, run, waiting),
    url: isDeployed ? siteUrl(config, site, version) : null,
    runId: run?.id ?? null,
    publishedAt: deployment?.deployedAt?.toISOString() ?? null,
    commit: deployment?.commit ?? null,
    hasUnpublishedChanges: (deployment?.contentRevision ?? -1) < site.contentRevision,
    waiting: waiting.map((request) => ({ id: request.id, person: personOf(request), at: request.createdAt.toISOString(), delivered: request.deliveredAt !== null })),
  };
}

function stateOf(isDeployed: boolean, unpublishedAt: Date | null, run: RunRow | undefined, waiting: readonly RunRequestRow[]): Version['state'] {
  if (run?.state === 'running') return 'running';
  if (waiting.length > 0) return 'waiting';
  // What became of publishes before it was taken offline is no news any more.
  if (unpublishedAt !== null && (run?.endedAt ?? run?.startedAt ?? unpublishedAt) <= unpublishedAt) return 'unpublished';
  if (run?.state === 'failed' || run?.state === 'terminated') return 'failed';
  if (isDeployed) return 'published';
  return run?.state === 'cancelled' ? 'cancelled' : 'never';
}
