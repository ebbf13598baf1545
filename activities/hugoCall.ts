import type { SiteRow } from '#db/queries/sites.ts';
import { type HugoSettings, hugoSettings } from '#domain/hugoSettings.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import type { ActivityDeps } from './deps.ts';
import { isRootSite, isTestSite, resourceBaseUrl, staticApiBaseUrl } from './places.ts';

/** How Hugo is called for one theme output of a site, in this installation. */
export function hugoCall(config: ActivityDeps['config'], of: { readonly site: Pick<SiteRow, 'name' | 'urlPath'>; readonly starterConfig: SiteConfig; readonly version: PublishVersion; readonly theme: string }): HugoSettings {
  const { site, version } = of;
  return hugoSettings(config, {
    urlPath: site.urlPath,
    isRoot: isRootSite(config, site.name),
    isTest: isTestSite(config, site.name),
    version,
    theme: of.theme,
    rootPath: of.starterConfig['root-url-path'],
    staticApiBaseUrl: staticApiBaseUrl(config, { siteName: site.name, version }),
    resourceBaseUrl: resourceBaseUrl(config, { siteName: site.name, version }),
  });
}
