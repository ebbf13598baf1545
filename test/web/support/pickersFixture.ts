import type { RouteKey } from '../../../api/contracts/index.ts';
import type { ChosenItem } from '../../../api/contracts/pickers.ts';
import { newId } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: unknown;
}

export interface FixtureItem {
  readonly site: string;
  readonly textId: string;
  readonly type: string;
  title: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  isDeleted?: boolean;
}

/** The id of the item with this number, which is a uuid. */
export const itemId = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const shownAs = ({ title, metadata }: FixtureItem, display: string | undefined): string | null => (display === undefined ? title : (metadata?.[display] ?? title));

/** 5,000 lectures of one site, resources with types, instructors of the root site, and published sites. */
export class PickersFixture {
  /** What was asked of the pickers, oldest first. */
  readonly questions: { readonly key: RouteKey; readonly asked: Asked }[] = [];
  readonly items: FixtureItem[] = [
    ...Array.from({ length: 5_000 }, (_, index) => ({ site: 'matrix-methods', textId: itemId(index), type: 'page', title: `Lecture ${String(index).padStart(4, '0')}` })),
    ...Array.from({ length: 90 }, (_, index) => ({ site: 'matrix-methods', textId: itemId(10_000 + index), type: 'resource', title: `Figure ${String(index).padStart(2, '0')}`, metadata: { resourcetype: index % 3 === 0 ? 'Image' : 'Document' } })),
    ...['Ada Lovelace', 'Emmy Noether', 'Gilbert Strang'].map((title, index) => ({ site: 'ocw-www', textId: itemId(20_000 + index), type: 'instructor', title })),
    ...['Problem set', 'Reading'].map((title, index) => ({ site: 'courses/real-analysis', textId: itemId(30_000 + index), type: 'resource', title })),
  ];
  readonly sites = [
    { name: 'algebra-i', urlPath: 'courses/algebra-i', shortId: '18.701', title: 'Algebra' },
    { name: 'algebra-ii', urlPath: 'courses/algebra-ii', shortId: '18.702', title: 'Algebra' },
    { name: 'real-analysis', urlPath: 'courses/real-analysis', shortId: '18.100a', title: 'Real Analysis' },
  ];
  /** Outside addresses that have an item. */
  readonly outside = new Map<string, FixtureItem>([['https://example.org/known', { site: 'matrix-methods', textId: itemId(40_000), type: 'external-resource', title: 'Known' }]]);

  answer(key: RouteKey, asked: Asked): unknown {
    const { query, params } = asked;
    const search = String(query['search'] ?? '').toLowerCase();
    const except = new Set(String(query['except'] ?? '').split(','));
    const [offset, limit] = [Number(query['offset'] ?? 0), Number(query['limit'] ?? 20)];
    if (key === 'GET /api/v1/pickers/items') {
      this.questions.push({ key, asked });
      const types = query['type'] === undefined ? undefined : String(query['type']).split(',');
      const display = query['display'] as string | undefined;
      const fits = this.items
        .map((item) => ({ ...item, title: shownAs(item, display) }))
        .filter((item) => item.site === query['site'] && item.isDeleted !== true && types?.includes(item.type) !== false && !except.has(item.textId) && (item.title ?? '').toLowerCase().includes(search))
        .filter((item) => query['field'] === undefined || item.metadata?.[String(query['field'])] === query['equals'])
        .sort((a, b) => ((a.title ?? '') < (b.title ?? '') ? -1 : 1));
      return { total: fits.length, items: fits.slice(offset, offset + limit) };
    }
    if (key === 'GET /api/v1/pickers/sites') {
      this.questions.push({ key, asked });
      const fits = this.sites.filter((site) => !except.has(site.urlPath) && `${site.title} ${site.shortId}`.toLowerCase().includes(search));
      return { total: fits.length, sites: fits.slice(offset, offset + limit) };
    }
    if (key === 'POST /api/v1/pickers/titles') {
      this.questions.push({ key, asked });
      const body = asked.body as { site: string; items: { textId: string; site: string | null }[]; sites: string[]; display?: string };
      return {
        items: body.items.map(({ textId, site }): ChosenItem => {
          const item = [...this.items, ...this.outside.values()].find((one) => one.textId === textId && one.site === (site ?? body.site));
          const isSeen = site === null || site === 'ocw-www' || this.sites.some((one) => one.urlPath === site);
          if (item === undefined || !isSeen) return { textId, site, state: isSeen && site === null ? 'missing' : 'hidden', type: null, title: null, siteTitle: null };
          return { textId, site, state: item.isDeleted === true ? 'deleted' : 'there', type: item.type, title: shownAs(item, body.display), siteTitle: this.sites.find((one) => one.urlPath === site)?.title ?? null };
        }),
        sites: body.sites.map((urlPath) => {
          const site = this.sites.find((one) => one.urlPath === urlPath);
          return site === undefined ? { urlPath, state: 'hidden', title: null, shortId: null } : { urlPath, state: 'there', title: site.title, shortId: site.shortId };
        }),
      };
    }
    const made = asked.body as { type?: string; title?: string; metadata?: { external_url?: string } };
    if (key === 'POST /api/v1/sites/:site/items' && made.type === 'external-resource') {
      this.questions.push({ key, asked });
      const url = made.metadata?.external_url ?? '';
      const known = this.outside.get(url);
      const item = known ?? { site: params['site'] ?? '', textId: newId(), type: 'external-resource', title: made.title ?? null };
      this.outside.set(url, item);
      return { textId: item.textId, type: item.type, title: item.title, revision: 1, updatedAt: new Date().toISOString(), updatedBy: null, deletedAt: null, path: 'content/external-resources/x.md', pageUrl: '/external-resources/x', dirpath: 'content/external-resources', filename: 'x', isPageContent: true, metadata: { external_url: url }, markdown: '', file: null, reason: 'created', can: { edit: true, delete: true }, isNew: known === undefined };
    }
    return undefined;
  }
}
