import type { Input, Output } from '#api/contracts/client.ts';
import type { Wanted } from '../../lib/resource.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** What a list of items asks for: one page of it. */
export type ItemQuery = Input<'GET /api/v1/sites/:site/items'>['query'] & { readonly offset: number };

/** One page of a list of items; it is read again after each change of the site. */
export function itemPage(site: string, query: ItemQuery): Wanted<Output<'GET /api/v1/sites/:site/items'>> {
  return { key: `items/${site}?${JSON.stringify(query)}`, load: () => call('GET /api/v1/sites/:site/items', { params: { site }, query }), wants: (change) => change.site === site, keepsPrevious: true };
}
