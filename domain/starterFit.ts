import type { ContentItem } from './contentItem.ts';
import { configItem, LISTING_TYPE, type SiteConfig } from './siteConfig.ts';
import { type FieldIssue, validateItem } from './validateItem.ts';

/** An item that a configuration would not allow, with everything that is wrong with it. */
export interface Misfit {
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  readonly issues: readonly FieldIssue[];
}

/**
 * What of these items does not fit a configuration: kinds that it does not have, values and places that it does not allow. What is wrong
 * under the configuration in use as well is no news, and is left out where that is given.
 */
export function starterMisfits(items: readonly ContentItem[], config: SiteConfig, inUse: SiteConfig | null): Misfit[] {
  return items.flatMap((item) => {
    if (item.type === LISTING_TYPE) return [];
    const known = new Set(inUse === null ? [] : faultsUnder(item, inUse).map(keyOf));
    const issues = faultsUnder(item, config).filter((issue) => !known.has(keyOf(issue)));
    return issues.length === 0 ? [] : [{ textId: item.textId, type: item.type, title: item.title, issues }];
  });
}

const keyOf = (issue: FieldIssue): string => `${issue.path}\n${issue.message}`;

function faultsUnder(item: ContentItem, config: SiteConfig): FieldIssue[] {
  const kind = configItem(config, item.type);
  if (kind === undefined) return [{ path: 'type', message: `The starter has no kind of content ‘${item.type}’.` }];
  if (item.isPageContent === (kind.file !== null)) return [{ path: 'type', message: kind.file === null ? `‘${item.type}’ is a page there, and here it is a single data file.` : `‘${item.type}’ is the single data file ${kind.file} there, and here it is a page.` }];
  return validateItem({ kind, config, item });
}
