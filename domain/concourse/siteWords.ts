import type { SiteConfig } from '../siteConfig.ts';
import { siteStoragePrefix, withoutRootPath } from '../siteUrl.ts';
import type { ForeignFolders, SiteWords } from './siteBuild.ts';

/** A site as definitions name it. */
export function siteWordsOf(site: { readonly name: string; readonly shortId: string; readonly urlPath: string | null }, starter: { readonly slug: string; readonly config: SiteConfig }): SiteWords {
  const urlPath = site.urlPath ?? '';
  return {
    name: site.name,
    shortId: site.shortId,
    urlPath,
    pathBelowRoot: withoutRootPath(starter.config['root-url-path'], urlPath),
    storagePrefix: siteStoragePrefix(starter.config, site),
    starterSlug: starter.slug,
  };
}

/** Top-level folders of a web bucket that belong to other sites or to outputs of further themes. */
export function foreignFoldersOf(otherUrlPaths: readonly string[], themes: readonly string[]): ForeignFolders {
  return [...new Set([...otherUrlPaths.map((path) => path.split('/')[0] ?? ''), ...themes])].filter((folder) => folder !== '').sort();
}
