import { counted } from '#domain/counted.ts';
import { type Command, Option } from 'commander';
import { formatBytes } from '#domain/manifest.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import type { Call } from '#api/contracts/client.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { momentIn } from './momentIn.ts';
import { finishedReview } from './review.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { moment, problemLine } from '../words.ts';

interface Options {
  readonly version: PublishVersion;
  readonly wait?: true;
  readonly at?: string;
  readonly json?: true;
}

/** `studio publish`: puts a site in front of readers. */
export function publishCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('publish')
    .description('publish a site')
    .argument('<name>', 'name of the site')
    .addOption(new Option('--version <version>', 'which one').choices(publishVersions).makeOptionMandatory())
    .option('--wait', 'wait until it is out, and show each phase')
    .option('--at <moment>', 'review it now and publish what was reviewed then, such as 2026-03-01T08:00-05:00', momentIn)
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const call = await connect();
      if (options.at !== undefined) {
        const { runId } = await finishedReview(context, call, name, options.version, options.json !== true);
        const review = await call('POST /api/v1/reviews/:run/schedule', { params: { run: runId }, body: { at: options.at } });
        context.out(options.json === true ? `${JSON.stringify({ runId, at: options.at, commit: review.commit })}\n` : `‘${name}’ (${options.version}) goes out at ${moment(options.at)}, as it is saved now. Take it back with \`npm run studio -- cancel ${runId}\`.\n`);
        return;
      }
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/publishes', { params: { site: name }, body: { version: options.version } }));
      if (options.wait !== true) {
        context.out(options.json === true ? `${JSON.stringify(asked(request))}\n` : `Asked for ‘${name}’ (${options.version}). ${request.message}\n`);
        return;
      }
      const run = await followRequest(context, call, request, { shows: options.json !== true });
      if (options.json === true) context.out(`${JSON.stringify(ended(run))}\n`);
      if (run.state !== 'succeeded') throw new CliError(failure(run, name, options));
      if (options.json === true) return;
      context.out(`Published ‘${name}’ (${options.version}): ${whatHappened(run)}.\n${run.url === null ? '' : `${run.url}\n`}`);
      if (run.warnings.length > 0) context.err(`${counted(run.warnings.length, 'warning')}:\n${run.warnings.map((warning) => `  ${problemLine(warning)}\n`).join('')}`);
    });
}

function whatHappened(run: Run): string {
  // It uploads every file and counts none.
  if (run.builder === 'concourse') return 'built and uploaded by Concourse';
  const { changed, uploadedBytes } = ended(run);
  return changed === 0 ? 'nothing changed' : `${counted(changed ?? 0, 'file')} changed, ${formatBytes(uploadedBytes ?? 0)} uploaded`;
}

/** A run that has ended, as `--json` prints it. */
function ended(run: Run) {
  return { runId: run.id, state: run.state, reason: run.reason?.message ?? null, url: run.url, changed: numberOf(run.result?.['changed']), uploadedBytes: numberOf(run.result?.['uploadedBytes']), phases: run.phases };
}

/** The same fields for a request nobody waits for; what is not known yet is null. */
function asked(request: RunRequest) {
  return { runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, url: null, changed: null, uploadedBytes: null, phases: [] };
}

function failure(run: Run, name: string, options: Options): string {
  const ending = run.state === 'failed' ? 'failed' : `was ${run.state}`;
  const reason = run.reason?.message ?? 'It does not say why.';
  const further = run.problems.map(problemLine).filter((line) => !reason.includes(line));
  const list = options.json === true || further.length === 0 ? '' : `\n${further.map((line) => `  ${line}`).join('\n')}`;
  return `The publish of ‘${name}’ (${options.version}) ${ending}: ${reason}${list}`;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
