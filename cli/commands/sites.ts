import { counted } from '#domain/counted.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Call, Output } from '#api/contracts/client.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

type Site = Output<'POST /api/v1/sites'>;

interface CreateOptions {
  readonly title: string;
  readonly shortId: string;
  readonly starter: string;
  readonly type: 'ocw' | 'pk12';
  readonly name?: string;
  readonly json?: true;
}

interface ListOptions {
  readonly search?: string;
  readonly limit: number;
  readonly offset: number;
  readonly json?: true;
}

interface MoveOptions {
  readonly wait?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** How many files a dry run names of each kind. */
const NAMED_FILES = 20;

interface SetOptions {
  readonly title?: string;
  readonly shortId?: string;
  readonly starter?: string;
  readonly owner?: string;
  readonly type?: 'ocw' | 'pk12';
  readonly source?: 'studio' | 'ocw-import';
  readonly driveFolder?: string;
  readonly acceptMisfits?: true;
  readonly json?: true;
}

interface ArchiveOptions {
  readonly reason?: string;
  readonly wait?: true;
  readonly json?: true;
}

/** `studio sites`: makes sites, lists and changes them, moves them to another address, and puts them away. */
export function sitesCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const sites = program.command('sites').description('make, list, change, move and archive sites');

  sites
    .command('create')
    .description('make a site from a starter; its repository follows by itself')
    .requiredOption('--title <title>', 'what the site is called')
    .requiredOption('--short-id <id>', 'names its repository; letters, digits, dots, hyphens and underscores')
    .requiredOption('--starter <slug>', 'the configuration it is made from')
    .addOption(new Option('--type <type>', 'kind of site').choices(['ocw', 'pk12']).default('ocw'))
    .option('--name <name>', 'its name in addresses of the studio; made from the title when absent')
    .option('--json', 'print the site as JSON')
    .action(async (options: CreateOptions) => {
      const call = await connect();
      const site = await call('POST /api/v1/sites', { body: { title: options.title, shortId: options.shortId, starter: options.starter, siteType: options.type, ...(options.name === undefined ? {} : { name: options.name }) } });
      context.out(options.json === true ? `${JSON.stringify(site)}\n` : `Made the site ‘${site.name}’ (${site.shortId}). Its repository is being created; it gets a URL before it is first published.\n`);
    });

  sites
    .command('list')
    .description('list the sites')
    .option('--search <text>', 'part of the title, name or short id')
    .option('--limit <number>', 'how many', wholeNumber(1, 100), 50)
    .option('--offset <number>', 'how many to leave out', wholeNumber(0, 1_000_000), 0)
    .option('--json', 'print them as JSON')
    .action(async (options: ListOptions) => {
      const call = await connect();
      const listed = await call('GET /api/v1/sites', { query: { limit: options.limit, offset: options.offset, sort: 'title', ...(options.search === undefined ? {} : { search: options.search }) } });
      if (options.json === true) context.out(`${JSON.stringify(listed)}\n`);
      else context.out(listed.total === 0 ? 'There is no such site.\n' : `${listed.sites.map(siteLine).join('')}${listed.sites.length} of ${counted(listed.total, 'site')}.\n`);
    });

  sites
    .command('set')
    .description('change settings of a site, all of what is given or nothing')
    .argument('<name>', 'name of the site')
    .option('--title <title>', 'what the site is called')
    .option('--short-id <id>', 'names its repository; only while it has none')
    .option('--starter <slug>', 'the configuration it has; its content is checked against it first')
    .option('--accept-misfits', 'change the starter although some items do not fit it')
    .option('--owner <email>', 'who owns it; ‘none’ for nobody')
    .addOption(new Option('--type <type>', 'kind of site').choices(['ocw', 'pk12']))
    .addOption(new Option('--source <source>', 'where it came from').choices(['studio', 'ocw-import']))
    .option('--drive-folder <id>', 'its folder in Google Drive; ‘none’ lets the studio find or make one')
    .option('--json', 'print the settings as JSON')
    .action(async (name: string, options: SetOptions) => {
      const orNull = (text: string): string | null => (text === 'none' ? null : text);
      const body = {
        ...(options.title === undefined ? {} : { title: options.title }),
        ...(options.shortId === undefined ? {} : { shortId: options.shortId }),
        ...(options.starter === undefined ? {} : { starter: options.starter }),
        ...(options.owner === undefined ? {} : { owner: orNull(options.owner) }),
        ...(options.type === undefined ? {} : { siteType: options.type }),
        ...(options.source === undefined ? {} : { source: options.source }),
        ...(options.driveFolder === undefined ? {} : { driveFolder: orNull(options.driveFolder) }),
      };
      if (Object.keys(body).length === 0) throw new CliError('Say what to change, such as --title; see --help.');
      const call = await connect();
      const { settings, consequences } = await withSiteNamed(call, name, () => call('PATCH /api/v1/sites/:site/settings', { params: { site: name }, body: { ...body, ...(options.acceptMisfits === true ? { acceptMisfits: true } : {}) } }));
      context.out(options.json === true ? `${JSON.stringify(settings)}\n` : `Changed ‘${name}’.\n${consequences.map((sentence) => `${sentence}\n`).join('')}`);
    });

  for (const { verb, route, description, asked, done } of [
    { verb: 'archive', route: 'POST /api/v1/sites/:site/archive', description: 'put a site away: nothing of it can be published, edited or synced, and its repository is closed', asked: 'is archived; its repository is being closed', done: 'is archived, and its repository is closed' },
    { verb: 'restore', route: 'POST /api/v1/sites/:site/unarchive', description: 'bring an archived site back', asked: 'comes back as soon as its repository is open', done: 'is back' },
  ] as const) {
    sites
      .command(verb)
      .description(description)
      .argument('<name>', 'name of the site')
      .option('--reason <text>', 'why; others read it')
      .option('--wait', 'wait until its repository is done')
      .option('--json', 'print the result as JSON')
      .action(async (name: string, options: ArchiveOptions) => {
        const call = await connect();
        const request = await withSiteNamed(call, name, () => (route === 'POST /api/v1/sites/:site/archive' ? call(route, { params: { site: name }, body: { reason: options.reason ?? '' } }) : call(route, { params: { site: name } })));
        if (options.wait !== true) {
          context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running' })}\n` : `The site ‘${name}’ ${asked}. ${request.message}\n`);
          return;
        }
        const run = await followRequest(context, call, request, { shows: options.json !== true });
        if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null })}\n`);
        if (run.state !== 'succeeded') throw new CliError(`The repository of ‘${name}’ could not be ${verb === 'archive' ? 'closed' : 'opened'}: ${run.reason?.message ?? 'It does not say why.'}`);
        if (options.json !== true) context.out(`The site ‘${name}’ ${done}.\n`);
      });
  }

  sites
    .command('move')
    .description('move a published site to another URL and lead its readers on from the old one')
    .argument('<name>', 'name of the site')
    .argument('<urlPath>', 'the new URL path, without the root path of the starter')
    .option('--dry-run', 'only show what it would do')
    .option('--wait', 'wait until it has arrived, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, urlPath: string, options: MoveOptions) => {
      const call = await connect();
      if (options.dryRun === true) return preview(context, await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site/moves/preview', { params: { site: name }, query: { urlPath } })), options);
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/moves', { params: { site: name }, body: { urlPath } }));
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, result: null })}\n` : `Asked for the move of ‘${name}’. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, result: run.result })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The move of ‘${name}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (options.json === true) return;
      const { url, redirectPages, byHand } = run.result ?? {};
      const steps = Array.isArray(byHand) ? byHand.filter((step) => typeof step === 'string') : [];
      context.out(`Moved ‘${name}’: ${typeof url === 'string' ? url : ''}\n${counted(typeof redirectPages === 'number' ? redirectPages : 0, 'page')} of the old place lead on.\n${steps.length === 0 ? '' : `\nTo do by hand:\n${steps.map((step) => `  ${step}\n`).join('')}`}`);
    });
}

function preview(context: CliContext, found: Output<'GET /api/v1/sites/:site/moves/preview'>, options: MoveOptions): void {
  if (options.json === true) context.out(`${JSON.stringify(found)}\n`);
  else {
    const list = (title: string, lines: readonly string[], named: number): string => (lines.length === 0 ? '' : `\n${title}\n${lines.slice(0, named).map((line) => `  ${line}\n`).join('')}${lines.length > named ? `  … and ${(lines.length - named).toLocaleString('en-US')} more\n` : ''}`);
    const place = (at: { site: string; item: string; title: string | null; field: string }): string => `${at.site}: ${at.title ?? at.item} (${at.field})`;
    context.out(
      `From ‘${found.from}’ to ‘${found.to}’: ${counted(found.pages.length, 'page')} will lead on.\n` +
        list(`${counted(found.stopsServing.length, 'other file')} will not be served at the old place any more:`, found.stopsServing, NAMED_FILES) +
        list('Changed with it, because they name the site by its address:', found.repointed.map(place), Number.POSITIVE_INFINITY) +
        list('Left as they are, because redirect pages lead on from there:', found.mentions.map(place), NAMED_FILES) +
        (found.redirectLine === null ? '' : `\nLine for the CDN’s redirect table:\n  ${found.redirectLine}\n`),
    );
  }
  if (found.problems.length > 0) throw new CliError(`It would be refused: ${found.problems.join(' ')}`);
}

function siteLine(site: Site): string {
  return `${site.name}  ${site.title}${site.urlPath === null ? '' : `  /${site.urlPath}`}${site.live.state === 'unpublished' ? '  offline' : ''}\n`;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}
