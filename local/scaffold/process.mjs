// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScaffoldError } from './ScaffoldError.mjs';
import { contractFile, docsPage, processEntry, testFile, workflowFile } from './templates.mjs';

/**
 * @typedef {object} Names
 * @property {string} workflow `washDishes`
 * @property {string} type `WashDishes`
 * @property {string} id `wash-dishes`
 * @property {string} title `Wash dishes`
 */

/**
 * @param {string} workflow
 * @returns {Names}
 * @throws {ScaffoldError} when it is no verb and noun in camelCase.
 */
export function namesOf(workflow) {
  if (!/^[a-z]+(?:[A-Z][a-z]+)+$/.test(workflow)) throw new ScaffoldError(`‘${workflow}’ is no name for a process: give a verb and a noun in camelCase, as in publishSite.`);
  const id = workflow.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const words = id.replaceAll('-', ' ');
  return { workflow, id, type: workflow.charAt(0).toUpperCase() + workflow.slice(1), title: words.charAt(0).toUpperCase() + words.slice(1) };
}

/**
 * Writes every piece of a new process: contract, workflow, its line in the index, its entry in the catalogue, test and page.
 * Nothing is written when any of them is there already.
 * @param {string} root
 * @param {string} workflow
 * @returns {{ written: string[], next: string[] }}
 * @throws {ScaffoldError} when a piece exists or a file to be extended is not as expected.
 */
export function scaffoldProcess(root, workflow) {
  const names = namesOf(workflow);
  /** @type {[string, string][]} */
  const created = [
    [`temporal/contracts/${workflow}.ts`, contractFile(names)],
    [`workflows/${workflow}.ts`, workflowFile(names)],
    [`test/workflows/${workflow}.test.ts`, testFile(names)],
    [`docs/processes/${names.id}.md`, docsPage(names)],
  ];
  for (const [path] of created) if (existsSync(join(root, path))) throw new ScaffoldError(`${path} is there already; nothing was written.`);
  /** @type {[string, string][]} */
  const extended = [
    ['workflows/index.ts', withIndexLine(readFileSync(join(root, 'workflows/index.ts'), 'utf8'), workflow)],
    ['domain/processes.ts', withEntry(readFileSync(join(root, 'domain/processes.ts'), 'utf8'), names)],
  ];
  for (const [path, text] of [...created, ...extended]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    written: [...created, ...extended].map(([path]) => path),
    next: [
      `the steps of workflows/${workflow}.ts, each an activity of a capability in activities/, and its phases in domain/processes.ts`,
      `a history of each ending: RECORD_HISTORIES=1 npm test -- test/workflows/${workflow}.test.ts, then npm run scaffold -- history`,
      'a route in api/, if people start it',
    ],
  };
}

/**
 * @param {string} index
 * @param {string} workflow
 */
function withIndexLine(index, workflow) {
  const lines = index.trimEnd().split('\n');
  const line = `export { ${workflow} } from './${workflow}.ts';`;
  if (lines.includes(line)) throw new ScaffoldError(`workflows/index.ts offers ${workflow} already; nothing was written.`);
  const exports = lines.filter((each) => each.startsWith('export {'));
  const others = lines.filter((each) => !each.startsWith('export {'));
  return `${[...others, ...[...exports, line].sort()].join('\n')}\n`;
}

/**
 * @param {string} catalogue
 * @param {Names} names
 */
function withEntry(catalogue, names) {
  if (catalogue.includes(`id: '${names.id}',`)) throw new ScaffoldError(`domain/processes.ts has ‘${names.id}’ already; nothing was written.`);
  const list = /export const processes: readonly ProcessDefinition\[\] = \[\n([\s\S]*?)\];/;
  if (!list.test(catalogue)) throw new ScaffoldError('domain/processes.ts has no list `processes` to extend; nothing was written.');
  return catalogue.replace(list, (whole) => `${processEntry(names)}\n${whole.replace(/\];$/, `  ${names.workflow}Process,\n];`)}`);
}
