import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { axeFaults } from './support/axeFaults.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

const site = 'matrix-methods';
const TOTAL = 5_000;
const title = (number: number): string => `Resource ${String(number).padStart(4, '0')}`;
const LIST = pathTo('content', { site, kind: 'resource' }, { sort: 'title' });

describe.skipIf(chromium === undefined)('a list of 5,000 items', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { focused, visit } = studio;

  beforeEach(() => {
    for (let number = 1; number <= TOTAL; number += 1) studio.api.content.add({ type: 'resource', title: title(number), textId: `r-${number}`, metadata: { resourcetype: 'Document' } });
  });

  const list = (): Locator => studio.tab.getByRole('list', { name: 'Resources', exact: true });
  const link = (number: number): Locator => list().getByRole('link', { name: title(number), exact: true });
  const row = (number: number): Locator => link(number).locator('xpath=ancestor::li[1]');
  const drawn = (): Promise<number> => list().locator(':scope > li').count();
  const pagesAsked = (): string[] => studio.api.asked.filter((asked) => asked.startsWith(`GET /api/v1/sites/${site}/items?`));
  const scrollTo = (share: number): Promise<void> => studio.tab.evaluate((part) => window.scrollTo(0, part * (document.documentElement.scrollHeight - innerHeight)), share);
  /** The number of the first row that is whole in the window, below the bar. */
  const firstSeen = (): Promise<number> =>
    studio.tab.evaluate(() => {
      const seen = [...document.querySelectorAll<HTMLElement>('main li[aria-posinset]')].find((element) => element.getBoundingClientRect().top >= 80);
      return Number(seen?.getAttribute('aria-posinset') ?? 0);
    });

  test('draws what one sees of it, says where each row stands, and reads no page that is only passed by', async () => {
    await visit(LIST);
    await link(1).waitFor();
    await studio.tab.getByText('5,000 items', { exact: true }).waitFor();
    expect(await drawn()).toBeLessThan(60);
    expect(pagesAsked()).toHaveLength(1);
    expect([await row(1).getAttribute('aria-posinset'), await row(1).getAttribute('aria-setsize')]).toEqual(['1', '5000']);
    for (let share = 0; share < 1; share += 0.02) await scrollTo(share);
    await scrollTo(1);
    await link(TOTAL).waitFor();
    expect(await row(TOTAL).getAttribute('aria-posinset')).toBe('5000');
    expect(await drawn()).toBeLessThan(60);
    expect(pagesAsked().length).toBeLessThan(12);
    // The last row ends where the list ends.
    const [end, last] = [await list().boundingBox(), await row(TOTAL).boundingBox()];
    expect(Math.abs((end?.y ?? 0) + (end?.height ?? 0) - (last?.y ?? 0) - (last?.height ?? 0))).toBeLessThan(3);
    expect(await row(TOTAL).evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
  });

  test('is gone through by keyboard: from row to row, to its end, and on from a row that was scrolled out of sight', async () => {
    await visit(LIST);
    await link(1).waitFor();
    for (let number = 1; number <= 30; number += 1) {
      await studio.tab.keyboard.press('j');
      await expect.poll(focused).toBe(title(number));
    }
    expect(await row(30).evaluate((element) => element.getBoundingClientRect().top >= 0 && element.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    await scrollTo(0.5);
    await expect.poll(firstSeen).toBeGreaterThan(2_000);
    expect(await focused()).toBe(title(30));
    await studio.tab.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe(title(31));
    expect(await row(31).evaluate((element) => element.getBoundingClientRect().top >= 0 && element.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    await studio.tab.evaluate(() => (document.activeElement as HTMLElement).blur());
    await studio.tab.keyboard.press('k');
    await expect.poll(focused).toBe(title(TOTAL));
    await studio.tab.keyboard.press('k');
    await expect.poll(focused).toBe(title(TOTAL - 1));
  });

  test.each([1440, 390])('is where one left it when one comes back from an item, %i pixels wide', async (width) => {
    await studio.open({ viewport: { width, height: 800 } });
    await visit(LIST);
    await link(1).waitFor();
    await scrollTo(0.1);
    await scrollTo(0.6);
    await expect.poll(firstSeen).toBeGreaterThan(2_000);
    const seen = await firstSeen();
    await link(seen).waitFor();
    const before = await row(seen).evaluate((element) => element.getBoundingClientRect().top);
    await link(seen).click();
    await studio.tab.getByRole('heading', { level: 1, name: title(seen) }).waitFor();
    await studio.tab.goBack();
    await link(seen).waitFor();
    await expect.poll(async () => Math.abs((await row(seen).evaluate((element) => element.getBoundingClientRect().top)) - before)).toBeLessThan(3);
  });

  test('stays where one is when an item is deleted and brought back, and when somebody else changes it', async () => {
    studio.api.content.namedBy.set('r-2500', []);
    await visit(LIST);
    await link(1).waitFor();
    await scrollTo(0.5);
    await link(2_500).waitFor();
    const place = (): Promise<number> => studio.tab.evaluate(() => window.scrollY);
    await studio.tab.getByRole('button', { name: `Delete … ${title(2_500)}` }).click();
    await studio.tab.getByRole('button', { name: 'Delete it', exact: true }).click();
    await expect.poll(() => link(2_500).count()).toBe(0);
    // The first of one page is now the last of the one before.
    await expect.poll(() => link(2_501).count()).toBe(1);
    expect(await row(2_501).getAttribute('aria-posinset')).toBe('2500');
    await studio.tab.getByText('4,999 items', { exact: true }).waitFor();
    expect(await place()).toBeGreaterThan(100_000);
    await studio.tab.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => [await link(2_500).count(), await link(2_501).count()]).toEqual([1, 1]);
    expect(await place()).toBeGreaterThan(100_000);
    studio.api.content.add({ type: 'resource', title: 'Resource 2499 and a half', textId: 'half', metadata: {} });
    studio.api.tell({ kind: 'site', site, runId: null });
    await list().getByRole('link', { name: 'Resource 2499 and a half', exact: true }).waitFor();
    await studio.tab.getByText('5,001 items', { exact: true }).waitFor();
  });

  test('says of rows that could not be read why, and reads them when one asks again', async () => {
    await visit(LIST);
    await link(1).waitFor();
    const { refusals } = studio.api;
    refusals.set('GET /api/v1/sites/:site/items', { code: 'databaseUnavailable', message: 'The database cannot be reached.' });
    await scrollTo(1);
    await list().getByText('Item 5,000 could not be read').waitFor();
    await list().getByText('The database cannot be reached.').last().waitFor();
    refusals.clear();
    await list().getByRole('button', { name: 'Try again' }).last().click();
    await link(TOTAL).waitFor();
    expect(await list().getByText('could not be read').count()).toBe(0);
  });

  test.each(['light', 'dark'] as const)('has no fault that axe knows, %s', async (colorScheme) => {
    for (const width of [1440, 390]) {
      await studio.open({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
      await visit(LIST);
      await link(1).waitFor();
      await scrollTo(0.5);
      await expect.poll(firstSeen).toBeGreaterThan(2_000);
      await link(await firstSeen()).waitFor();
      expect(await axeFaults(studio.tab)).toEqual([]);
      expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    }
  });
});
