import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import type { VideosFixture } from './support/videosFixture.ts';

describe.skipIf(chromium === undefined)('videos', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, posts } = studio;
  const page = pathTo('videos', { site: 'matrix-methods' });
  const allPage = pathTo('allVideos');
  let videos: VideosFixture;

  beforeEach(() => {
    ({ videos } = studio.api);
  });

  const list = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true });
  const row = (name: string, text: string): Locator => list(name).locator(':scope > li').filter({ hasText: text });
  const words = async (of: Locator): Promise<string> => (await of.innerText()).replace(/\s+/g, ' ');
  const steps = (video: string): Promise<string[]> => list(`Steps of ${video}`).getByRole('listitem').allTextContents();

  test('of a site say how far each is, what it waits for, what it costs, and where it is', async () => {
    await visit(pathTo('site', { site: 'matrix-methods' }));
    await studio.tab.getByRole('link', { name: 'Videos', exact: true }).click();
    await studio.tab.getByText('7 videos: 2 on their way, 2 waiting for a person, 2 done, 1 ended').waitFor();
    await expect.poll(() => list('Videos').locator(':scope > li').count()).toBe(7);
    expect(await steps('Lecture 2')).toEqual(['Transcode: Done', 'Place the download: Done', 'Upload to YouTube: Waits', 'Let YouTube process it: To come', 'Captions: To come', 'Finish: To come']);
    expect(await list('Steps of Lecture 2').locator('[aria-current=step]').innerText()).toContain('Upload to YouTube');
    expect(await words(row('Videos', 'Lecture 2'))).toContain('There are more after midnight in California. It goes on in 5 hours.');
    const first = await words(row('Videos', 'Lecture 1'));
    expect(first).toContain('lecture-1.mp4 · 52 min 10 s');
    expect(first).toContain('Captions: English (3Play Media), Portuguese (Brazil) (Google Drive), for $72.50 · On YouTube');
    expect(await row('Videos', 'Lecture 1').getByRole('link', { name: 'On YouTube Lecture 1' }).getAttribute('href')).toBe('https://www.youtube.com/watch?v=aaaaaaaaaa1');
    expect(await words(row('Videos', 'Guest lecture'))).toContain('was on YouTube before');
    expect(await list('Steps of Guest lecture').count()).toBe(0);
    const filters = studio.tab.getByRole('navigation', { name: 'State' });
    await filters.getByRole('link', { name: 'Ended (1)' }).click();
    await expect.poll(() => list('Videos').locator(':scope > li').count()).toBe(1);
    await row('Videos', 'lecture-8.mp4').getByText('its new form is another video').waitFor();
  });

  test('that wait go on by a word, and the page hears of it when they did', async () => {
    await visit(page);
    await row('Videos', 'Lecture 4').getByRole('button', { name: 'Try again Lecture 4' }).click();
    await row('Videos', 'Lecture 4').getByText('At work', { exact: true }).waitFor();
    await expect.poll(focused).toBe('All videos');
    expect(posts()).toEqual([`POST /api/v1/videos/${videos.videos[3]?.id ?? ''}/retry`]);
    Object.assign(videos.videos[2] ?? {}, { phase: 'upload' });
    studio.api.tell({ kind: 'run', site: 'matrix-methods', runId: videos.videos[2]?.runId ?? null });
    // Sooner than the regular look at everything.
    await list('Steps of Lecture 3').getByText('Transcode: Done').waitFor({ timeout: 10_000 });
    studio.api.refusals.set('POST /api/v1/videos/:video/retry', { code: 'engineUnavailable', message: 'Temporal does not answer. Try again in a moment.' });
    Object.assign(videos.videos[3] ?? {}, { can: { retry: true, decideOrder: false } });
    studio.api.tell({ kind: 'run', site: 'matrix-methods', runId: null });
    await row('Videos', 'Lecture 4').getByRole('button', { name: 'Try again Lecture 4' }).click();
    await row('Videos', 'Lecture 4').getByRole('alert').filter({ hasText: 'Temporal does not answer.' }).waitFor();
  });

  test('whose captions cost more than goes unasked are ordered only by who was asked twice', async () => {
    await visit(page);
    const lecture = row('Videos', 'Lecture 5');
    await lecture.getByText('No captions yet, about $72.50').waitFor();
    await lecture.getByRole('button', { name: 'Approve … captions of Lecture 5' }).press('Enter');
    // A second slip of the hand spends nothing.
    await expect.poll(focused).toBe('Not now');
    await studio.tab.keyboard.press('Escape');
    await expect.poll(focused).toBe('Approve …captions of Lecture 5');
    expect(posts()).toEqual([]);
    await studio.tab.keyboard.press('Enter');
    const question = lecture.getByRole('group', { name: 'Have captions of Lecture 5 written?' });
    await question.getByText('3Play Media is paid for it: about $72.50.').waitFor();
    await question.getByRole('button', { name: 'Yes, order them' }).click();
    await lecture.getByText('At work', { exact: true }).waitFor();
    await lecture.getByText('No captions yet, for $72.50').waitFor();
    expect(posts()).toEqual([`POST /api/v1/caption-orders/${videos.orders[0]?.id ?? ''}/approve`]);
    expect(await lecture.getByRole('button').count()).toBe(0);
    Object.assign(videos.orders[0] ?? {}, { state: 'waiting' });
    studio.api.tell({ kind: 'run', site: 'matrix-methods', runId: null });
    await lecture.getByText('Only a global admin decides about that.').waitFor();
    expect(await lecture.getByRole('button').count()).toBe(0);
  });

  test('are played with their captions where the studio has them, and from YouTube only once somebody says so', async () => {
    await visit(page);
    const lecture = row('Videos', 'Lecture 1');
    expect(await lecture.locator('video').count()).toBe(0);
    await lecture.getByText('Watch').click();
    await expect.poll(() => lecture.locator('video').evaluate((video: HTMLVideoElement) => [...video.textTracks].map(({ label, mode, cues }) => `${label} ${mode} ${cues?.length ?? 0}`))).toEqual(['English showing 1', 'Portuguese (Brazil) disabled 0']);
    expect(await lecture.locator('video').getAttribute('src')).toBe(videos.videos[0]?.download?.url);
    expect(await lecture.getByRole('link', { name: 'Download, 92.0 MB' }).getAttribute('href')).toBe(videos.videos[0]?.download?.url);
    expect(await lecture.getByRole('link', { name: 'Transcript, English' }).getAttribute('href')).toBe(videos.videos[0]?.tracks[2]?.url);

    const address = 'https://www.youtube-nocookie.com/embed/aaaaaaaaaa9';
    studio.answerOutside(address, '<!doctype html><title>Film</title><p>The film</p>');
    const guest = row('Videos', 'Guest lecture');
    await guest.getByText('Watch').click();
    expect(await guest.locator('iframe').count()).toBe(0);
    await guest.getByRole('button', { name: 'Play it from YouTube Guest lecture' }).click();
    // Its frame is let in by the studio’s own policy.
    await guest.frameLocator('iframe').getByText('The film').waitFor();
    expect(await guest.locator('iframe').getAttribute('src')).toBe(address);
    expect(await row('Videos', 'Lecture 3').getByText('Watch').count()).toBe(0);
  });

  test('have captions that are published by themselves where who may says so', async () => {
    await visit(page);
    const box = studio.tab.getByRole('checkbox', { name: 'Publish captions by themselves' });
    expect(await box.isChecked()).toBe(false);
    await box.check();
    await expect.poll(() => videos.publishesCaptions).toBe(true);
    expect(posts()).toEqual(['PUT /api/v1/sites/matrix-methods/caption-settings']);
    studio.api.refusals.set('PUT /api/v1/sites/:site/caption-settings', { code: 'forbidden', message: 'Only who publishes the live site says what is published by itself. Ask its owner.' });
    await box.click();
    await studio.tab.getByRole('alert').filter({ hasText: 'Ask its owner.' }).waitFor();
    await expect.poll(() => box.isChecked()).toBe(true);
    videos.mayPublishCaptions = false;
    await visit(page);
    await studio.tab.getByText('Captions that arrive are published to Production by themselves').waitFor();
    expect(await box.count()).toBe(0);
  });

  test('are explained where there are none, and told of as far as who looks may see them', async () => {
    await visit(pathTo('videos', { site: 'ocw-ci-test-course' }));
    await studio.tab.getByRole('heading', { name: 'The site has no videos yet' }).waitFor();
    await studio.tab.getByText('Put video files into the folder ‘videos_final’').waitFor();
    videos.videos.splice(5, 1);
    await visit(`${page}?state=ended`);
    await studio.tab.getByRole('heading', { name: 'No video fits' }).waitFor();
    studio.api.refusals.set('GET /api/v1/sites/:site/videos', { code: 'forbidden', message: 'You have no role on this site. Ask its owner to add you.' });
    await visit(page);
    await studio.tab.getByRole('heading', { name: 'This list of videos is not open to you' }).waitFor();
  });

  test('of all sites that wait, with the quota and what captions cost, are for operators', async () => {
    await visit('/admin/system');
    await studio.tab.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Videos' }).click();
    const quota = studio.tab.getByRole('region', { name: 'YouTube’s quota' });
    await quota.getByText('8,000 of 10,000 used (80 %).').waitFor();
    expect(await words(quota)).toContain('100 of 100 used (100 %), 1 request waits. More in 5 hours.');
    expect(await quota.getByRole('progressbar', { name: 'Units of today, used' }).getAttribute('value')).toBe('80');
    expect(await quota.getByRole('button').count()).toBe(0);
    const spending = studio.tab.getByRole('region', { name: 'Spending on captions' });
    await spending.getByText('$120.00 of $200.00 (60 %).').waitFor();
    await spending.getByRole('heading', { name: '3 orders wait' }).waitFor();
    await row('Orders that wait', 'Lecture 6').getByText('price not known').waitFor();
    expect(await words(row('Orders that wait', 'Lecture 7'))).toContain('It goes on tomorrow, or when somebody approves it. It goes on');
    expect(await row('Orders that wait', 'Lecture 7').getByRole('button').count()).toBe(0);
    await row('Orders that wait', 'Lecture 6').getByRole('button', { name: 'Refuse captions of Lecture 6' }).click();
    await expect.poll(() => row('Orders that wait', 'Lecture 6').count()).toBe(0);
    await expect.poll(focused).toBe('Spending on captions');

    const parked = list('Videos that wait for a person');
    await expect.poll(() => parked.locator(':scope > li').count()).toBe(2);
    expect(await row('Videos that wait for a person', 'Lecture 4').getByRole('link', { name: /^Matrix Methods/ }).getAttribute('href')).toBe(page);
    expect(await row('Videos that wait for a person', 'Lecture 5').getByRole('button').count()).toBe(0);
    await parked.getByRole('button', { name: 'Try again Lecture 4' }).click();
    await expect.poll(() => parked.locator(':scope > li').count()).toBe(1);
    await expect.poll(focused).toBe('Videos that wait for a person');
    expect(posts()).toEqual([`POST /api/v1/caption-orders/${videos.orders[1]?.id ?? ''}/refuse`, `POST /api/v1/videos/${videos.videos[3]?.id ?? ''}/retry`]);
  });

  test('go on once an operator says that the channel is mended', async () => {
    videos.stop();
    await visit(allPage);
    const quota = studio.tab.getByRole('region', { name: 'YouTube’s quota' });
    await quota.getByText('The channel is stopped').waitFor();
    expect(await quota.getByText('Google does not take the consent any more.').count()).toBe(1);
    expect(await quota.getByRole('link', { name: /^Give the consent again/ }).getAttribute('href')).toBe('/api/youtube-tokens/');
    await quota.getByRole('button', { name: 'It is mended …' }).press('Enter');
    await expect.poll(focused).toBe('Not yet');
    await studio.tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('It is mended …');
    expect(posts()).toEqual([]);
    videos.hearsAtOnce = false;
    await studio.tab.keyboard.press('Enter');
    await quota.getByRole('button', { name: 'Yes, it is mended' }).click();
    await quota.getByText('You said that it is mended.').waitFor();
    expect(posts()).toEqual(['POST /api/v1/youtube/resumptions']);
    videos.goOn();
    studio.api.tell({ kind: 'run', site: null, runId: null });
    await expect.poll(() => quota.getByText('The channel is stopped').count()).toBe(0);
  });

  test('wait for nobody where nothing is set up, and each part says by itself what it cannot read', async () => {
    videos.youtube = { isConfigured: false, buckets: [] };
    videos.orders.length = 0;
    videos.videos.length = 0;
    await visit(allPage);
    await studio.tab.getByText('YouTube is not set up here').waitFor();
    await studio.tab.getByText('No order of captions waits').waitFor();
    await studio.tab.getByText('No video of any site waits for a person.').waitFor();
    videos.youtube = { isConfigured: true, buckets: [] };
    studio.api.refusals.set('GET /api/v1/caption-orders', { code: 'forbidden', message: 'Only who may spend sees the orders of all sites.' });
    await visit(allPage);
    await studio.tab.getByText('Nothing was asked of YouTube today.').waitFor();
    await studio.tab.getByRole('region', { name: 'Spending on captions' }).getByRole('alert').filter({ hasText: 'Only who may spend' }).waitFor();
  });
});
