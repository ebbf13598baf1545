import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import type { PublishVersion, Studio } from './studio.ts';

const run = promisify(execFile);

/**
 * Builds a site the way the existing builders do, by hand: three clones and one Hugo command line, written down here a
 * second time and knowing nothing of ours, so that the product's own build can be compared with it.
 * @returns every file Hugo put out, by its path.
 */
export async function directBuild(studio: Studio, site: { shortId: string; urlPath: string | null; starter: string }, version: PublishVersion): Promise<Map<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-direct-'));
  try {
    const { draftSiteUrl, liveSiteUrl, studioUrl } = studio.stack;
    const clone = async (repository: string, branch: string): Promise<string> => {
      const directory = join(folder, repository);
      await run('git', ['clone', '--quiet', '--depth', '1', '--branch', branch, studio.cloneUrl(repository), directory]);
      return directory;
    };
    const content = await clone(site.shortId, version === 'live' ? 'release' : 'preview');
    const themes = await clone('ocw-hugo-themes', 'main');
    const projects = await clone('ocw-hugo-projects', 'main');
    const output = join(folder, 'output');
    const cache = join(folder, 'cache');
    await mkdir(cache);
    const isRoot = site.urlPath === null;
    const env: Record<string, string> = {
      HOME: cache,
      HUGO_CACHEDIR: cache,
      TZ: 'UTC',
      GTM_ACCOUNT_ID: '',
      OCW_STUDIO_BASE_URL: studioUrl,
      STATIC_API_BASE_URL: version === 'live' ? liveSiteUrl : draftSiteUrl,
      OCW_IMPORT_STARTER_SLUG: 'ocw-course-v2',
      OCW_COURSE_STARTER_SLUG: 'ocw-course-v2',
      RESOURCE_BASE_URL: '',
      SITEMAP_DOMAIN: 'ocw.mit.edu',
      COURSE_V3_CANONICAL_DOMAIN: 'learn.mit.edu',
      SENTRY_DSN: '',
      NOINDEX: 'true',
    };
    const args = ['--themesDir', themes, '--config', join(projects, site.starter, 'config.yaml'), '--baseURL', isRoot ? '/' : `/${site.urlPath ?? ''}`, '--destination', output];
    await run(process.env['HUGO_BIN'] ?? 'hugo', version === 'draft' ? [...args, '--buildDrafts'] : args, { cwd: content, env, maxBuffer: 64 * 1024 * 1024 });
    const files = new Map<string, Buffer>();
    for (const entry of await readdir(output, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(relative(output, path).split(sep).join('/'), await readFile(path));
    }
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
