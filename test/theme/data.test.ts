import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readThemeDeclaration, themeDeclarationFile } from '#domain/themeDeclaration.ts';
import { HugoError } from '#clients/hugo.ts';
import { filesBelow } from '#test/support/corpus.ts';
import { buildSampleSites, buildSite, complaints, rootWithCourses, sampleCourse, sampleDir, samplePath, type SampleSites } from './support/buildSite.ts';
import { serveFolder, serveJson, serveStatus } from './support/serveFolder.ts';

const OSEI = 'fef8f553-c3bd-52c0-aee5-f5c782d77a14';
const TANAKA = '3cb30aa7-bea0-5d7b-acb3-a946daa4d048';
const bothMissing = [`WARN  instructor-missing ${OSEI}`, `WARN  instructor-missing ${TANAKA}`];

describe('what the sample theme emits for machines', () => {
  let sites: SampleSites;
  const scratch = mkdtempSync(join(tmpdir(), 'ocw-theme-data-'));
  const text = (path: string): string => readFileSync(join(sites.folder, path), 'utf8');
  const json = <T = Record<string, unknown>>(path: string): T => JSON.parse(text(path)) as T;

  beforeAll(async () => {
    sites = await buildSampleSites();
  });
  afterAll(async () => {
    await sites.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('builds the sample sites without a complaint', () => {
    expect(complaints(sites.output.course)).toEqual([]);
    expect(complaints(sites.output.root)).toEqual([]);
  });

  it('says on the first build of the root site which resources of courses are not published yet', () => {
    expect(complaints(sites.output.firstRoot)).toEqual([
      'WARN  The resource b6421d2a-59d4-5f54-b015-886bb39ed3c0 of courses/sample-course is not published yet, so the list leaves it out.',
      'WARN  The resource a1a01254-a5db-5dea-a18c-a64048223fad of courses/sample-course is not published yet, so the list leaves it out.',
      'WARN  The resource 061486c1-1b4d-5033-bd9b-be6328fd55fb of courses/sample-course is not published yet, so the list leaves it out.',
    ]);
  });

  it('declares what the studio must know', () => {
    expect(readThemeDeclaration(parseYaml(readFileSync(join(sampleDir, 'themes', themeDeclarationFile), 'utf8')))).toEqual({ missingInstructors: 'warn', volatilePatterns: [] });
  });

  it('gives the course’s data.json every field that catalogues read', () => {
    const course = json(`${samplePath}/data.json`);
    expect(course).toMatchObject({
      course_title: 'How Bridges Stand',
      primary_course_number: '1.B01',
      extra_course_numbers: '2.B01',
      term: 'Fall',
      year: '2025',
      level: ['Undergraduate', 'High School'],
      department_numbers: ['1', '2'],
      hide_download: false,
      legacy_uid: '',
      site_uid: '2f281ace-ec93-5750-95c8-21ee4842890b',
      site_short_id: 'sample-course',
      site_url_path: 'courses/sample-course',
      image_src: '/courses/sample-course/suspension-bridge-at-dusk.png',
      course_image_metadata: { image_metadata: { 'image-alt': 'The dark outline of a suspension bridge before a red evening sky.' } },
      instructors: [
        { title: 'Prof. Amara K. Osei', first_name: 'Amara', last_name: 'Osei', middle_initial: 'K', salutation: 'Prof.', uid: OSEI },
        { title: 'Dr. Mei Tanaka', first_name: 'Mei', last_name: 'Tanaka', middle_initial: '', salutation: 'Dr.', uid: TANAKA },
      ],
    });
    expect(course['topics']).toContainEqual(['Science', 'Physics', 'Classical Mechanics']);
    expect(course['mit_learn_topics']).toContainEqual(['Science & Math', 'Physics']);
    expect(course['course_description_html']).toMatch(/^<p>Why does a plank break .*<a href="\/courses\/sample-course\/pages\/syllabus\/">syllabus<\/a>\.<\/p>/);
  });

  it('gives each page its front matter and its text, with formulas as TeX', () => {
    const page = json<{ content: string }>(`${samplePath}/pages/lecture-2-beams/data.json`);
    expect(page).toMatchObject({ title: 'Lecture 2: Beams', content_type: 'page', description: 'How a beam bends, where it breaks, and why it should stand on edge.' });
    expect(page.content).toContain('\\(\\delta = P L^3 / (48 E I)\\)');
    expect(page.content).not.toContain('<math');
    expect(page.content).toContain('href="/courses/sample-course/pages/lecture-3-arches-and-cables/"');
  });

  it('gives a video’s data.json its file, and the English transcript in the field that catalogues read', () => {
    expect(json(`${samplePath}/resources/weight-crosses-a-beam/data.json`)).toMatchObject({
      title: 'A weight crosses a beam',
      resourcetype: 'Video',
      file: '/courses/sample-course/weight-crosses-a-beam.mp4',
      file_type: 'video/mp4',
      learning_resource_types: ['Simulation Videos'],
      video_files: {
        video_transcript_file: '/courses/sample-course/weight-crosses-a-beam-transcript.pdf',
        video_captions_resources: [{ file: '/courses/sample-course/weight-crosses-a-beam.vtt', language: 'en' }],
      },
    });
  });

  it('maps every uid of the course to its data, and to nothing else', () => {
    const map = json<Record<string, string>>(`${samplePath}/content_map.json`);
    const uids = filesBelow(join(sampleDir, 'content', 'sample-course', 'content'))
      .map((file) => file.bytes.toString('utf8'))
      .filter((page) => !/^ {2}render: false$|^draft: true$/m.test(page))
      .map((page) => /^uid: (\S+)$/m.exec(page)?.[1]);
    expect(Object.keys(map).sort()).toEqual(uids.sort());
    expect(map['b6421d2a-59d4-5f54-b015-886bb39ed3c0']).toBe('/courses/sample-course/resources/formula-sheet/data.json');
    for (const [uid, path] of Object.entries(map)) expect(json(path)).toMatchObject({ uid });
  });

  it('publishes instructors where the builds of courses read them', () => {
    expect(json(`instructors/${OSEI}/index.json`)).toEqual({ data: { title: 'Prof. Amara K. Osei', first_name: 'Amara', last_name: 'Osei', middle_initial: 'K', salutation: 'Prof.', uid: OSEI } });
    expect(text(`instructors/${OSEI}/index.html`)).toContain('<h1>Prof. Amara K. Osei</h1>');
  });

  it('lists every page in the sitemaps, and each sitemap in the root site’s index', () => {
    const locations = (path: string): string[] => [...text(path).matchAll(/<loc>([^<]*)<\/loc>/g)].map((match) => match[1] ?? '');
    expect(locations('sitemap.xml')).toEqual(['https://ocw.example.org/sitemap-www.xml', 'https://ocw.example.org/courses/sample-course/sitemap.xml']);
    const course = locations(`${samplePath}/sitemap.xml`);
    expect(course).toContain('https://ocw.example.org/courses/sample-course/');
    const listed = [...course, ...locations('sitemap-www.xml')].map((url) => join(new URL(url).pathname, 'index.html').slice(1)).sort();
    const pages = filesBelow(sites.folder).map((file) => file.path).filter((path) => path.endsWith('index.html'));
    expect(listed).toEqual(pages);
  });

  it('lets robots in only where the site may be indexed, and builds without the address of a root site', async () => {
    expect(text(`${samplePath}/robots.txt`)).toBe('User-agent: *\nDisallow:\nSitemap: https://ocw.example.org/courses/sample-course/sitemap.xml\n');
    expect(text('index.html')).not.toContain('noindex');
    const hidden = join(scratch, 'hidden');
    expect(complaints(await buildSite({ ...sampleCourse(hidden, ''), noIndex: true }))).toEqual(bothMissing);
    expect(readFileSync(join(hidden, 'robots.txt'), 'utf8')).toMatch(/^User-agent: \*\nDisallow: \/courses\/sample-course\/\n/);
    expect(readFileSync(join(hidden, 'pages', 'syllabus', 'index.html'), 'utf8')).toContain('<meta name="robots" content="noindex">');
  });

  it('puts out the same bytes twice', async () => {
    const again = join(scratch, 'again');
    await buildSite(sampleCourse(again, sites.url));
    const files = filesBelow(again);
    expect(files.length).toBeGreaterThan(100);
    const differing = files.filter((file) => !file.bytes.equals(readFileSync(join(sites.folder, samplePath, file.path))));
    expect(differing.map((file) => file.path)).toEqual([]);
    const media = filesBelow(join(sampleDir, 'media', 'sample-course'));
    expect(filesBelow(join(sites.folder, samplePath)).length).toBe(files.length + media.length);
  });

  it.each([
    ['lacks', 404],
    ['hides', 403],
  ])('warns of an instructor whom the root site %s, and names nobody on the page', async (_, status) => {
    const server = await serveStatus(status);
    try {
      const destination = join(scratch, `status-${String(status)}`);
      const output = await buildSite(sampleCourse(destination, server.url));
      expect(complaints(output)).toEqual(bothMissing);
      expect(JSON.parse(readFileSync(join(destination, 'data.json'), 'utf8'))).toMatchObject({ course_title: 'How Bridges Stand', instructors: [] });
      const home = readFileSync(join(destination, 'index.html'), 'utf8');
      expect(home).toContain('<h1>How Bridges Stand</h1>');
      expect(home).not.toContain('<dt>Instructor');
    } finally {
      await server.close();
    }
  });

  it('does not take a server’s fault for a missing instructor', async () => {
    const server = await serveStatus(400);
    try {
      const failure = await buildSite(sampleCourse(join(scratch, 'fault'), server.url)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(HugoError);
      expect((failure as HugoError).output).toMatch(new RegExp(`ERROR The instructor ${OSEI} cannot be read: failed to fetch .*Bad Request`));
    } finally {
      await server.close();
    }
  });

  it('builds a root site before any course, without a folder where courses live', async () => {
    const empty = await serveFolder(join(scratch, 'nothing'));
    try {
      const destination = join(scratch, 'first');
      await buildSite(rootWithCourses(destination, empty.url));
      expect(readdirSync(destination)).not.toContain('courses');
      expect(readFileSync(join(destination, 'index.html'), 'utf8')).toContain('<a href="/courses/sample-course/"><span class="card-title">How Bridges Stand</span></a>');
    } finally {
      await empty.close();
    }
  });

  it('builds the sample root site on an empty studio without a word: it names no course that must be out before', async () => {
    const empty = await serveFolder(join(scratch, 'nothing'));
    try {
      const destination = join(scratch, 'fresh');
      const output = await buildSite({ content: join(sampleDir, 'content', 'ocw-www'), starter: 'ocw-www', baseUrl: '/', destination, staticApiUrl: empty.url });
      expect(complaints(output)).toEqual([]);
      expect(readFileSync(join(destination, 'index.html'), 'utf8')).not.toContain('>Courses</h2>');
    } finally {
      await empty.close();
    }
  });

  it('lists on the home page the courses the studio says are published, and goes without them when it is silent', async () => {
    const root = { content: join(sampleDir, 'content', 'ocw-www'), starter: 'ocw-www', baseUrl: '/' } as const;
    const studio = await serveJson(
      '/api/websites/',
      JSON.stringify({ count: 2, next: null, previous: null, results: [{ name: 'sample-course', title: 'How Bridges Stand', url_path: 'courses/sample-course' }, { name: 'moving', title: 'No address yet', url_path: null }] }),
    );
    const destination = join(scratch, 'listed');
    try {
      expect(complaints(await buildSite({ ...root, destination, staticApiUrl: sites.url, studioUrl: studio.url }))).toEqual([]);
      const home = readFileSync(join(destination, 'index.html'), 'utf8');
      expect(home).toContain('<span class="card-title">How Bridges Stand</span><span class="card-text">1.B01 · Fall 2025</span>');
      expect(home).not.toContain('No address yet');
    } finally {
      await studio.close();
    }
    const output = await buildSite({ ...root, destination: join(scratch, 'silent'), staticApiUrl: sites.url, studioUrl: studio.url });
    expect(complaints(output)).toEqual([expect.stringContaining('list of published courses cannot be read')]);
    expect(readFileSync(join(scratch, 'silent', 'index.html'), 'utf8')).not.toContain('>Courses</h2>');
  });

  it.each([
    ['is not there', '/elsewhere/', '{}'],
    ['is no JSON', '/api/websites/', '{"results": ['],
    ['is no list', '/api/websites/', '"in a while"'],
  ])('goes without the studio’s list of courses where it %s', async (name, path, answer) => {
    const studio = await serveJson(path, answer);
    try {
      const destination = join(scratch, name);
      const output = await buildSite({ content: join(sampleDir, 'content', 'ocw-www'), starter: 'ocw-www', baseUrl: '/', destination, staticApiUrl: sites.url, studioUrl: studio.url });
      expect(complaints(output)).toEqual([expect.stringContaining('list of published courses cannot be read')]);
      expect(readFileSync(join(destination, 'index.html'), 'utf8')).not.toContain('>Courses</h2>');
    } finally {
      await studio.close();
    }
  });
});
