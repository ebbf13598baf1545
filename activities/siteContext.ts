import type { SiteContext } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import type { SiteRow } from '#db/queries/sites.ts';

/** What the files of a site depend on beside their items. */
export function siteContext(site: Pick<SiteRow, 'id' | 'name' | 'shortId' | 'urlPath'>, items: readonly ContentItem[]): SiteContext {
  const byTextId = new Map(items.map((item) => [item.textId, item]));
  return { siteId: site.id, name: site.name, shortId: site.shortId, urlPath: site.urlPath, itemOf: (textId) => byTextId.get(textId) };
}
