import { findDeployment } from '#db/queries/deployments.ts';
import { listPublishes, type PublishRow } from '#db/queries/publishes.ts';
import { listRequestsOfRuns } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { buildKeys } from '#domain/buildKeys.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { ApiError } from '../apiError.ts';
import type { EarlierPublish } from '../contracts/rollbacks.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { personOf, previewAddresses } from '../presenters/runs.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';

export function rollbackRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/publishes' | 'POST /api/v1/sites/:site/rollbacks'> {
  const { config, db, s3 } = deps;

  const isKept = (site: SiteRow, version: PublishVersion, runId: string): Promise<boolean> => s3.exists(config.buildStoreBucket, buildKeys.deployed(site.id, version, runId));

  const placeOf = (site: SiteRow): string | null => (site.name === config.rootWebsiteName || site.name === config.testRootWebsiteName ? null : site.urlPath);

  return {
    'GET /api/v1/sites/:site/publishes': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { version } = query;
      const { total, publishes } = await listPublishes(db, { siteId: site.id, version, urlPath: placeOf(site) }, query);
      const current = (await findDeployment(db, { siteId: site.id, version, theme: '' }))?.runId;
      const requests = await listRequestsOfRuns(db, publishes.map(({ runId }) => runId));
      const previewOf = await previewAddresses(deps);
      const kept = await Promise.all(publishes.map(({ runId }) => isKept(site, version, runId)));
      const present = (row: PublishRow): EarlierPublish => {
        const people = (requests.get(row.runId) ?? []).flatMap((request) => personOf(request) ?? []);
        const from = (row.frozen as PublishRequestInput).from;
        return {
          runId: row.runId,
          at: row.endedAt.toISOString(),
          requestedBy: [...new Map(people.map((person) => [person.id, person])).values()],
          commit: row.commit,
          revision: numberIn(row.frozen, 'revision'),
          changed: numberIn(row.result, 'changed') ?? 0,
          removed: numberIn(row.result, 'removed') ?? 0,
          uploadedBytes: numberIn(row.result, 'uploadedBytes') ?? 0,
          shows: from?.kind === 'rollback' ? from.runId : null,
          previewUrl: previewOf(row.runId),
          isCurrent: row.runId === current,
        };
      };
      return { total, publishes: publishes.filter((_row, index) => kept[index]).map(present) };
    },

    'POST /api/v1/sites/:site/rollbacks': async (call) => {
      const { params, body, who, note } = call;
      const { version, runId } = body;
      note({ version, toRun: runId });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.publish(who, site.id, version)) throw new ApiError('forbidden', 'Only an owner or admin of the site may change what readers see. Ask one of them.');
      const run = await findRun(db, runId);
      if (run === undefined || run.siteId !== site.id || run.version !== version || run.process !== publishSiteContract.process) throw new ApiError('notFound', `The site has no ${version} publish ${runId}.`);
      if (run.state !== 'succeeded') throw new ApiError('wrongState', 'That publish did not come to its end, so readers never saw it whole. Choose one that succeeded.');
      const deployment = await findDeployment(db, { siteId: site.id, version, theme: '' });
      if (deployment?.runId === runId && deployment.pendingManifestKey === null) throw new ApiError('wrongState', 'Readers see that publish now. Choose an earlier one.');
      const place = placeOf(site);
      const madeFor = run.frozen['urlPath'];
      if (place !== null && typeof madeFor === 'string' && madeFor !== place) throw new ApiError('wrongState', `That publish was made for ‘${madeFor}’, and the site is at ‘${place}’ by now. Publish the site anew.`);
      if (!(await isKept(site, version, runId))) throw new ApiError('wrongState', 'The files of that publish are not kept any more. Choose a later one, or publish the site anew.');
      const input: PublishRequestInput = { from: { kind: 'rollback', runId } };
      return acceptRequest(deps, call, { process: publishSiteContract.process, siteId: site.id, version, requestedBy: who.userId, input: { ...input } });
    },
  };
}

function numberIn(facts: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = facts[name];
  return typeof value === 'number' ? value : null;
}
