import { type Command, Option } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { counted } from '#domain/counted.ts';
import { formatBytes } from '#domain/manifest.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface Options {
  readonly version: PublishVersion;
  readonly to: string;
  readonly wait?: true;
  readonly json?: true;
}

/** How many publishes are asked for at once when the one before the present is looked for. */
const PAGE = 100;

/** `studio rollback`: shows an earlier publish of a site again, without a build. */
export function rollbackCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('rollback')
    .description('show an earlier publish of a site again')
    .argument('<name>', 'name of the site')
    .addOption(new Option('--version <version>', 'which one').choices(publishVersions).makeOptionMandatory())
    .requiredOption('--to <run>', 'the publish to show: its run id, or ‘previous’ for the one before what readers see')
    .option('--wait', 'wait until it is out, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const { version } = options;
      const call = await connect();
      const runId = options.to === 'previous' ? await previousOf(call, name, version) : options.to;
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/rollbacks', { params: { site: name }, body: { version, runId } }));
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ requestId: request.id, runId: request.runId, shows: runId })}\n` : `Asked to show the publish ${runId} of ‘${name}’ (${version}) again. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify({ requestId: request.id, runId: run.id, shows: runId, state: run.state, reason: run.reason?.message ?? null, url: run.url, result: run.result })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The rollback of ‘${name}’ (${version}) ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (options.json === true) return;
      const changed = run.result?.['changed'];
      const bytes = run.result?.['uploadedBytes'];
      context.out(`Readers of ‘${name}’ (${version}) see the publish ${runId} again: ${counted(typeof changed === 'number' ? changed : 0, 'file')} changed, ${formatBytes(typeof bytes === 'number' ? bytes : 0)}.\n${run.url === null ? '' : `${run.url}\n`}`);
    });
}

/** The newest publish before the one readers see. */
async function previousOf(call: Call, name: string, version: PublishVersion): Promise<string> {
  for (let offset = 0, isPast = false; ; offset += PAGE) {
    const { total, publishes } = await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site/publishes', { params: { site: name }, query: { version, limit: PAGE, offset } }));
    for (const publish of publishes) {
      if (isPast) return publish.runId;
      isPast = publish.isCurrent;
    }
    if (offset + PAGE >= total) throw new CliError(`There is no ${version} publish of ‘${name}’ before the present one whose files are kept. Publish the site anew instead.`);
  }
}
