import { TestWorkflowEnvironment } from '@temporalio/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { programOf, testClient } from './createTimeSkipping.ts';

/**
 * Gives the tests of a file a real Temporal server of their own, for what the time-skipping one does not do: suggest to
 * continue as new, and search. Its clock is everybody's, and its database is a file, as in the local stack.
 * What it returns can be read from the first `beforeAll` after it.
 * @param settings dynamic configuration, such as `limit.historyCount.suggestContinueAsNew=20`.
 */
export function useDevServer(settings: readonly string[] = []): { readonly environment: TestWorkflowEnvironment } {
  let opened: { environment: TestWorkflowEnvironment; folder: string } | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocw-studio-temporal-'));
    const extraArgs = settings.flatMap((setting) => ['--dynamic-config-value', setting]);
    const environment = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: programOf('TEMPORAL_CLI') }, dbFilename: join(folder, 'temporal.db'), log: { format: 'json', level: 'error' }, extraArgs },
      client: testClient,
    });
    opened = { environment, folder };
  });
  afterAll(async () => {
    if (opened === undefined) return;
    await opened.environment.teardown();
    rmSync(opened.folder, { recursive: true, force: true });
  });
  return {
    get environment() {
      if (opened === undefined) throw new Error('The server is there from beforeAll on; read it inside a test or a hook');
      return opened.environment;
    },
  };
}
