// @ts-check
// The pieces of a process at its beginning: one run per request, opened and ended, with the place of its steps in between.

/** @typedef {import('./process.mjs').Names} Names */

/** @param {Names} names */
export const contractFile = ({ workflow, type, id }) => `import { taskQueues } from '../taskQueues.ts';

/** Contract of ‘${id}’: one workflow per request. */
export const ${workflow}Contract = {
  process: '${id}',
  workflowType: '${workflow}',
  taskQueue: taskQueues.studio,
  /** A request is done once; a second delivery finds it running or done. */
  workflowIdReusePolicy: 'REJECT_DUPLICATE',
  workflowId: (requestId: string): string => \`${id}/\${requestId}\`,
} as const;

export interface ${type}Input {
  readonly requestId: string;
}

export interface ${type}Result {
  readonly runId: string;
}
`;

/** @param {Names} names */
export const workflowFile = ({ workflow, type, id }) => `import { CancellationScope, isCancellation, proxyLocalActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { ${workflow}Contract, type ${type}Input, type ${type}Result } from '#temporal/contracts/${workflow}.ts';
import { rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/**
 * Handles one request for ‘${id}’, started by the API with the request’s id.
 * 1. openRequestRun opens the run people see.
 * 2. recordEnded ends it.
 * No signals and no queries.
 * If it dies at step 1, the run is found again by workflow id; at step 2, the end is recorded again.
 * Cancel records the run as cancelled and ends the workflow.
 */
export async function ${workflow}(input: ${type}Input): Promise<${type}Result> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const opened = await rows.openRequestRun({ process: ${workflow}Contract.process, requestId: input.requestId, siteId: null, workflowId, workflowRunId, pass: 1 });
  const runId = opened.runId ?? '';
  try {
    await rows.recordEnded({ runId, state: 'succeeded', reason: null });
    setCurrentDetails('Done.');
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      if (isCancellation(error)) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this run.' } });
      else await rows.recordFailed({ runId, ...reasonOf(error) });
    });
    if (isCancellation(error)) throw error;
  }
  return withinBudget({ runId });
}
`;

/** @param {Names} names */
export const processEntry = ({ workflow, id, title }) => `export const ${workflow}Process = {
  id: '${id}',
  workflow: '${workflow}',
  title: '${title}',
  summary: 'Handles one request for ‘${id}’.',
  phases: [],
} as const satisfies ProcessDefinition;
`;

/** @param {Names} names */
export const testFile = ({ workflow, type }) => `import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataConverter } from '#temporal/converter.ts';
import { ${workflow}Contract, type ${type}Input } from '#temporal/contracts/${workflow}.ts';
import { ${workflow} } from '#workflows/${workflow}.ts';
import { replayRun, workflowBundle } from '../support/replay.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('a request ends in one run', async () => {
  const ended: string[] = [];
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: ${workflow}Contract.taskQueue,
    workflowBundle: await workflowBundle(),
    dataConverter,
    activities: {
      openRequestRun: () => Promise.resolve({ runId: 'run-1' }),
      recordEnded: ({ runId, state }: { runId: string; state: string }) => Promise.resolve(void ended.push(\`\${runId} \${state}\`)),
    },
  });
  const input: ${type}Input = { requestId: 'request-1' };
  await worker.runUntil(async () => {
    const handle = await environment.client.workflow.start(${workflow}, { workflowId: ${workflow}Contract.workflowId(input.requestId), taskQueue: ${workflow}Contract.taskQueue, args: [input] });
    await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
    await replayRun(handle, '${workflow}', 'done');
  });
  expect(ended).toEqual(['run-1 succeeded']);
});
`;

/** @param {Names} names */
export const docsPage = ({ workflow, id, title }) => `# ${title}

One workflow per request: \`${workflow}\`, workflow id \`${id}/<requestId>\`.

## Steps

1. The run is opened; from here people see it.
2. The run is ended.

## Watching it

Its runs are listed in the studio under ‘${title}’ and in the Temporal UI by \`Process = '${id}'\`.

## When it fails

The run says why. A new request starts it again.
`;
