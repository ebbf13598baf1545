import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { studio } from './studio.ts';

const { env } = process;
const root = fileURLToPath(new URL('..', import.meta.url));

// A reader that went away (`studio runs | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

process.exitCode = await studio(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  // npm runs a script in the package's folder and says where the person stands.
  directory: env['npm_lifecycle_event'] === 'studio' && env['INIT_CWD'] !== undefined ? env['INIT_CWD'] : process.cwd(),
  home: resolve(root, env['STUDIO_HOME'] || '.studio'),
  studioUrl: env['STUDIO_URL'],
  apiToken: env['STUDIO_API_TOKEN'],
  gitEnvironment: env,
  flyBin: env['FLY_BIN'],
  ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm } : {}),
  pollMs: 400,
  patienceMs: 15 * 60_000,
});
