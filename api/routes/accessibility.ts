import { listContentItems, listContentItemsByIds, listContentItemsByTextIds, type StoredContentItem } from '#db/queries/contentItems.ts';
import { listUnpublishedIds, NOTHING_OUT } from '#db/queries/unpublishedItems.ts';
import { accessibilityFindings, type AccessibilityRule, accessibilityRules, shownBy } from '#domain/accessibility.ts';
import { configItem } from '#domain/siteConfig.ts';
import type { Accessibility } from '../contracts/accessibility.ts';
import type { ApiDeps } from '../deps.ts';
import type { Handlers } from '../router.ts';
import { siteContent, writable } from '../siteContent.ts';
import { publishedRevision } from './unpublished.ts';

/** Changed items that are looked at at once, the latest; nobody changes more by hand between two publishes. */
const MOST_CHANGED = 2_000;

export function accessibilityRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/accessibility'> {
  const { db } = deps;
  return {
    'GET /api/v1/sites/:site/accessibility': async ({ params, query, who }) => {
      const { site, config } = writable(await siteContent(deps, params.site, who));
      let items: StoredContentItem[];
      let others: StoredContentItem[] = [];
      let isWhole = true;
      if (query.scope === 'all') items = (await listContentItems(db, site.id)).filter((item) => item.deletedAt === null);
      else {
        const ids = await listUnpublishedIds(db, site.id, (await publishedRevision(db, site.id, query.version))?.revision ?? NOTHING_OUT, MOST_CHANGED + 1);
        isWhole = ids.length <= MOST_CHANGED;
        items = await listContentItemsByIds(db, ids.slice(0, MOST_CHANGED));
        const shown = items.flatMap((item) => {
          const kind = configItem(config, item.type);
          return kind === undefined ? [] : shownBy(item, kind);
        });
        others = await listContentItemsByTextIds(db, site.id, [...new Set(shown)]);
      }
      const findings = accessibilityFindings(items, others, config);
      const asked = query.rule === undefined ? findings : findings.filter(({ rule }) => rule === query.rule);
      const counts = Object.fromEntries(accessibilityRules.map((rule) => [rule, findings.filter((finding) => finding.rule === rule).length])) as Record<AccessibilityRule, number>;
      const present = (finding: (typeof findings)[number]): Accessibility['findings'][number] => ({ ...finding, item: { ...finding.item }, shownOn: [...finding.shownOn] });
      return { items: items.length, isWhole, total: asked.length, counts, findings: asked.slice(query.offset, query.offset + query.limit).map(present) };
    },
  };
}
