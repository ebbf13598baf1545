import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessDefinition } from '#domain/processes.ts';
import { docblock, exportedFunction, exportedValues, parse } from './source.ts';
import { files, read, root } from './tree.ts';

/** Ending of a run that a stored history must show; `when` tells from the workflow's own text whether it can end so. */
const endings: readonly { readonly name: string; readonly what: string; readonly when: (source: string) => boolean }[] = [
  { name: 'done', what: 'reached its end', when: () => true },
  { name: 'failed', what: 'failed midway', when: (source) => /\brecordFailed\b/.test(source) },
  { name: 'cancelled', what: 'was cancelled', when: (source) => /\b(?:isCancellation|cancelRequested)\b/.test(source) },
  { name: 'looped', what: 'continued as new', when: (source) => /\bcontinueAsNew\w*\s*[<(]/.test(source) },
];

/** The pieces of one process that do not exist, each in a sentence that says what to add. Empty means it is whole. */
export function missingPieces(process: ProcessDefinition, at: string = root): string[] {
  const { id, workflow } = process;
  const missing: string[] = [];
  const has = (path: string): boolean => existsSync(join(at, path));
  const need = (held: boolean, sentence: string): void => {
    if (!held) missing.push(`Process ‘${id}’: ${sentence}`);
  };

  const contract = `temporal/contracts/${workflow}.ts`;
  need(has(contract), `write its contract ${contract} (input, result, signals, workflow id, task queue).`);
  if (has(contract)) {
    const text = read(contract, at);
    need(exportedValues(parse(contract, at)).some((value) => value.name === `${workflow}Contract`), `${contract} must export ${workflow}Contract.`);
    need(text.includes(`process: '${id}'`), `${contract} must say process: '${id}'.`);
    need(text.includes(`workflowType: '${workflow}'`), `${contract} must say workflowType: '${workflow}'.`);
    need(/workflowIdReusePolicy:/.test(text), `${contract} must say its workflowIdReusePolicy.`);
    need(new RegExp(`[\`']${id}[/\`']`).test(text), `${contract} must build workflow ids that begin with ‘${id}’.`);
  }

  const source = `workflows/${workflow}.ts`;
  need(has(source), `write its workflow ${source}.`);
  if (has(source)) {
    const declaration = exportedFunction(parse(source, at), workflow);
    need(declaration !== undefined, `${source} must export async function ${workflow}.`);
    if (declaration !== undefined) {
      const doc = docblock(declaration);
      const lines = doc.split('\n').filter((line) => line.trim() !== '').length;
      need(lines >= 5, `the docblock of ${workflow} has ${String(lines)} lines; say in at least 5 what it achieves, who starts it, its numbered steps, its signals and queries.`);
      need(lines <= 25, `the docblock of ${workflow} has ${String(lines)} lines; 25 are what a reader takes in.`);
      need(/if it dies/i.test(doc), `the docblock of ${workflow} must say what stays true: a sentence with ‘If it dies’.`);
      need(/cancel/i.test(doc), `the docblock of ${workflow} must say what cancel does.`);
    }
    const index = has('workflows/index.ts') ? read('workflows/index.ts', at) : '';
    need(index.includes(`export { ${workflow} } from './${workflow}.ts';`), `add it to workflows/index.ts, or no worker offers it.`);
    need(has(`test/workflows/${workflow}.test.ts`), `write its test test/workflows/${workflow}.test.ts.`);

    const folder = `test/histories/${workflow}`;
    const stored = has(folder) ? readdirSync(join(at, folder)) : [];
    for (const ending of endings.filter(({ when }) => when(read(source, at)))) {
      need(
        stored.some((name) => name === `${ending.name}.json` || (name.startsWith(`${ending.name}-`) && name.endsWith('.json'))),
        `record a history of a run that ${ending.what} as ${folder}/${ending.name}.json (run its test with RECORD_HISTORIES=1, then npm run scaffold -- history).`,
      );
    }
  }

  const page = `docs/processes/${id}.md`;
  need(has(page), `write ${page}: what it does, how it is watched, what to do when it fails.`);
  if (has(page)) {
    const text = read(page, at);
    need(/^# /m.test(text), `${page} must begin with a heading.`);
    for (const phase of process.phases) need(text.includes(phase.title), `${page} must name the phase ‘${phase.title}’.`);
  }
  return missing;
}

/** Pieces that belong to no process of the catalogue: left behind, or not yet in domain/processes.ts. */
export function strayPieces(processes: readonly ProcessDefinition[], at: string = root): string[] {
  const workflows = new Set(processes.map((process) => process.workflow));
  const ids = new Set(processes.map((process) => process.id));
  const stray: string[] = [];
  for (const path of files(at)) {
    const contract = /^temporal\/contracts\/(\w+)\.ts$/.exec(path)?.[1];
    if (contract !== undefined && !workflows.has(contract)) stray.push(`${path} belongs to no process of domain/processes.ts.`);
    const page = /^docs\/processes\/(?!README)([\w-]+)\.md$/.exec(path)?.[1];
    if (page !== undefined && !ids.has(page)) stray.push(`${path} belongs to no process of domain/processes.ts.`);
    const history = /^test\/histories\/(\w+)\//.exec(path)?.[1];
    if (history !== undefined && !workflows.has(history)) stray.push(`${path} belongs to no process of domain/processes.ts.`);
  }
  if (existsSync(join(at, 'workflows/index.ts'))) {
    for (const [, name] of read('workflows/index.ts', at).matchAll(/export \{ (\w+) \}/g)) {
      if (name !== undefined && !workflows.has(name)) stray.push(`workflows/index.ts offers ${name}, which is in no process of domain/processes.ts.`);
    }
  }
  return stray;
}
