import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { findRun } from '#db/queries/runs.ts';
import type { PullReport } from '#domain/pullReport.ts';
import { pullContentContract, type PullRequest } from '#temporal/contracts/pullContent.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';

const decompress = promisify(gunzip);

export function pullRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/sites/:site/pulls' | 'GET /api/v1/pulls/:run/plan'> {
  const { config, db, s3 } = deps;
  return {
    'POST /api/v1/sites/:site/pulls': async (call) => {
      const { params, body, who, note } = call;
      note({ ...(body.dryRun === true ? { dryRun: true } : {}), ...(body.commit === undefined ? {} : { commit: body.commit }) });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.pull(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may take content from its repository. Ask one of them.');
      const { path, ref, commit, onlyCommit, ...flags } = body;
      const input: PullRequest = { ...flags, ...(path === undefined ? {} : { path }), ...(ref === undefined ? {} : { ref }), ...(commit === undefined ? {} : { commit }), ...(onlyCommit === undefined ? {} : { onlyCommit }) };
      return acceptRequest(deps, call, { process: pullContentContract.process, siteId: site.id, requestedBy: who.userId, input: { ...input } });
    },

    'GET /api/v1/pulls/:run/plan': async ({ params, who }) => {
      const run = await findRun(db, params.run);
      if (run === undefined || run.process !== pullContentContract.process || run.siteId === null) throw new ApiError('notFound', 'There is no such pull.');
      if (!sitePolicy.pull(who, run.siteId)) throw new ApiError('forbidden', 'Only an owner or admin of the site may read what a pull changes.');
      const key = run.frozen['reportKey'];
      const stored = typeof key === 'string' ? await s3.get(config.buildStoreBucket, key) : null;
      if (stored === null) throw new ApiError('wrongState', run.state === 'running' ? 'The pull has not compared its files yet. Ask again in a moment.' : 'The pull ended before it had a plan; its run says why.');
      const report = JSON.parse((await decompress(stored)).toString('utf8')) as PullReport;
      return { ...report, goesBack: report.goesBack === null ? null : { ...report.goesBack, at: new Date(report.goesBack.at).toISOString() }, counts: { ...report.counts }, lines: report.lines.map((line) => ({ ...line, fields: [...line.fields] })) };
    },
  };
}
