// @ts-check
import { answers, untilReady } from './children.mjs';

/**
 * Starts one worker process. A stack may have several: each has its own health port.
 * @param {{name: string, root: string, main: string, env: NodeJS.ProcessEnv, healthPort: number, children: import('./children.mjs').Children, signal: AbortSignal}} options
 */
export async function startWorker({ name, root, main, env, healthPort, children, signal }) {
  const child = children.spawn({
    name,
    command: process.execPath,
    args: ['--import', 'tsx', main],
    env: { ...env, WORKER_HEALTH_PORT: String(healthPort) },
    cwd: root,
  });
  await untilReady({ child, probe: () => answers(`http://127.0.0.1:${healthPort}/health`), seconds: 90, signal, everyMs: 100 });
}
