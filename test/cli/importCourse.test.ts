import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWhole, walkArchive } from '#activities/importArchive.ts';
import { ApiError } from '#api/apiError.ts';
import type { Handlers } from '#api/router.ts';
import { me, publishRun, request, site, starter } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

const UUID = '3caa0884-4fdd-4f3c-ba39-67a64c27d877';

let api: StartedApi;
let scratch: string;
let course: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cli-import-'));
  course = join(scratch, '18.06-spring-2010');
  write('18.06-spring-2010/data/course.json', '{"course_title":"Linear Algebra"}');
  write('18.06-spring-2010/content/pages/ä b.md', '---\ntitle: A\n---\n');
  write('18.06-spring-2010/.git/HEAD', 'ref: refs/heads/main');
  write(`instructors/${UUID}/index.json`, '{"uid":"x"}');
  write('instructors/README.md', 'not an instructor');
  write('media/video/a.mp4', 'bytes');
});
afterEach(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await api.stop();
});

function write(path: string, text: string): void {
  mkdirSync(join(scratch, path, '..'), { recursive: true });
  writeFileSync(join(scratch, path), text);
}

const outcome = { site: 'linear-algebra', files: 3, imported: 2, kept: 1, keptFiles: ['layouts/a.html'], skipped: [], missingInstructors: [] as string[], addedInstructors: [] as string[], media: 0 };

/** An API that unpacks what it gets as the worker does. */
async function startImportApi(options: { result?: Partial<typeof outcome>; state?: 'succeeded' | 'failed'; more?: Partial<Handlers> } = {}) {
  const received = new Map<string, string>();
  const refused: unknown[] = [];
  const queries: unknown[] = [];
  api = await startApi({
    'GET /api/v1/me': async () => me(),
    'GET /api/v1/starters': async () => ({ starters: [starter('ocw-course-v2'), starter('ocw-www')] }),
    'GET /api/v1/sites/:site': async () => {
      throw new ApiError('notFound', 'There is no such site.');
    },
    'POST /api/v1/imports': async ({ body, query }) => {
      queries.push(query);
      refused.push(...(await walkArchive(body, async (entry) => void received.set(`${entry.area}/${entry.path}`, (await readWhole(entry.stream, 1024 * 1024)).toString('utf8')))));
      return request({ process: 'import-site', site: null, version: null });
    },
    'GET /api/v1/runs/:run': async () =>
      publishRun({
        process: 'import-site',
        version: null,
        phases: [],
        state: options.state ?? 'succeeded',
        reason: options.state === 'failed' ? { code: 'UrlInUse', message: 'The URL ‘courses/linear-algebra’ is in use by the site ‘la’.' } : null,
        result: options.state === 'failed' ? null : { ...outcome, ...options.result },
      }),
    ...options.more,
  });
  return { received, refused, queries };
}

const importing = (source: string, ...more: string[]): string[] => ['import', source, '--starter', 'ocw-course-v2', ...more];

describe('studio import', () => {
  it('sends a folder whole, without .git, and prints the result as JSON', async () => {
    const { received, refused, queries } = await startImportApi();
    const { code, out, err } = await runStudio(api.url, importing('18.06-spring-2010/', '--json', '--name', 'la'), { directory: scratch });
    expect(code).toBe(0);
    expect(out).toBe('{"site":"linear-algebra","files":3,"imported":2,"kept":1,"skipped":[]}\n');
    expect(err).toBe('Kept in the repository byte for byte, and touched by nothing:\n  layouts/a.html\n');
    expect([...received]).toEqual([['repository/content/pages/ä b.md', '---\ntitle: A\n---\n'], ['repository/data/course.json', '{"course_title":"Linear Algebra"}']]);
    expect(refused).toEqual([]);
    expect(queries).toEqual([{ starter: 'ocw-course-v2', folder: '18.06-spring-2010', name: 'la' }]);
  });

  it('takes instructors and media along, and reports what it leaves out', async () => {
    symlinkSync('data', join(course, 'link'));
    const { received } = await startImportApi({ result: { media: 1, addedInstructors: [UUID], missingInstructors: ['75c777df-d9cb-ecea-6250-b2fe1336797a'] } });
    const { out, err } = await runStudio(api.url, importing(course, '--instructors', join(scratch, 'instructors'), '--media', join(scratch, 'media')));
    expect([...received.keys()]).toEqual(['repository/content/pages/ä b.md', 'repository/data/course.json', `instructors/${UUID}/index.json`, 'media/video/a.mp4']);
    expect(out).toBe('Imported ‘linear-algebra’: 2 items of 5 files, 1 kept as they are, 2 skipped, 1 media file.\n');
    expect(err).toContain('  link: a symbolic link is not imported\n');
    expect(err).toContain('  instructors/README.md: it is no <uuid>/index.json\n');
    expect(err).toContain('Added to the root site: 1 instructor.\n');
    expect(err).toContain('The root site lacks 1 instructor of this course; add them with --instructors, or in the root site:\n  75c777df-d9cb-ecea-6250-b2fe1336797a\n');
    const { out: json } = await runStudio(api.url, importing(course, '--json'));
    expect(JSON.parse(json)).toEqual({ site: 'linear-algebra', files: 4, imported: 2, kept: 1, skipped: [{ path: 'link', reason: 'a symbolic link is not imported' }] });
  });

  it('clones a git URL, and a bare repository of this machine', async () => {
    const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.edu', ...args], { cwd: course, stdio: 'pipe' });
    rmSync(join(course, '.git'), { recursive: true });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'All');
    const bare = join(scratch, '18.06.git');
    git('clone', '--quiet', '--bare', '.', bare);
    const { received, queries } = await startImportApi();
    for (const source of [`file://${bare}`, bare]) {
      received.clear();
      expect((await runStudio(api.url, importing(source, '--json'))).code).toBe(0);
      expect([...received.keys()]).toEqual(['repository/content/pages/ä b.md', 'repository/data/course.json']);
    }
    expect(queries).toEqual([{ starter: 'ocw-course-v2', folder: '18.06' }, { starter: 'ocw-course-v2', folder: '18.06' }]);
  });

  it('keeps its memory flat over a large file', async () => {
    const size = 192 * 1024 * 1024;
    mkdirSync(join(scratch, 'large'));
    const file = openSync(join(scratch, 'large', 'video.mp4'), 'w');
    ftruncateSync(file, size);
    closeSync(file);
    let peak = 0;
    let bytes = 0;
    await startImportApi({
      more: {
        'POST /api/v1/imports': async ({ body }) => {
          await walkArchive(body, async (entry) => {
            entry.stream.on('data', (chunk: Buffer) => {
              bytes += chunk.length;
              peak = Math.max(peak, process.memoryUsage().arrayBuffers);
            });
            await finished(entry.stream);
          });
          return request();
        },
      },
    });
    expect((await runStudio(api.url, importing(course, '--media', join(scratch, 'large')))).code).toBe(0);
    expect(bytes).toBeGreaterThan(size);
    expect(peak).toBeLessThan(96 * 1024 * 1024);
  });

  it('fails with the reason of its run', async () => {
    await startImportApi({ state: 'failed' });
    expect(await runStudio(api.url, importing(course))).toEqual(failure(`${course} was not imported: The URL ‘courses/linear-algebra’ is in use by the site ‘la’.`));
  });

  it('refuses what is no repository before it asks anybody', async () => {
    await startImportApi();
    write('empty/README.md', 'no course');
    write('file', 'no folder');
    const context = { directory: scratch };
    expect(await runStudio(api.url, importing('nowhere'), context)).toEqual(failure(`There is no folder ${scratch}/nowhere: name the folder of a course’s repository, or a git URL.`));
    expect(await runStudio(api.url, importing('file'), context)).toEqual(failure('file is a file: name the folder of a course’s repository, or a git URL.'));
    expect(await runStudio(api.url, importing('empty'), context)).toEqual(failure('empty is no content repository: it has neither a folder content nor a folder data.'));
    expect(await runStudio(api.url, importing(course, '--media', 'nowhere'), context)).toEqual(failure(`--media: there is no folder ${scratch}/nowhere.`));
    expect(await runStudio(api.url, importing(course, '--instructors', 'empty'), context)).toEqual(failure(`--instructors: ${scratch}/empty holds no instructor; it should hold folders named by uuid, each with an index.json.`));
    expect(await runStudio(api.url, importing(`file://${scratch}/nowhere.git`))).toMatchObject({ code: 1, err: expect.stringMatching(/^file:\/\/.*nowhere\.git cannot be cloned: [^\n]*nowhere\.git' does not appear to be a git repository\.\n$/) as string });
    expect(api.asked).toEqual([]);
  });

  it('says no password of a URL', async () => {
    await startImportApi();
    const { code, err } = await runStudio(api.url, importing(`${api.url.replace('://', '://ada:secret@')}/x.git`));
    expect(code).toBe(1);
    expect(err).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/x\.git cannot be cloned: /);
    expect(err).not.toContain('secret');
  });

  it('asks before it sends', async () => {
    await startImportApi();
    expect(await runStudio(api.url, ['import', course, '--starter', 'ocw-course'])).toEqual(failure('There is no starter ‘ocw-course’. Did you mean ‘ocw-course-v2’? The studio knows ocw-course-v2, ocw-www.'));
    expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
    await api.stop();
    await startImportApi({ more: { 'GET /api/v1/sites/:site': async () => site() } });
    expect(await runStudio(api.url, importing(course, '--name', 'linear-algebra'))).toEqual(failure('There is a site named ‘linear-algebra’ already: import under another --name.'));
    await api.stop();
    await startImportApi({ more: { 'GET /api/v1/starters': async () => ({ starters: [] }) } });
    expect(await runStudio(api.url, importing(course))).toEqual(failure('The studio knows no starter yet: read them with `npm run studio -- starters sync --wait`.'));
    await api.stop();
    await startImportApi({ more: { 'GET /api/v1/me': async () => me(false) } });
    expect(await runStudio(api.url, importing(course))).toEqual(failure('This token may not import sites: that is for authors and admins of the studio.'));
  });
});
