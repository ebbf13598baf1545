import type { SiteContext } from './contentFile.ts';
import type { SiteConfig } from './siteConfig.ts';
import { joinPath, siteStoragePrefix } from './siteUrl.ts';

/** The address of an uploaded file on the published site. */
export function publishedPath(key: string, config: SiteConfig, site: Pick<SiteContext, 'name' | 'urlPath'>): string {
  const storage = siteStoragePrefix(config, site);
  const own = key.startsWith(`${storage}/`) ? joinPath(site.urlPath ?? storage, key.slice(storage.length + 1)) : key;
  return `/${own.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Key in the storage bucket of what a file names: the address inside the site, or the absolute address of the bucket
 * that older files carry.
 */
export function storageKeyOf(value: unknown, config: SiteConfig, site: Pick<SiteContext, 'name' | 'urlPath'>): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const path = decodePath(value.replace(/^https?:\/\/[^/]+/, '').replace(/^\/+/, ''));
  const root = config['root-url-path'];
  const name = path.split('/').at(-1) ?? path;
  // Both the address and the storage folder end in the same file; the folder is by the site's name.
  return path.startsWith(`${root}/`) || root === '' ? joinPath(siteStoragePrefix(config, site), name) : path;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign is part of the name.
    return path;
  }
}
