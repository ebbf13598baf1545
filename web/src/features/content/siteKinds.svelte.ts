import { type Resource, useResource } from '../../lib/resource.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import type { SiteKinds } from '#api/contracts/kinds.ts';

/** The kinds of content of a site, for the life of the component that asks. */
export function useSiteKinds(site: () => string): Resource<SiteKinds> {
  return useResource(() => {
    const name = site();
    return { key: `kinds/${name}`, load: () => call('GET /api/v1/sites/:site/kinds', { params: { site: name } }), wants: (change) => change.site === name };
  });
}
