import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Run } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';

interface Options {
  readonly dryRun?: true;
  readonly wait?: true;
  readonly json?: true;
}

/** `studio import-bucket sync`: what is new in the import bucket, copied into storage. */
export function importBucketCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('import-bucket')
    .description('the bucket whose files are copied into storage')
    .command('sync')
    .description('copy what is new or differs; nothing is removed')
    .option('--dry-run', 'count what would be copied, and copy nothing')
    .option('--wait', 'wait until it has ended')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const call = await connect();
      const request = await call('POST /api/v1/import-syncs', { body: { dryRun: options.dryRun === true } });
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running' })}\n` : `Asked for it. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, ...run.result })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The import bucket was not copied: ${run.reason?.message ?? 'the run does not say why.'}`);
      if (options.json !== true) for (const key of keysOf(run)) context.out(`${key}\n`);
    });
}

function keysOf(run: Run): string[] {
  const keys = run.result?.['keys'];
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : [];
}
