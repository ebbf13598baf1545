import type { Command } from 'commander';
import type { Call, Output } from '#api/contracts/client.ts';
import { counted } from '#domain/counted.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

type Preview = Output<'GET /api/v1/sites/:site/unpublish'>;

interface Options {
  readonly yes?: true;
  readonly force?: true;
  readonly wait?: true;
  readonly json?: true;
}

/** How many places are named of each kind; the number of all stands beside them. */
const NAMED = 20;

/** `studio unpublish`: takes a live site away from readers. */
export function unpublishCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('unpublish')
    .description('take a live site away from readers; its content, draft and URL stay')
    .argument('<name>', 'name of the site')
    .option('--yes', 'without asking')
    .option('--force', 'even though other sites refer to it')
    .option('--wait', 'wait until it is offline, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const call = await connect();
      const preview = await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site/unpublish', { params: { site: name } }));
      if (preview.problems.length > 0) throw new CliError(preview.problems.join(' '));
      if (preview.dependencies.length > 0 || preview.mentions.length > 0) context.err(namings(preview));
      if (preview.dependencies.length > 0 && options.force !== true) throw new CliError(`${counted(preview.dependencies.length, 'place')} of other sites ${preview.dependencies.length === 1 ? 'refers' : 'refer'} to ‘${name}’ and would lead nowhere. Change them first, or say --force.`);
      if (options.yes !== true) {
        if (context.confirm === undefined) throw new CliError(`This takes ${preview.url ?? name} away from readers. Say --yes to do that.`);
        if (!(await context.confirm(`Take ${preview.url ?? name} away from readers?`))) throw new CliError('Nothing was changed.');
      }
      const request = await call('POST /api/v1/sites/:site/unpublish', { params: { site: name } });
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: null, result: null })}\n` : `Asked to take ‘${name}’ offline. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, result: run.result })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The unpublish of ‘${name}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (options.json === true) return;
      const byHand = run.result?.['byHand'];
      const left = Array.isArray(byHand) ? byHand.filter((sentence) => typeof sentence === 'string') : [];
      context.out(`‘${name}’ is offline. Publish it live to bring it back.\n${left.length === 0 ? '' : `\nTo do by hand:\n${left.map((sentence) => `  ${sentence}\n`).join('')}`}`);
    });
}

function namings({ dependencies, mentions }: Preview): string {
  const list = (title: string, places: Preview['mentions']): string => {
    if (places.length === 0) return '';
    const lines = places.slice(0, NAMED).map((place) => `  ${place.site}: ${place.title ?? place.item} (${place.field})\n`);
    return `${title}\n${lines.join('')}${places.length > NAMED ? `  … and ${(places.length - NAMED).toLocaleString('en-US')} more\n` : ''}`;
  };
  return `${list('Refer to it:', dependencies)}${list('Mention its address:', mentions)}`;
}
