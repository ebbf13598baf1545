import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { readBucket } from '#local/standins/learn/readBucket.mjs';
import { readCourse } from '#local/standins/learn/readCourse.mjs';
import { savePage } from '../support/sampleCourse.ts';
import { type Run, type Studio, startStudio } from '../support/studio.ts';

describe('a published course', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio();
    await studio.cliJson('starters', 'sync', '--wait');
    const sample = join(ROOT, 'local', 'sample');
    await studio.cliJson('import', join(sample, 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www', '--media', join(sample, 'media', 'ocw-www'));
    await studio.cliJson('import', join(sample, 'content', 'sample-course'), '--starter', 'ocw-course-v2', '--name', 'sample-course', '--media', join(sample, 'media', 'sample-course'));
    for (const name of ['ocw-www', 'sample-course']) expect(await studio.untilRun((await studio.publish(name, 'live')).id)).toMatchObject({ state: 'succeeded' });
  });
  afterAll(() => studio.stop());

  const catalogue = () => {
    const { s3Endpoint, s3AccessKey, s3SecretKey, buckets } = studio.stack;
    return readBucket({ endpoint: s3Endpoint ?? '', bucket: buckets.publish, accessKey: s3AccessKey ?? '', secretKey: s3SecretKey ?? '' });
  };

  it('is found whole by MIT Learn: every page, file and video', async () => {
    const items = await studio.query<{ type: string; kind: string | null; count: number }>(
      `select i.type, i.metadata->>'resourcetype' as kind, count(*)::int as count from content_items i join sites s on s.id = i.site_id
       where s.name = 'sample-course' and i.type in ('page', 'resource') and i.deleted_at is null group by 1, 2`,
    );
    const countOf = (isIt: (row: { type: string; kind: string | null }) => boolean): number => items.filter(isIt).reduce((sum, row) => sum + row.count, 0);
    const bucket = catalogue();
    const course = await readCourse(bucket, 'courses/sample-course');
    bucket.close();
    // A film that only YouTube has, without a transcript, is one that Learn does not take.
    expect(course.dropped).toEqual([{ key: 'courses/sample-course/resources/tacoma-narrows-film/data.json', reason: 'the video names no transcript file' }]);
    expect({ pages: course.pages.length, files: course.files.length, videos: course.videos.length }).toEqual({
      pages: countOf((row) => row.type === 'page'),
      files: countOf((row) => row.type === 'resource' && row.kind !== 'Video'),
      videos: countOf((row) => row.type === 'resource' && row.kind === 'Video') - course.dropped.length,
    });
    expect(course.videos.length).toBeGreaterThan(0);
    expect(course.files.length).toBeGreaterThan(10);
    expect(course.runId).toBe('2f281aceec93575095c821ee4842890b');
  });

  const PAGE = '/courses/sample-course/pages/assignments/';
  const readers = async (): Promise<{ text: string; cache: string | null }> => {
    const answer = await fetch(`${studio.stack.liveSiteUrl}${PAGE}`);
    return { text: await answer.text(), cache: answer.headers.get('x-cache') };
  };
  /** What stands at the address a run's preview has, reached on this machine whatever its names resolve to. */
  const reviewers = (run: Run): Promise<{ status: number | undefined; text: string }> => {
    const { host, port } = new URL(run.previewUrl ?? '');
    return new Promise((resolve, reject) => {
      const asking = request({ host: 'localhost', port, path: PAGE, headers: { host } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }));
      });
      asking.on('error', reject).end();
    });
  };

  it('is kept by the CDN, which shows the new page as soon as the next publish has succeeded', async () => {
    for (const cache of ['MISS', 'HIT']) expect((await readers()).cache).toBe(cache);
    const before = (await studio.call('GET /api/v1/runs', { query: { site: 'sample-course', process: 'publish-site', version: 'live', limit: 1 } })).runs[0];
    if (before === undefined) throw new Error('There is no publish');
    const { id, shortId, urlPath } = await studio.call('GET /api/v1/sites/:site', { params: { site: 'sample-course' } });
    expect(await savePage(studio, { id, name: 'sample-course', shortId, urlPath: urlPath ?? '' }, 'Words of the second publish.')).toBe('content/pages/assignments.md');
    const after = await studio.untilRun((await studio.publish('sample-course', 'live')).id);
    expect(after.state).toBe('succeeded');
    // Each publish can still be looked at, whatever readers see.
    expect(await reviewers(after)).toMatchObject({ status: 200, text: expect.stringContaining('Words of the second publish.') as string });
    expect(await reviewers(before)).toMatchObject({ status: 200, text: expect.not.stringContaining('Words of the second publish.') as string });
    expect((await readers()).text).toContain('Words of the second publish.');
  });
});
