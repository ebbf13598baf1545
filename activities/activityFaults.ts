import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import { createRateGuard } from '#clients/rateGuard.ts';
import type { ErrorReports } from '#clients/sentry.ts';
import type { Db } from '#db/knex.ts';
import { findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { siteOfWorkflow } from '#domain/siteOfWorkflow.ts';
import { failures, type FailurePolicy } from '#temporal/failures.ts';
import type { Classified } from './classify.ts';

export type TellFault = (error: unknown, classified: Classified, info: Pick<Info, 'activityId' | 'activityType' | 'attempt' | 'workflowExecution' | 'workflowType'>, argument: unknown) => void;

const HOUR_MS = 60 * 60_000;
/** Steps that are told of in an hour; what is more is one fault that meets everything. */
const MAX_STEPS = 1_000;

/**
 * Tells engineers of steps that failed: of what nobody expected at once, of what only they can mend once nothing tries it again. A vendor that is away is
 * neither, nor what authors mend. A step is told of once, however often it is tried.
 */
export function createActivityFaults({ errors, db, log }: { readonly errors: ErrorReports; readonly db: Db; readonly log: Logger }): TellFault {
  const isFirst = createRateGuard({ perKey: 1, inAll: MAX_STEPS, windowMs: HOUR_MS });
  return (error, classified, info, argument) => {
    const policy: FailurePolicy = failures[classified.type];
    if (policy.isForEngineers !== true || (!classified.isFinal && classified.type !== 'Unexpected')) return;
    // What another workflow ended with was told where it happened.
    if (error instanceof ApplicationFailure) return;
    const { workflowId, runId: workflowRunId } = info.workflowExecution ?? { workflowId: '', runId: '' };
    if (!isFirst(`${workflowRunId}/${info.activityId}`)) return;
    const tags = { workflow_id: workflowId, workflow_run_id: workflowRunId, workflow: info.workflowType, activity: info.activityType, attempt: String(info.attempt), failure: classified.type, run_id: textOf(argument, 'runId') };
    const report = (site: string | undefined): void => errors.report(error, { tags: { ...tags, site }, group: [classified.type, info.activityType] });
    siteOf(db, argument, workflowId).then(report, (lookup: unknown) => {
      log.debug({ err: lookup }, 'The site of a fault is not known');
      report(undefined);
    });
  };
}

/** Name of the site a step works on, by what it was given. */
async function siteOf(db: Db, argument: unknown, workflowId: string): Promise<string | undefined> {
  const given = textOf(argument, 'siteName') ?? siteOfWorkflow(workflowId);
  if (given !== undefined) return given;
  const siteId = textOf(argument, 'siteId');
  if (siteId !== undefined) return (await findSite(db, siteId))?.name;
  const runId = textOf(argument, 'runId');
  return runId === undefined ? undefined : ((await findRun(db, runId))?.siteName ?? undefined);
}

function textOf(argument: unknown, name: 'siteName' | 'siteId' | 'runId'): string | undefined {
  const value = typeof argument === 'object' && argument !== null ? (argument as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
