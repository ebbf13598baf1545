import { counted } from '#domain/counted.ts';
import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { moment, problemLine, table } from '../words.ts';

interface Waiting {
  readonly wait?: true;
  readonly json?: true;
}

/** `studio repo`: what a site's repository holds, and what operators do with it. */
export function repoCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const repo = program.command('repo').description('the repositories of sites');

  /** Prints what became of a request nobody waits for, or waits and hands its run on. */
  async function settle(call: Call, name: string, request: RunRequest, options: Waiting, what: string): Promise<Run | null> {
    if (options.wait !== true) {
      context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running', reason: request.runId === null ? request.message : null, result: null })}\n` : `Asked for ‘${name}’. ${request.message}\n`);
      return null;
    }
    const run = await followRequest(context, call, request, { shows: options.json !== true });
    if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, result: run.result })}\n`);
    if (run.state !== 'succeeded') {
      const places = options.json === true ? [] : run.problems.map((problem) => `  ${problemLine(problem)}`);
      throw new CliError([`${what} of ‘${name}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`, ...places].join('\n'));
    }
    if (options.json !== true && run.warnings.length > 0) context.err(`${counted(run.warnings.length, 'warning')}:\n${run.warnings.map((warning) => `  ${problemLine(warning)}\n`).join('')}`);
    return run;
  }

  repo
    .command('status')
    .description('whether the repository holds what is saved, and the heads of its branches as last seen')
    .argument('<site>', 'name of the site')
    .option('--json', 'print it as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const call = await connect();
      const repository = await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site/repository', { params: { site: name } }));
      if (options.json === true) return context.out(`${JSON.stringify(repository)}\n`);
      const waiting = repository.savedRevision - repository.committedRevision;
      const heads = [repository.main, repository.preview, repository.release].map(({ branch, commit }) => [branch, commit ?? 'not seen yet']);
      const saved = waiting > 0 ? `${counted(waiting, 'saved change')} not committed yet` : 'holds everything that is saved';
      context.out(`${repository.url}\n${table([['content', saved], ...heads, ['seen', repository.seenAt === null ? 'never' : moment(repository.seenAt)]])}`);
    });

  for (const { name: verb, overwrite, description, what } of [
    { name: 'sync', overwrite: false, description: 'commit what is saved, without publishing', what: 'The commit' },
    { name: 'overwrite', overwrite: true, description: 'commit what is saved, also over files that were changed in the repository by hand', what: 'The commit' },
  ] as const) {
    repo
      .command(verb)
      .description(description)
      .argument('<site>', 'name of the site')
      .option('--wait', 'wait until it is committed')
      .option('--json', 'print the result as JSON')
      .action(async (name: string, options: Waiting) => {
        const call = await connect();
        const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/repository/commits', { params: { site: name }, body: { overwrite } }));
        const run = await settle(call, name, request, options, what);
        if (run === null || options.json === true) return;
        const files = Number(run.result?.['filesChanged'] ?? 0);
        context.out(files === 0 ? `The repository of ‘${name}’ holds everything that is saved.\n` : `Committed ${counted(files, 'file')} of ‘${name}’; ${run.commit?.slice(0, 8) ?? ''}. They reach readers with the next publish.\n`);
      });
  }

  repo
    .command('create')
    .description('create the repository with its three branches, or complete it')
    .argument('<site>', 'name of the site')
    .option('--wait', 'wait until it is there')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Waiting) => {
      const call = await connect();
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/repository', { params: { site: name } }));
      const run = await settle(call, name, request, options, 'The repository');
      if (run !== null && options.json !== true) context.out(`The repository of ‘${name}’ is there.\n`);
    });

  repo
    .command('orphans')
    .description('list files of the main branch that belong to no item')
    .argument('<site>', 'name of the site')
    .option('--delete', 'remove them in one commit')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: { delete?: true; json?: true }) => {
      const call = await connect();
      const request = await withSiteNamed(call, name, () => call('POST /api/v1/sites/:site/repository/orphans', { params: { site: name }, body: { delete: options.delete === true } }));
      const run = await settle(call, name, request, { wait: true, ...(options.json === true ? { json: true } : {}) }, 'The search');
      if (run === null || options.json === true) return;
      const orphans = textsOf(run.result?.['orphans']);
      const total = Number(run.result?.['orphanCount'] ?? orphans.length);
      for (const path of orphans) context.out(`${path}\n`);
      if (total > orphans.length) context.err(`… and ${counted(total - orphans.length, 'more file')}.\n`);
      const kept = Number(run.result?.['keptCount'] ?? 0);
      if (kept > 0) context.err(`${counted(kept, 'file')} that the starter cannot read as an item ${kept === 1 ? 'is' : 'are'} kept; --json lists ${kept === 1 ? 'it' : 'them'} with the reason.\n`);
      if (total === 0) context.err(`Every content file of ‘${name}’ belongs to an item.\n`);
      else context.err(options.delete === true ? `Removed ${counted(total, 'file')} from main; readers see it with the next publish.\n` : `${counted(total, 'file')} without an item. Remove ${total === 1 ? 'it' : 'them'} with \`npm run studio -- repo orphans ${name} --delete\`.\n`);
    });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}
