import { TestWorkflowEnvironment } from '@temporalio/testing';
import { programOf, testClient } from './createTimeSkipping.ts';

/**
 * A real Temporal server in memory, for what the time-skipping one does not do: suggest to continue as new, and search.
 * Its clock is everybody's. The caller tears it down.
 * @param settings dynamic configuration, such as `limit.historyCount.suggestContinueAsNew=20`.
 * @throws {Error} when TEMPORAL_CLI does not name the server's program.
 */
export async function createDevServer(settings: readonly string[] = []): Promise<TestWorkflowEnvironment> {
  const extraArgs = settings.flatMap((setting) => ['--dynamic-config-value', setting]);
  return TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path: programOf('TEMPORAL_CLI') }, log: { format: 'json', level: 'error' }, extraArgs }, client: testClient });
}
