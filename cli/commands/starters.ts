import { counted } from '#domain/counted.ts';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { configItems, parseSiteConfig, SiteConfigError } from '#domain/siteConfig.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

/** `studio starters sync` reads the starter configurations again; `studio starters check` looks at files that nobody has read yet. */
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
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, taken: [], refused: [], removed: [] })}\n` : `Asked for. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      const taken = namesOf(run.result?.['taken']);
      const refused = namesOf(run.result?.['refused']);
      const removed = namesOf(run.result?.['removed']);
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, taken, refused, removed })}\n`);
      if (run.state !== 'succeeded') throw new CliError(`The starters were not read: ${run.reason?.message ?? `the run ended as ${run.state}.`}`);
      if (options.json !== true) context.out(`Read ${taken.length === 0 ? 'no starter' : taken.join(', ')}.\n`);
      if (options.json !== true && (run.result?.['hook'] === 'created' || run.result?.['hook'] === 'changed')) context.out(`GitHub tells this studio of pushes from now on: its webhook was ${run.result['hook'] === 'created' ? 'made' : 'brought in line'}.\n`);
      for (const warning of run.warnings) context.err(`${warning.message}\n`);
      if (removed.length > 0) context.err(`No longer in the projects repository: ${removed.join(', ')}. Sites of ${removed.length === 1 ? 'it' : 'them'} go on with the configuration read before.\n`);
      if (refused.length > 0) {
        const known = (await call('GET /api/v1/starters', {})).starters;
        throw new CliError(`Refused for faults: ${refused.map((slug) => `${slug} (${known.find((starter) => starter.slug === slug)?.fault ?? 'it does not say why'})`).join('; ')}. Sites of it go on with the configuration read before.`);
      }
    });

  starters
    .command('show')
    .description('show a starter: its kinds, its sites, and what the last readings changed')
    .argument('<slug>', 'slug of the starter')
    .option('--text', 'print its configuration as it was read')
    .option('--patch', 'print the edit that is kept in the studio, as a patch for the projects repository')
    .option('--json', 'print it as JSON')
    .action(async (slug: string, options: { readonly text?: true; readonly patch?: true; readonly json?: true }) => {
      const call = await connect();
      const starter = await call('GET /api/v1/starters/:starter', { params: { starter: slug } });
      if (options.json === true) context.out(`${JSON.stringify(starter)}\n`);
      else if (options.text === true) {
        if (starter.text === null) throw new CliError('The studio keeps the text of a configuration from its next reading on. Read the starters again first.');
        context.out(starter.text);
      } else if (options.patch === true) {
        if (starter.draft === null) throw new CliError(`No edit of the starter ‘${slug}’ is kept in the studio.`);
        context.out(starter.draft.patch);
      } else {
        context.out(
          `${starter.name} (${starter.slug}), ${starter.status}, from commit ${starter.commit?.slice(0, 8) ?? 'none'}, ${counted(starter.sites.total, 'site')}\n` +
            starter.kinds.map((kind) => `  ${kind.label} (${kind.name}) in ${kind.place}: ${kind.fields.map((field) => field.name).join(', ')}\n`).join('') +
            starter.history.map((reading) => `${reading.at.slice(0, 10)} ${reading.commit.slice(0, 8)}, ${counted(reading.sites, 'site')}\n${reading.changes.map((change) => `  ${change}\n`).join('')}`).join(''),
        );
      }
      if (starter.fault !== null && options.json !== true) context.err(`Its newest configuration was not taken: ${starter.fault}\n`);
    });

  starters
    .command('validate')
    .description('check a configuration against a starter and everything that its sites hold; nothing is kept')
    .argument('<slug>', 'slug of the starter')
    .argument('<file>', 'the configuration to try')
    .option('--json', 'print the result as JSON')
    .action(async (slug: string, file: string, options: { readonly json?: true }) => {
      const path = resolve(context.directory, file);
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new CliError(`‘${file}’ cannot be read: ${error.message}`);
      });
      const call = await connect();
      const checked = await call('POST /api/v1/starters/:starter/validation', { params: { starter: slug }, body: { text } });
      if (options.json === true) context.out(`${JSON.stringify(checked)}\n`);
      else if (checked.faults.length > 0) context.out(checked.faults.map((fault) => `${fault.line === null ? '' : `line ${fault.line}: `}${fault.path}: ${fault.reason}\n`).join(''));
      else {
        context.out(checked.changes.length === 0 ? 'It is in order, and changes nothing.\n' : `It is in order. ${counted(checked.sites, 'site')} would get it:\n${checked.changes.map((change) => `  ${change}\n`).join('')}`);
        if (checked.items > 0) context.out(`${checked.looked.toLocaleString('en-US')} of ${counted(checked.items, 'item')} it concerns looked at.\n`);
        context.out(checked.misfits.map((misfit) => `  ${misfit.site}: ${misfit.title ?? misfit.textId}: ${misfit.issues.map(({ message }) => message).join(' ')}\n`).join(''));
      }
      if (checked.faults.length > 0) throw new CliError('The studio would not take it.');
      if (checked.misfitCount > 0) throw new CliError(`${counted(checked.misfitCount, 'item')} would not fit.`);
    });

  starters
    .command('status')
    .description('say whether new sites may be made from a starter')
    .argument('<slug>', 'slug of the starter')
    .addArgument(new Argument('<status>', 'its status').choices(['default', 'active', 'inactive']))
    .action(async (slug: string, status: 'default' | 'active' | 'inactive') => {
      const call = await connect();
      const starter = await call('PATCH /api/v1/starters/:starter', { params: { starter: slug }, body: { status } });
      context.out(`The starter ‘${starter.slug}’ is ${starter.status}.\n`);
    });

  starters
    .command('check')
    .description('check a starter’s configuration on this machine, or every one in a folder')
    .argument('<path>', 'a configuration file, or a folder such as a clone of the projects repository')
    .option('--name <name>', 'name of the configuration files in a folder', 'ocw-studio.yaml')
    .action(async (path: string, options: { readonly name: string }) => {
      const files = await configFilesAt(resolve(context.directory, path), options.name);
      if (files.length === 0) throw new CliError(`There is no ${options.name} in ‘${path}’, so it is no starter. A folder with Hugo’s configuration alone, such as that of a further theme, needs none.`);
      let faulty = 0;
      for (const file of files) {
        const { kinds, faults } = checkConfig(await readFile(file, 'utf8'));
        const shown = relative(context.directory, file) || basename(file);
        if (faults.length === 0) context.out(`${shown} is in order: ${counted(kinds, 'kind')} of content.\n`);
        else {
          faulty += 1;
          context.out(`${shown} has ${counted(faults.length, 'fault')}:\n${faults.map((fault) => `  ${fault.path}: ${fault.reason}\n`).join('')}`);
        }
      }
      if (faulty > 0) throw new CliError(`The studio would not take ${faulty === files.length && faulty > 1 ? 'any of them' : faulty === 1 ? 'that one' : `${faulty} of them`}: sites go on with the configuration read before.`);
    });
}

async function configFilesAt(path: string, name: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(error.code === 'ENOENT' ? `There is no file or folder ‘${path}’.` : `‘${path}’ cannot be read: ${error.message}`);
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name && !entry.parentPath.split('/').some((part) => part === '.git' || part === 'node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function checkConfig(text: string): { readonly kinds: number; readonly faults: SiteConfigError['issues'] } {
  try {
    return { kinds: configItems(parseSiteConfig(text)).length, faults: [] };
  } catch (error) {
    if (!(error instanceof SiteConfigError)) throw error;
    return { kinds: 0, faults: error.issues };
  }
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
