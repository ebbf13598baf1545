import { NativeConnection, Runtime } from '@temporalio/worker';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '#clients/createLog.ts';
import { loadConfig } from '#config/load.ts';
import { requireGitCredentials } from '#config/requireGitCredentials.ts';
import { secretsOf } from '#config/secretsOf.ts';
import { connectionOptions, createTemporalClient, registerSearchAttributes } from '#temporal/client.ts';
import { upsertSchedules } from '#temporal/schedules.ts';
import { bundleWorkflows } from './bundle.ts';
import { createDeps } from './createDeps.ts';
import { createWorkers, type WorkersInput } from './createWorkers.ts';
import { temporalLogger } from './temporalLogger.ts';

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
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
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
      const deps = await createDeps(config, client, log);
      try {
        await registerSearchAttributes(client, config.temporalNamespace);
        await upsertSchedules(client, config.temporalTaskQueuePrefix, config);
        const workers = await createWorkers({ connection, deps, workflowBundle, identity: `${hostname()}:${process.pid}`, ...changes });
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
  log.info('Stopped');
}
