import { insertRunRequest } from '#db/queries/runRequests.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { syncContentContract } from '#temporal/contracts/syncContent.ts';
import type { ApiDeps } from './deps.ts';

/** Asks for the repository of a new site; the request waits in the database until the engine takes it. */
export async function requestRepository(deps: Pick<ApiDeps, 'db' | 'engine'>, site: SiteRow, requestedBy: string | null): Promise<void> {
  const request = await insertRunRequest(deps.db, { process: syncContentContract.process, siteId: site.id, requestedBy });
  await deps.engine.deliver(request.id);
}
