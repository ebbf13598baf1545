import { listContentItems } from '#db/queries/contentItems.ts';
import { findSiteByName, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { giveSiteUrl, isUrlFrozen } from '#db/queries/siteUrls.ts';
import { findUrlHolder, type UrlHolder } from '#db/queries/urlHolder.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { inUseSentence, rootHolder } from '#domain/siteMove.ts';
import { joinPath, offeredUrlPath, urlPathFault, withoutRootPath } from '#domain/siteUrl.ts';
import { ApiError } from '../apiError.ts';
import type { Output } from '../contracts/client.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

/** The configuration a site was made from; null when it has none that was ever read without fault. */
export async function siteConfigOf(deps: Pick<ApiDeps, 'db'>, site: SiteRow): Promise<SiteConfig | null> {
  const starter = site.starterId === null ? undefined : await findStarter(deps.db, site.starterId);
  return (starter?.config ?? null) as SiteConfig | null;
}

/**
 * An address with the root path of the site's starter, if the words of it can be one.
 * @throws {ApiError} validation for words that cannot, wrongState for the root site.
 */
export async function wholeUrlPath(deps: Pick<ApiDeps, 'db' | 'config'>, site: SiteRow, asked: string, where: string): Promise<string> {
  assertNotRoot(deps, site);
  const fault = urlPathFault(asked.trim());
  if (fault !== undefined) throw new ApiError('validation', fault, [{ path: where, message: fault }]);
  const config = await siteConfigOf(deps, site);
  return joinPath(config?.['root-url-path'] ?? '', asked.trim());
}

/**
 * Gives a site an address.
 * @throws {ApiError} with why it cannot have it.
 */
export async function assignUrlPath(deps: Pick<ApiDeps, 'db' | 'config'>, site: SiteRow, asked: string): Promise<void> {
  const urlPath = await wholeUrlPath(deps, site, asked, 'body.urlPath');
  const inUse = (holder: UrlHolder): ApiError => {
    const message = inUseSentence(urlPath, holder);
    return new ApiError('urlInUse', message, [{ path: 'body.urlPath', message }]);
  };
  // Decided once more, with the lock, where it is given.
  const known = urlPath === site.urlPath ? undefined : await holderOf(deps, site, urlPath);
  if (known !== undefined) throw inUse(known);
  const given = await giveSiteUrl(deps.db, site.id, urlPath);
  switch (given.kind) {
    case 'set':
    case 'unchanged':
      return;
    case 'published':
      throw new ApiError('urlFrozen', 'The URL cannot be changed after publishing. Use a move.');
    case 'writing':
      throw new ApiError('urlFrozen', `A live publish has begun to write to ‘${site.urlPath ?? ''}’, so the URL cannot be changed. Let it finish, then use a move.`);
    case 'inUse':
      throw inUse(given.holder);
  }
}

/** Who else holds an address. */
export async function holderOf(deps: Pick<ApiDeps, 'db' | 'config'>, site: SiteRow, urlPath: string): Promise<UrlHolder | undefined> {
  return rootHolder(urlPath, deps.config.rootWebsiteName) ?? (await findUrlHolder(deps.db, urlPath, site.id));
}

function assertNotRoot(deps: Pick<ApiDeps, 'config'>, site: SiteRow): void {
  if (site.name === deps.config.rootWebsiteName) throw new ApiError('wrongState', 'The root site stands at the top of the address; it has no URL path.');
}

export function siteUrlRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/url' | 'PUT /api/v1/sites/:site/url'> {
  const { db } = deps;

  async function present(site: SiteRow): Promise<Output<'GET /api/v1/sites/:site/url'>> {
    const config = await siteConfigOf(deps, site);
    const frozen = await isUrlFrozen(db, site.id);
    const items = (await listContentItems(db, site.id)).filter((item) => item.deletedAt === null);
    const rootPath = config?.['root-url-path'] ?? '';
    const urlPath = site.urlPath === null ? null : withoutRootPath(rootPath, site.urlPath);
    const suggestion = offeredUrlPath(config, items, { name: site.name, isPublished: frozen === 'published' });
    return { urlPath, suggestion, isFrozen: frozen !== false, problems: await problemsOf(site, rootPath, urlPath ?? suggestion) };
  }

  async function problemsOf(site: SiteRow, rootPath: string, urlPath: string): Promise<string[]> {
    const fault = urlPathFault(urlPath);
    if (fault !== undefined) return [fault];
    const whole = joinPath(rootPath, urlPath);
    const holder = await holderOf(deps, site, whole);
    return holder === undefined ? [] : [inUseSentence(whole, holder)];
  }

  return {
    'GET /api/v1/sites/:site/url': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      assertNotRoot(deps, site);
      return present(site);
    },
    'PUT /api/v1/sites/:site/url': async ({ params, body, who, note }) => {
      note({ what: 'url', to: body.urlPath });
      const site = await visibleSite(deps, params.site, who);
      note({ from: site.urlPath });
      if (!sitePolicy.change(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may change its URL. Ask one of them.');
      await assignUrlPath(deps, site, body.urlPath);
      return present((await findSiteByName(db, site.name)) ?? site);
    },
  };
}
