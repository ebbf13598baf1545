import type { ContentItem } from './contentItem.ts';
import { contentDirOf, LISTING_TYPE, type SiteConfig } from './siteConfig.ts';
import { joinPath } from './siteUrl.ts';

/** A site as the root site lists it. */
export interface ListedSite {
  readonly id: string;
  readonly shortId: string;
  readonly title: string;
  /** With the root path; null while it has none. */
  readonly urlPath: string | null;
}

/** Hugo lists the item and makes no page of it. */
const LISTED_ONLY = { list: true, render: false };

/** Where the item stands by which the root site lists a site. */
export function listingPlace(rootConfig: SiteConfig, site: Pick<ListedSite, 'shortId'>): { readonly dirpath: string; readonly filename: string } {
  return { dirpath: joinPath(contentDirOf(rootConfig), 'websites'), filename: site.shortId };
}

/**
 * The item by which the root site lists a site: what the site's metadata say, and where it stands. Its text id is that of
 * the site, which neither a new title nor a move changes. One that is no `isDraft` is shown to readers.
 */
export function rootListing(rootConfig: SiteConfig, listed: { readonly site: ListedSite; readonly siteMetadata: Readonly<Record<string, unknown>>; readonly isDraft: boolean }): ContentItem {
  const { site, siteMetadata, isDraft } = listed;
  const { draft: _draft, ...fields } = siteMetadata;
  return {
    textId: site.id,
    type: LISTING_TYPE,
    title: site.title,
    ...listingPlace(rootConfig, site),
    isPageContent: true,
    metadata: { ...fields, _build: LISTED_ONLY, url_path: site.urlPath, ...(isDraft ? { draft: true } : {}) },
    markdown: null,
    file: null,
  };
}

/**
 * What keeps a site out of the root site's lists, as a sentence; undefined when nothing does. Test sites and the root site
 * itself are in no list, and what has no metadata would break its pages.
 */
export function unlistedBecause(facts: { readonly isRoot: boolean; readonly isTest: boolean; readonly hasMetadata: boolean; readonly hasRoot: boolean; readonly rootHasStarter: boolean }): string | undefined {
  if (facts.isRoot) return 'The root site does not list itself.';
  if (facts.isTest) return 'Test sites are not listed.';
  if (!facts.hasRoot) return 'There is no root site that could list it.';
  if (!facts.rootHasStarter) return 'The starter of the root site was never read without fault, so nothing is listed there.';
  if (!facts.hasMetadata) return 'The site has no metadata, so the root site does not list it.';
  return undefined;
}
