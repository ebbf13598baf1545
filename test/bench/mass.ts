import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isFinal } from '#domain/runs.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { until } from '#test/support/until.ts';
import type { Bench, BenchContext } from './bench.ts';
import { importCourse, phasesOf, publishAndWait, untilQuiet } from './courses.ts';
import { MASS_SITES, MEMORY_AT, ROUNDS, shellSteps } from './goals.ts';
import { inTurns } from './inTurns.ts';
import { inWindow } from './inWindow.ts';
import type { Measured } from './measured.ts';
import { workerMemory } from './workerMemory.ts';

const run = promisify(execFile);

const SITES = isFullSize ? MASS_SITES.full : MASS_SITES.usual;

interface Timed {
  ours: number;
  aws: number;
  rclone: number;
}

/**
 * Mass publishes of sites that are out already, each round of other sites, after a change of the themes that changes every
 * page: the reason for which all sites are published. Beside them the existing shell steps, two sites at once.
 */
export const massBench: Bench = {
  measures: ['mass', 'mass-rclone', 'mass-memory'],

  async run(context) {
    // As many Hugo builds at once as the shell steps have.
    await context.studio.running.restart('worker', { env: { BUILD_SLOTS: '2' } });
    try {
      return await measure(context);
    } finally {
      await context.studio.running.restart('worker');
    }
  },
};

async function measure(context: BenchContext): Promise<Measured[]> {
  const { studio, corpus, log } = context;
  const rounds: Timed[] = [];
  const memory: number[] = [];
  const notes = [`${SITES} sites a round`];
  for (let round = 0; round < ROUNDS; round += 1) {
    const names = Array.from({ length: SITES }, (_, index) => `bench-mass-${round}-${index}`);
    await inWindow(names, 2, async (name) => {
      await importCourse(studio, corpus, '18.065-spring-2018', name);
      await publishAndWait(studio, name);
    });
    if (!(await changeThemes(context, round)) && round === 0) notes.push('the themes are not ours to change, so no page changes');
    rounds.push(await roundOf(context, round, names, memory));
    log(`  ${SITES} sites: ours ${rounds.at(-1)?.ours.toFixed(1)} s, the shell steps ${rounds.at(-1)?.aws.toFixed(1)} s, with rclone ${rounds.at(-1)?.rclone.toFixed(1)} s`);
  }
  const { early, late } = isFullSize ? MEMORY_AT.full : MEMORY_AT.usual;
  return [
    { name: 'mass', rounds: rounds.map(({ ours, aws }) => ({ ours, theirs: aws })), note: notes.join('; ') },
    { name: 'mass-rclone', rounds: rounds.map(({ ours, rclone }) => ({ ours, theirs: rclone })) },
    { name: 'mass-memory', rounds: [{ ours: memory[late - 1] ?? Number.NaN, theirs: memory[early - 1] ?? Number.NaN }], note: `after site ${late} beside after site ${early}${isFullSize ? '' : ': too few to say much, OCW_TEST_SIZE=full takes 100 a round'}` },
  ];
}

async function roundOf(context: BenchContext, round: number, names: readonly string[], memory: number[]): Promise<Timed> {
  const timed: Timed = { ours: 0, aws: 0, rclone: 0 };
  await inTurns(round, [
    async () => void (timed.ours = await massPublish(context, names, memory)),
    async () => void (timed.aws = await byShell(context, 'aws', names)),
    async () => void (timed.rclone = await byShell(context, 'rclone', names)),
  ], () => untilQuiet(context.studio));
  return timed;
}

/** @returns seconds from the question to the end. The worker's memory in MB after each site is added to `memory`. */
async function massPublish({ studio, log }: BenchContext, names: readonly string[], memory: number[]): Promise<number> {
  const askedAt = Date.now();
  const before = memory.length;
  const request = await studio.call('POST /api/v1/mass-publishes', { body: { version: 'live', filter: [...names], window: 2 } });
  const { id } = await studio.runOf(request.id);
  const ended = await until(
    'the mass publish ends',
    async () => {
      const seen = await studio.call('GET /api/v1/mass-publishes/:run', { params: { run: id } });
      if (seen.counts.failed > 0) return seen;
      while (memory.length < before + seen.counts.succeeded) memory.push(await workerMemory(studio));
      return isFinal(seen.state) ? seen : undefined;
    },
    // Looked at seldom: each look costs what is measured.
    { withinMs: 3_600_000, everyMs: 1_000 },
  );
  if (ended.state !== 'succeeded' || ended.counts.succeeded !== names.length) throw new Error(`The mass publish ended as ${ended.state} with ${JSON.stringify(ended.counts)}: ${ended.reason?.message ?? ''}`);
  const { sites } = await studio.call('GET /api/v1/mass-publishes/:run/sites', { params: { run: id }, query: { limit: 1 } });
  const first = sites[0]?.runId;
  if (first != null) log(`  the first of them: ${phasesOf({ run: await studio.getRun(first) })}`);
  return (Date.parse(ended.endedAt ?? '') - askedAt) / 1_000;
}

async function byShell({ studio, shell }: BenchContext, peer: keyof typeof shellSteps, names: readonly string[]): Promise<number> {
  const folder = shell.newFolder();
  // Everything of a site follows from its name: see importCourse.
  writeFileSync(join(folder, 'steps.sh'), `set -eu\nSITE=$1\nPREFIX="courses/$SITE"\nexport SITE PREFIX\nmkdir "$SITE"\ncd "$SITE"${shellSteps[peer]}\ncd ..\nrm -rf "$SITE"\n`);
  writeFileSync(join(folder, 'names'), names.map((name) => `${name}\n`).join(''));
  try {
    return await shell.time("xargs -P 2 -I '{}' sh steps.sh '{}' < names", folder, { BRANCH: 'release', BUCKET: studio.stack.buckets.test });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds a line to what every page is made from, as a new version of the themes does. @returns whether the themes are the stand-in's, which may be changed. */
async function changeThemes({ studio, shell }: BenchContext, round: number): Promise<boolean> {
  const url = studio.cloneUrl('ocw-hugo-themes');
  if (!(studio.running.env['OCW_HUGO_THEMES_GIT_URL'] ?? '').endsWith(new URL(url).pathname)) return false;
  const folder = shell.newFolder();
  const env = { PATH: process.env['PATH'] ?? '', HOME: shell.home, GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: string[]) => run('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...args], { cwd: folder, env });
  await git('clone', '--quiet', '--branch', 'main', url, '.');
  const file = join(folder, 'base-theme', 'layouts', 'partials', 'head.html');
  if (!existsSync(file)) throw new Error('The sample theme has no base-theme/layouts/partials/head.html any more, which every page had');
  appendFileSync(file, `<meta name="bench-round" content="${round}">\n`);
  await git('commit', '--quiet', '--all', '--message', 'Change every page');
  await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
  rmSync(folder, { recursive: true, force: true });
  return true;
}
