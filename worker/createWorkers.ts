import type { Context } from '@temporalio/activity';
import { type ActivityInboundCallsInterceptor, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivityFaults } from '#activities/activityFaults.ts';
import { ActivityInterceptor } from '#activities/activityInterceptor.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { type Activities, createActivities } from '#activities/index.ts';
import type { ErrorReports } from '#clients/sentry.ts';
import { CAPTURES_PER_MINUTE } from '#domain/wayback.ts';
import { dataConverter } from '#temporal/converter.ts';
import { taskQueueName, taskQueues } from '#temporal/taskQueues.ts';

/** Files that come from Google Drive at once; each has some parts of 16 MiB in memory. */
const DRIVE_STREAMS = 6;

/** Videos that are sent to YouTube at once; each has a part of 8 MiB in memory. */
const YOUTUBE_STREAMS = 6;
/** What is waited for at once by one worker. */
const WATCHED = 500;

export interface WorkersInput {
  readonly connection: NativeConnection;
  readonly deps: ActivityDeps;
  readonly workflowBundle: { readonly code: string };
  /** Says who took a task, in the Temporal UI. */
  readonly identity: string;
  readonly errors: ErrorReports;
  /** Those that take the place of ours, for tests. */
  readonly activities?: (deps: ActivityDeps) => Partial<Activities>;
  /** Stands round each activity outside of what always does, for tests. */
  readonly around?: (context: Context) => ActivityInboundCallsInterceptor;
}

/** One worker per queue over the same activities; only the studio queue runs workflows. */
export async function createWorkers(input: WorkersInput): Promise<Worker[]> {
  const { deps, around } = input;
  const tellFault = createActivityFaults({ errors: input.errors, db: deps.db, log: deps.log });
  const prefix = deps.config.temporalTaskQueuePrefix;
  const shared = {
    connection: input.connection,
    namespace: deps.config.temporalNamespace,
    identity: input.identity,
    dataConverter,
    activities: { ...createActivities(deps), ...input.activities?.(deps) },
    interceptors: { activity: [...(around === undefined ? [] : [(context: Context) => ({ inbound: around(context) })]), (context: Context) => ({ inbound: new ActivityInterceptor(context, { ...deps, tellFault }) })] },
    // A position in a list is reported often, so that little is done twice after a kill.
    maxHeartbeatThrottleInterval: '1 second',
    // How long a dead worker's workflows wait before another one takes them; a live one answers in milliseconds.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    shutdownGraceTime: '10 seconds',
    shutdownForceTime: '20 seconds',
  } satisfies Partial<WorkerOptions>;
  return Promise.all([
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.studio, prefix), workflowBundle: input.workflowBundle, maxConcurrentActivityTaskExecutions: 40 }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.build, prefix), maxConcurrentActivityTaskExecutions: deps.config.buildSlots }),
    // One that is looked at ends with its worker at once: another worker shows it.
    ...(deps.config.previewSlots === 0 ? [] : [Worker.create({ ...shared, shutdownGraceTime: 0, taskQueue: taskQueueName(taskQueues.preview, prefix), maxConcurrentActivityTaskExecutions: deps.config.previewSlots })]),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.offline, prefix), maxConcurrentActivityTaskExecutions: 1 }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.transfer, prefix), maxConcurrentActivityTaskExecutions: 8 }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.drive, prefix), maxConcurrentActivityTaskExecutions: DRIVE_STREAMS }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.youtube, prefix), maxConcurrentActivityTaskExecutions: YOUTUBE_STREAMS }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.watch, prefix), maxConcurrentActivityTaskExecutions: WATCHED }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.links, prefix), maxConcurrentActivityTaskExecutions: 4 }),
    Worker.create({ ...shared, taskQueue: taskQueueName(taskQueues.wayback, prefix), maxConcurrentActivityTaskExecutions: CAPTURES_PER_MINUTE, maxTaskQueueActivitiesPerSecond: CAPTURES_PER_MINUTE / 60 }),
  ]);
}
