import type { Page as Tab } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('a review of what a publish would change', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, press, posts } = studio;
  let api: FixtureApi;
  let tab: Tab;

  beforeEach(() => {
    ({ api, tab } = studio);
  });

  const reviewIn = (find: (review: (typeof api.world.reviews)[number]) => boolean) => {
    const detail = api.world.reviews.find(find);
    if (detail === undefined) throw new Error('The world has no such review');
    return detail;
  };
  const visitReview = (detail: (typeof api.world.reviews)[number]): Promise<void> => visit(pathTo('review', { site: detail.review.site.name, run: detail.review.runId }));

  test('a review shows pages with what differs in their text, files with their sizes, and addresses that would die', async () => {
    await visitReview(reviewIn(({ later }) => later.saves > 0));
    await tab.getByText('2 new files, 9 changed files and 1 removed file, 4.1 MB to write.').waitFor();
    await tab.getByRole('heading', { name: '1 address would die' }).waitFor();
    await tab.getByRole('link', { name: /pages\/old-syllabus\// }).waitFor();
    expect(await tab.getByRole('row', { name: /static_resources/ }).innerText()).toMatch(/New\s+–\s+4\.0 MB$/);
    expect(await tab.getByRole('row', { name: 'pages/old-syllabus/index.html' }).innerText()).toMatch(/Removed\s+22\.1 kB\s+–$/);
    await tab.locator('summary', { hasText: 'Syllabus' }).first().press('Enter');
    await tab.locator('ins', { hasText: 'March 10' }).waitFor();
    await tab.locator('del', { hasText: 'March 3' }).waitFor();
    const later = tab.getByRole('list', { name: 'Saved later, and not included' });
    expect((await later.getByRole('listitem').allInnerTexts()).map((line) => line.replace(/, .*/, ''))).toEqual(['‘Syllabus’ by Lee Sandoval', 'a resource without a title']);
    await later.getByRole('link', { name: '‘Syllabus’' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Syllabus' }).waitFor();
  });

  test('a review is approved with the keyboard, and says so until its state is there', async () => {
    const detail = reviewIn(({ review }) => review.can.approve);
    await visitReview(detail);
    await tab.getByText('Lee Sandoval asked for approval. You may give it.').waitFor();
    await press('Approve');
    await tab.getByText('You approved it.').last().waitFor();
    expect(posts()).toEqual([`POST /api/v1/reviews/${detail.review.runId}/approve`]);
    detail.review = { ...detail.review, approved: { person: detail.review.asked.person, at: new Date().toISOString() }, can: { ...detail.review.can, approve: false, publish: true } };
    api.tell({ kind: 'run', site: detail.review.site.name, runId: detail.review.runId });
    await tab.getByRole('button', { name: 'Publish this' }).waitFor();
    expect(await tab.getByRole('group', { name: 'Your decision' }).getByText('You approved it.').count()).toBe(0);

    await press('Publish this');
    await expect.poll(focused).toBe('Publish this now');
    await tab.keyboard.press('Escape');
    await expect.poll(focused).toBe('Publish this');
    await tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('Publish this now');
    await tab.keyboard.press('Enter');
    await expect.poll(posts).toEqual([`POST /api/v1/reviews/${detail.review.runId}/approve`, `POST /api/v1/reviews/${detail.review.runId}/publish`]);
    await expect.poll(focused).toBe('Publish this');
    detail.review = { ...detail.review, state: 'publishing' };
    api.tell({ kind: 'run', site: detail.review.site.name, runId: detail.review.runId });
    await expect.poll(focused).toMatch(/^What would change on Production/);
  });

  test('a review is scheduled, taken back and rejected with the keyboard', async () => {
    const detail = reviewIn(({ review }) => review.state === 'scheduled');
    const { runId } = detail.review;
    await visitReview(detail);
    await tab.getByText(/^Goes out on .*, set by Ada Okafor\.$/).waitFor();
    await press('Another time …');
    await expect.poll(() => tab.evaluate(() => document.activeElement?.id)).toBe('schedule-at');
    await tab.keyboard.press('Escape');
    await expect.poll(focused).toBe('Another time …');
    await tab.keyboard.press('Enter');
    await press('Set the time');
    await expect.poll(posts).toEqual([`POST /api/v1/reviews/${runId}/schedule`]);
    await press('Take the schedule back');
    await expect.poll(posts).toHaveLength(2);
    await press('Reject …');
    await expect.poll(() => tab.evaluate(() => document.activeElement?.id)).toBe('reject-reason');
    await tab.keyboard.type('The midterm is on another day.');
    await press('Reject');
    await expect.poll(posts).toEqual(['schedule', 'unschedule', 'reject'].map((decision) => `POST /api/v1/reviews/${runId}/${decision}`));
  });

  test('a reason that is written while another decision is on its way stays', async () => {
    await visitReview(reviewIn(({ review }) => review.state === 'scheduled'));
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await tab.route('**/unschedule', async (route) => {
      await answered;
      await route.continue();
    });
    await press('Take the schedule back');
    await press('Reject …');
    await expect.poll(() => tab.evaluate(() => document.activeElement?.id)).toBe('reject-reason');
    await tab.keyboard.type('The midterm is on another day.');
    answer();
    await tab.getByText('The schedule is taken back.').first().waitFor();
    expect(await tab.locator('#reject-reason').inputValue()).toBe('The midterm is on another day.');
    await tab.unroute('**/unschedule');
  });

  test('a review that ended says why, and offers nothing', async () => {
    await visitReview(reviewIn(({ review }) => review.state === 'rejected'));
    await tab.getByText('Lee Sandoval rejected it: the midterm is on another day.').waitFor();
    expect(await tab.getByRole('group', { name: 'Your decision' }).count()).toBe(0);
  });
});
