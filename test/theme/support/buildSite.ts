import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHugo } from '#clients/hugo.ts';
import { ROOT } from '#local/setup.mjs';
import { serveFolder, type ServedFolder } from './serveFolder.ts';

export const sampleDir = join(ROOT, 'local', 'sample');
export const samplePath = '/courses/sample-course';

export interface SiteToBuild {
  /** The folder of the site's repository. */
  readonly content: string;
  /** Files that are laid over it. */
  readonly overlay?: string;
  /** The studio's address; '' for none. */
  readonly studioUrl?: string;
  readonly starter: 'ocw-course-v2' | 'ocw-www';
  readonly baseUrl: string;
  readonly destination: string;
  /** Where instructors are read; '' for nowhere. */
  readonly staticApiUrl: string;
  readonly projectsDir?: string;
  readonly noIndex?: boolean;
}

/**
 * Builds a site with the sample themes through the product's own Hugo client.
 * @returns what Hugo printed.
 * @throws {HugoError} when it failed.
 */
export async function buildSite(site: SiteToBuild): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ocw-theme-'));
  try {
    const workDir = join(folder, 'site');
    const cacheDir = join(folder, 'cache');
    await cp(site.content, workDir, { recursive: true });
    if (site.overlay !== undefined) await cp(site.overlay, workDir, { recursive: true });
    return await createHugo({ hugoBin: process.env['HUGO_BIN'] ?? 'hugo', hugoTimeoutSeconds: 120 }).build({
      workDir,
      themesDir: join(sampleDir, 'themes'),
      configFile: join(site.projectsDir ?? join(sampleDir, 'projects'), site.starter, 'config.yaml'),
      baseUrl: site.baseUrl,
      destination: site.destination,
      cacheDir,
      compiledDir: join(folder, 'compiled'),
      buildDrafts: false,
      env: {
        GTM_ACCOUNT_ID: '',
        OCW_STUDIO_BASE_URL: site.studioUrl ?? '',
        STATIC_API_BASE_URL: site.staticApiUrl,
        OCW_IMPORT_STARTER_SLUG: 'ocw-course-v2',
        OCW_COURSE_STARTER_SLUG: 'ocw-course-v2',
        RESOURCE_BASE_URL: '',
        SITEMAP_DOMAIN: 'ocw.example.org',
        COURSE_V3_CANONICAL_DOMAIN: '',
        SENTRY_DSN: '',
        NOINDEX: site.noIndex === true ? 'true' : 'false',
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface SampleSites {
  /** The root site, with the course in `courses/sample-course/`, as a bucket holds them. */
  readonly folder: string;
  readonly url: string;
  readonly output: { readonly firstRoot: string; readonly course: string; readonly root: string };
  readonly close: () => Promise<void>;
}

/** Builds and serves the sample sites with their files, in the order of a first start: root, course, root again. */
export async function buildSampleSites(): Promise<SampleSites> {
  const folder = await mkdtemp(join(tmpdir(), 'ocw-theme-sites-'));
  const server: ServedFolder = await serveFolder(folder);
  const close = async (): Promise<void> => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const root = rootWithCourses(folder, server.url);
    const firstRoot = await buildSite(root);
    const course = await buildSite(sampleCourse(join(folder, samplePath), server.url));
    const secondRoot = await buildSite(root);
    await cp(join(sampleDir, 'media', 'sample-course'), join(folder, samplePath), { recursive: true });
    await cp(join(sampleDir, 'media', 'ocw-www'), join(folder, 'ocw-www'), { recursive: true });
    return { folder, url: server.url, output: { firstRoot, course, root: secondRoot }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The sample root site with lists and collections of courses, which a fresh studio cannot have: they name courses that are out. */
export function rootWithCourses(destination: string, staticApiUrl: string): SiteToBuild {
  return { content: join(sampleDir, 'content', 'ocw-www'), overlay: join(ROOT, 'test', 'theme', 'fixtures', 'root-with-courses'), starter: 'ocw-www', baseUrl: '/', destination, staticApiUrl };
}

/** The sample course, built to a folder. */
export function sampleCourse(destination: string, staticApiUrl: string): SiteToBuild {
  return { content: join(sampleDir, 'content', 'sample-course'), starter: 'ocw-course-v2', baseUrl: samplePath, destination, staticApiUrl };
}

/** Lines in which Hugo complained. */
export function complaints(output: string): string[] {
  return output.split('\n').filter((line) => /^(?:WARN|ERROR|Error)/.test(line));
}
