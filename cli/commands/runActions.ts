import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { CliContext } from '../context.ts';
import { runId } from './runId.ts';

/** `studio retry` and `studio cancel`: what a person decides about one run. */
export function runActionCommands(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const forms = [
    { name: 'retry', key: 'POST /api/v1/runs/:run/retry', description: 'repeat the failed step of a run on the same frozen input', said: 'is tried again' },
    { name: 'cancel', key: 'POST /api/v1/runs/:run/cancel', description: 'stop a run; a publish stops only before it begins to deploy', said: 'is being stopped' },
  ] as const;
  for (const { name, key, description, said } of forms) {
    program
      .command(name)
      .description(description)
      .argument('<runId>', 'as `studio runs` lists it', runId)
      .action(async (id: string) => {
        const call = await connect();
        const run = await call(key, { params: { run: id } });
        context.out(`${run.title}${run.site === null ? '' : ` of ‘${run.site.name}’`}${run.version === null ? '' : ` (${run.version})`} ${said}.\n`);
      });
  }
}
