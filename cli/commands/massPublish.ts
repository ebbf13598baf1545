import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { Call, Input } from '#api/contracts/client.ts';
import type { MassPublish, MassSite } from '#api/contracts/massPublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { counted } from '#domain/counted.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { moment, table } from '../words.ts';

type Choice = Input<'POST /api/v1/mass-publishes'>['body'];

interface BeginOptions {
  readonly filter?: string[];
  readonly starter?: string;
  readonly source?: string;
  readonly window?: number;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly wait?: true;
  readonly json?: true;
}

const REPORT_PAGE = 100;
/** States whose sites are worth a line of their own. */
const told = ['failed', 'skipped', 'cancelled'] as const;

/** `studio mass-publish`: one version of many sites, a few at a time, and what becomes of it. */
export function massPublishCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const mass = program.command('mass-publish').description('publish one version of many sites, a few at a time, or take that back');

  for (const version of ['draft', 'live'] as const) {
    mass
      .command(version)
      .description(`publish the ${version} version of every site that is out in it`)
      .option('--filter <names>', 'only these sites, names joined by commas', namesOf)
      .option('--starter <slug>', 'only sites of this starter')
      .option('--source <source>', 'only sites that came from there, such as ocw-import')
      .option('--window <number>', 'sites that are published at once', windowOf)
      .option('--dry-run', 'say which sites it would be, and publish none')
      .option('--yes', 'do not ask before many sites are published')
      .option('--wait', 'wait until it has ended; ends with 1 when a site failed')
      .option('--json', 'print the result as JSON')
      .action(async (options: BeginOptions) => {
        const call = await connect();
        const body: Choice = {
          version,
          ...(options.filter === undefined ? {} : { filter: options.filter }),
          ...(options.starter === undefined ? {} : { starter: options.starter }),
          ...(options.source === undefined ? {} : { source: options.source }),
          ...(options.window === undefined ? {} : { window: options.window }),
        };
        const preview = await call('POST /api/v1/mass-publishes/preview', { body });
        if (options.dryRun === true) {
          context.out(options.json === true ? `${JSON.stringify(preview)}\n` : `${previewed(version, preview)}\n`);
          return;
        }
        if (preview.refusal !== null) throw new CliError(preview.refusal);
        if (options.yes !== true && context.confirm !== undefined && !(await context.confirm(`Publish ${counted(preview.sites, `${version} site`)}, ${preview.window} at once?`))) throw new CliError('Nothing was published.');
        await followed(await call('POST /api/v1/mass-publishes', { body }), call, options, `Asked for the publish of ${counted(preview.sites, `${version} site`)}`);
      });
  }

  mass
    .command('status')
    .description('how far a mass publish is, and the sites that did not go well; the newest without an id')
    .argument('[id]', 'as `studio mass-publish list` prints it', idOf)
    .option('--json', 'print it as JSON')
    .action(async (id: string | undefined, options: { json?: true }) => {
      const call = await connect();
      const it = id === undefined ? await newest(call) : await call('GET /api/v1/mass-publishes/:run', { params: { run: id } });
      const sites = await troubled(call, it);
      context.out(options.json === true ? `${JSON.stringify({ ...it, troubled: sites })}\n` : written(it, sites));
    });

  mass
    .command('list')
    .description('mass publishes, newest first')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: true }) => {
      const call = await connect();
      const { massPublishes } = await call('GET /api/v1/mass-publishes', { query: { limit: 20, offset: 0 } });
      if (options.json === true) context.out(`${JSON.stringify({ massPublishes })}\n`);
      else context.out(massPublishes.length === 0 ? 'There was no mass publish yet.\n' : table(massPublishes.map((it) => [it.id, it.kind === 'undo' ? 'undo' : 'publish', it.version, stateOf(it), moment(it.startedAt), it.summary])));
    });

  const buttons = [
    { name: 'pause', key: 'POST /api/v1/mass-publishes/:run/pause', description: 'ask for no more sites until it is resumed', said: 'asks for no more sites. `mass-publish resume` lets it go on.' },
    { name: 'resume', key: 'POST /api/v1/mass-publishes/:run/resume', description: 'let a paused one go on', said: 'goes on.' },
    { name: 'cancel', key: 'POST /api/v1/mass-publishes/:run/cancel', description: 'ask for no more sites; publishes that run go on to their end', said: 'is being stopped; publishes that run go on to their end.' },
    { name: 'retry', key: 'POST /api/v1/mass-publishes/:run/retry-failed', description: 'ask once more for the sites that failed', said: 'asks once more for the sites that failed.' },
  ] as const;
  for (const { name, key, description, said } of buttons) {
    mass
      .command(name)
      .description(description)
      .argument('<id>', 'as `studio mass-publish list` prints it', idOf)
      .action(async (id: string) => {
        const call = await connect();
        await call(key, { params: { run: id } });
        context.out(`The mass publish ${said}\n`);
      });
  }

  mass
    .command('window')
    .description('change how many sites are published at once')
    .argument('<id>', 'as `studio mass-publish list` prints it', idOf)
    .addArgument(new Argument('<number>', 'sites at once').argParser(windowOf))
    .action(async (id: string, window: number) => {
      const call = await connect();
      await call('POST /api/v1/mass-publishes/:run/window', { params: { run: id }, body: { window } });
      context.out(`The mass publish has ${counted(window, 'site')} published at once from the next one on.\n`);
    });

  mass
    .command('undo')
    .description('bring back what its sites showed before, except those published by hand since')
    .argument('<id>', 'as `studio mass-publish list` prints it', idOf)
    .option('--wait', 'wait until it has ended; ends with 1 when a site failed')
    .option('--json', 'print the result as JSON')
    .action(async (id: string, options: { wait?: true; json?: true }) => {
      const call = await connect();
      await followed(await call('POST /api/v1/mass-publishes/:run/undo', { params: { run: id } }), call, options, 'Asked for the undo of the mass publish');
    });

  async function followed(request: RunRequest, call: Call, options: { readonly wait?: true; readonly json?: true }, what: string): Promise<void> {
    if (options.wait !== true) {
      context.out(options.json === true ? `${JSON.stringify({ id: request.id, state: request.runId === null ? 'waiting' : 'running' })}\n` : `${what} (${request.id}). ${request.message}\n`);
      return;
    }
    const run = await followRequest(context, call, request, { shows: options.json !== true });
    const it = await call('GET /api/v1/mass-publishes/:run', { params: { run: run.id } });
    const sites = await troubled(call, it);
    if (options.json === true) context.out(`${JSON.stringify({ ...it, troubled: sites })}\n`);
    else context.out(written(it, sites));
    if (it.state !== 'succeeded') throw new CliError(it.reason?.message ?? `The mass publish ${stateOf(it)}.`);
  }
}

async function newest(call: Call): Promise<MassPublish> {
  const { massPublishes } = await call('GET /api/v1/mass-publishes', { query: { limit: 1, offset: 0 } });
  const [it] = massPublishes;
  if (it === undefined) throw new CliError('There was no mass publish yet.');
  return it;
}

/** Every site that was not published, in order. */
async function troubled(call: Call, it: MassPublish): Promise<MassSite[]> {
  const found: MassSite[] = [];
  for (const state of told) {
    for (let offset = 0; offset < it.counts[state]; offset += REPORT_PAGE) {
      const { sites } = await call('GET /api/v1/mass-publishes/:run/sites', { params: { run: it.id }, query: { state, limit: REPORT_PAGE, offset } });
      found.push(...sites);
    }
  }
  return found;
}

function stateOf(it: MassPublish): string {
  return it.isPaused && it.state === 'running' ? 'paused' : it.state;
}

function written(it: MassPublish, sites: readonly MassSite[]): string {
  const end = it.estimatedEndAt === null ? '' : `, done about ${moment(it.estimatedEndAt)}`;
  const head = `${it.kind === 'undo' ? 'Undo of a mass publish' : 'Mass publish'} (${it.version}) ${it.id}: ${stateOf(it)}. ${it.summary}${end}.\n`;
  const from = it.builtFrom === null ? '' : `Every site is built from the themes at ${it.builtFrom.themesCommit.slice(0, 8)} and the projects at ${it.builtFrom.projectsCommit.slice(0, 8)}.\n`;
  return head + from + table(sites.map((line) => [`  ${line.site.name}`, line.state, line.reason ?? '']));
}

function previewed(version: string, preview: { sites: number; first: string[]; leftOut: string[]; window: number; refusal: string | null }): string {
  const more = preview.sites - preview.first.length;
  const lines = [
    `It would publish ${counted(preview.sites, `${version} site`)}, ${preview.window} at once${preview.first.length === 0 ? '' : `: ${preview.first.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`}.`,
    ...(preview.leftOut.length === 0 ? [] : [`Left out, because they cannot be published with others: ${preview.leftOut.join(', ')}.`]),
    ...(preview.refusal === null ? [] : [`Now it would be refused. ${preview.refusal}`]),
  ];
  return lines.join('\n');
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Name at least one site.');
  return names;
}

function windowOf(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 50) throw new InvalidArgumentError('It is a whole number from 1 to 50.');
  return number;
}

function idOf(text: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('The id of a mass publish looks like 01890a5d-ac96-774b-bcce-b302099a8057.');
  return text.toLowerCase();
}
