import type { Command } from 'commander';
import { formatBytes } from '#domain/manifest.ts';
import type { Call } from '#api/contracts/client.ts';
import type { DriveFileReport } from '#api/contracts/drive.ts';
import type { Run } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

type Outcome = DriveFileReport['outcome'];

/** Outcomes whose files are named one by one: somebody may have to do something. */
const NAMED = ['skipped', 'failed', 'kept', 'removed'] as const satisfies readonly Outcome[];
const PAGE = 100;

/** `studio drive sync`: a site’s files, brought over from Google Drive. */
export function driveSyncCommand(drive: Command, context: CliContext, connect: () => Promise<Call>): void {
  drive
    .command('sync')
    .description('bring new and changed files over from the site’s folders')
    .argument('<name>', 'name of the site')
    .option('--wait', 'wait until it has ended or asks a person, and show each phase')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const call = await connect();
      const params = { site: name };
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/drive/syncs', { params }));
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running' })}\n` : `Asked for the files of ‘${name}’. ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true, isDone: (at) => asksIn(at) !== null });
      const asks = run.state === 'running' ? asksIn(run) : null;
      const files = (await Promise.all(NAMED.map((outcome) => filesOf(call, run.id, outcome)))).flat();
      if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, asks, reason: run.reason?.message ?? null, ...countsOf(run), files: files.map(({ folder, path, name: file, outcome, reason }) => ({ folder, path, name: file, outcome, reason: reason?.message ?? null })) })}\n`);
      else {
        context.out(`${summaryOf(run)}\n`);
        for (const file of files) context.out(`${lineOf(file)}\n`);
      }
      if (asks !== null) throw new CliError(`The sync of ‘${name}’ asks something. ${asks}`);
      if (run.state !== 'succeeded') throw new CliError(`The sync of ‘${name}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
      const failed = files.filter((file) => file.outcome === 'failed').length;
      if (failed > 0) throw new CliError(`${failed === 1 ? 'One file' : `${failed.toLocaleString('en-US')} files`} of ‘${name}’ could not be brought over. Mend what the list says, then sync again.`);
    });
}

/** What a sync asks a person about, as its timeline says it; null when it asks nothing. */
function asksIn(run: Run): string | null {
  const phase = run.phases.find(({ id }) => id === 'remove');
  return phase?.state === 'running' && phase.counts['missing'] !== undefined ? phase.summary : null;
}

async function filesOf(call: Call, runId: string, outcome: Outcome): Promise<DriveFileReport[]> {
  const files: DriveFileReport[] = [];
  for (;;) {
    const { total, files: page } = await call('GET /api/v1/drive-syncs/:run/files', { params: { run: runId }, query: { outcome, limit: PAGE, offset: files.length } });
    files.push(...page);
    if (page.length === 0 || files.length >= total) return files;
  }
}

/** The run’s own counts, or while it goes on those of its files so far. */
function countsOf(run: Run): Record<string, number> {
  const counts = run.result ?? run.phases.find(({ id }) => id === 'files')?.counts ?? {};
  const numberOf = (name: string): number => (typeof counts[name] === 'number' ? counts[name] : 0);
  return { seen: numberOf('files'), streamed: numberOf('streamed'), unchanged: numberOf('unchanged'), skipped: numberOf('skipped'), deleted: numberOf('removed'), kept: numberOf('kept'), failed: numberOf('failed'), bytes: numberOf('bytes') };
}

function summaryOf(run: Run): string {
  const { seen = 0, streamed = 0, unchanged = 0, skipped = 0, deleted = 0, kept = 0, failed = 0, bytes = 0 } = countsOf(run);
  return `${seen.toLocaleString('en-US')} files seen: ${streamed} brought over (${formatBytes(bytes)}), ${unchanged} unchanged, ${skipped} skipped, ${deleted} deleted, ${kept} kept, ${failed} failed`;
}

function lineOf(file: DriveFileReport): string {
  const place = [file.folder, ...(file.path === '' ? [] : [file.path]), file.name].join('/');
  return `${file.outcome.padEnd(8)} ${place}${file.reason === null ? '' : `  ${file.reason.message}`}`;
}
