import { listDeployedWebsites, listUnpublishingWebsites } from '#db/queries/websites.ts';
import { learnUid } from '#domain/learnUid.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import type { ApiDeps } from '../deps.ts';
import { type CompatHandlers, searchable } from './compatRouter.ts';
import { deployedVersion } from './deployedVersion.ts';

/** What mass builds and removals of the existing builders work through. */
export function compatBuilds(deps: Pick<ApiDeps, 'db' | 'config'>): Pick<CompatHandlers, 'GET /api/publish/' | 'GET /api/unpublish/'> {
  const { db, config } = deps;
  return {
    'GET /api/publish/': async (call) => {
      const websites = await listDeployedWebsites(db, { version: deployedVersion(call.query('version')), starterSlug: searchable(call, 'starter') || undefined, except: config.testSiteSlugs });
      return {
        sites: websites.flatMap((site) => {
          const isRoot = site.name === config.rootWebsiteName;
          // The root site lies at the top of its bucket and has an address of its own only in builders’ lists.
          const address = isRoot ? (site.urlPath ?? site.name) : site.urlPath;
          if (address === null || site.starter === null) return [];
          const rootPath = (site.starter.config as SiteConfig | null) ?? { 'root-url-path': '', collections: [] };
          return [{ name: site.name, short_id: site.shortId, starter_slug: site.starter.slug, site_url: address, base_url: isRoot ? '' : address, s3_path: siteStoragePrefix(rootPath, site) }];
        }),
      };
    },

    'GET /api/unpublish/': async () => ({
      sites: (await listUnpublishingWebsites(db)).map((site) => ({ name: site.name, site_url: site.urlPath ?? '', site_uid: learnUid(site.id, site.legacyUid) })),
    }),
  };
}
