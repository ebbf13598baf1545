import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

/** The workflow code, bundled once per process; every worker of the process shares it. */
export async function bundleWorkflows(): Promise<WorkflowBundle & { code: string }> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    payloadConverterPath: fileURLToPath(new URL('../temporal/payloadConverter.cjs', import.meta.url)),
  });
}
