// @ts-check
// `npm run scaffold -- process <verbNoun>` begins a new long-running process; `npm run scaffold -- history` lists new stored histories.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScaffoldError } from './ScaffoldError.mjs';
import { listHistories } from './history.mjs';
import { scaffoldProcess } from './process.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const usage = 'Use: npm run scaffold -- process <verbNoun>   or   npm run scaffold -- history';

/** @param {string[]} words */
function run([command, name, ...rest]) {
  if (rest.length > 0) throw new ScaffoldError(usage);
  if (command === 'process' && name !== undefined) {
    const { written, next } = scaffoldProcess(root, name);
    return [...written.map((path) => `wrote ${path}`), '', 'What only a person can add:', ...next.map((line) => `- ${line}`)];
  }
  if (command === 'history' && name === undefined) {
    const added = listHistories(root);
    return added.length === 0 ? ['Every stored history is listed already.'] : added.map((path) => `listed ${path}`);
  }
  throw new ScaffoldError(usage);
}

try {
  process.stdout.write(`${run(process.argv.slice(2)).join('\n')}\n`);
} catch (error) {
  if (!(error instanceof ScaffoldError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
