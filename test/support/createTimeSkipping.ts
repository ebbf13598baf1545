import { TestWorkflowEnvironment } from '@temporalio/testing';
import { dataConverter } from '#temporal/converter.ts';

/**
 * A Temporal test server in which a sleep of 30 days takes milliseconds, with our data converter. The caller tears it down.
 * @throws {Error} when TEMPORAL_TEST_SERVER does not name the server's program.
 */
export async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = process.env['TEMPORAL_TEST_SERVER'];
  if (path === undefined || path === '') throw new Error('TEMPORAL_TEST_SERVER must name the time-skipping test server; `npm test -- <file>` fetches it and sets the variable.');
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } }, client: { dataConverter } });
}
