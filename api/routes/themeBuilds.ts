import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

export function themeBuildRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/theme-builds'> {
  return {
    'POST /api/v1/theme-builds': async (call) => {
      if (!studioPolicy.buildThemes(call.who)) throw new ApiError('forbidden', 'Only a global admin may build the themes’ assets.');
      const massPublish = call.body.massPublish ?? [];
      if (massPublish.length > 0) call.note({ massPublish });
      return acceptRequest(deps, call, { process: 'build-theme-assets', requestedBy: call.who.userId, input: massPublish.length === 0 ? {} : { massPublish } });
    },
  };
}
