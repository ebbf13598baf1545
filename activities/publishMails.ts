import type { Config } from '#config/load.ts';
import type { Db } from '#db/knex.ts';
import type { NewMail } from '#db/queries/mails.ts';
import { listRequestsOfRuns, type RunRequestRow } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import { publishedUrl } from './publishedUrl.ts';

/** Whether a person asked for this publish, and not a process that tells people and catalogues itself. */
function isByPerson(request: RunRequestRow): boolean {
  const input: PublishRequestInput = request.input;
  return input.massRunId === undefined && input.moveRunId === undefined && input.unlistedSiteId === undefined;
}

/** Whether anybody but a mass publish or a move asked for this run. */
export async function isAskedForByPeople(db: Db, runId: string): Promise<boolean> {
  return ((await listRequestsOfRuns(db, [runId])).get(runId) ?? []).some(isByPerson);
}

/** The mails about the end of a publish: one per person who asked for it; none about a run of another process. */
export async function publishMails(db: Db, config: Config, about: { readonly runId: string; readonly kind: 'publish-succeeded' | 'publish-failed'; readonly reason: string | null }): Promise<NewMail[]> {
  const run = await findRun(db, about.runId);
  if (run === undefined || run.process !== publishSiteContract.process || run.siteId === null || run.version === null) return [];
  const site = await findSite(db, run.siteId);
  if (site === undefined) return [];
  const requests = (await listRequestsOfRuns(db, [run.id])).get(run.id) ?? [];
  const people = new Set(requests.filter(isByPerson).flatMap((request) => request.requestedBy ?? []));
  const data = {
    siteName: site.name,
    siteTitle: site.title,
    version: run.version,
    url: publishedUrl(config, { siteName: site.name, version: run.version }, frozenUrlPath(run, site)),
    runId: run.id,
    reason: about.reason,
  };
  const { kind } = about;
  const { siteId, version } = run;
  return [...people].map((userId): NewMail => {
    const mail = { dedupeKey: `${kind}/${run.id}/${userId}`, userId, data };
    return kind === 'publish-failed' ? { ...mail, kind, subject: `${siteId}/${version}` } : { ...mail, kind };
  });
}
