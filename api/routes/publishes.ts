import { findRunRequest, insertRunRequest } from '#db/queries/runRequests.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { needsApproval } from '../presenters/reviews.ts';
import { presentRequest } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';
import type { RouteKey } from '../contracts/index.ts';
import { visibleSite } from './sites.ts';
import { assignUrlPath, wholeUrlPath } from './siteUrls.ts';

/** Writes the request down, tells the engine if it answers in time, and says where to ask what became of it. */
export async function acceptRequest<K extends RouteKey>(deps: ApiDeps, call: Call<K>, request: Parameters<typeof insertRunRequest>[1]): Promise<ReturnType<typeof presentRequest>> {
  const row = await insertRunRequest(deps.db, request);
  call.note({ process: row.process, request: row.id, ...(row.version === null ? {} : { version: row.version }) });
  await deps.engine.deliver(row.id);
  call.ctx.set('location', `/api/v1/requests/${row.id}`);
  return presentRequest((await findRunRequest(deps.db, row.id)) ?? row);
}

export function publishRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/sites/:site/publishes'> {
  return {
    'POST /api/v1/sites/:site/publishes': async (call) => {
      const { params, body, who, note } = call;
      note({ version: body.version, ...(body.urlPath === undefined ? {} : { to: body.urlPath }) });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.publish(who, site.id, body.version)) throw new ApiError('forbidden', 'Only an owner or admin of the site may publish it live. Ask one of them.');
      if (needsApproval(deps.config, body.version) && !studioPolicy.skipApproval(who)) throw new ApiError('approvalRequired', 'A live publish needs the approval of a second person. Review the changes, ask for approval, and publish what was approved.');
      if (body.urlPath !== undefined) {
        // Who may look at the draft may give it a place to be looked at; from then on the place is for those who answer for the site.
        const isChange = site.urlPath !== (await wholeUrlPath(deps, site, body.urlPath, 'body.urlPath'));
        if (isChange && site.urlPath !== null && !sitePolicy.change(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may change its URL. Publish without one, or ask one of them.');
        if (isChange) await assignUrlPath(deps, site, body.urlPath);
      }
      return acceptRequest(deps, call, { process: 'publish-site', siteId: site.id, version: body.version, requestedBy: who.userId });
    },

  };
}
