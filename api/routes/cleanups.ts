import { Readable } from 'node:stream';
import { unknownSiteNames } from '#db/queries/cleanupSites.ts';
import { findRun } from '#db/queries/runs.ts';
import { findStarterBySlug } from '#db/queries/starters.ts';
import { cleanupKeys, plannedLines, reportHeader } from '#domain/cleanup/report.ts';
import { cleanupRules, findRule } from '#domain/cleanup/rules.ts';
import { cleanupContentContract, type CleanupRequest } from '#temporal/contracts/cleanupContent.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

type Routes = Pick<Handlers, 'GET /api/v1/cleanups/rules' | 'POST /api/v1/cleanups' | 'GET /api/v1/runs/:run/report.csv'>;

/** Sites the audit log names of those that were chosen. */
const NAMED_IN_LOG = 20;

function assertMayCleanUp(who: Principal): void {
  if (!studioPolicy.cleanUp(who)) throw new ApiError('forbidden', 'Only a global admin may clean the texts of sites.');
}

export function cleanupRoutes(deps: ApiDeps): Routes {
  const { config, db, s3 } = deps;

  /** The report as it is now: each part’s lines, and of a part that was stopped in the middle what it was about to do. */
  async function* reportOf(runId: string, isRunning: boolean): AsyncGenerator<string | Buffer> {
    yield reportHeader;
    const keys: string[] = [];
    for await (const { key } of s3.list(config.buildStoreBucket, cleanupKeys.parts(runId))) keys.push(key);
    const known = new Set(keys);
    for (const key of keys.sort()) {
      const lines = cleanupKeys.linesOfPlan(key);
      // A part that runs has no lines yet; one that ended has both.
      if (lines !== null && (isRunning || known.has(lines))) continue;
      const body = await s3.get(config.buildStoreBucket, key);
      if (body !== null) yield lines === null ? body : plannedLines(body.toString('utf8'));
    }
  }

  return {
    'GET /api/v1/cleanups/rules': async ({ who }) => {
      assertMayCleanUp(who);
      return { rules: cleanupRules.map(({ name, title, isReadOnly }) => ({ name, title, isReadOnly })) };
    },

    'POST /api/v1/cleanups': async (call) => {
      const { body, who, note } = call;
      note({ rule: body.rule, dryRun: body.dryRun, ...(body.sites === undefined ? {} : { sites: body.sites.length, names: body.sites.slice(0, NAMED_IN_LOG) }), ...(body.starter === undefined ? {} : { starter: body.starter }) });
      assertMayCleanUp(who);
      if (findRule(body.rule) === undefined) throw new ApiError('notFound', `There is no rule ‘${body.rule}’. The rules are ${cleanupRules.map(({ name }) => name).join(', ')}.`);
      if (body.starter !== undefined && (await findStarterBySlug(db, body.starter)) === undefined) throw new ApiError('starterMissing', `There is no starter ‘${body.starter}’.`);
      const unknown = body.sites === undefined ? [] : await unknownSiteNames(db, body.sites);
      if (unknown.length > 0) throw new ApiError('notFound', `There is no site named ${unknown.map((name) => `‘${name}’`).join(', ')}.`);
      const input: CleanupRequest = {
        rule: body.rule,
        dryRun: body.dryRun,
        ...(body.sites === undefined ? {} : { sites: body.sites }),
        ...(body.starter === undefined ? {} : { starter: body.starter }),
        ...(body.publishedOnly === undefined ? {} : { publishedOnly: body.publishedOnly }),
        ...(body.limit === undefined ? {} : { limit: body.limit }),
        ...(body.csvOnlyChanges === undefined ? {} : { csvOnlyChanges: body.csvOnlyChanges }),
      };
      return acceptRequest(deps, call, { process: cleanupContentContract.process, requestedBy: who.userId, input: { ...input } });
    },

    'GET /api/v1/runs/:run/report.csv': async ({ params, who, ctx }) => {
      assertMayCleanUp(who);
      const run = await findRun(db, params.run);
      if (run?.process !== cleanupContentContract.process) throw new ApiError('notFound', 'There is no cleanup with this run.');
      ctx.status = 200;
      ctx.set({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="cleanup-${run.id}.csv"` });
      ctx.body = Readable.from(reportOf(run.id, run.state === 'running'));
    },
  };
}
