import { ConfigError } from '#config/load.ts';
import { runWorker } from './runWorker.ts';

runWorker().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
