import { TestWorkflowEnvironment } from '@temporalio/testing';
import { dataConverter } from '#temporal/converter.ts';

/** How tests call a Temporal server: with our converter, and with a name that tells neither machine nor process. */
export const testClient = { dataConverter, identity: 'studio' };

/**
 * A Temporal test server in which a sleep of 30 days takes milliseconds, with our data converter. The caller tears it down.
 * @throws {Error} when TEMPORAL_TEST_SERVER does not name the server's program.
 */
export async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: programOf('TEMPORAL_TEST_SERVER') } }, client: testClient });
}

/**
 * The program a variable names; set-up finds or fetches it.
 * @throws {Error} when the variable is not set.
 */
export function programOf(variable: 'TEMPORAL_TEST_SERVER' | 'TEMPORAL_CLI'): string {
  const path = process.env[variable];
  if (path === undefined || path === '') throw new Error(`${variable} must name a program of Temporal; \`npm test -- <file>\` fetches it and sets the variable.`);
  return path;
}
