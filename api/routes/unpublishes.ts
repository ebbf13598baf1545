import { listMentioningItems } from '#db/queries/siteMentions.ts';
import { listSiteReferrers } from '#db/queries/siteReferrers.ts';
import { mentionsOf } from '#domain/siteMove.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { ApiError } from '../apiError.ts';
import type { UnpublishPreview } from '../contracts/unpublishes.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { presentRequest } from '../presenters/runs.ts';
import { requestUnpublish, whyNotUnpublish } from '../requestUnpublish.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

export function unpublishRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/unpublish' | 'POST /api/v1/sites/:site/unpublish'> {
  const { config, db } = deps;

  /** Texts of other sites that mention the address, beside the fields that refer to the site anyway. */
  async function mentionsOfSite(site: SiteRow, referring: ReadonlySet<string>): Promise<UnpublishPreview['mentions']> {
    if (site.urlPath === null) return [];
    const { urlPath } = site;
    return (await listMentioningItems(db, urlPath))
      .filter(({ siteId, item }) => siteId !== site.id && item.deletedAt === null && item.type !== 'website')
      .flatMap(({ siteName, item }) => mentionsOf(item, urlPath).map((field) => ({ site: siteName, item: item.textId, type: item.type, title: item.title, field })))
      .filter(({ site: name, item, field }) => ![...referring].some((known) => `${name} ${item} ${field}`.startsWith(known)));
  }

  return {
    'GET /api/v1/sites/:site/unpublish': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      assertMayUnpublish(who, site);
      const fault = await whyNotUnpublish(deps, site);
      const referrers = await listSiteReferrers(db, site);
      const dependencies = referrers.map(({ site: name, textId, type, title, field }) => ({ site: name, item: textId, type, title, field }));
      const mentions = await mentionsOfSite(site, new Set(dependencies.map(({ site: name, item, field }) => `${name} ${item} ${field}`)));
      return { url: fault === undefined ? siteUrl(config, site, 'live') : null, problems: fault === undefined ? [] : [fault], dependencies, mentions };
    },

    'POST /api/v1/sites/:site/unpublish': async ({ params, who, ctx, note }) => {
      note({ version: 'live' });
      const site = await visibleSite(deps, params.site, who);
      assertMayUnpublish(who, site);
      const row = await requestUnpublish(deps, site, who.userId);
      note({ request: row.id });
      ctx.set('location', `/api/v1/requests/${row.id}`);
      return presentRequest(row);
    },
  };
}

function assertMayUnpublish(who: Parameters<typeof sitePolicy.publishLive>[0], site: SiteRow): void {
  if (!sitePolicy.publishLive(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may take it offline. Ask one of them.');
}
