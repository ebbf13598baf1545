import type { SiteConfig } from '#domain/siteConfig.ts';
import { findStarter } from '#db/queries/starters.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { ApiError } from './apiError.ts';
import type { Principal } from './auth/principal.ts';
import type { ApiDeps } from './deps.ts';
import { visibleSite } from './routes/sites.ts';

/** A site with the configuration that says which content it has; null when no starter was ever read for it. */
export interface SiteContent {
  readonly site: SiteRow;
  readonly config: SiteConfig | null;
}

/** A site whose content can be written. */
export interface WritableContent extends SiteContent {
  readonly config: SiteConfig;
}

/**
 * The content of the site of this name, if the caller may see it.
 * @throws {ApiError} notFound or forbidden.
 */
export async function siteContent(deps: Pick<ApiDeps, 'db'>, name: string, who: Principal): Promise<SiteContent> {
  const site = await visibleSite(deps, name, who);
  const starter = site.starterId === null ? undefined : await findStarter(deps.db, site.starterId);
  return { site, config: starter?.config == null ? null : (starter.config as SiteConfig) };
}

/**
 * The same for who is to write in it.
 * @throws {ApiError} starterMissing when nothing says how.
 */
export function writable(content: SiteContent): WritableContent {
  if (content.config === null) throw new ApiError('starterMissing', `Nothing says which content the site ‘${content.site.title}’ has: it has no starter, or its starter was never read without fault. Ask an engineer to read the starters.`);
  return { ...content, config: content.config };
}
