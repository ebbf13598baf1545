import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { axeFaults } from './support/axeFaults.ts';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('the palette', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused } = studio;
  let api: FixtureApi;

  beforeEach(() => {
    ({ api } = studio);
  });

  const field = (): Locator => studio.tab.getByRole('combobox', { name: 'Go to a site, a page or an item' });
  const group = (name: string): Promise<string[]> => studio.tab.getByRole('group', { name, exact: true }).getByRole('option').locator('.title').allTextContents();
  const active = (): Promise<string> => studio.tab.evaluate(() => document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '')?.querySelector('.title')?.textContent ?? '');
  const open = async (): Promise<void> => {
    await studio.tab.keyboard.press('Control+k');
    await field().waitFor();
    await expect.poll(() => studio.tab.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox');
  };

  test('is loaded when somebody wants it, and goes to a site that the server finds', async () => {
    await visit('/sites');
    const loaded = (): Promise<number> => studio.tab.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /Palette-[^/]*\.js$/.test(name)).length);
    expect(await loaded()).toBe(0);
    await open();
    expect(await loaded()).toBe(1);
    await studio.tab.keyboard.type('8.04');
    await expect.poll(() => group('Sites')).toEqual(['Quantum Physics I']);
    await expect.poll(active).toBe('Quantum Physics I');
    await studio.tab.keyboard.press('Enter');
    await studio.tab.getByRole('heading', { level: 1, name: 'Quantum Physics I' }).waitFor();
    await expect.poll(focused).toBe('Quantum Physics I');
  });

  test('finds content of the site one is at, and pages of it', async () => {
    await visit('/sites/matrix-methods');
    await open();
    await studio.tab.keyboard.type('syll');
    await expect.poll(() => group('Content')).toEqual(['Syllabus']);
    await field().fill('captions');
    await expect.poll(() => group('This site')).toEqual(['Videos']);
    await studio.tab.keyboard.press('Enter');
    await studio.tab.getByRole('heading', { level: 1 }).filter({ hasText: 'Videos' }).waitFor();
  });

  test('leads to the button of an action rather than press it', async () => {
    await visit('/sites/mathematics-for-computer-science');
    await open();
    await studio.tab.keyboard.type('publishes to prod');
    await expect.poll(active).toBe('Go to the button that publishes to Production');
    await studio.tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('Publish to Production');
    expect(studio.posts()).toEqual([]);
  });

  test('goes up and down through all groups, round the ends, and gives the focus back on Escape', async () => {
    await visit('/sites');
    await studio.tab.getByRole('button', { name: 'Go to …' }).focus();
    await studio.tab.keyboard.press('Enter');
    await field().waitFor();
    const options = await studio.tab.getByRole('listbox', { name: 'What fits' }).getByRole('option').locator('.title').allTextContents();
    expect(options.length).toBeGreaterThan(5);
    expect(await active()).toBe(options[0]);
    await studio.tab.keyboard.press('ArrowDown');
    await expect.poll(active).toBe(options[1]);
    await studio.tab.keyboard.press('ArrowUp');
    await studio.tab.keyboard.press('ArrowUp');
    await expect.poll(active).toBe(options.at(-1));
    expect(await studio.tab.locator('[role=option][aria-selected=true]').count()).toBe(1);
    await studio.tab.keyboard.press('Escape');
    await field().waitFor({ state: 'hidden' });
    await expect.poll(focused).toContain('Go to …');
  });

  test('has what was used last first', async () => {
    await visit('/sites');
    await open();
    await studio.tab.keyboard.type('recurring');
    await expect.poll(active).toBe('Recurring work');
    await studio.tab.keyboard.press('Enter');
    await studio.tab.getByRole('heading', { level: 1, name: 'Recurring work' }).waitFor();
    await open();
    expect(await group('Recent')).toEqual(['Recurring work']);
  });

  test('says when nothing fits, and when a search is refused', async () => {
    await visit('/sites');
    await open();
    await studio.tab.keyboard.type('zzzz');
    await studio.tab.getByRole('status').filter({ hasText: 'Nothing fits.' }).waitFor();
    api.refusals.set('GET /api/v1/sites', { code: 'databaseUnavailable', message: 'The studio’s database does not answer.' });
    await field().fill('matrix');
    await studio.tab.getByRole('status').filter({ hasText: 'The sites cannot be searched now: The studio’s database does not answer.' }).waitFor();
  });

  test('offers the administration to admins alone', async () => {
    if (api.world.me !== null) api.world.me = { ...api.world.me, roles: [], can: { ...api.world.me.can, grant: false, inspect: false, importSites: false } };
    await visit('/sites');
    await open();
    expect(await group('Studio')).toEqual(['Sites', 'Your account', 'Runs', 'Mails']);
  });

  test.each(['light', 'dark'] as const)('has no fault for people with disabilities, on a phone either (%s)', async (colorScheme) => {
    for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
      await studio.open({ colorScheme, bypassCSP: true, viewport });
      await visit('/sites/matrix-methods');
      await open();
      await studio.tab.keyboard.type('s');
      await studio.tab.getByRole('status').filter({ hasText: /results$/ }).waitFor();
      expect(await axeFaults(studio.tab)).toEqual([]);
      expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    }
  });
});
