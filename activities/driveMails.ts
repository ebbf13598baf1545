import type { Db } from '#db/knex.ts';
import type { NewMail } from '#db/queries/mails.ts';
import { listPeopleWithRoles } from '#db/queries/roleGrants.ts';
import { listRequestsOfRuns } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';

/** How many problems a mail names; the page of the run has all. */
const NAMED = 10;

/**
 * The mails about the end of a sync with Google Drive that had problems: to who asked for it and to the people of its site, one per run and
 * person. None about a run of another process, or one that had none. Call when the run says what was wrong.
 */
export async function driveMails(trx: Db, about: { readonly runId: string; readonly reason: string | null }): Promise<NewMail[]> {
  const run = await findRun(trx, about.runId);
  if (run === undefined || run.process !== syncDriveFolderContract.process || run.siteId === null) return [];
  if (about.reason === null && run.warnings.length === 0) return [];
  const site = await findSite(trx, run.siteId);
  if (site === undefined) return [];
  const requests = (await listRequestsOfRuns(trx, [run.id])).get(run.id) ?? [];
  const people = new Set([...requests.flatMap((request) => request.requestedBy ?? []), ...(await listPeopleWithRoles(trx, ['owner', 'admin', 'editor'], site.id))]);
  const problems = run.warnings.slice(0, NAMED).map(({ file, message }) => (file == null || file === '' ? message : `${file}: ${message}`));
  const data = { siteName: site.name, siteTitle: site.title, runId: run.id, state: about.reason === null ? 'succeeded' : 'failed', reason: about.reason, problems, more: Math.max(0, run.warnings.length - NAMED) };
  return [...people].map((userId) => ({ kind: 'drive-problems', subject: site.id, dedupeKey: `drive-problems/${run.id}/${userId}`, userId, data }));
}
