import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { axeFaults } from './support/axeFaults.ts';
import type { FixtureApi } from './support/fixtureApi.ts';
import { previewedHost } from './support/previewedPage.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { ended, place, runOf } from './support/world.ts';

const SYLLABUS = 'f1a0e7a4-0000-4000-8000-000000000001';

describe.skipIf(chromium === undefined)('the home of a site', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused } = studio;
  let api: FixtureApi;

  beforeEach(() => {
    ({ api } = studio);
  });

  const region = (name: string): Locator => studio.tab.getByRole('region', { name });
  const changes = (): Locator => region('Changes since the last publish');
  const list = (place: string): Locator => changes().getByRole('list', { name: `Changes since the last publish to ${place}` });
  const rows = (place = 'Staging'): Promise<string[]> => list(place).locator(':scope > li').evaluateAll((found) => found.map((row) => (row.textContent ?? '').replace(/\s+/g, ' ').trim()));

  test('says first what is unpublished, item by item, and shows each difference when asked', async () => {
    await visit('/sites/matrix-methods');
    await changes().getByText('5 items differ from what is out on Staging: 1 new, 2 changed, 1 moved and 1 deleted.').waitFor();
    expect((await rows()).map((row) => row.replace(/ · .*$/, ''))).toEqual(['Changed Syllabus Pages', 'New Readings Pages', 'Moved Assignments and Exams Pages', 'Deleted Old syllabus Pages', 'Changed A plan for spring Pages']);
    await list('Staging').getByText('content/pages/assignments.md → content/pages/assignments-and-exams.md').waitFor();
    await list('Staging').getByText('a draft: Production leaves it out').waitFor();
    // What is new or gone has nothing to compare.
    expect(await list('Staging').getByRole('button').count()).toBe(3);
    await list('Staging').getByRole('button', { name: 'What changed in Syllabus' }).click();
    await list('Staging').getByText('Lectures: 2 sessions / week').waitFor();
    await list('Staging').getByText('What the course is about').waitFor();
    expect(api.asked.filter((asked) => asked.includes('/revisions/'))).toEqual([`GET /api/v1/sites/matrix-methods/items/${SYLLABUS}/revisions/4?against=2`]);
  });

  test('compares with Production at an address of its own, and Back compares with Staging again', async () => {
    await visit('/sites/matrix-methods');
    await list('Staging').waitFor();
    await changes().getByRole('link', { name: 'Production' }).click();
    await changes().getByText('5 items differ from what is out on Production', { exact: false }).waitFor();
    expect(new URL(studio.tab.url()).search).toBe('?version=live');
    await studio.tab.goBack();
    await changes().getByText('5 items differ from what is out on Staging', { exact: false }).waitFor();
  });

  test('hears of a save and of a publish by itself', async () => {
    await visit('/sites/matrix-methods');
    await expect.poll(() => rows().then((found) => found.length)).toBe(5);
    api.home.changes = api.home.changes.slice(0, 1);
    api.tell({ kind: 'site', site: 'matrix-methods', runId: null });
    await expect.poll(() => rows().then((found) => found.length)).toBe(1);
    api.home.changes = [];
    const site = api.site('matrix-methods');
    const run = runOf(site, 'draft', ended());
    place(api.world, site, run, { state: 'published', hasUnpublishedChanges: false });
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await changes().getByText('Staging shows everything that is saved.').waitFor();
    await studio.tab.getByRole('region', { name: /^Staging/ }).getByText('Everything saved is out').waitFor();
  });

  test('groups warnings and places for readers with a disability, each with a link to the very field', async () => {
    await visit('/sites/matrix-methods');
    await region('Warnings').getByText('Readers meet it').click();
    const faults = region('Warnings').getByRole('list', { name: 'Readers meet it' });
    expect(await faults.getByRole('link', { name: 'Syllabus' }).getAttribute('href')).toBe(`/sites/matrix-methods/items/${SYLLABUS}?field=markdown&line=14`);
    await faults.getByText('which was deleted: bring it back, or take it out.', { exact: false }).waitFor();
    const readers = region('For readers with a disability');
    await readers.getByText('4 places in 4 changed items would leave somebody out.').waitFor();
    await readers.getByRole('button', { name: '2 links that do not say where they lead' }).click();
    const links = readers.getByRole('list', { name: 'links that do not say where they lead' });
    await expect.poll(() => links.getByRole('listitem').count()).toBe(2);
    expect(await links.getByRole('link').first().getAttribute('href')).toBe(`/sites/matrix-methods/items/${SYLLABUS}?field=markdown&line=3`);
    await readers.getByRole('button', { name: '1 picture without alternative text' }).click();
    await readers.getByText('Alt text; shown on Syllabus and Readings').waitFor();
    await readers.getByLabel('Look at').selectOption('all');
    await readers.getByText('4 places in 4 items would leave somebody out.').waitFor();
    // The summary, and the places that are open.
    for (const part of ['limit=1', 'rule=alt-missing']) await expect.poll(() => api.asked.some((asked) => asked.includes('/accessibility?') && asked.includes('scope=all') && asked.includes(part))).toBe(true);
  });

  describe('looks at the changed pages as they are built', () => {
    const readers = (): Locator => region('For readers with a disability');
    const progress = (): Promise<string> => readers().locator('[data-built-pages]').innerText();
    const host = (): string => new URL(api.preview.home).host;
    /** Pages that wait for the test before they are there. */
    let held: Promise<void> = Promise.resolve();

    const answer = (): Promise<void> => studio.answerHost(host(), previewedHost(api.url, (path) => ({ title: 'Page', body: `<header><img src="/logo.png"></header><main><h1>${path}</h1>${path.includes('Syllabus') ? '<img src="/img/plot.png">' : ''}</main>` })), () => held);

    beforeEach(async () => {
      held = Promise.resolve();
      api.preview.state = { ...api.preview.state, state: 'ready', doing: '', instance: 'one', builds: 1, revision: 3 };
      for (const { textId, title } of api.home.changes) api.preview.pages.set(textId, title === 'A plan for spring' ? null : `http://${host()}/courses/a/pages/${encodeURIComponent(title ?? '')}/`);
      const item = api.world.items.get(SYLLABUS);
      if (item !== undefined) api.world.items.set(SYLLABUS, { ...item, markdown: 'Intro\n\n<img src="/img/plot.png">\n' });
      await answer();
    });

    test('one after the other, with its places, and what the theme did in one line', async () => {
      await visit('/sites/matrix-methods');
      await readers().getByRole('button', { name: 'Check the changed pages as built' }).press('Enter');
      await readers().getByText('1 place on 1 of 3 pages would leave somebody out.').waitFor({ timeout: 60_000 });
      const found = readers().getByRole('list', { name: 'What was found on the pages as built' });
      await found.getByText('A picture has no alternative text', { exact: false }).waitFor();
      expect(await found.getByRole('link').evaluateAll((links) => links.map((link) => `${link.textContent} ${link.getAttribute('href')}`))).toEqual([`Syllabus /sites/matrix-methods/items/${SYLLABUS}`, `Body, line 3 /sites/matrix-methods/items/${SYLLABUS}?field=markdown&line=3`]);
      await readers().getByText('3 places outside of the text come from the theme, not from what was written, on 3 pages together: Images must have alternative text.').waitFor();
      // The frame that they were in goes with the work.
      expect(await studio.tab.locator('iframe').count()).toBe(0);
    });

    test.each(['light', 'dark'] as const)('and has no fault itself for people with disabilities (%s)', async (colorScheme) => {
      await studio.open({ colorScheme, viewport: { width: 390, height: 900 }, bypassCSP: true, reducedMotion: 'reduce' });
      await answer();
      await visit('/sites/matrix-methods');
      await readers().getByRole('button', { name: 'Check the changed pages as built' }).click();
      await readers().getByText('1 place on 1 of 3 pages would leave somebody out.').waitFor({ timeout: 60_000 });
      expect(await axeFaults(studio.tab)).toEqual([]);
    });

    test('says how far it is, and stops', async () => {
      let goOn = (): void => undefined;
      held = new Promise((resolve) => (goOn = resolve));
      await visit('/sites/matrix-methods');
      await readers().getByRole('button', { name: 'Check the changed pages as built' }).click();
      await expect.poll(progress).toBe('0 of 3 pages looked at');
      expect(await studio.tab.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts allow-same-origin');
      await readers().getByRole('button', { name: 'Stop' }).press('Enter');
      await expect.poll(progress).toBe('Stopped after 0 of 3 pages. Nothing was found in what is written on 0 pages.');
      goOn();
      await readers().getByRole('button', { name: 'Check them again' }).click();
      await readers().getByText('1 place on 1 of 3 pages would leave somebody out.').waitFor({ timeout: 60_000 });
    });

    test('says why the preview cannot be shown, and waits while it opens', async () => {
      api.preview.state = { ...api.preview.state, state: 'starting', doing: 'Writing the pages', files: 12, builds: 0 };
      await visit('/sites/matrix-methods');
      await readers().getByRole('button', { name: 'Check the changed pages as built' }).click();
      await expect.poll(progress).toBe('Opening the preview. Writing the pages, 12 files …');
      api.preview.state = { ...api.preview.state, state: 'failed', doing: 'No worker had a free place.' };
      await readers().getByText('No worker had a free place.').waitFor();
      await readers().getByRole('button', { name: 'Check them again' }).waitFor();
    });
  });

  test('says so where there is nothing to warn of', async () => {
    await visit('/sites/ocw-ci-test-course');
    await region('Warnings').getByText('Nothing is broken in its 64 items.').waitFor();
    await region('For readers with a disability').getByText('there is nothing to look at', { exact: false }).waitFor();
    await region('What the studio did').getByText('Nothing ran for this site yet.', { exact: false }).waitFor();
  });

  test('opens a run in place, with its steps', async () => {
    await visit('/sites/matrix-methods');
    const runs = region('What the studio did');
    await runs.getByText('Publish to Production', { exact: true }).click();
    await runs.getByRole('list', { name: 'Steps: Publish to Production' }).getByText('Deploy to S3').waitFor();
    expect(await runs.getByRole('link', { name: /^Open this run ?: Publish to Production$/ }).getAttribute('href')).toMatch(/^\/runs\//);
  });

  test('has who works on it, how links and videos are, and what is scheduled', async () => {
    await visit('/sites/matrix-methods');
    const about = studio.tab.getByRole('complementary', { name: 'About this site' });
    await about.getByRole('region', { name: 'People' }).getByText('Olga Rivera').waitFor();
    await about.getByRole('region', { name: 'People' }).getByRole('link', { name: '1 person asks for access' }).waitFor();
    expect(await about.getByRole('link', { name: '1 links: Broken' }).getAttribute('href')).toBe('/sites/matrix-methods/links?status=broken');
    expect(await about.getByRole('link', { name: /videos: Waiting for a person/ }).getAttribute('href')).toBe('/sites/matrix-methods/videos?state=waiting');
    await visit('/sites/mathematics-for-computer-science');
    await studio.tab.getByText(/^Production is published by itself on /).waitFor();
    await studio.tab.getByRole('link', { name: 'Look at the review, or take the schedule back' }).waitFor();
  });

  test('leads to the content the starter has, kind by kind', async () => {
    await visit('/sites/matrix-methods');
    const content = studio.tab.getByRole('navigation', { name: 'Content of the site' });
    await content.getByRole('link', { name: 'Resources 1,231 items' }).waitFor();
    expect(await content.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual(['page', 'resource', 'video_gallery', 'metadata', 'navmenu'].map((kind) => `/sites/matrix-methods/content/${kind}`));
  });

  test('a part that cannot be read says so there, and the rest stays', async () => {
    api.refusals.set('GET /api/v1/sites/:site/validation', { code: 'starterMissing', message: 'The site has no starter that was read without fault.' });
    await visit('/sites/matrix-methods');
    await region('Warnings').getByRole('alert').filter({ hasText: 'no starter' }).waitFor();
    await region('What the studio did').getByText('Publish to Staging', { exact: true }).waitFor();
    api.refusals.delete('GET /api/v1/sites/:site/validation');
    await region('Warnings').getByRole('button', { name: 'Try again' }).click();
    await region('Warnings').getByText('Readers meet it').waitFor();
  });

  test.each([1440, 390])('does not move what is being read while it loads, %d px wide', async (width) => {
    await studio.open({ viewport: { width, height: 900 } });
    await studio.tab.addInitScript(() => {
      const shifts: { value: number; what: string }[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((entries) => {
        for (const entry of entries.getEntries() as unknown as { value: number; hadRecentInput: boolean; sources?: { node?: Element }[] }[]) if (!entry.hadRecentInput) shifts.push({ value: entry.value, what: (entry.sources ?? []).map(({ node }) => `${node?.nodeName ?? ''}.${node?.className ?? ''}`).join(' ') });
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await visit('/sites/matrix-methods');
    await region('What the studio did').getByText('Publish to Staging', { exact: true }).waitFor();
    await studio.tab.getByRole('region', { name: 'People' }).waitFor();
    const shifts = await studio.tab.evaluate(() => (window as unknown as { shifts: { value: number; what: string }[] }).shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    process.stderr.write(`layout shift of a site’s home at ${width} px: ${sum.toFixed(3)} ${shifts.map(({ value, what }) => `${value.toFixed(3)} ${what}`).join('; ')}\n`);
    expect(sum).toBeLessThan(0.1);
  });

  test.each([['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]] as const)('has no fault for people with disabilities, with everything open, nor have the list and a new site (%s, %d px)', async (colorScheme, width) => {
    await studio.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: 'reduce' });
    await visit('/sites/matrix-methods');
    await region('What the studio did').waitFor();
    await list('Staging').getByRole('button', { name: 'What changed in Syllabus' }).click();
    await list('Staging').getByText('Lectures: 2 sessions / week').waitFor();
    await region('Warnings').getByText('Readers meet it').click();
    await region('For readers with a disability').getByRole('button', { name: '2 links that do not say where they lead' }).click();
    await region('What the studio did').getByText('Publish to Production', { exact: true }).click();
    const found = await axeFaults(studio.tab);
    await studio.tab.getByRole('button', { name: 'Account of Ada Okafor' }).click();
    // On a phone an open menu half covers what lies under it, which the rule on the size of targets counts.
    found.push(...(await axeFaults(studio.tab, ['color-contrast', 'button-name', 'link-name', 'list', 'aria-allowed-attr', 'aria-valid-attr-value'])));
    for (const path of ['/sites', '/sites?only=favourites', '/new-site', '/new-site/matrix-methods']) {
      await visit(path);
      found.push(...(await axeFaults(studio.tab)));
    }
    expect(found).toEqual([]);
  });

  test('is gone through by keyboard alone: from a change to what differs, and to the publish button', async () => {
    await visit('/sites/matrix-methods');
    await list('Staging').waitFor();
    await list('Staging').getByRole('link', { name: 'Syllabus', exact: true }).focus();
    await studio.tab.keyboard.press('j');
    await expect.poll(focused).toBe('Readings');
    await studio.tab.keyboard.press('k');
    await studio.tab.keyboard.press('Tab');
    await studio.tab.keyboard.press('Enter');
    await list('Staging').getByText('Lectures: 2 sessions / week').waitFor();
    await studio.tab.keyboard.press('p');
    await expect.poll(focused).toBe('Publish to Staging');
  });
});
