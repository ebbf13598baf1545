import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ActivityInterceptor } from '#activities/activityInterceptor.ts';
import { createActivityFaults } from '#activities/activityFaults.ts';
import { type ErrorReports, noErrorReports, openErrorReports } from '#clients/sentry.ts';
import { reportWorkflowFaults, workflowOfRun } from '#worker/reportWorkflowFaults.ts';
import { temporalLogger } from '#worker/temporalLogger.ts';
import { makeConfig } from '#test/factories/config.ts';
import { canaries, canariesIn, leakyMessage } from '#test/support/canaries.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';
import { useDevServer } from '#test/support/useDevServer.ts';
import { useSentry } from '#test/support/useSentry.ts';

const sentry = useSentry();
const server = useDevServer();
const database = useDatabase();
const silent = pino({ level: 'silent' });

let errors: ErrorReports = noErrorReports;
const telling: ErrorReports = { report: (error, facts) => errors.report(error, facts), close: (timeoutMs) => errors.close(timeoutMs) };
Runtime.install({
  logger: temporalLogger(silent, reportWorkflowFaults(telling, (runId) => workflowOfRun(server.environment.client, runId))),
  shutdownSignals: [],
  telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
});

const QUEUE = 'faulty';
const TODAY = new URL('./support/faultyWorkflows.ts', import.meta.url);
const TOMORROW = new URL('./support/faultyWorkflowsOfTomorrow.ts', import.meta.url);
/** Runs a worker with these workflows, and the interceptor of the real one, while `work` goes on. */
async function withWorker(file: URL, work: () => Promise<void>, greet: () => Promise<string> = () => Promise.resolve('hello')): Promise<void> {
  errors = await openErrorReports(makeConfig({ SENTRY_DSN: sentry.dsn, OCW_STUDIO_ENVIRONMENT: 'rc' }), { part: 'worker', release: '1.2.3', onFault: () => undefined });
  const tellFault = createActivityFaults({ errors: telling, db: database.db, log: silent });
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: fileURLToPath(file), logger: new DefaultLogger('ERROR') });
  const worker = await Worker.create({ connection: server.environment.nativeConnection, namespace: server.environment.namespace ?? 'default', taskQueue: QUEUE, workflowBundle, activities: { greet }, interceptors: { activity: [(context) => ({ inbound: new ActivityInterceptor(context, { db: database.db, log: silent, tellFault }) })] } });
  const running = worker.run();
  try {
    await work();
  } finally {
    worker.shutdown();
    await running;
    await errors.close(3_000);
  }
}

const started: string[] = [];
async function start(type: 'broken' | 'changed', workflowId: string): Promise<string> {
  const handle = await server.environment.client.workflow.start(type, { taskQueue: QUEUE, workflowId, args: [{ markdown: canaries.markdown }] });
  started.push(workflowId);
  return handle.firstExecutionRunId;
}

afterEach(async () => {
  for (const id of started.splice(0)) await server.environment.client.workflow.getHandle(id).terminate().catch(() => undefined);
});

describe('engineers are told of a workflow', () => {
  it('whose code threw, once, although its task is tried again and again', async () => {
    await withWorker(TODAY, async () => {
      const runId = await start('broken', 'publish-site/algebra/draft');
      await sentry.told(1);
      expect(sentry.events[0]).toMatchObject({
        release: '1.2.3',
        environment: 'rc',
        tags: { part: 'worker', workflow_id: 'publish-site/algebra/draft', workflow_run_id: runId, workflow: 'broken', site: 'algebra', failure: 'WorkflowTaskFailed' },
        exception: { values: [{ value: "Cannot read properties of undefined (reading 'title')" }] },
      });
      await until('its task was tried three times', async () => {
        const { raw } = await server.environment.client.workflow.getHandle('publish-site/algebra/draft').describe();
        return (raw.pendingWorkflowTask?.attempt ?? 0) >= 3;
      });
    });
    expect(sentry.events).toHaveLength(1);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('that does not fit its history, by a worker that never saw it begin', async () => {
    let runId = '';
    await withWorker(TODAY, async () => {
      runId = await start('changed', 'publish-site/algebra/live');
      await until('its step is done', async () => {
        const { events } = await server.environment.client.workflow.getHandle('publish-site/algebra/live').fetchHistory();
        return (events ?? []).some((event) => event.activityTaskCompletedEventAttributes != null);
      });
    });
    expect(sentry.events).toEqual([]);
    await server.environment.client.workflow.getHandle('publish-site/algebra/live').signal('goOn');
    await withWorker(TOMORROW, () => sentry.told(1).then(() => undefined));
    expect(sentry.events[0]).toMatchObject({
      release: '1.2.3',
      tags: { workflow_id: 'publish-site/algebra/live', workflow_run_id: runId, workflow: 'changed', site: 'algebra', failure: 'WorkflowTaskFailed' },
      exception: { values: [{ type: 'NonDeterministicError' }] },
    });
    expect(sentry.events[0]?.exception?.values[0]?.value).toMatch(/^Timer machine does not handle this event: HistoryEvent\(id: \d+, ActivityTaskScheduled\); code TMPRL1100$/);
  });

  it('whose step threw what nobody expected: of the step, once for its four tries, and not of the workflow that ended with it', async () => {
    await withWorker(
      TODAY,
      async () => {
        const runId = await start('changed', 'publish-site/geometry/live');
        const ending: unknown = await server.environment.client.workflow.getHandle('publish-site/geometry/live').result().catch((error: unknown) => error);
        expect(ending).toMatchObject({ name: 'WorkflowFailedError' });
        await sentry.told(1);
        expect(sentry.events[0]).toMatchObject({ release: '1.2.3', environment: 'rc', fingerprint: ['Unexpected', 'greet'], tags: { activity: 'greet', attempt: '1', workflow: 'changed', workflow_id: 'publish-site/geometry/live', workflow_run_id: runId, site: 'geometry' } });
      },
      () => Promise.reject(new TypeError(leakyMessage)),
    );
    expect(sentry.events).toHaveLength(1);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('not when it ended with a failure that an author mends', async () => {
    await withWorker(
      TODAY,
      async () => {
        await start('changed', 'publish-site/calculus/live');
        await server.environment.client.workflow.getHandle('publish-site/calculus/live').result().catch(() => undefined);
      },
      () => Promise.reject(ApplicationFailure.nonRetryable('The build failed.', 'HugoFailed')),
    );
    expect(sentry.events).toEqual([]);
  });
});
