import { findDeployment } from '#db/queries/deployments.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';

export function offlineRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/sites/:site/offline-builds'> {
  return {
    'POST /api/v1/sites/:site/offline-builds': async (call) => {
      const { params, body, who } = call;
      const { version } = body;
      call.note({ version });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.publish(who, site.id, version)) throw new ApiError('forbidden', 'Only who may publish this version may build its downloads. Ask an owner or admin of the site.');
      const online = await findDeployment(deps.db, { siteId: site.id, version, theme: '' });
      if (online?.manifestKey == null) throw new ApiError('wrongState', `The ${version} site is not out, so there is nothing to be downloaded. Publish it first.`);
      return acceptRequest(deps, call, { process: buildOfflineContract.process, siteId: site.id, version, requestedBy: who.userId });
    },
  };
}
