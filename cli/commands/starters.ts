import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

/** `studio starters sync`: reads the starter configurations again. */
export function startersCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const starters = program.command('starters').description('the configurations sites are made from');
  starters
    .command('sync')
    .description('read the starters from the projects repository again')
    .option('--wait', 'wait until they are read')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const call = await connect();
      const request = await call('POST /api/v1/starters/sync', {});
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, taken: [], refused: [] })}\n` : `Asked for. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      const taken = namesOf(run.result?.['taken']);
      const refused = namesOf(run.result?.['refused']);
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, taken, refused })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The starters were not read: ${run.reason?.message ?? `the run ended as ${run.state}.`}`);
      if (options.json !== true) context.out(`Read ${taken.length === 0 ? 'no starter' : taken.join(', ')}.\n`);
      if (refused.length > 0) {
        const known = (await call('GET /api/v1/starters', {})).starters;
        throw new CliError(`Refused for faults: ${refused.map((slug) => `${slug} (${known.find((starter) => starter.slug === slug)?.fault ?? 'it does not say why'})`).join('; ')}. Sites of it go on with the configuration read before.`);
      }
    });
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
