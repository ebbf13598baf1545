import { execFile } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SampleSite, savePage } from '#test/support/sampleCourse.ts';
import type { Bench, BenchContext } from './bench.ts';
import { importCourse, phasesOf, publishAndWait, untilQuiet } from './courses.ts';
import { cloneCommands, hugoCommand, ROUNDS, shellSteps } from './goals.ts';
import { inTurns } from './inTurns.ts';
import type { Measured, Round } from './measured.ts';

const git = promisify(execFile);

/** A branch of the content that has what our publish of the round will have: the shell steps need not come after it. */
const BRANCH = 'bench';

interface Timed {
  ours: number;
  hugo: number;
  shell: number;
}

/** Publishes of a large course through the whole studio, beside what the existing builders' command lines do without their builder. */
export const publishBench: Bench = {
  measures: ['edit', 'first'],

  async run(context, wanted) {
    const measured: Measured[] = [];
    // Round 0 warms both sides and counts for neither.
    const site = await importCourse(context.studio, context.corpus, '6.042j-spring-2015', 'bench-course');
    await roundOf(context, 0, site, { branch: 'main', ours: () => publishAndWait(context.studio, site.name) });
    if (wanted.has('first')) measured.push(await measureFirst(context));
    if (wanted.has('edit')) measured.push(await measureEdit(context, site));
    return measured;
  },
};

async function measureFirst(context: BenchContext): Promise<Measured> {
  const rounds: Timed[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const site = await importCourse(context.studio, context.corpus, '6.042j-spring-2015', `bench-first-${round}`);
    rounds.push(await roundOf(context, round, site, { branch: 'main', ours: () => publishAndWait(context.studio, site.name) }));
  }
  return overheadOf('first', rounds);
}

async function measureEdit(context: BenchContext, site: SampleSite): Promise<Measured> {
  const { studio } = context;
  const rounds: Timed[] = [];
  const page = await savePage(studio, site, 'The first text of the page that is edited.');
  await publishAndWait(studio, site.name);
  for (let round = 0; round < ROUNDS; round += 1) {
    await pushEdit(context, site, page, `An edit for the round ${round}.`);
    const ours = async () => {
      await savePage(studio, site, `The text of the round ${round}, which readers do not know yet.`);
      return publishAndWait(studio, site.name);
    };
    rounds.push(await roundOf(context, round, site, { branch: BRANCH, ours }));
  }
  return overheadOf('edit', rounds);
}

/** Ours, bare Hugo and the shell steps once each, in turns; Hugo stands between the two. */
async function roundOf({ studio, shell, log }: BenchContext, round: number, site: SampleSite, from: { branch: string; ours: () => ReturnType<typeof publishAndWait> }): Promise<Timed> {
  const variables = { SITE: site.shortId, PREFIX: site.urlPath, BRANCH: from.branch, BUCKET: studio.stack.buckets.test };
  const bare = shell.newFolder();
  const steps = shell.newFolder();
  await shell.time(cloneCommands, bare, variables);
  const timed: Timed = { ours: 0, hugo: 0, shell: 0 };
  await inTurns(round, [
    async () => {
      const pass = await from.ours();
      timed.ours = pass.total;
      log(`  ${site.name}: ${pass.total.toFixed(2)} s (${phasesOf(pass)})`);
    },
    async () => void (timed.hugo = await shell.time(hugoCommand, join(bare, 'site'), variables)),
    async () => void (timed.shell = await shell.time(shellSteps.aws, steps, variables)),
  ], () => untilQuiet(studio));
  log(`  Hugo by itself ${timed.hugo.toFixed(2)} s, the shell steps ${timed.shell.toFixed(2)} s`);
  for (const folder of [bare, steps]) rmSync(folder, { recursive: true, force: true });
  return timed;
}

function overheadOf(name: 'edit' | 'first', timed: readonly Timed[]): Measured {
  const rounds: Round[] = timed.map(({ ours, hugo, shell }) => ({ ours: ours - hugo, theirs: shell - hugo }));
  const list = (of: (round: Timed) => number): string => timed.map((round) => of(round).toFixed(1)).join('/');
  return { name, rounds, note: `with Hugo ${list(({ ours }) => ours)} s beside ${list(({ shell }) => shell)} s, Hugo by itself ${list(({ hugo }) => hugo)} s` };
}

/** Brings one more edit of the page to the branch the shell steps build. */
async function pushEdit({ studio, shell }: BenchContext, site: SampleSite, page: string, text: string): Promise<void> {
  const folder = shell.newFolder();
  const env = { PATH: process.env['PATH'] ?? '', HOME: shell.home, GIT_CONFIG_GLOBAL: '/dev/null' };
  const run = (...args: string[]) => git('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...args], { cwd: folder, env });
  await run('clone', '--quiet', '--branch', 'main', studio.cloneUrl(site.shortId), '.');
  appendFileSync(join(folder, page), `\n${text}\n`);
  await run('commit', '--quiet', '--all', '--message', 'Edit a page');
  await run('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${BRANCH}`);
  rmSync(folder, { recursive: true, force: true });
}
