import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '#local/setup.mjs';
import type { Studio } from './studio.ts';

export interface SampleSite {
  readonly id: string;
  readonly name: string;
  readonly shortId: string;
  readonly urlPath: string;
}

/** Imports the sample course as a site of its own, so that tests of one studio do not meet. */
export async function importSample(studio: Studio, name: string): Promise<SampleSite> {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-sample-'));
  try {
    const copy = join(folder, name);
    cpSync(join(ROOT, 'local', 'sample', 'content', 'sample-course'), copy, { recursive: true });
    const file = join(copy, 'data', 'course.json');
    const course = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...course, site_short_id: name, site_url_path: `courses/${name}` }, null, 2));
    await studio.cliJson('import', copy, '--starter', 'ocw-course-v2', '--name', name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { id, shortId, urlPath } = await studio.call('GET /api/v1/sites/:site', { params: { site: name } });
  return { id, name, shortId, urlPath: urlPath ?? '' };
}

/**
 * Saves a new body of a page, as an author will: the item's revision and the site's count both grow.
 * @returns the path of the page's file in the repository.
 */
export async function savePage(studio: Studio, site: SampleSite, markdown: string): Promise<string> {
  const rows = await studio.query<{ written_path: string }>(
    `update content_items set markdown = $2, revision = revision + 1, updated_at = now()
     where id = (select id from content_items where site_id = $1 and type = 'page' and dirpath = 'content/pages' and filename not in ('_index', '') order by filename limit 1) returning written_path`,
    [site.id, markdown],
  );
  const path = rows[0]?.written_path;
  if (path === undefined) throw new Error(`${site.name} has no page to change`);
  await studio.query('update sites set content_revision = content_revision + 1, updated_at = now() where id = $1', [site.id]);
  return path;
}
