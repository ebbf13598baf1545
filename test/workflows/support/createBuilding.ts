import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import { buildThemeAssetsContract, themeBuildRequested } from '#temporal/contracts/buildThemeAssets.ts';
import type { buildThemeAssets } from '#workflows/buildThemeAssets.ts';

/** Rows and steps of which only their order counts. */
export function createBuilding(steps: Partial<Record<'build' | 'purge', (runId: string) => Promise<void> | void>> = {}) {
  const log: string[] = [];
  let waiting = 0;
  let runs = 0;
  const activities: Partial<Activities> = {
    openRequestRun() {
      if (waiting === 0) return Promise.resolve({ runId: null });
      log.push(`run-${(runs += 1)} takes ${waiting}`);
      waiting = 0;
      return Promise.resolve({ runId: `run-${runs}` });
    },
    async buildThemes({ runId }) {
      await steps.build?.(runId);
      log.push('build');
      return { assetsKey: 'key', commit: 'c0ffee', files: 3, summary: '3 files', counts: {} };
    },
    uploadThemeAssets: () => Promise.resolve((log.push('upload'), { written: 9, summary: '9 files written', counts: {} })),
    publishThemeManifest: () => Promise.resolve((log.push('manifest'), { isNew: true, summary: 'new', counts: {} })),
    async purgeThemeAssets({ runId }) {
      await steps.purge?.(runId);
      log.push('purge');
      return { asked: ['live'], warnings: [], summary: 'purged', counts: {} };
    },
    recordEnded: ({ state, result, warnings }) => Promise.resolve(void log.push(`${state} ${JSON.stringify(result ?? {})}${(warnings ?? []).map(({ message }) => ` (${message})`).join('')}`)),
    recordFailed: ({ reason }) => Promise.resolve(void log.push(`failed: ${reason.message}`)),
    requestNewThemeBuild: () => Promise.resolve((log.push('looked'), { asked: true, summary: 'Asked for a build' })),
  };
  const ask = async (environment: TestWorkflowEnvironment, taskQueue: string, id?: string): Promise<WorkflowHandleWithSignaledRunId<typeof buildThemeAssets>> => {
    waiting += 1;
    return environment.client.workflow.signalWithStart<typeof buildThemeAssets, [{ requestId: string }]>(buildThemeAssetsContract.workflowType, { workflowId: id === undefined ? buildThemeAssetsContract.workflowId() : `${buildThemeAssetsContract.workflowId()}/${id}`, taskQueue, args: [{}], signal: themeBuildRequested, signalArgs: [{ requestId: 'r' }] });
  };
  return { log, activities, ask };
}
