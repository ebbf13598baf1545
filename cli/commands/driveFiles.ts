import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { DriveSiteFile } from '#api/contracts/drive.ts';
import { counted } from '#domain/counted.ts';
import { formatBytes } from '#domain/manifest.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

const PAGE = 100;

/** `studio drive resync`, `backfill` and `strays`: what operators do about single files, and about what Drive or the studio lacks. */
export function driveFilesCommand(drive: Command, context: CliContext, connect: () => Promise<Call>): void {
  drive
    .command('resync')
    .description('bring every file of a name over once more, also one that is there')
    .argument('<site>', 'name of the site')
    .argument('<name>', 'exact name of the file in Google Drive')
    .option('--wait', 'wait until each has ended')
    .option('--json', 'print the result as JSON')
    .action(async (site: string, name: string, options: Options) => {
      const call = await connect();
      const all = await withSiteNamed(call, site, () => filesNamed(call, site, name));
      const files = all.filter((file) => file.state !== 'skipped' && file.state !== 'trashed');
      if (files.length === 0) throw new CliError(all[0] === undefined ? `‘${site}’ has no file named ‘${name}’. Names count letter by letter; sync the site if it is new.` : `‘${name}’ is not brought over: ${all[0].reason?.message ?? 'it is not in its folder any more.'}`);
      const done: { place: string; runId: string | null; state: string; reason: string | null }[] = [];
      for (const file of files) {
        const request = await call('POST /api/v1/sites/:site/drive/files/:file/retry', { params: { site, file: file.id } });
        const run = options.wait === true ? await followRequest(context, call, request, { shows: options.json !== true }) : null;
        done.push({ place: placeOf(file), runId: run?.id ?? request.runId, state: run?.state ?? 'waiting', reason: run?.reason?.message ?? null });
      }
      if (options.json === true) context.out(`${JSON.stringify({ files: done })}\n`);
      else for (const one of done) context.out(`${one.place}  ${one.state === 'waiting' ? 'asked for' : one.state}${one.reason === null ? '' : `: ${one.reason}`}\n`);
      const failed = done.filter((one) => one.state !== 'waiting' && one.state !== 'succeeded');
      if (failed.length > 0) throw new CliError(`${counted(failed.length, 'file')} of ‘${site}’ could not be brought over. Mend what the list says, then ask again.`);
    });

  drive
    .command('backfill')
    .description('put files that are in the storage bucket and not in Google Drive into the site’s folder there')
    .argument('<site>', 'name of the site')
    .option('--wait', 'wait until it has ended, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (site: string, options: Options) => {
      const call = await connect();
      const request = await withSiteNamed(call, site, () => call('POST /api/v1/sites/:site/drive/backfills', { params: { site } }));
      if (options.wait !== true) return context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running' })}\n` : `Asked for the files of ‘${site}’. ${request.message}\n`);
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, ...run.result, warnings: run.warnings })}\n`);
      else for (const { file, message } of run.warnings) context.out(`${file === undefined ? '' : `${file}  `}${message}\n`);
      if (run.state !== 'succeeded') throw new CliError(`Putting the files of ‘${site}’ into Google Drive ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      if (run.warnings.length > 0) throw new CliError(`Not every file of ‘${site}’ could be put into Google Drive. Mend what the list says, then ask again.`);
    });

  drive
    .command('strays')
    .description('list objects in the storage bucket that belong to no resource and to no file')
    .argument('<site>', 'name of the site')
    .option('--json', 'print the result as JSON')
    .action(async (site: string, options: Options) => {
      const call = await connect();
      const found = await withSiteNamed(call, site, () => call('GET /api/v1/sites/:site/drive/strays', { params: { site } }));
      if (options.json === true) return context.out(`${JSON.stringify(found)}\n`);
      for (const { key, size } of found.strays) context.out(`${key}  ${formatBytes(size)}\n`);
      if (found.total > found.strays.length) context.out(`… and ${(found.total - found.strays.length).toLocaleString('en-US')} more\n`);
      context.out(`${found.total.toLocaleString('en-US')} of ${counted(found.objects, 'object')} of ‘${site}’ belong to nothing, ${formatBytes(found.bytes)}.\n`);
    });
}

async function filesNamed(call: Call, site: string, name: string): Promise<DriveSiteFile[]> {
  const files: DriveSiteFile[] = [];
  for (;;) {
    const page = await call('GET /api/v1/sites/:site/drive/files', { params: { site }, query: { name, limit: PAGE, offset: files.length } });
    files.push(...page.files);
    if (page.files.length === 0 || files.length >= page.total) return files;
  }
}

function placeOf(file: DriveSiteFile): string {
  return [file.folder, ...(file.path === '' ? [] : [file.path]), file.name].join('/');
}
