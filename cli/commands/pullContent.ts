import { counted } from '#domain/counted.ts';
import { goesBackSentence } from '#domain/pullReport.ts';
import { pullSummary } from '#domain/pullPlan.ts';
import type { Call, Input } from '#api/contracts/client.ts';
import type { PullPlan } from '#api/contracts/pulls.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { table } from '../words.ts';

export interface PullOptions {
  readonly path?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly onlyCommit?: string;
  readonly dryRun?: true;
  readonly deleteMissing?: true;
  readonly overwrite?: true;
  readonly yes?: true;
  readonly wait?: true;
  readonly json?: true;
}

type Pull = Input<'POST /api/v1/sites/:site/pulls'>['body'];

/**
 * `studio import --site`: takes content from the site's own repository.
 * @throws {CliError} when it is not done, or when something of it could not be taken.
 */
export async function pullContent(context: CliContext, call: Call, site: string, options: PullOptions): Promise<void> {
  const { path, ref, commit, onlyCommit } = options;
  const pull: Pull = {
    ...(path === undefined ? {} : { path }),
    ...(ref === undefined ? {} : { ref }),
    ...(commit === undefined ? {} : { commit }),
    ...(onlyCommit === undefined ? {} : { onlyCommit }),
    dryRun: options.dryRun === true,
    deleteMissing: options.deleteMissing === true,
    overwrite: options.overwrite === true,
    allowOlder: options.yes === true,
  };
  const ask = (body: Pull): Promise<RunRequest> => withSiteNamed(call, site, () => call('POST /api/v1/sites/:site/pulls', { params: { site }, body }));
  const follow = async (request: RunRequest): Promise<{ run: Run; plan: PullPlan | null }> => {
    const run = await followRequest(context, call, request, { shows: options.json !== true });
    return { run, plan: run.state === 'succeeded' ? await call('GET /api/v1/pulls/:run/plan', { params: { run: run.id } }) : null };
  };

  const confirmed = pull.dryRun === true || options.yes === true ? pull : await confirm(context, pull, async (body) => follow(await ask(body)), site);
  const request = await ask(confirmed);
  if (pull.dryRun !== true && options.wait !== true) {
    context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, plan: null })}\n` : `Asked for ‘${site}’. ${request.message}\n`);
    return;
  }
  const { run, plan } = await follow(request);
  if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, plan })}\n`);
  if (plan === null) throw new CliError(`${name(pull)} of ‘${site}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
  if (options.json !== true) show(context, plan);
  const left = plan.counts.conflict + plan.counts.refused;
  if (left > 0) throw new CliError(`${counted(left, 'file')} ${plan.dryRun ? 'would not be' : left === 1 ? 'was not' : 'were not'} taken${plan.counts.conflict > 0 && options.overwrite !== true ? ': look at what was edited in the studio, or take the repository’s state with --overwrite' : ''}.`);
}

function name(pull: Pull): string {
  return pull.dryRun === true ? 'The dry run' : 'The pull';
}

/**
 * What deletes or goes back is shown first and done only when a person says yes; the commit is the one that was shown.
 * @throws {CliError} when nobody can be asked, or the answer is no.
 */
async function confirm(context: CliContext, pull: Pull, run: (body: Pull) => Promise<{ run: Run; plan: PullPlan | null }>, site: string): Promise<Pull> {
  if (context.confirm === undefined) {
    if (pull.deleteMissing === true) throw new CliError('--delete-missing deletes items whose file is gone: look at it with --dry-run, then say --yes.');
    // Whether a commit goes back is known to the studio alone, which refuses it without --yes.
    return pull;
  }
  if (pull.deleteMissing !== true && pull.ref === undefined && pull.commit === undefined && pull.onlyCommit === undefined) return pull;
  const { run: shown, plan } = await run({ ...pull, dryRun: true });
  if (plan === null) throw new CliError(`The dry run of ‘${site}’ ${shown.state === 'failed' ? 'failed' : `was ${shown.state}`}: ${shown.reason?.message ?? 'It does not say why.'} Nothing was changed.`);
  if (plan.goesBack === null && plan.counts.delete === 0) return pull;
  show(context, plan);
  if (!(await context.confirm(plan.counts.delete > 0 ? `Delete ${counted(plan.counts.delete, 'item')} and go on?` : 'Go back all the same?'))) throw new CliError('Nothing was changed.');
  const { ref: _branch, commit: _given, onlyCommit, ...rest } = pull;
  return { ...rest, ...(onlyCommit === undefined ? { commit: plan.commit } : { onlyCommit }), allowOlder: true };
}

function show(context: CliContext, plan: PullPlan): void {
  // What stays is many and says nothing, unless there is a reason.
  const lines = plan.lines.filter(({ action, reason }) => (action === 'unchanged' ? reason !== null : action !== 'kept' || reason !== 'outside of the content model'));
  context.out(table(lines.map(({ action, path, fields, reason }) => [action, path, [fields.join(', '), reason ?? ''].filter((part) => part !== '').join('; ')])));
  const kept = plan.counts.kept === 0 ? '' : ` ${counted(plan.counts.kept, 'file')} of the repository ${plan.counts.kept === 1 ? 'is' : 'are'} no content of the studio.`;
  context.out(`${plan.dryRun ? 'Dry run' : 'Pulled'} ‘${plan.site}’ at ${plan.commit.slice(0, 8)}: ${pullSummary(plan.counts, !plan.dryRun)}.${kept}\n`);
  if (plan.goesBack !== null) context.err(`${goesBackSentence(plan.goesBack)}\n`);
}
