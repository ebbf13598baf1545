import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '#local/setup.mjs';
import type { SampleSite } from '#test/support/sampleCourse.ts';
import type { Run, Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

/** Where courses come from: the corpus, or null for the sample course. */
export type Corpus = string | null;

/** Imports a course of the corpus (the sample course where there is none) as a site whose name, short id and address are `name`. */
export async function importCourse(studio: Studio, corpus: Corpus, course: string, name: string): Promise<SampleSite> {
  const source = corpus === null ? join(ROOT, 'local', 'sample', 'content', 'sample-course') : join(corpus, 'courses', course);
  const folder = mkdtempSync(join(tmpdir(), 'ocw-course-'));
  try {
    const copy = join(folder, name);
    cpSync(source, copy, { recursive: true });
    const file = join(copy, 'data', 'course.json');
    const data = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...data, site_short_id: name, site_url_path: `courses/${name}` }, null, 2));
    await studio.cliJson('import', copy, '--starter', 'ocw-course-v2', '--name', name, ...(corpus === null ? [] : ['--instructors', join(corpus, 'instructors')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { id, shortId, urlPath } = await studio.call('GET /api/v1/sites/:site', { params: { site: name } });
  return { id, name, shortId, urlPath: urlPath ?? '' };
}

/** One publish that succeeded, and how long it took. */
export interface Pass {
  readonly run: Run;
  /** Seconds from the question to the end of the run. */
  readonly total: number;
  /** Seconds of the phases from the beginning of the first to the end of the last. */
  between(first: string, last: string): number;
}

/** Publishes a site and waits for the end. @throws {Error} when it does not succeed. */
export async function publishAndWait(studio: Studio, name: string, version: 'draft' | 'live' = 'live'): Promise<Pass> {
  const askedAt = Date.now();
  const run = await studio.untilRun((await studio.publish(name, version)).id, (seen) => seen.state !== 'running', 900_000);
  if (run.state !== 'succeeded') throw new Error(`The publish of ${name} ended as ${run.state}: ${run.reason?.message ?? ''} ${run.problems.map(({ message }) => message).join(' ')}`);
  const at = (id: string, which: 'startedAt' | 'endedAt'): number => {
    const time = Date.parse(run.phases.find((phase) => phase.id === id)?.[which] ?? '');
    if (Number.isNaN(time)) throw new Error(`The publish of ${name} has no phase ${id} that ended`);
    return time;
  };
  return {
    run,
    total: (Date.parse(run.endedAt ?? '') - askedAt) / 1_000,
    between: (first, last) => (at(last, 'endedAt') - at(first, 'startedAt')) / 1_000,
  };
}

/**
 * Waits until nothing is on its way: a publish is followed by the site's offline build, which no peer makes and which would
 * slow down whatever is measured next.
 */
export async function untilQuiet(studio: Studio): Promise<void> {
  await until(
    'nothing is on its way any more',
    async () => {
      const [requests] = await studio.query<{ waiting: number }>('select count(*)::int as waiting from run_requests where process = $1 and run_id is null', ['build-offline']);
      const runs = await studio.call('GET /api/v1/runs', { query: { state: 'running', limit: 1 } });
      return runs.total === 0 && requests?.waiting === 0;
    },
    { withinMs: 3 * 3_600_000, everyMs: 250 },
  );
}

/** Every phase with its seconds, for a look at where the time went. */
export function phasesOf({ run }: Pick<Pass, 'run'>): string {
  return run.phases
    .filter(({ startedAt, endedAt }) => startedAt !== null && endedAt !== null)
    .map(({ id, startedAt, endedAt }) => `${id} ${((Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000).toFixed(2)}`)
    .join(', ');
}
