// @ts-check
import { join } from 'node:path';
import { SetupError } from '../tools/SetupError.mjs';
import { run } from '../tools/run.mjs';
import { answers, untilReady } from './children.mjs';

/**
 * Brings the database to the newest schema.
 * @param {{root: string, env: NodeJS.ProcessEnv}} options
 * @throws {SetupError} with the output when a migration fails.
 */
export async function migrateDatabase({ root, env }) {
  const { code, output } = await run(process.execPath, ['--import', 'tsx', join(root, 'db', 'migrate.ts')], { cwd: root, env });
  if (code !== 0) throw new SetupError(`The database could not be migrated:\n${output.trim().split('\n').slice(-20).join('\n')}`);
}

/**
 * Starts the API, which also serves the web app.
 * @param {{root: string, env: NodeJS.ProcessEnv, port: number, children: import('./children.mjs').Children, signal: AbortSignal}} options
 */
export async function startApi({ root, env, port, children, signal }) {
  const child = children.spawn({ name: 'api', command: process.execPath, args: ['--import', 'tsx', join(root, 'api', 'main.ts')], env, cwd: root });
  await untilReady({ child, probe: () => answers(`http://localhost:${port}/health/readiness/`), seconds: 60, signal, everyMs: 100 });
}
