import { counted } from '#domain/counted.ts';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { CleanupResult } from '#api/contracts/cleanups.ts';
import type { Call } from '#api/contracts/client.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { didYouMean } from '../suggest.ts';
import { table } from '../words.ts';

interface Options {
  readonly list?: true;
  readonly site?: string[];
  readonly starter?: string;
  readonly publishedOnly?: true;
  readonly limit?: number;
  readonly dryRun?: true;
  readonly onlyChanges?: true;
  readonly out?: string;
  readonly wait?: true;
  readonly json?: true;
}

/** `studio cleanup`: applies a rule to the texts of many sites. */
export function cleanupCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('cleanup')
    .description('apply a rule of cleaning to the texts of sites, or report what it would change')
    .argument('[rule]', 'name of the rule, as --list prints it')
    .option('--list', 'print the rules')
    .option('--site <names>', 'only these sites, names joined by commas', namesOf)
    .option('--starter <slug>', 'only sites of this starter')
    .option('--published-only', 'only sites that readers can see')
    .option('--limit <number>', 'change at most this many items', limitOf)
    .option('--dry-run', 'change nothing and report what would be changed')
    .option('--only-changes', 'leave out of the report what is not replaced')
    .option('--out <file>', 'write the report there as CSV; waits for the end')
    .option('--wait', 'wait until it has ended')
    .option('--json', 'print the result as JSON')
    .action(async (rule: string | undefined, options: Options) => {
      const call = await connect();
      const { rules } = await call('GET /api/v1/cleanups/rules', {});
      if (options.list === true) {
        context.out(options.json === true ? `${JSON.stringify({ rules })}\n` : table(rules.map(({ name, title, isReadOnly }) => [name, isReadOnly ? 'reports' : 'changes', title])));
        return;
      }
      const names = rules.map(({ name }) => name);
      if (rule === undefined) throw new CliError('Name a rule; `npm run studio -- cleanup --list` prints them.');
      if (!names.includes(rule)) throw new CliError(`There is no rule ‘${rule}’.${didYouMean(rule, names)} \`npm run studio -- cleanup --list\` prints them.`);
      const request = await call('POST /api/v1/cleanups', {
        body: {
          rule,
          dryRun: options.dryRun === true,
          ...(options.site === undefined ? {} : { sites: options.site }),
          ...(options.starter === undefined ? {} : { starter: options.starter }),
          ...(options.publishedOnly === undefined ? {} : { publishedOnly: true }),
          ...(options.limit === undefined ? {} : { limit: options.limit }),
          ...(options.onlyChanges === undefined ? {} : { csvOnlyChanges: true }),
        },
      });
      if (options.wait !== true && options.out === undefined) {
        context.out(options.json === true ? `${JSON.stringify(asked(request))}\n` : `Asked for ‘${rule}’${options.dryRun === true ? ' as a dry run' : ''}. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      // What was done before a stop is worth its report too.
      if (options.out !== undefined) await writeReport(context, call, run, options.out);
      const result = resultOf(run);
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, ...result })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The cleanup ‘${rule}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (options.json !== true && result !== null) context.out(written(result, options));
    });
}

async function writeReport(context: CliContext, call: Call, run: Run, out: string): Promise<void> {
  const report = await call('GET /api/v1/runs/:run/report.csv', { params: { run: run.id } });
  const path = resolve(context.directory, out);
  await writeFile(path, report).catch((error: unknown) => {
    throw new CliError(`The report cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}.`);
  });
  context.err(`The report is in ${path}.\n`);
}

function asked(request: RunRequest) {
  return { runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null };
}

function resultOf(run: Run): CleanupResult | null {
  const { result } = run;
  if (result === null || typeof result['rule'] !== 'string') return null;
  const number = (name: string): number => (typeof result[name] === 'number' ? result[name] : 0);
  return { rule: result['rule'], sites: number('sites'), items: number('items'), changed: number('changed'), replacements: number('replacements'), skipped: number('skipped'), created: number('created'), rows: number('rows') };
}

function written(result: CleanupResult, options: Options): string {
  const verb = options.dryRun === true ? 'would change' : 'changed';
  const more = [
    ...(result.created === 0 ? [] : [`${counted(result.created, 'external resource')} ${options.dryRun === true ? 'would be made' : 'made'}`]),
    ...(result.skipped === 0 ? [] : [`${counted(result.skipped, 'item')} left alone because somebody saved them meanwhile`]),
  ];
  return `‘${result.rule}’ ${verb} ${counted(result.replacements, 'place')} in ${counted(result.changed, 'item')}; looked at ${counted(result.items, 'item')} of ${counted(result.sites, 'site')}${more.map((part) => `; ${part}`).join('')}.\n`;
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Name at least one site.');
  return names;
}

function limitOf(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return number;
}
