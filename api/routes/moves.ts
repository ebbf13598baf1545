import { listSiteDeployments } from '#db/queries/deployments.ts';
import { findOpenRun } from '#db/queries/runs.ts';
import { listMentioningItems } from '#db/queries/siteMentions.ts';
import { hasUnfinishedRedirects, listSiteRedirects } from '#db/queries/siteRedirects.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Manifest } from '#domain/manifest.ts';
import { repointSite } from '#domain/repointSite.ts';
import { configItem, type SiteConfig } from '#domain/siteConfig.ts';
import { everyFile, mentionsOf, moveFault, type MoveFault, partFiles } from '#domain/siteMove.ts';
import { joinPath, redirectLine } from '#domain/siteUrl.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { ApiError } from '../apiError.ts';
import type { MovePreview } from '../contracts/moves.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { readManifest } from '../readManifest.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';
import { holderOf, siteConfigOf } from './siteUrls.ts';

export function moveRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/moves/preview' | 'POST /api/v1/sites/:site/moves'> {
  const { config, db } = deps;

  /** Where a move would lead from and to, and why it would be refused. */
  async function planOf(site: SiteRow, asked: string): Promise<{ to: string; live: Manifest | null; pending: Manifest | null; fault: MoveFault | undefined }> {
    const to = joinPath((await siteConfigOf(deps, site))?.['root-url-path'] ?? '', asked);
    const deployment = (await listSiteDeployments(db, site.id)).find((row) => row.version === 'live' && row.theme === '');
    const live = deployment?.manifestKey == null ? null : await readManifest(deps, deployment.manifestKey);
    const pending = live === null || deployment?.pendingManifestKey == null ? null : await readManifest(deps, deployment.pendingManifestKey);
    const redirects = await listSiteRedirects(db, site.id);
    const fault = moveFault({
      isRoot: site.name === config.rootWebsiteName,
      from: live?.prefix ?? null,
      wasLive: deployment?.firstDeployedAt != null,
      urlPath: site.urlPath,
      asked,
      to,
      holder: asked === '' || to === site.urlPath ? undefined : await holderOf(deps, site, to),
      redirects: redirects.map((row) => row.fromPath),
      isUnfinished: await hasUnfinishedRedirects(db, site.id),
    });
    return { to, live, pending: pending?.prefix === live?.prefix ? pending : null, fault };
  }

  async function assertAlone(site: SiteRow): Promise<void> {
    const open = await findOpenRun(db, changeSiteUrlContract.process, site.id);
    if (open === undefined) return;
    throw new ApiError('wrongState', open.state === 'failed' ? 'A move of this site has failed and waits to be retried or stopped. Decide about that one first.' : 'The site is moving now. Wait until it has arrived.');
  }

  async function mentionsIn(from: string, to: string): Promise<Pick<MovePreview, 'repointed' | 'mentions'>> {
    const repointed: MovePreview['repointed'] = [];
    const mentions: MovePreview['mentions'] = [];
    for (const { siteName, config: siteConfig, item } of await listMentioningItems(db, from)) {
      if (item.deletedAt !== null) continue;
      const kind = siteConfig === null ? undefined : configItem(siteConfig as SiteConfig, item.type);
      const changed = kind === undefined ? null : repointSite(kind, item.metadata, from, to);
      const at = { site: siteName, item: item.textId, title: item.title };
      for (const field of changed?.fields ?? []) repointed.push({ ...at, field });
      for (const field of mentionsOf({ ...item, metadata: changed?.metadata ?? item.metadata }, from)) mentions.push({ ...at, field });
    }
    return { repointed, mentions };
  }

  return {
    'GET /api/v1/sites/:site/moves/preview': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      assertMayMove(who);
      const { to, live, pending, fault } = await planOf(site, query.urlPath.trim());
      if (live === null) throw new ApiError('wrongState', fault?.message ?? 'The site was never published live.');
      const { pages, gone } = partFiles(everyFile(live, pending));
      return { from: live.prefix, to, problems: fault === undefined ? [] : [fault.message], pages, stopsServing: gone, ...(await mentionsIn(live.prefix, to)), redirectLine: live.prefix === to ? null : redirectLine(live.prefix, to) };
    },

    'POST /api/v1/sites/:site/moves': async (call) => {
      const { params, body, who, note } = call;
      note({ to: body.urlPath.trim() });
      const site = await visibleSite(deps, params.site, who);
      assertMayMove(who);
      const asked = body.urlPath.trim();
      const { fault } = await planOf(site, asked);
      if (fault !== undefined) throw new ApiError(fault.code, fault.message, fault.code === 'wrongState' ? undefined : [{ path: 'body.urlPath', message: fault.message }]);
      await assertAlone(site);
      note({ from: site.urlPath });
      return acceptRequest(deps, call, { process: changeSiteUrlContract.process, siteId: site.id, requestedBy: who.userId, input: { urlPath: asked } });
    },
  };
}

function assertMayMove(who: Parameters<typeof studioPolicy.moveSites>[0]): void {
  if (!studioPolicy.moveSites(who)) throw new ApiError('forbidden', 'Only a global admin may move a site: addresses that others have noted change with it.');
}
