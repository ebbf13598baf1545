import { listPublishedSites } from '#db/queries/sites.ts';
import type { ApiDeps } from '../deps.ts';
import type { Handlers } from '../router.ts';

/** Lists of the existing system's API that themes read; the paths and names are theirs. */
export function websiteRoutes(deps: Pick<ApiDeps, 'db' | 'config'>): Pick<Handlers, 'GET /api/websites/'> {
  return {
    'GET /api/websites/': async ({ query }) => {
      const { type, limit, offset } = query;
      const { total, sites } = await listPublishedSites(deps.db, { starterSlug: type }, { limit, offset });
      const pageAt = (start: number): string => {
        const given = new URLSearchParams({ ...(type === undefined ? {} : { type }), limit: String(limit), offset: String(start) });
        return `${deps.config.studioBaseUrl}/api/websites/?${given.toString()}`;
      };
      return {
        count: total,
        next: offset + sites.length < total ? pageAt(offset + limit) : null,
        previous: offset > 0 ? pageAt(Math.max(0, offset - limit)) : null,
        results: sites.map(({ site, firstDeployedAt, deployedAt }) => ({
          uuid: site.id,
          name: site.name,
          short_id: site.shortId,
          title: site.title,
          url_path: site.urlPath,
          starter: site.starterSlug === null ? null : { slug: site.starterSlug, name: site.starterName ?? site.starterSlug },
          publish_date: deployedAt?.toISOString() ?? null,
          first_published_to_production: firstDeployedAt.toISOString(),
          updated_on: site.updatedAt.toISOString(),
        })),
      };
    },
  };
}
