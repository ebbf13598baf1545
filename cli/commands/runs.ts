import { counted } from '#domain/counted.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { processes } from '#domain/processes.ts';
import { COUNTED_RUNS, type PublishVersion, publishVersions, runStates, type RunState } from '#domain/runs.ts';
import type { Call } from '#api/contracts/client.ts';
import type { CliContext } from '../context.ts';
import { momentIn } from './momentIn.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { duration, moment, table } from '../words.ts';

interface Options {
  readonly site?: string;
  readonly state?: RunState;
  readonly process?: string;
  readonly version?: PublishVersion;
  readonly person?: string;
  readonly since?: string;
  readonly until?: string;
  readonly waiting?: true;
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
    .addOption(new Option('--process <id>', 'of one process only').choices(processes.map(({ id }) => id)))
    .addOption(new Option('--version <version>', 'of one version only').choices(publishVersions))
    .option('--person <who>', 'asked for by this person: an e-mail address, or a part of a name')
    .option('--since <time>', 'begun at this time or later (ISO 8601)', momentIn)
    .option('--until <time>', 'begun before this time (ISO 8601)', momentIn)
    .option('--waiting', 'only those that go on when a person says so')
    .option('--limit <number>', 'how many, 1 to 100', limitOf, 20)
    .option('--json', 'print the runs as JSON')
    .action(async ({ site, state, limit, json, waiting, ...filter }: Options) => {
      const call = await connect();
      const query = { limit, ...filter, ...(waiting === true ? { waits: 'person' as const } : {}), ...(site === undefined ? {} : { site }), ...(state === undefined ? {} : { state }) };
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
      if (total > runs.length) context.err(`${runs.length} of ${total >= COUNTED_RUNS ? `the newest ${COUNTED_RUNS.toLocaleString('en-US')} runs` : counted(total, 'run')}.\n`);
    });
}

function limitOf(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100) throw new InvalidArgumentError('It is a number from 1 to 100.');
  return number;
}
