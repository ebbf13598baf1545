import type { FrameLocator, Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { axeFaults } from './support/axeFaults.ts';
import { previewedHost } from './support/previewedPage.ts';
import type { PreviewFixture } from './support/previewFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

const SITE = 'matrix-methods';
const ITEM = 'f1a0e7a4-0000-4000-8000-000000000001';
const PHONE = { viewport: { width: 390, height: 800 } };

describe.skipIf(chromium === undefined)('form and preview', { timeout: 120_000 }, () => {
  const studio = useStudioTab();
  let preview: PreviewFixture;

  beforeEach(() => {
    ({ preview } = studio.api);
    preview.state = { ...preview.state, state: 'ready', doing: '', instance: 'one', builds: 1, revision: 3 };
    const item = studio.api.world.items.get(ITEM);
    if (item === undefined) throw new Error('There is no item to write in');
    studio.api.world.items.set(ITEM, { ...item, markdown: ['Intro', '', '![](/img/plot.png)', '', 'See [](https://example.edu/a).', ...Array.from({ length: 60 }, (_, at) => `\nParagraph ${at}`)].join('\n') });
  });

  async function open(options?: Parameters<typeof studio.open>[0], query: Record<string, string> = {}): Promise<void> {
    if (options !== undefined) await studio.open(options);
    await studio.answerHost(new URL(preview.home).host, previewedHost(studio.api.url, () => ({ title: 'Syllabus', body: '<header><img src="/logo.png"></header><main><article><h1>Syllabus</h1><p>Intro</p><img src="/img/plot.png"><p>See <a href="https://example.edu/a"></a>.</p></article></main>' })));
    await studio.visit(pathTo('item', { site: SITE, item: ITEM }, query));
    await expect.poll(() => studio.tab.getByLabel('Title', { exact: true }).isEnabled()).toBe(true);
  }
  const pane = (): Locator => studio.tab.getByRole('region', { name: 'Preview' });
  const frame = (): FrameLocator => studio.tab.frameLocator('iframe[title="Preview of the page"]');
  const toggle = (name: 'Show' | 'Hide'): Locator => studio.tab.getByRole('button', { name: `${name} the preview` });
  const line = (): Locator => studio.tab.getByRole('separator', { name: 'Width of the form beside the preview' });
  const editor = (): Locator => studio.tab.locator('[id="field-markdown-row"] .cm-content');
  /** The text of the line that the cursor is in, and whether it is seen. */
  const cursor = (): Promise<{ readonly text: string; readonly isSeen: boolean } | null> =>
    studio.tab.evaluate(() => {
      const at = getSelection()?.anchorNode;
      const line = (at instanceof Element ? at : at?.parentElement)?.closest('.cm-line');
      if (line == null || document.activeElement?.closest('.cm-editor') == null) return null;
      const box = line.getBoundingClientRect();
      return { text: line.textContent, isSeen: box.top >= 0 && box.bottom <= innerHeight };
    });

  describe('on a wide window', () => {
    test('stand side by side, the preview as high as the window and in sight of a long form', async () => {
      await open();
      await toggle('Show').press('Enter');
      await frame().getByRole('heading', { name: 'Syllabus' }).waitFor();
      const [form, shown] = [await studio.tab.locator('[data-fields]').boundingBox(), await pane().boundingBox()];
      expect(shown?.x).toBeGreaterThan((form?.x ?? 0) + (form?.width ?? 0));
      expect(shown?.height).toBeGreaterThan(850);
      expect(shown?.height).toBeLessThanOrEqual(900);
      await studio.tab.evaluate(() => scrollTo(0, 600));
      // The top of the window, and a space of one.
      await expect.poll(async () => Math.round((await pane().boundingBox())?.y ?? -1)).toBe(14);
      expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    });

    test('are divided by keyboard and by pointer, and this browser remembers it', async () => {
      await open();
      await toggle('Show').press('Enter');
      await line().waitFor();
      const value = async (): Promise<number> => Number(await line().getAttribute('aria-valuenow'));
      expect(await value()).toBe(50);
      await line().press('ArrowRight');
      expect(await value()).toBe(52);
      await line().press('ArrowLeft');
      await line().press('ArrowLeft');
      expect(await value()).toBe(48);
      await line().press('End');
      expect(await value()).toBe(70);
      await line().press('Home');
      expect(await value()).toBe(30);
      const narrow = (await studio.tab.locator('[data-fields]').boundingBox())?.width ?? 0;
      // Over the frame, which is another page.
      const [from, over] = [await line().boundingBox(), await pane().locator('iframe').first().boundingBox()];
      await studio.tab.mouse.move((from?.x ?? 0) + 10, 400);
      await studio.tab.mouse.down();
      await studio.tab.mouse.move((from?.x ?? 0) + 60, 420, { steps: 3 });
      await studio.tab.mouse.move((over?.x ?? 0) + 150, 420, { steps: 5 });
      await studio.tab.mouse.up();
      const divided = await value();
      expect(divided).toBeGreaterThan(35);
      expect((await studio.tab.locator('[data-fields]').boundingBox())?.width).toBeGreaterThan(narrow + 50);
      // Who let go of it does not move it any more.
      await studio.tab.mouse.move(300, 420);
      expect(await value()).toBe(divided);
      await studio.visit(pathTo('item', { site: SITE, item: ITEM }));
      await line().waitFor();
      expect(await value()).toBe(divided);
      await toggle('Hide').press('Enter');
      await expect.poll(() => pane().count()).toBe(0);
      await studio.visit(pathTo('item', { site: SITE, item: ITEM }));
      await toggle('Show').waitFor();
      expect(await line().count()).toBe(0);
    });

    test('become two tabs and back when the window changes, with all that is written', async () => {
      await open();
      await studio.tab.getByLabel('Title', { exact: true }).fill('Not saved');
      await toggle('Show').press('Enter');
      await pane().waitFor();
      await studio.tab.setViewportSize({ width: 700, height: 900 });
      await studio.tab.getByRole('tab', { name: 'Write', selected: true }).waitFor();
      expect(await studio.tab.getByLabel('Title', { exact: true }).inputValue()).toBe('Not saved');
      await studio.tab.setViewportSize({ width: 1440, height: 900 });
      await line().waitFor();
      expect(await studio.tab.getByLabel('Title', { exact: true }).inputValue()).toBe('Not saved');
    });
  });

  describe('on a phone', () => {
    test('are two tabs, which keep the form, its scroll and its cursor', async () => {
      await open(PHONE);
      expect(await studio.tab.getByRole('tab').allInnerTexts()).toEqual(['Write', 'Preview']);
      await editor().click();
      await studio.tab.keyboard.press('Control+Home');
      await studio.tab.keyboard.type('Now ');
      await expect.poll(async () => (await cursor())?.text).toBe('Now Intro');
      await studio.tab.evaluate(() => scrollTo(0, 500));
      await studio.tab.getByRole('tab', { name: 'Preview' }).evaluate((tab: HTMLElement) => tab.click());
      await frame().getByRole('heading', { name: 'Syllabus' }).waitFor();
      expect(await studio.tab.getByLabel('Title', { exact: true }).isVisible()).toBe(false);
      await expect.poll(() => preview.shown.some((fields) => JSON.stringify(fields).includes('Now Intro'))).toBe(true);
      await studio.tab.getByRole('tab', { name: 'Preview' }).press('ArrowLeft');
      await studio.tab.getByRole('tab', { name: 'Write', selected: true }).waitFor();
      expect(await studio.tab.getByRole('tab', { name: 'Write' }).evaluate((tab) => tab === document.activeElement)).toBe(true);
      await expect.poll(() => studio.tab.evaluate(() => Math.round(scrollY))).toBe(500);
      await editor().evaluate((content: HTMLElement) => content.focus({ preventScroll: true }));
      await studio.tab.keyboard.type('and ');
      await expect.poll(async () => (await cursor())?.text).toBe('Now and Intro');
    });
  });

  describe('a link of a report', () => {
    test('opens the text at its line, in sight and with the cursor', async () => {
      await open(undefined, { field: 'markdown', line: '47' });
      await expect.poll(cursor).toEqual({ text: 'Paragraph 20', isSeen: true });
      // Another place of the same item, without a page between.
      await studio.tab.evaluate(() => {
        const link = document.createElement('a');
        link.href = `${location.pathname}?field=markdown&line=5`;
        document.querySelector('main')?.append(link);
        link.click();
      });
      await expect.poll(async () => (await cursor())?.text).toContain('See');
      expect(await studio.tab.getByText('The place has changed').count()).toBe(0);
    });

    test('to a line or a field that is not there any more opens the item and says so', async () => {
      await open(undefined, { field: 'markdown', line: '4000' });
      await studio.tab.locator('form').getByText('You were led to line 4000 of ‘Body’, which has only 125 lines now', { exact: false }).waitFor();
      await expect.poll(async () => (await cursor())?.text).toBe('Paragraph 59');
      await studio.tab.getByRole('button', { name: 'Understood' }).click();
      await studio.visit(pathTo('item', { site: SITE, item: ITEM }, { field: 'metadata.gone' }));
      await studio.tab.locator('form').getByText('You were led to ‘gone’, which is no field of this form any more.', { exact: false }).waitFor();
    });
  });

  describe('a check of the built page', () => {
    test('says what is missing in plain words, leads to the line, and tells the theme apart', async () => {
      await open();
      await toggle('Show').press('Enter');
      await frame().getByRole('heading', { name: 'Syllabus' }).waitFor();
      await pane().getByRole('button', { name: 'Check this page for readers' }).press('Enter');
      await pane().getByText('2 places on this page would leave somebody out.').waitFor({ timeout: 60_000 });
      const found = pane().getByRole('region', { name: 'What the check found' });
      await found.getByText('A picture has no alternative text', { exact: false }).waitFor();
      await found.getByText('A link has no text that a screen reader could say.', { exact: false }).waitFor();
      await found.getByText('1 place outside of the text comes from the theme, not from what was written', { exact: false }).waitFor();
      await found.getByRole('button', { name: 'Body, line 3' }).press('Enter');
      await expect.poll(async () => (await cursor())?.text).toContain('plot.png');
      await found.getByRole('button', { name: 'Body, line 5' }).press('Enter');
      await expect.poll(async () => (await cursor())?.text).toContain('See');
    });

    test('says so when the page cannot load it', async () => {
      await studio.answerHost(new URL(preview.home).host, (path) => (path.endsWith('.js') ? '' : previewedHost(studio.api.url, () => ({ title: 'x', body: '<h1>Syllabus</h1>' }))(path)));
      await studio.visit(pathTo('item', { site: SITE, item: ITEM }));
      await toggle('Show').press('Enter');
      await frame().getByRole('heading', { name: 'Syllabus' }).waitFor();
      await pane().getByRole('button', { name: 'Check this page for readers' }).press('Enter');
      await pane().getByText('The check could not be loaded into the page.', { exact: false }).waitFor();
    });
  });

  test.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
    ['dark', 390],
  ] as const)('no fault is found by axe: %s, %i px', async (colorScheme, width) => {
    await open({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce', bypassCSP: true });
    if (width === 390) await studio.tab.getByRole('tab', { name: 'Preview' }).press('ArrowRight');
    else await toggle('Show').press('Enter');
    if (width === 390) await studio.tab.getByRole('tab', { name: 'Preview', selected: true }).waitFor();
    await frame().getByRole('heading', { name: 'Syllabus' }).waitFor();
    await pane().getByRole('button', { name: 'Check this page for readers' }).press('Enter');
    await pane().getByText('2 places on this page would leave somebody out.').waitFor({ timeout: 60_000 });
    expect(await axeFaults(studio.tab)).toEqual([]);
    expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
