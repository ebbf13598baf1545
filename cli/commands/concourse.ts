import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { definitionKinds } from '#domain/concourse/renderDefinition.ts';
import { publishVersions } from '#domain/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface RenderOptions {
  readonly kind: string;
  readonly version: string;
  readonly theme: string;
  readonly offline?: true;
  readonly delete?: true;
}

/** `studio concourse`: the pipelines Concourse would get. */
export function concourseCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const concourse = program.command('concourse').description('the pipelines of Concourse');

  async function render(call: Call, site: string, options: RenderOptions) {
    const kind = definitionKinds.find((one) => one === options.kind);
    const version = publishVersions.find((one) => one === options.version);
    if (kind === undefined) throw new CliError(`There is no kind ‘${options.kind}’: say one of ${definitionKinds.join(', ')}.`);
    if (version === undefined) throw new CliError(`There is no version ‘${options.version}’: say draft or live.`);
    return withSiteNamed(call, site, () => call('GET /api/v1/sites/:site/pipelines/:kind', { params: { site, kind }, query: { version, theme: options.theme, offline: options.offline === true ? 'true' : 'false', delete: options.delete === true ? 'true' : 'false' } }));
  }

  concourse
    .command('render')
    .description('print the definition of a pipeline as JSON, with names in place of secrets')
    .argument('<site>', 'name of a site')
    .option('--kind <kind>', definitionKinds.join(', '), 'site')
    .option('--version <version>', 'draft or live', 'live')
    .option('--theme <theme>', 'a further theme', '')
    .option('--offline', 'of a mass build: the trees that are read without a network')
    .option('--delete', 'of a mass build: remove what is not built any more')
    .action(async (site: string, options: RenderOptions) => {
      context.out(`${JSON.stringify((await render(await connect(), site, options)).pipeline, null, 2)}\n`);
    });

  concourse
    .command('validate')
    .description('have the program `fly` named by FLY_BIN check every kind of pipeline')
    .argument('<site>', 'name of a site')
    .action(async (site: string) => {
      const fly = context.flyBin;
      if (fly === undefined || fly === '') throw new CliError('Set FLY_BIN to the program `fly` of Concourse: it checks the definitions.');
      const call = await connect();
      const folder = await mkdtemp(join(tmpdir(), 'studio-fly-'));
      try {
        for (const kind of definitionKinds) {
          const { pipeline } = await render(call, site, { kind, version: 'live', theme: '' });
          const file = join(folder, `${kind}.json`);
          await writeFile(file, JSON.stringify(pipeline));
          const said = await new Promise<string | null>((resolve) => {
            execFile(fly, ['validate-pipeline', '--config', file], (error, stdout, stderr) => resolve(error === null ? null : `${stderr}${stdout}`.trim() || error.message));
          });
          if (said !== null) throw new CliError(`fly does not take the pipeline ‘${kind}’:\n${said}`);
          context.out(`${kind}: valid\n`);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}
