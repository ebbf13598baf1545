import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { corpusFolder, isFullSize, noCorpus } from '#test/support/corpus.ts';
import { directBuild } from '#test/support/directBuild.ts';
import { startStudio, type PublishVersion, type Studio } from '#test/support/studio.ts';

interface Imported {
  site: string;
  files: number;
  imported: number;
  kept: number;
  skipped: { path: string; reason: string }[];
}
interface Published {
  runId: string;
  state: string;
  reason: string | null;
  url: string;
  changed: number;
  uploadedBytes: number;
  phases: { id: string; state: string }[];
}
interface Status {
  site: string;
  urlPath: string | null;
  draft: { state: string; url: string; commit: string };
  live: { state: string; url: string; commit: string };
}

const run = promisify(execFile);
const corpus = corpusFolder();
const courses = isFullSize ? ['18.065-spring-2018', '18.05-spring-2014', '6.042j-spring-2015', 'ocw-ci-test-course'] : ['18.065-spring-2018', 'ocw-ci-test-course'];
const versions = ['draft', 'live'] as const;

describe('a site of this repository’s own and real courses', () => {
  let studio: Studio;
  /** An instructor every course below may name, by the course's folder. */
  const instructors = new Map<string, string>();
  const siteOf = new Map<string, string>();

  beforeAll(async () => {
    studio = await startStudio();
    await studio.cliJson('starters', 'sync', '--wait');
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
    for (const version of versions) await publish('ocw-www', version);
  });
  afterAll(async () => {
    expect(studio.unexpectedEnds).toEqual([]);
    expect((await studio.journal('github')).filter((entry) => entry.unexpected === true)).toEqual([]);
    await studio.stop();
  });

  async function publish(site: string, version: PublishVersion): Promise<Published> {
    const published = await studio.cliJson<Published>('publish', site, '--version', version, '--wait');
    expect(published).toMatchObject({ state: 'succeeded' });
    return published;
  }

  const bucketOf = (version: PublishVersion): string => (version === 'live' ? studio.stack.buckets.publish : studio.stack.buckets.preview);

  async function expectSameAsHugo(site: string, starter: string, version: PublishVersion): Promise<void> {
    const { shortId, urlPath, isRoot } = await studio.call('GET /api/v1/sites/:site', { params: { site } });
    const expected = await directBuild(studio, { shortId, urlPath: isRoot ? null : urlPath, starter }, version);
    const prefix = isRoot ? '' : `${urlPath ?? ''}/`;
    const deployed = await studio.objects(bucketOf(version), prefix);
    // Files an author uploaded stand beside what Hugo put out; the repositories of the corpus have none.
    const own = [...deployed].filter(([, object]) => object.metadata['site-id'] === site);
    if (!isRoot) expect(own.length).toBe(deployed.size);
    expect(own.map(([key]) => key.slice(prefix.length)).sort()).toEqual([...expected.keys()].sort());
    const different = own.filter(([key, object]) => expected.get(key.slice(prefix.length))?.equals(object.body) !== true).map(([key]) => key);
    expect(different).toEqual([]);
    expect(own.filter(([, object]) => object.contentType === undefined || object.contentType === 'application/octet-stream').map(([key]) => key)).toEqual([]);
  }

  it('publishes the root site as Hugo builds it', async () => {
    for (const version of versions) await expectSameAsHugo('ocw-www', 'ocw-www', version);
  });

  describe.skipIf(corpus === null)(`real courses${corpus === null ? `: ${noCorpus}` : ''}`, () => {
    beforeAll(async () => {
      for (const course of courses) {
        const imported = await studio.cliJson<Imported>('import', join(corpus ?? '', 'courses', course), '--starter', 'ocw-course-v2', '--instructors', join(corpus ?? '', 'instructors'));
        expect(imported.files).toBe(imported.imported + imported.kept + imported.skipped.length);
        expect(imported.imported).toBeGreaterThan(20);
        expect(imported.skipped).toEqual([]);
        siteOf.set(course, imported.site);
        const metadata = JSON.parse(readFileSync(join(corpus ?? '', 'courses', course, 'data', 'course.json'), 'utf8')) as { instructors?: { content?: string[] } };
        const [first] = metadata.instructors?.content ?? [];
        if (first !== undefined) instructors.set(course, first);
      }
      for (const version of versions) await publish('ocw-www', version);
    });

    describe.each(courses)('%s', (course) => {
      it.each(versions)('publishes %s as Hugo builds it, with nothing else in its place', async (version) => {
        const site = siteOf.get(course) ?? '';
        const published = await publish(site, version);
        expect(published.changed).toBeGreaterThan(0);
        expect(published.phases.map((phase) => phase.state)).toEqual(published.phases.map(() => 'done'));
        await expectSameAsHugo(site, 'ocw-course-v2', version);
        expect((await fetch(published.url)).status).toBe(200);
        const status = await studio.cliJson<Status>('status', site);
        expect(status[version]).toMatchObject({ state: 'published', url: published.url });
      });

      it('uploads nothing but data.json when nothing changed', async () => {
        const site = siteOf.get(course) ?? '';
        const { urlPath } = await studio.cliJson<Status>('status', site);
        for (const version of versions) {
          const before = await studio.writeTimes(bucketOf(version), `${urlPath ?? ''}/`);
          const again = await publish(site, version);
          const after = await studio.writeTimes(bucketOf(version), `${urlPath ?? ''}/`);
          const written = [...after].filter(([key, at]) => before.get(key) !== at).map(([key]) => key);
          // The store tells times in seconds, so a file written again within the second of its first time shows in the count only.
          expect(again.changed).toBe(version === 'live' ? 1 : 0);
          expect(written.filter((key) => key !== `${urlPath ?? ''}/data.json`)).toEqual([]);
          expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
        }
      });

      it('keeps what is outside of the content model byte for byte in its repository', async () => {
        const { shortId } = await studio.call('GET /api/v1/sites/:site', { params: { site: siteOf.get(course) ?? '' } });
        const folder = mkdtempSync(join(tmpdir(), 'ocw-kept-'));
        try {
          await run('git', ['clone', '--quiet', '--branch', 'release', studio.cloneUrl(shortId), join(folder, 'clone')]);
          const source = join(corpus ?? '', 'courses', course);
          const files = readdirSync(source, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => relative(source, join(entry.parentPath, entry.name)))
            .filter((path) => !path.startsWith('.git/'));
          expect(files.length).toBeGreaterThan(20);
          const changed = files.filter((path) => !readFileSync(join(folder, 'clone', path)).equals(readFileSync(join(source, path))));
          expect(changed).toEqual([]);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
    });

    it('shows an instructor who changed in the root site on the next publish of a course', async () => {
      const course = courses.find((name) => instructors.has(name)) ?? '';
      const uuid = instructors.get(course) ?? '';
      const folder = mkdtempSync(join(tmpdir(), 'ocw-instructors-'));
      try {
        cpSync(join(corpus ?? '', 'instructors', uuid), join(folder, 'instructors', uuid), { recursive: true });
        const file = join(folder, 'instructors', uuid, 'index.json');
        const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: Record<string, string> };
        writeFileSync(file, JSON.stringify({ data: { ...data, title: 'Prof. Lea Zwetschkenbaum', first_name: 'Lea', last_name: 'Zwetschkenbaum', salutation: 'Prof.' } }));
        // Instructors come with an import, and a course of its own is needed to bring them.
        const carrier = join(folder, 'carrier-course');
        cpSync(join(ROOT, 'local', 'sample', 'content', 'sample-course'), carrier, { recursive: true });
        await studio.cliJson('import', carrier, '--starter', 'ocw-course-v2', '--name', 'carrier-course', '--instructors', join(folder, 'instructors'));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      const site = siteOf.get(course) ?? '';
      await publish('ocw-www', 'live');
      const published = await publish(site, 'live');
      expect(await (await fetch(published.url)).text()).toContain('Zwetschkenbaum');
      await expectSameAsHugo(site, 'ocw-course-v2', 'live');
    });

    it('refuses a second import of one course because its URL is in use', async () => {
      const again = await studio.cli('import', join(corpus ?? '', 'courses', courses[0] ?? ''), '--starter', 'ocw-course-v2', '--name', 'twice');
      expect(again.code).not.toBe(0);
      expect(again.stderr).toMatch(/URL ‘.*’ is in use by the site/);
      expect(again.stderr.trim().split('\n').at(-1)).not.toMatch(/^\s+at /);
    });
  });
});
