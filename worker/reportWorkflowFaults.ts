import type { Client } from '@temporalio/client';
import { createRateGuard } from '#clients/rateGuard.ts';
import type { ErrorReports } from '#clients/sentry.ts';
import { siteOfWorkflow } from '#domain/siteOfWorkflow.ts';
import type { OnLine } from './temporalLogger.ts';

interface Workflow {
  readonly workflowId: string;
  readonly workflowType: string;
}

const HOUR_MS = 60 * 60_000;
/** Workflows that are told of in an hour. */
const MAX_WORKFLOWS = 200;
/** Errors that wait for what the core says of them. */
const MAX_KEPT = 100;

/**
 * Tells engineers of workflows whose code threw, or does not fit their history. Temporal tries such a task again for ever; it is told of once an hour.
 * The SDK’s lines are all there is of it: first the SDK says that a workflow failed, with what was thrown, then its core that the task did, with the run alone.
 * A workflow that ends with a failure of ours is no fault: its step was told of.
 */
export function reportWorkflowFaults(errors: ErrorReports, workflowOf: (runId: string) => Promise<Workflow | undefined>): OnLine {
  const isFirst = createRateGuard({ perKey: 1, inAll: MAX_WORKFLOWS, windowMs: HOUR_MS });
  const thrown = new Map<string, { readonly error: unknown; readonly workflow: Workflow }>();
  return (message, { runId, workflowId, workflowType, error, failure }) => {
    if (typeof runId !== 'string') return;
    if (message === 'Workflow failed' && typeof workflowId === 'string') {
      thrown.delete(runId);
      thrown.set(runId, { error, workflow: { workflowId, workflowType: String(workflowType) } });
      for (const [oldest] of thrown) if (thrown.size > MAX_KEPT) thrown.delete(oldest);
      return;
    }
    if (message !== 'Failing workflow task') return;
    const known = thrown.get(runId);
    thrown.delete(runId);
    const fault = known?.error ?? errorOfCore(String(failure));
    if (!isFirst(runId)) return;
    const report = (workflow: Workflow | undefined): void =>
      errors.report(fault, {
        tags: { workflow_run_id: runId, workflow_id: workflow?.workflowId, workflow: workflow?.workflowType, site: siteOfWorkflow(workflow?.workflowId ?? ''), failure: 'WorkflowTaskFailed' },
        group: ['WorkflowTaskFailed', workflow?.workflowType ?? '', fault instanceof Error ? fault.name : ''],
      });
    if (known !== undefined) report(known.workflow);
    else workflowOf(runId).then(report, () => report(undefined));
  };
}

/** What the core’s word on a failure holds of use: its cause, Temporal’s code and its sentence. */
function errorOfCore(failure: string): Error {
  const [, code, sentence] = /message: "\[(TMPRL\d+)\] (?:Nondeterminism error: )?((?:[^"\\]|\\.)*)"/.exec(failure) ?? [];
  const error = Object.assign(new Error(sentence?.replace(/\\(['"])/g, '$1') ?? ''), { code });
  error.name = /force_cause: (\w+)/.exec(failure)?.[1] ?? 'WorkflowTaskFailed';
  delete error.stack;
  return error;
}

/** Which workflow a run of Temporal’s belongs to. */
export async function workflowOfRun(client: Client | undefined, runId: string): Promise<Workflow | undefined> {
  if (client === undefined) return undefined;
  for await (const { workflowId, type } of client.workflow.list({ query: `RunId = '${runId.replace(/[^\w-]/g, '')}'`, pageSize: 1 })) return { workflowId, workflowType: type };
  return undefined;
}
