import { counted } from '#domain/counted.ts';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { ImportResult } from '#api/contracts/imports.ts';
import { StudioRefused } from '../apiClient.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { openSource } from '../source/openSource.ts';
import { countInstructors, type LeftOut, packCourse } from '../source/packCourse.ts';
import { type PullOptions, pullContent } from './pullContent.ts';
import { didYouMean } from '../suggest.ts';

interface Options {
  readonly starter: string;
  readonly name?: string;
  readonly instructors?: string;
  readonly media?: string;
  readonly json?: true;
}

/** Options of the two ways, which do not mix. */
const OF_NEW = ['starter', 'name', 'instructors', 'media'] as const;
const OF_PULL = ['path', 'ref', 'commit', 'onlyCommit', 'dryRun', 'deleteMissing', 'overwrite', 'yes', 'wait'] as const;
type Given = Partial<Options> & PullOptions & { readonly site?: string };

/** `studio import`: an existing content repository becomes a site, or a site takes what its own repository has. */
export function importCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('import')
    .description('make a site of an existing content repository; with --site, take what the repository of a site has into the studio')
    .argument('[source]', 'folder of the repository, or a git URL')
    .option('--starter <slug>', 'the starter the content was written for')
    .option('--name <name>', 'name of the site (otherwise the slug of its title)')
    .option('--instructors <directory>', 'folder of <uuid>/index.json, for the instructors the root site lacks')
    .option('--media <directory>', 'folder of files for the site’s storage')
    .option('--site <name>', 'take content from the repository of this site; ends with 1 when something could not be taken')
    .option('--path <path>', 'only this file, or this folder with everything below it')
    .option('--ref <branch>', 'from the head of this branch (otherwise main)')
    .option('--commit <sha>', 'the files as they are in this commit')
    .option('--only-commit <sha>', 'only the files this commit changed, as it left them')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--delete-missing', 'delete items whose file is gone from the repository')
    .option('--overwrite', 'take the repository’s state also where both sides changed')
    .option('--yes', 'delete, and go back to older content, without asking')
    .option('--wait', 'wait until it is taken, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (given: string | undefined, options: Given, command: Command) => {
      const mixed = (options.site === undefined ? OF_PULL : OF_NEW).find((name) => options[name] !== undefined);
      if (mixed !== undefined) command.error(`error: --${mixed.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} goes ${options.site === undefined ? 'only with --site' : 'not with --site'}`);
      if (options.site !== undefined) {
        if (given !== undefined) command.error('error: with --site the source is the repository of the site: leave the folder or git URL out');
        return pullContent(context, await connect(), options.site, options);
      }
      if (given === undefined) return command.error("error: missing required argument 'source'");
      const { starter } = options;
      if (starter === undefined) return command.error("error: required option '--starter <slug>' not specified");
      return importCourse(context, connect, given, { ...options, starter });
    });
}

async function importCourse(context: CliContext, connect: () => Promise<Call>, given: string, options: Options): Promise<void> {
  const instructors = await instructorsFolder(context, options.instructors);
  const media = folderOption(context, '--media', options.media);
  const source = await openSource(context, given);
  try {
    const call = await connect();
    await assertWelcome(call, options);
    const { archive, leftOut } = packCourse({ repository: source.directory, media, instructors });
    const request = await call('POST /api/v1/imports', { query: { starter: options.starter, folder: source.folder, ...(options.name === undefined ? {} : { name: options.name }) }, body: archive });
    const run = await followRequest(context, call, request, { shows: options.json !== true });
    if (run.state !== 'succeeded' || run.result === null) throw new CliError(`${given} was not imported: ${run.reason?.message ?? `its run ended as ${run.state}.`}`);
    report(context, withLeftOut(run.result as unknown as ImportResult, leftOut), options);
  } finally {
    await source.close();
  }
}

/** Before anything is sent: the upload may take minutes, and its refusal would come at the end. */
async function assertWelcome(call: Call, options: Options): Promise<void> {
  const me = await call('GET /api/v1/me', {});
  if (!me.can.importSites) throw new CliError('This token may not import sites: that is for authors and admins of the studio.');
  const { starters } = await call('GET /api/v1/starters', {});
  const slugs = starters.map((starter) => starter.slug);
  if (slugs.length === 0) throw new CliError('The studio knows no starter yet: read them with `npm run studio -- starters sync --wait`.');
  if (!slugs.includes(options.starter)) throw new CliError(`There is no starter ‘${options.starter}’.${didYouMean(options.starter, slugs)} The studio knows ${slugs.join(', ')}.`);
  if (options.name === undefined) return;
  const taken = await call('GET /api/v1/sites/:site', { params: { site: options.name } }).catch((error: unknown) => {
    if (error instanceof StudioRefused && error.code === 'notFound') return null;
    throw error;
  });
  if (taken !== null) throw new CliError(`There is a site named ‘${options.name}’ already: import under another --name.`);
}

function folderOption(context: CliContext, option: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const path = resolve(context.directory, given);
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new CliError(`${option}: there is no folder ${path}.`);
  return path;
}

async function instructorsFolder(context: CliContext, given: string | undefined): Promise<string | undefined> {
  const path = folderOption(context, '--instructors', given);
  if (path !== undefined && (await countInstructors(path)) === 0) throw new CliError(`--instructors: ${path} holds no instructor; it should hold folders named by uuid, each with an index.json.`);
  return path;
}

function withLeftOut(result: ImportResult, leftOut: readonly LeftOut[]): ImportResult {
  return { ...result, files: result.files + leftOut.length, skipped: [...result.skipped, ...leftOut] };
}

function report(context: CliContext, result: ImportResult, options: Options): void {
  const { site, files, imported, kept, skipped } = result;
  if (options.json === true) context.out(`${JSON.stringify({ site, files, imported, kept, skipped })}\n`);
  else context.out(`Imported ‘${site}’: ${counted(imported, 'item')} of ${counted(files, 'file')}, ${kept.toLocaleString('en-US')} kept as they are, ${skipped.length.toLocaleString('en-US')} skipped${result.media === 0 ? '' : `, ${counted(result.media, 'media file')}`}.\n`);
  // Notes go to the other stream, so that the result can be piped.
  if (result.keptFiles.length > 0) context.err(`Kept in the repository byte for byte, and touched by nothing:\n${result.keptFiles.map((path) => `  ${path}\n`).join('')}`);
  if (skipped.length > 0 && options.json !== true) context.err(`Skipped:\n${skipped.map(({ path, reason }) => `  ${path}: ${reason}\n`).join('')}`);
  if (result.addedInstructors.length > 0) context.err(`Added to the root site: ${counted(result.addedInstructors.length, 'instructor')}.\n`);
  else if (options.instructors !== undefined) context.err('No instructor was added to the root site.\n');
  if (result.missingInstructors.length > 0) {
    context.err(`The root site lacks ${counted(result.missingInstructors.length, 'instructor')} of this course; add them with --instructors, or in the root site:\n${result.missingInstructors.map((uuid) => `  ${uuid}\n`).join('')}`);
  }
}
