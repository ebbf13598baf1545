import { listFormerPlaces, listOtherSites, otherSitesItems } from '#db/queries/cleanupSites.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { findStarter } from '#db/queries/starters.ts';
import { referencesOf } from '#domain/references.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { type Severity, validateSite } from '#domain/validateSite.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

export function validationRoutes(deps: Pick<ApiDeps, 'db' | 'config'>): Pick<Handlers, 'GET /api/v1/sites/:site/validation'> {
  const { config, db } = deps;
  return {
    'GET /api/v1/sites/:site/validation': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
      if (starter?.config == null) throw new ApiError('starterMissing', `The site ‘${site.title}’ has no starter that was read without fault, so nothing says what its content should be.`);
      const siteConfig = starter.config as SiteConfig;
      const [stored, formerPlaces, otherSites] = await Promise.all([listContentItems(db, site.id), listFormerPlaces(db, site.id), listOtherSites(db, site.id)]);
      const items = stored.filter((item) => item.deletedAt === null);
      const elsewhere = items.flatMap((item) => referencesOf(item, siteConfig)).flatMap((reference) => (reference.targetSite !== null && reference.targetTextId !== null ? [reference.targetTextId] : []));
      const found = await otherSitesItems(db, site.id, elsewhere);
      const faults = validateSite({
        site: { name: site.name, urlPath: site.urlPath, isRoot: site.name === config.rootWebsiteName },
        rootWebsiteName: config.rootWebsiteName,
        config: siteConfig,
        items,
        deletedTextIds: new Set(stored.filter((item) => item.deletedAt !== null).map((item) => item.textId)),
        formerPlaces,
        otherSites,
        ownHosts: new Set([config.sitemapDomain, new URL(config.liveSiteUrl).host]),
        hasItem: (name, textId) => found.has(`${name.replace(/^\/+|\/+$/g, '')}\n${textId}`),
      });
      const count = (severity: Severity): number => faults.filter((fault) => fault.severity === severity).length;
      const asked = query.severity === undefined ? faults : faults.filter((fault) => fault.severity === query.severity);
      return { site: site.name, items: items.length, total: asked.length, bySeverity: { blocks: count('blocks'), broken: count('broken'), untidy: count('untidy') }, faults: asked.slice(query.offset, query.offset + query.limit) };
    },
  };
}
