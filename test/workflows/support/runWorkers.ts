import type { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import type { Logger } from 'pino';
import { ActivityInterceptor } from '#activities/activityInterceptor.ts';
import type { Db } from '#db/knex.ts';
import { dataConverter } from '#temporal/converter.ts';
import { taskQueueName, taskQueues } from '#temporal/taskQueues.ts';
import { workflowBundle } from '../../support/replay.ts';

// Steps that fail are what these tests are about; what the SDK itself cannot do stays loud.
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } } });

/**
 * Runs a worker per queue over activities written by hand while `work` goes on, as worker/createWorkers.ts wires the real ones.
 * The queues carry a prefix of their own: a test meets no task of another one.
 * @param given.intercepted puts the interceptor of the real worker round activities that are not written by hand; `prefix` is for workers that go on where others ended,
 * and those that end before their workflows say so with `isForgetful`: the test server waits for ever for a worker that remembers a workflow. `bundle` has other workflows than ours.
 */
export async function runWorkers<T>(environment: TestWorkflowEnvironment, activities: Partial<Activities>, work: (studioQueue: string) => Promise<T>, given: { readonly intercepted?: { readonly db: Db; readonly log: Logger }; readonly prefix?: string; readonly isForgetful?: boolean; readonly bundle?: { readonly code: string } } = {}): Promise<T> {
  const { intercepted, prefix = `${randomUUID().slice(0, 8)}-` } = given;
  const shared = { connection: environment.nativeConnection, namespace: environment.namespace ?? 'default', identity: 'studio', dataConverter, activities, maxHeartbeatThrottleInterval: '100 milliseconds' as const, interceptors: intercepted === undefined ? {} : { activity: [(context: Context) => ({ inbound: new ActivityInterceptor(context, intercepted) })] } };
  const bundle = given.bundle ?? (await workflowBundle());
  const studioQueue = taskQueueName(taskQueues.studio, prefix);
  const workers = [await Worker.create({ ...shared, taskQueue: studioQueue, workflowBundle: bundle, ...(given.isForgetful === true ? { maxCachedWorkflows: 0 } : {}) })];
  for (const queue of [taskQueues.build, taskQueues.preview, taskQueues.offline, taskQueues.transfer, taskQueues.drive, taskQueues.youtube, taskQueues.watch, taskQueues.links, taskQueues.wayback]) workers.push(await Worker.create({ ...shared, taskQueue: taskQueueName(queue, prefix) }));
  const running = workers.map((worker) => worker.run());
  try {
    return await work(studioQueue);
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}
