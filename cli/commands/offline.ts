import { type Command, Option } from 'commander';
import { formatBytes } from '#domain/manifest.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import type { Call } from '#api/contracts/client.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface Options {
  readonly version: PublishVersion;
  readonly wait?: true;
  readonly json?: true;
}

/** `studio offline`: builds what is read without a network from the publish that is out. */
export function offlineCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('offline')
    .description('build the downloads of a site from what is published')
    .argument('<name>', 'name of the site')
    .addOption(new Option('--version <version>', 'which one').choices(publishVersions).makeOptionMandatory())
    .option('--wait', 'wait until they are there, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const call = await connect();
      const { version } = options;
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/offline-builds', { params: { site: name }, body: { version } }));
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, offline: null })}\n` : `Asked for the downloads of ‘${name}’ (${version}). ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      const offline = (await call('GET /api/v1/sites/:site', { params: { site: name } })).offline[version];
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, offline })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The downloads of ‘${name}’ (${version}) ${run.state === 'failed' ? 'failed' : `were ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (options.json === true) return;
      if (offline.state === 'hidden') context.out(`‘${name}’ (${version}) is not to be downloaded, as its metadata says. What there was is taken away.\n`);
      else if (offline.zips.length === 0 && offline.tree === null) context.out(`The starter of ‘${name}’ has no offline form, so nothing was built.\n`);
      else context.out([`Built the downloads of ‘${name}’ (${version}).`, ...offline.zips.map((zip) => `${zip.url}  ${formatBytes(zip.bytes)}`), ...(offline.tree === null ? [] : [`Tree: ${offline.tree.bucket}/${offline.tree.prefix}`])].map((line) => `${line}\n`).join(''));
    });
}
