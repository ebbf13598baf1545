import { type Command, Option } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Review } from '#api/contracts/reviews.ts';
import type { Run } from '#api/contracts/runs.ts';
import { counted } from '#domain/counted.ts';
import { formatBytes } from '#domain/manifest.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { moment, problemLine, table } from '../words.ts';
import { runId } from './runId.ts';

interface Options {
  readonly version: PublishVersion;
  readonly wait?: true;
  readonly json?: true;
}

/** Pages and addresses that are printed; the studio shows the rest. */
const PRINTED = 20;

/** `studio review`, `studio approve` and `studio schedules`: what a publish would change, and when it goes out. */
export function reviewCommands(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('review')
    .description('build a site without publishing it, and show what would change')
    .argument('<name>', 'name of the site')
    .addOption(new Option('--version <version>', 'which one').choices(publishVersions).makeOptionMandatory())
    .option('--wait', 'wait until it shows what would change')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const call = await connect();
      if (options.wait !== true) {
        const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/reviews', { params: { site: name }, body: { version: options.version } }));
        context.out(options.json === true ? `${JSON.stringify({ requestId: request.id, runId: request.runId })}\n` : `Asked for a review of ‘${name}’ (${options.version}). ${request.message}\n`);
        return;
      }
      const { runId: id } = await finishedReview(context, call, name, options.version, options.json !== true);
      const detail = await call('GET /api/v1/reviews/:run', { params: { run: id }, query: { limit: PRINTED } });
      if (options.json === true) {
        context.out(`${JSON.stringify({ runId: id, commit: detail.review.commit, counts: detail.report?.counts ?? null, dying: detail.report?.dying ?? [] })}\n`);
        return;
      }
      context.out(`${countsLine(detail.review)}\n`);
      for (const address of detail.report?.dying.slice(0, PRINTED) ?? []) context.out(`would die: ${address.url ?? address.path}\n`);
      context.out(table((detail.report?.pages ?? []).map((page) => [page.change, page.inserted === null ? 'not compared' : `+${page.inserted} −${page.deleted ?? 0} words`, page.url ?? page.path])));
      context.out(`Decide in the studio, or set a time with \`npm run studio -- publish ${name} --version ${options.version} --at <moment>\`.\n${id}\n`);
    });

  program
    .command('approve')
    .description('approve a review that somebody else asked for')
    .argument('<runId>', 'as `studio runs` lists it', runId)
    .action(async (id: string) => {
      const call = await connect();
      const review = await call('POST /api/v1/reviews/:run/approve', { params: { run: id } });
      context.out(`The review of ‘${review.site.name}’ (${review.version}) is approved. Nothing is published by that alone.\n`);
    });

  program
    .command('schedules')
    .description('list the publishes to come')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: true }) => {
      const call = await connect();
      const { total, schedules } = await call('GET /api/v1/schedules', { query: { limit: 100 } });
      if (options.json === true) {
        context.out(`${JSON.stringify({ total, schedules })}\n`);
        return;
      }
      if (schedules.length === 0) context.out('Nothing is scheduled.\n');
      context.out(table(schedules.map((review) => [review.runId, `${review.site.name} (${review.version})`, review.scheduled === null ? '' : moment(review.scheduled.at), review.scheduled?.person?.name ?? 'command line'])));
      if (total > schedules.length) context.err(`${schedules.length} of ${counted(total, 'schedule')}.\n`);
    });
}

/**
 * Asks for a review and waits until it can be decided about.
 * @throws {CliError} when it does not get there.
 */
export async function finishedReview(context: CliContext, call: Call, name: string, version: PublishVersion, shows: boolean): Promise<{ runId: string }> {
  const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/reviews', { params: { site: name }, body: { version } }));
  const run = await followRequest(context, call, request, { shows, isDone: waitsForDecision });
  if (run.state !== 'running') {
    const list = run.problems.map((problem) => `\n  ${problemLine(problem)}`).join('');
    throw new CliError(`The review of ‘${name}’ (${version}) ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}${list}`);
  }
  return { runId: run.id };
}

function waitsForDecision(run: Run): boolean {
  return run.phase === 'decide';
}

function countsLine(review: Review): string {
  const counts = review.counts;
  if (counts === null || counts.added + counts.changed + counts.removed === 0) return 'Nothing differs from what readers see.';
  return `${counted(counts.pages, 'page differs', 'pages differ')}; ${counted(counts.added, 'file')} added, ${counts.changed.toLocaleString('en-US')} changed, ${counts.removed.toLocaleString('en-US')} removed, ${formatBytes(counts.bytes)}; ${counted(counts.dying, 'address', 'addresses')} would die.`;
}
