import type { ContentItem } from './contentItem.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { urlPathFault, urlPathsOverlap } from './siteUrl.ts';

/** What decides whether a site can move. Addresses carry the root path but for `asked`. */
export interface MoveFacts {
  readonly isRoot: boolean;
  /** Where readers find the live site; null when they do not. */
  readonly from: string | null;
  /** Whether they ever did: its address is known then, and stays its own. */
  readonly wasLive: boolean;
  /** What the site's row says, which a move that broke off has changed already. */
  readonly urlPath: string | null;
  /** As it was asked for, without the root path. */
  readonly asked: string;
  readonly to: string;
  /** The other site that holds the new address, if one does. */
  readonly holder: { readonly site: string; readonly isRedirect: boolean } | undefined;
  /** Old addresses of this site. */
  readonly redirects: readonly string[];
  /** A move ended before readers were led on from an old address: to move to the same place does that. */
  readonly isUnfinished: boolean;
}

/** Why a move cannot be made. */
export interface MoveFault {
  readonly code: 'validation' | 'urlInUse' | 'wrongState';
  /** A sentence for the person who asked. */
  readonly message: string;
}

/** What stands against a move, or undefined when nothing does. */
export function moveFault(facts: MoveFacts): MoveFault | undefined {
  const { from, to } = facts;
  if (facts.isRoot) return { code: 'wrongState', message: 'The root site stands at the top of the address and cannot move.' };
  const fault = urlPathFault(facts.asked);
  if (fault !== undefined) return { code: 'validation', message: fault };
  if (from === null && facts.wasLive) return { code: 'wrongState', message: `The site was unpublished, so there is nothing that could move. Publish it live again, which brings it back at ‘${facts.urlPath ?? ''}’, then move it.` };
  if (from === null) return { code: 'wrongState', message: 'The site was never published live, so nobody knows its address: change its URL instead of moving it.' };
  if (to === from && facts.urlPath === to && !facts.isUnfinished) return { code: 'wrongState', message: `The site is at ‘${to}’ already.` };
  if (facts.holder !== undefined) return { code: 'urlInUse', message: inUseSentence(to, facts.holder) };
  const around = [from, ...facts.redirects].find((old) => old !== to && urlPathsOverlap(old, to));
  if (around !== undefined) return { code: 'urlInUse', message: `‘${to}’ is the same as ‘${around}’ but for case, or one lies inside the other; that is an address of this site now or before, where redirect pages will stand. Choose a place beside it.` };
  return undefined;
}

/** That an address is another site's, in a sentence. */
export function inUseSentence(urlPath: string, holder: { readonly site: string; readonly isRedirect: boolean }): string {
  return holder.isRedirect ? `The URL ‘${urlPath}’ is already in use by the site ‘${holder.site}’, which moved from there and leads its readers on.` : `The URL ‘${urlPath}’ is already in use by the site ‘${holder.site}’.`;
}

/** The root site as the holder of an address: it serves its own files from a folder of its name, whatever other sites are called. */
export function rootHolder(urlPath: string, rootWebsiteName: string): { readonly site: string; readonly isRedirect: false } | undefined {
  return urlPathsOverlap(urlPath, rootWebsiteName) ? { site: rootWebsiteName, isRedirect: false } : undefined;
}

/** Which files of an old place lead on, and which are not served any more, each in the order of their paths. */
export function partFiles(files: Readonly<Record<string, Pick<ManifestEntry, 'contentType'>>>): { pages: string[]; gone: string[] } {
  const paths = Object.keys(files).sort();
  const isPage = (path: string): boolean => files[path]?.contentType.startsWith('text/html') === true;
  return { pages: paths.filter(isPage), gone: paths.filter((path) => !isPage(path)) };
}

/** Everything that may stand at a place: what is deployed, and what a deploy that broke off may have written. */
export function everyFile(current: Manifest | null, pending: Manifest | null): Record<string, ManifestEntry> {
  return { ...(pending?.files ?? {}), ...(current?.files ?? {}) };
}

/** The fields of an item whose text mentions an address, such as `markdown` or `metadata.description`. */
export function mentionsOf(item: Pick<ContentItem, 'markdown' | 'metadata'>, urlPath: string): string[] {
  const escaped = urlPath.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`(?<![A-Za-z0-9._-])${escaped}(?![A-Za-z0-9_-])(?!\\.[A-Za-z0-9])`);
  const found = new Set<string>();
  const look = (value: unknown, field: string): void => {
    if (typeof value === 'string') {
      if (pattern.test(value)) found.add(field);
    } else if (Array.isArray(value)) for (const entry of value) look(entry, field);
    else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) look(inner, `${field}.${key}`);
  };
  look(item.markdown, 'markdown');
  look(item.metadata, 'metadata');
  return [...found];
}
