import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packCourse } from '#cli/source/packCourse.ts';
import { ROOT } from '#local/setup.mjs';
import type { SampleSite } from './sampleCourse.ts';
import type { PublishVersion, Run, Studio } from './studio.ts';

/** Sites that are made at once: more gain nothing on two cores. */
const AT_ONCE = 4;

/** Does something with each item, a few at once, in their order. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
      for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
    }),
  );
  return results;
}

export interface SeedOptions {
  /** Begins each name, so that two sets of one studio do not meet. */
  readonly prefix?: string;
  /** A content repository that each site is a copy of; the sample course when absent. */
  readonly content?: string;
}

/** Makes so many small sites with repositories of their own, through the API's import, a few at once. */
export async function seedSites(studio: Studio, sites: number, options: SeedOptions = {}): Promise<SampleSite[]> {
  const content = options.content ?? join(ROOT, 'local', 'sample', 'content', 'sample-course');
  const names = Array.from({ length: sites }, (_, index) => `${options.prefix ?? 'seeded'}-${String(index + 1).padStart(4, '0')}`);
  return inLanes(names, (name) => seedSite(studio, content, name));
}

async function seedSite(studio: Studio, content: string, name: string): Promise<SampleSite> {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-seed-'));
  let archive: Buffer;
  try {
    cpSync(content, folder, { recursive: true });
    const file = join(folder, 'data', 'course.json');
    const course = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...course, course_title: `Course ${name}`, site_short_id: name, site_url_path: `courses/${name}` }, null, 2));
    archive = Buffer.from(await new Response(packCourse({ repository: folder }).archive).arrayBuffer());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { stack } = studio;
  const query = new URLSearchParams({ starter: 'ocw-course-v2', folder: name, name });
  const answer = await fetch(`${stack.studioUrl}/api/v1/imports?${query.toString()}`, { method: 'POST', headers: { authorization: `Bearer ${stack.apiToken}`, 'content-type': 'application/gzip' }, body: new Uint8Array(archive) });
  if (!answer.ok) throw new Error(`The import of ${name} was answered with ${answer.status}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  const run = await studio.untilRun((await studio.runOf(id)).id);
  if (run.state !== 'succeeded') throw new Error(`${name} was not imported: ${run.reason?.message ?? run.state}`);
  const made = await studio.call('GET /api/v1/sites/:site', { params: { site: name } });
  return { id: made.id, name, shortId: made.shortId, urlPath: made.urlPath ?? '' };
}

/** Publishes each site by itself, as a person would, and waits for all of them. */
export function publishEach(studio: Studio, sites: readonly SampleSite[], version: PublishVersion): Promise<Run[]> {
  return inLanes(sites, async (site) => {
    const run = await studio.untilRun((await studio.publish(site.name, version)).id);
    if (run.state !== 'succeeded') throw new Error(`${site.name} was not published: ${run.reason?.message ?? run.state}`);
    return run;
  });
}
