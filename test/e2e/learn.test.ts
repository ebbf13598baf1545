import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { readBucket } from '#local/standins/learn/readBucket.mjs';
import { readCourse } from '#local/standins/learn/readCourse.mjs';
import { type Studio, startStudio } from '../support/studio.ts';

describe('MIT Learn', () => {
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

  it('finds every page, file and video of a published course', async () => {
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

  it('is read from behind a cache that keeps a page until it is purged', async () => {
    const page = `${studio.stack.liveSiteUrl}/courses/sample-course/pages/syllabus/`;
    for (const state of ['MISS', 'HIT']) expect((await fetch(page)).headers.get('x-cache')).toBe(state);
    const purged = await fetch(`${studio.stack.standIns['fastly'] ?? ''}/service/local-live/purge/sample-course`, { method: 'POST', headers: { 'fastly-key': studio.running.env['FASTLY_LIVE_API_TOKEN'] ?? '' } });
    expect(purged.status).toBe(200);
    expect((await fetch(page)).headers.get('x-cache')).toBe('MISS');
  });
});
