import { counted } from '#domain/counted.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { runStates, type RunState } from '#domain/runs.ts';
import type { Call } from '#api/contracts/client.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { duration, moment, table } from '../words.ts';

interface Options {
  readonly site?: string;
  readonly state?: RunState;
  readonly limit: number;
  readonly json?: true;
}

/** `studio runs`: what was and is going on, newest first. */
export function runsCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('runs')
    .description('runs, newest first')
    .option('--site <name>', 'of one site only')
    .addOption(new Option('--state <state>', 'in one state only').choices(runStates))
    .option('--limit <number>', 'how many, 1 to 100', limitOf, 20)
    .option('--json', 'print the runs as JSON')
    .action(async ({ site, state, limit, json }: Options) => {
      const call = await connect();
      const query = { limit, ...(site === undefined ? {} : { site }), ...(state === undefined ? {} : { state }) };
      const ask = () => call('GET /api/v1/runs', { query });
      const { total, runs } = site === undefined ? await ask() : await withSiteNamed(call, site, ask);
      if (json === true) {
        context.out(`${JSON.stringify({ total, runs })}\n`);
        return;
      }
      if (runs.length === 0) {
        context.out('There are no such runs.\n');
        return;
      }
      const rows = runs.map((run) => {
        const ended = run.endedAt === null ? Date.now() : Date.parse(run.endedAt);
        return [run.id, run.about === null ? run.title : `${run.title} ${run.about}`, `${run.site?.name ?? ''}${run.version === null ? '' : ` (${run.version})`}`, run.state, moment(run.startedAt), duration(ended - Date.parse(run.startedAt)), run.reason?.message ?? ''];
      });
      context.out(table([['run', 'what', 'site', 'state', 'started', 'took', 'reason'], ...rows]));
      if (total > runs.length) context.err(`${runs.length} of ${counted(total, 'run')}.\n`);
    });
}

function limitOf(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100) throw new InvalidArgumentError('It is a number from 1 to 100.');
  return number;
}
