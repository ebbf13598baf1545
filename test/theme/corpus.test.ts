import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder, filesBelow, isFullSize, noCorpus } from '#test/support/corpus.ts';
import { buildSite, complaints, sampleDir, type SiteToBuild } from './support/buildSite.ts';
import { serveFolder, type ServedFolder } from './support/serveFolder.ts';

const corpus = corpusFolder();
/** Courses, and what their build has to complain of: nothing but what is really missing or cannot be typeset. */
const courses: Record<string, { readonly pages: number; readonly formulas: number; readonly cards: number; readonly unavailable?: readonly string[]; readonly complaints: readonly RegExp[] }> = {
  'ocw-ci-test-course': { pages: 50, formulas: 0, cards: 9, unavailable: ['<span class="unavailable">OCW (backed by old site)'], complaints: [/external-resources-page\.md:8:\d+": the link to 3ee0856f-f641-4d3f-9cdc-79714fff907d leads nowhere/, /menu entry “OCW \(backed by old site\)” leads nowhere/] },
  '18.065-spring-2018': { pages: 160, formulas: 50, cards: 8, complaints: [] },
  '18.05-spring-2014': { pages: 280, formulas: 0, cards: 9, complaints: [/course-history\.md:10:1": the resource 3befc92b-56ff-e742-ed3b-2371af3df269 to embed is not in this version/, /revamping-the-course\.md:56:1": the resource 3befc92b-56ff-e742-ed3b-2371af3df269 to embed/] },
  '6.042j-spring-2015': { pages: 900, formulas: 1_000, cards: 11, complaints: [/vertical-912ad2b397a4\.md:1": the formula "\^" cannot be typeset/] },
};

describe.skipIf(corpus === null)(`real courses with the sample theme${corpus === null ? ` (skipped: ${noCorpus})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-theme-corpus-'));
  const data = corpus ?? '';
  let server: ServedFolder;

  beforeAll(async () => {
    server = await serveFolder(data);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const site = (course: string): SiteToBuild => ({
    content: join(data, 'courses', course),
    starter: 'ocw-course-v2',
    baseUrl: `/courses/${course}`,
    destination: join(folder, course),
    staticApiUrl: server.url,
    projectsDir: join(data, 'ocw-hugo-projects'),
  });

  it.each(Object.entries(courses))('%s builds with the configuration in production, its instructors and all its pages', async (course, expected) => {
    const found = complaints(await buildSite(site(course)));
    expect(found.sort()).toEqual(expected.complaints.map((pattern) => expect.stringMatching(pattern) as unknown));
    const files = filesBelow(join(folder, course));
    const pages = files.filter((file) => file.path.endsWith('.html')).map((file) => ({ path: file.path, html: file.bytes.toString('utf8') }));
    expect(pages.length).toBeGreaterThan(expected.pages);
    expect(pages.filter(({ html }) => /<script\b|HAHAHUGO|<\/?ocw-|\{\{[<%]/i.test(html)).map(({ path }) => path)).toEqual([]);
    expect(pages.reduce((sum, { html }) => sum + html.split('<math ').length - 1, 0)).toBeGreaterThanOrEqual(expected.formulas);
    const home = pages.find(({ path }) => path === 'index.html')?.html ?? '';
    expect(home.match(/<li class="card">/g)?.length ?? 0).toBe(expected.cards);
    expect(home.match(/<span class="unavailable">[^<]*/g) ?? []).toEqual(expected.unavailable ?? []);
    const json = JSON.parse(readFileSync(join(folder, course, 'data.json'), 'utf8')) as { instructors: { last_name: string }[]; course_description_html: string };
    expect(json.instructors.length).toBeGreaterThan(0);
    expect(json.instructors.every((instructor) => instructor.last_name !== '')).toBe(true);
    expect(json.course_description_html).toMatch(/^<p>/);
    const map = JSON.parse(readFileSync(join(folder, course, 'content_map.json'), 'utf8')) as Record<string, string>;
    const missing = Object.values(map).filter((path) => !files.some((file) => `/courses/${course}/${file.path}` === path));
    expect(missing).toEqual([]);
  });

  it('puts out a real course with the same bytes twice', async () => {
    const course = isFullSize ? '6.042j-spring-2015' : '18.065-spring-2018';
    await buildSite({ ...site(course), destination: join(folder, 'again') });
    const again = filesBelow(join(folder, 'again'));
    const differing = again.filter((file) => !file.bytes.equals(readFileSync(join(folder, course, file.path))));
    expect(differing.map((file) => file.path)).toEqual([]);
    expect(readdirSync(join(folder, 'again')).sort()).toEqual(readdirSync(join(folder, course)).sort());
  });

  it('builds the sample root site with the configuration in production', async () => {
    const destination = join(folder, 'root');
    const output = await buildSite({ content: join(sampleDir, 'content', 'ocw-www'), starter: 'ocw-www', baseUrl: '/', destination, staticApiUrl: '', projectsDir: join(data, 'ocw-hugo-projects') });
    expect(complaints(output)).toEqual([]);
    expect(readFileSync(join(destination, 'index.html'), 'utf8')).toContain('<h1>MIT OpenCourseWare</h1>');
  });
});
