import type { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '#clients/createLog.ts';
import { exitOnCrash } from '#clients/exitOnCrash.ts';
import { openErrorReports } from '#clients/sentry.ts';
import { loadConfig } from '#config/load.ts';
import { requireGitCredentials } from '#config/requireGitCredentials.ts';
import { secretsOf } from '#config/secretsOf.ts';
import { connectionOptions, createTemporalClient, registerSearchAttributes } from '#temporal/client.ts';
import { upsertSchedules } from '#temporal/schedules.ts';
import { bundleWorkflows } from './bundle.ts';
import { createDeps } from './createDeps.ts';
import { createWorkers, type WorkersInput } from './createWorkers.ts';
import { reportWorkflowFaults, workflowOfRun } from './reportWorkflowFaults.ts';
import { temporalLogger } from './temporalLogger.ts';

/** How long what is still to be told may take at the end. */
const LAST_TELLING_MS = 2_000;

/** What a worker does otherwise than in production, for tests that cannot wait as long. */
export interface WorkerChanges extends Pick<WorkersInput, 'activities' | 'around'> {
  /** Absolute paths of modules with interceptors that stand round every workflow. */
  readonly workflowInterceptors?: readonly string[];
}

/** Runs a worker until a signal ends it. @throws {ConfigError} when the environment does not do. */
export async function runWorker({ workflowInterceptors, ...changes }: WorkerChanges = {}): Promise<void> {
  const config = loadConfig();
  requireGitCredentials(config);
  const log = createLog({ level: config.logLevel, part: 'worker', secrets: secretsOf(config) });
  const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
  const errors = await openErrorReports(config, { part: 'worker', release: version, onFault: ({ error, ...fault }) => log.warn({ ...fault, err: error }, 'Sentry was not told of a fault') });
  exitOnCrash({ errors, log });
  let asked: Client | undefined;
  const onLine = reportWorkflowFaults(errors, (runId) => workflowOfRun(asked, runId));
  // What the core says of a workflow that does not fit its history comes to us only if it is forwarded.
  Runtime.install({ logger: temporalLogger(log, onLine), shutdownSignals: [], telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } } });
  let stopping = false;
  let healthy = false;
  const health = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? (healthy ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ healthy }));
  });
  health.listen(config.workerHealthPort, '127.0.0.1');

  const workflowBundle = await bundleWorkflows({
    directory: join(config.studioWorkDir, 'bundles'),
    onFault: (error) => log.warn({ err: error }, 'The workflow bundle could not be kept'),
  }, workflowInterceptors);
  let stop: () => void = () => undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping = true;
      stop();
    });
  }
  // Temporal may come later than the worker, and go and come back: the worker waits and begins again.
  while (!stopping) {
    try {
      const connection = await NativeConnection.connect(connectionOptions(config));
      const client = createTemporalClient(config);
      asked = client;
      const deps = await createDeps(config, client, log);
      try {
        await registerSearchAttributes(client, config.temporalNamespace);
        await upsertSchedules(client, config.temporalTaskQueuePrefix, config);
        const workers = await createWorkers({ connection, deps, workflowBundle, identity: `${hostname()}:${process.pid}`, errors, ...changes });
        stop = () => {
          for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        };
        if (stopping) break;
        healthy = true;
        log.info({ queues: workers.map((worker) => worker.options.taskQueue) }, 'Working');
        await Promise.all(workers.map((worker) => worker.run().finally(stop)));
      } finally {
        healthy = false;
        stop = () => undefined;
        asked = undefined;
        await client.connection.close();
        await deps.close();
        await connection.close();
      }
    } catch (error) {
      log.warn({ err: error }, 'The worker lost Temporal or could not start; trying again in 2 s');
      if (!stopping) await sleep(2_000);
    }
  }
  health.close();
  await errors.close(LAST_TELLING_MS);
  log.info('Stopped');
}
