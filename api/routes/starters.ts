import { listStarters } from '#db/queries/starters.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

export function starterRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/starters' | 'POST /api/v1/starters/sync'> {
  return {
    'GET /api/v1/starters': async () => {
      const starters = await listStarters(deps.db);
      return { starters: starters.map((starter) => ({ slug: starter.slug, name: starter.name, status: starter.status, commit: starter.commit, fault: starter.fault, removedAt: starter.removedAt?.toISOString() ?? null, siteCount: starter.siteCount, updatedAt: starter.updatedAt.toISOString() })) };
    },
    'POST /api/v1/starters/sync': async (call) => {
      if (!studioPolicy.syncStarters(call.who)) throw new ApiError('forbidden', 'Only a global admin may read the starters again.');
      return acceptRequest(deps, call, { process: 'sync-starters', requestedBy: call.who.userId });
    },
  };
}
