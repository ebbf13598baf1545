import type { Db } from '#db/knex.ts';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { processActor } from '#domain/audit.ts';
import type { ProcessDefinition } from '#domain/processes.ts';
import type { PublishVersion } from '#domain/runs.ts';

/** Writes into the audit log that a process asked for a publish. Call it in the transaction of the request, so that there is one entry per request. */
export async function auditOwnPublish(trx: Db, process: ProcessDefinition, of: { readonly siteName: string; readonly version: PublishVersion; readonly requestId: string; readonly ofRunId?: string }): Promise<void> {
  const { siteName, version, requestId, ofRunId } = of;
  await insertAuditEntry(trx, { action: 'publish', actor: processActor(process), target: { site: siteName }, detail: { version, request: requestId, ...(ofRunId === undefined ? {} : { ofRun: ofRunId }) }, outcome: 'done' });
}
