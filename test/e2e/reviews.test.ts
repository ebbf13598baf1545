import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Review, ReviewDetail } from '#api/contracts/reviews.ts';
import { importSample, savePage } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

describe('a publish that is reviewed first', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio({ proxyS3: true });
    await studio.cliJson('starters', 'sync', '--wait');
  });
  afterAll(() => studio.stop());

  /** Every page of the live site, as one text. */
  async function liveText(name: string): Promise<string> {
    const objects = await studio.objects(studio.stack.buckets.publish, `courses/${name}/`);
    return [...objects].filter(([key]) => key.endsWith('.html')).map(([, { body }]) => body.toString('utf8')).join('\n');
  }

  const detailOf = (runId: string): Promise<ReviewDetail> => studio.call('GET /api/v1/reviews/:run', { params: { run: runId }, query: {} });
  const reviewed = async (name: string): Promise<string> => (await studio.cliJson<{ runId: string }>('review', name, '--version', 'live', '--wait')).runId;
  const ended = (runId: string): Promise<Review> =>
    until('the review ends', async () => {
      const { review } = await detailOf(runId);
      return review.state === 'published' || review.endedAt !== null ? review : undefined;
    });

  it('puts out what was shown, not what was saved since, and not over what is newer', async () => {
    const site = await importSample(studio, 'reviewed');
    expect(await studio.untilRun((await studio.publish(site.name, 'live')).id)).toMatchObject({ state: 'succeeded' });
    await savePage(studio, site, 'The exam is on Monday.');
    const first = await reviewed(site.name);
    expect(await liveText(site.name)).not.toContain('The exam is on Monday.');
    const shown = await detailOf(first);
    expect(shown.report?.pages.some((page) => page.change === 'changed' && (page.inserted ?? 0) > 0)).toBe(true);

    await savePage(studio, site, 'The exam is on Friday.');
    expect((await detailOf(first)).later.saves).toBe(1);
    await studio.call('POST /api/v1/reviews/:run/publish', { params: { run: first } });
    expect(await ended(first)).toMatchObject({ state: 'published', commit: shown.review.commit });
    const live = await liveText(site.name);
    expect(live).toContain('The exam is on Monday.');
    expect(live).not.toContain('The exam is on Friday.');

    // A review that is overtaken by a plain publish is not put over it.
    const second = await reviewed(site.name);
    await savePage(studio, site, 'There is no exam.');
    expect(await studio.untilRun((await studio.publish(site.name, 'live')).id)).toMatchObject({ state: 'succeeded' });
    await studio.call('POST /api/v1/reviews/:run/publish', { params: { run: second } });
    expect(await ended(second)).toMatchObject({ state: 'superseded', reason: { code: 'Outdated' } });
    expect(await liveText(site.name)).toContain('There is no exam.');
  });
});
