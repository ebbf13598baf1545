import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('the list of sites', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, posts } = studio;
  let api: FixtureApi;

  beforeEach(() => {
    ({ api } = studio);
  });

  const rows = (): Locator => studio.tab.getByRole('list', { name: 'Sites' }).locator(':scope > li');
  const first = async (): Promise<string> => (await rows().first().getByRole('link').textContent()) ?? '';
  const search = (): string => new URL(studio.tab.url()).search;

  test('is searched as one types: one question for a word, the address can be shared', async () => {
    await visit('/sites');
    await rows().first().waitFor();
    const before = api.asked.length;
    await studio.tab.keyboard.press('/');
    await studio.tab.keyboard.type('quantum', { delay: 20 });
    await studio.tab.getByText('1 site found').waitFor();
    expect(await first()).toBe('Quantum Physics I');
    expect(search()).toBe('?search=quantum');
    expect(api.asked.slice(before).filter((asked) => asked.includes('search='))).toHaveLength(1);
  });

  test('is narrowed by which, state, version, starter and kind, and says how to come back', async () => {
    await visit('/sites');
    await studio.tab.getByLabel('State').selectOption('failed');
    await expect.poll(search).toBe('?state=failed');
    await studio.tab.getByLabel('Of', { exact: true }).selectOption('draft');
    await studio.tab.getByLabel('Starter').selectOption('ocw-course-v2');
    await studio.tab.getByLabel('Order').selectOption('title');
    await expect.poll(search).toBe('?state=failed&version=draft&starter=ocw-course-v2&sort=title');
    await expect.poll(() => api.asked.at(-1)).toContain('state=failed&version=draft&starter=ocw-course-v2');
    expect(await rows().count()).toBe(1);
    await studio.tab.getByLabel('Kind').selectOption('pk12');
    await studio.tab.getByRole('heading', { name: 'No site fits' }).waitFor();
    await studio.tab.getByRole('link', { name: 'Show all sites' }).click();
    await expect.poll(() => rows().count()).toBe(7);
    expect(await studio.tab.getByLabel('State').inputValue()).toBe('');
  });

  test('has a star for each, which comes first at once and is taken back when it is refused', async () => {
    await visit('/sites?only=favourites');
    await studio.tab.getByRole('heading', { name: 'You have no favourites yet' }).waitFor();
    await studio.tab.getByRole('link', { name: 'Show all sites' }).click();
    const star = studio.tab.getByRole('button', { name: 'Favourite: Quantum Physics I' });
    await star.click();
    await expect.poll(first).toBe('Quantum Physics I');
    expect(await star.getAttribute('aria-pressed')).toBe('true');
    expect(posts()).toEqual(['PUT /api/v1/sites/quantum-physics-i/favourite']);
    await studio.tab.getByRole('navigation', { name: 'Which sites' }).getByRole('link', { name: 'Favourites' }).click();
    await studio.tab.getByText('1 site found').waitFor();
    api.refusals.set('DELETE /api/v1/sites/:site/favourite', { code: 'databaseUnavailable', message: 'The studio’s database does not answer. Try again in a moment.' });
    await star.click();
    await studio.tab.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
    expect(await star.getAttribute('aria-pressed')).toBe('true');
  });

  test('is gone through by j, k and Enter, and remembers what was opened', async () => {
    await visit('/sites');
    await rows().first().waitFor();
    await studio.tab.keyboard.press('j');
    await expect.poll(focused).toBe(await first());
    await studio.tab.keyboard.press('j');
    await studio.tab.keyboard.press('j');
    await studio.tab.keyboard.press('k');
    const name = (await rows().nth(1).getByRole('link').textContent()) ?? '';
    await expect.poll(focused).toBe(name);
    await studio.tab.keyboard.press('Enter');
    await studio.tab.getByRole('heading', { level: 1, name }).waitFor();
    await visit('/sites/quantum-physics-i');
    await studio.tab.getByRole('heading', { level: 1, name: 'Quantum Physics I' }).waitFor();
    await visit('/sites');
    const recent = studio.tab.getByRole('navigation', { name: 'Recently opened' });
    await recent.waitFor();
    expect((await recent.getByRole('link').allTextContents())[0]).toBe('8.04-spring-2016');
  });

  test('drops the answer to letters that were typed before', async () => {
    await visit('/sites');
    await rows().first().waitFor();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await studio.tab.route(/\/api\/v1\/sites\?.*search=circ&?/, async (route) => {
      await held;
      await route.continue();
    });
    const field = studio.tab.getByRole('searchbox');
    const asked = studio.tab.waitForRequest(/search=circ(?:&|$)/);
    await field.fill('circ');
    await asked;
    await field.fill('quantum');
    await studio.tab.getByText('1 site found').waitFor();
    const late = studio.tab.waitForResponse(/search=circ(?:&|$)/);
    release();
    await late;
    await expect.poll(first).toBe('Quantum Physics I');
  });

  test('looks light or dark as a person chose, whatever the system says, also after the page is loaded again', async () => {
    await studio.open({ colorScheme: 'light' });
    await visit('/sites');
    const ground = (): Promise<string> => studio.tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await studio.tab.getByRole('button', { name: 'Account of Ada Okafor' }).click();
    await studio.tab.getByRole('radio', { name: 'Dark' }).check();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await studio.tab.reload();
    await rows().first().waitFor();
    expect(await ground()).toBe(dark);
    await studio.tab.emulateMedia({ colorScheme: 'dark' });
    await studio.tab.getByRole('button', { name: 'Account of Ada Okafor' }).click();
    await studio.tab.getByRole('radio', { name: 'Light' }).check();
    expect(await ground()).toBe(light);
    await studio.tab.getByRole('radio', { name: 'System' }).check();
    expect(await ground()).toBe(dark);
  });
});
