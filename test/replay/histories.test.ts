import { DefaultLogger, Runtime } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { replay, replayStored, storedHistories } from '../support/replay.ts';

// A refused history is loud in the SDK's log, and here it is meant.
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } } });

// Runs that began under older code go on under today's: what they did then must be what today's code would do.
test.each(storedHistories().map((stored) => [`${stored.workflow}/${stored.ending}`, stored] as const))('%s replays', async (_name, stored) => {
  await expect(replayStored(stored)).resolves.toBeUndefined();
});

test('a history that the code would not have made is refused', async () => {
  const started = (type: string): unknown => ({
    events: [
      { eventId: '1', eventTime: '2026-01-01T00:00:00Z', eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED', workflowExecutionStartedEventAttributes: { workflowType: { name: type }, workflowTaskTimeout: '10s', taskQueue: { name: 'studio' }, input: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'eyJpZGxlTXMiOjF9' }] }, originalExecutionRunId: 'a', firstExecutionRunId: 'a', attempt: 1 } },
      { eventId: '2', eventTime: '2026-01-01T00:00:00Z', eventType: 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED', workflowTaskScheduledEventAttributes: { taskQueue: { name: 'studio' }, attempt: 1 } },
      { eventId: '3', eventTime: '2026-01-01T00:00:00Z', eventType: 'EVENT_TYPE_WORKFLOW_TASK_STARTED', workflowTaskStartedEventAttributes: { scheduledEventId: '2' } },
      { eventId: '4', eventTime: '2026-01-01T00:00:00Z', eventType: 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED', workflowTaskCompletedEventAttributes: { scheduledEventId: '2', startedEventId: '3' } },
      { eventId: '5', eventTime: '2026-01-01T00:00:00Z', eventType: 'EVENT_TYPE_TIMER_STARTED', timerStartedEventAttributes: { timerId: '1', startToFireTimeout: '1s', workflowTaskCompletedEventId: '4' } },
    ],
  });
  await expect(replay(started('reconcileRuns'), 'made up')).rejects.toThrow(/[Nn]ondeterminism/);
});
