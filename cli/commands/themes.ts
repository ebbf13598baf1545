import { counted } from '#domain/counted.ts';
import { type Command, Option } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';

interface Options {
  readonly massPublish?: readonly PublishVersion[];
  readonly wait?: true;
  readonly json?: true;
}

/** `studio themes build` builds the scripts, styles and pictures of the themes and puts them before readers. */
export function themesCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('themes')
    .description('the themes every site is built with')
    .command('build')
    .description('build the assets at the head of the themes’ branch and put them before readers')
    .addOption(new Option('--mass-publish <version...>', 'then publish every site that is out with the new assets').choices([...publishVersions]))
    .option('--wait', 'wait until they are in place')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const call = await connect();
      const request = await call('POST /api/v1/theme-builds', { body: options.massPublish === undefined ? {} : { massPublish: [...options.massPublish] } });
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null })}\n` : `Asked for. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      const number = (key: string): number => (typeof run.result?.[key] === 'number' ? run.result[key] : 0);
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, commit: run.commit, files: number('files'), written: number('written'), isNewManifest: run.result?.['isNewManifest'] ?? null })}\n`);
      for (const warning of run.warnings) context.err(`${warning.message}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The assets were not built: ${run.reason?.message ?? `the run ended as ${run.state}.`}`);
      if (options.json !== true) context.out(`${counted(number('files'), 'file')} of ${run.commit?.slice(0, 8) ?? 'the themes'} in place. ${run.result?.['isNewManifest'] === true ? 'Sites get them with their next publish.' : 'The manifest is the same as before.'}\n`);
    });
}
