import type { Page as Tab } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pages } from '../../web/src/pages/routes.ts';
import { axeFaults } from './support/axeFaults.ts';
import { emptyStudio } from './support/emptyStudio.ts';
import type { FixtureApi } from './support/fixtureApi.ts';
import { type PageStates, pageStates } from './support/pageStates.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Under which the API’s log has what broke. */
const NUMBER = '5b0e8a52-7c1f-4c2b-9d0e-3f1a2b4c5d6e';

describe('the list of states', () => {
  test('knows every page of the studio', () => {
    const elsewhere = ['start', 'admin', 'notFound'];
    expect(Object.keys(pageStates).sort()).toEqual(pages.map(({ name }) => name as string).filter((name) => !elsewhere.includes(name)).sort());
  });
});

describe.skipIf(chromium === undefined)('a page of the studio', { timeout: 120_000 }, () => {
  const studio = useStudioTab();
  let api: FixtureApi;
  let tab: Tab;

  beforeEach(async () => {
    await studio.open({ viewport: WIDE, bypassCSP: true, reducedMotion: 'reduce', colorScheme: 'light' });
    ({ api, tab } = studio);
  });

  const main = () => tab.locator('main');
  const alert = (text: string | RegExp) => main().getByRole('alert').filter({ hasText: text });
  /** Goes to an address, until the browser has its first answer. */
  const goTo = (path: string) => tab.goto(`${api.url}${path}`, { waitUntil: 'commit' });

  /** What holds in every state: where one is, by heading and title. */
  async function framed(state: string): Promise<void> {
    // A page that has come is still a blank for a moment before it says what it reads.
    const heading = tab.locator('h1');
    await expect.poll(() => heading.count(), { message: `${state}: its headings` }).toBe(1);
    await expect.poll(async () => (await tab.title()) === `${await heading.innerText()} · OCW Studio`, { message: `${state}: its title is its heading` }).toBe(true);
  }

  /** What holds in every state that one looks at for long: for everybody, light and dark, on a laptop and a phone. */
  async function sound(state: string, { isWhole = true } = {}): Promise<void> {
    await framed(state);
    const found = (await axeFaults(tab)).map((fault) => `${state}, light: ${fault}`);
    if (isWhole) {
      await tab.emulateMedia({ colorScheme: 'dark' });
      found.push(...(await axeFaults(tab, ['color-contrast', 'link-in-text-block'])).map((fault) => `${state}, dark: ${fault}`));
      await tab.emulateMedia({ colorScheme: 'light' });
    }
    await tab.setViewportSize(PHONE);
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) found.push(`${state}: ${over} px too wide for a phone`);
    await tab.setViewportSize(WIDE);
    expect(found).toEqual([]);
  }

  const isFilled = (states: PageStates) => main().getByText(states.filled).filter({ visible: true }).first().waitFor();

  async function loads(path: string, states: PageStates): Promise<void> {
    api.held.add(states.ask);
    await goTo(path);
    if (states.loading === 'busy') await main().locator('div[aria-busy="true"]').first().waitFor();
    else await tab.locator('h1').waitFor();
    await framed('loading');
    api.release();
    await isFilled(states);
    await expect.poll(() => main().locator('[aria-busy="true"]').count(), { message: 'is busy when it is there' }).toBe(0);
    await sound('filled');
  }

  async function breaks(path: string, states: PageStates): Promise<void> {
    api.refusals.set(states.ask, { code: 'internal', message: `Something in the studio is broken. The engineers find it in the log under ${NUMBER}.` });
    await goTo(path);
    await alert(NUMBER).first().waitFor();
    await sound('broken');
    api.refusals.clear();
    await main().getByRole('button', { name: 'Try again', exact: true }).first().click();
    await isFilled(states);
    await expect.poll(() => alert(NUMBER).count(), { message: 'says what is over' }).toBe(0);
  }

  async function losesConnection(path: string, states: PageStates): Promise<void> {
    api.away.add(states.ask);
    await goTo(path);
    await alert('The studio does not answer. Check your connection').first().waitFor();
    await framed('offline');
    api.away.clear();
    await main().getByRole('button', { name: 'Try again', exact: true }).first().click();
    await isFilled(states);
  }

  async function refuses(path: string, states: PageStates): Promise<void> {
    for (const [state, code, message] of [
      ['refused', 'forbidden', 'You have no role on this site. Ask its owner to add you.'],
      ['missing', 'notFound', 'There is no site of this name. It may have been renamed.'],
    ] as const) {
      api.refusals.set(states.ask, { code, message });
      await goTo(path);
      await alert(message).first().waitFor();
      await sound(state, { isWhole: false });
      expect(await main().getByRole('link').or(main().getByRole('button')).count(), `${state}: ways on`).toBeGreaterThan(0);
      api.refusals.clear();
    }
  }

  async function outlastsSession(path: string, states: PageStates): Promise<void> {
    await goTo(path);
    await isFilled(states);
    const { me } = api.world;
    const { written } = states;
    if (written === undefined) {
      api.world.me = null;
      // The browser is back at its network, so the page looks whether something happened meanwhile.
      await tab.evaluate(() => window.dispatchEvent(new Event('online')));
      await tab.waitForURL('**/sign-in?returnTo=*');
      await framed('signed out');
      const way = await tab.getByRole('link', { name: 'Sign in' }).getAttribute('href');
      expect(new URL(way ?? '', api.url).searchParams.get('returnTo')).toBe(path);
      api.world.me = me;
      await goTo(path);
      return isFilled(states);
    }
    const field = main().getByLabel(written.field, { exact: true });
    const button = main().getByRole('button', { name: written.button, exact: true });
    await written.write(tab, written.text);
    api.world.me = null;
    await button.click();
    await alert('You are signed out').waitFor();
    await framed('signed out');
    expect(await field.inputValue(), 'what was written').toBe(written.text);
    api.world.me = me;
    await main().getByRole('button', { name: 'I am signed in again' }).click();
    await alert('You are signed out').waitFor({ state: 'detached' });
    expect(await field.inputValue(), 'what was written').toBe(written.text);
    const before = sent(written.sends);
    await button.click();
    await expect.poll(() => sent(written.sends), { message: 'what was sent after signing in again' }).toBeGreaterThan(before);
  }

  /** How often a route was asked. */
  function sent(key: string): number {
    const [method = '', pattern = ''] = key.split(' ');
    const shape = new RegExp(`^${method} ${pattern.replace(/:\w+/g, '[^/]+')}$`);
    return api.asked.filter((asked) => shape.test(asked)).length;
  }

  test.each(Object.entries(pageStates))('%s', async (name, states) => {
    const path = typeof states.path === 'string' ? states.path : states.path(api);
    await loads(path, states);
    await breaks(path, states);
    await losesConnection(path, states);
    if (name !== 'signIn') {
      await refuses(path, states);
      await outlastsSession(path, states);
    }
    const { empty } = states;
    if ('never' in empty) return;
    emptyStudio(api);
    empty.prepare?.(api);
    await goTo(empty.path ?? path);
    await main().getByText(empty.says).filter({ visible: true }).first().waitFor();
    await sound('empty');
  });

  test('an address that nothing is at says so, and leads on', async () => {
    await goTo('/nowhere');
    await tab.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    await sound('not found');
  });

  test.each([['/', '/sites'], ['/admin', '/admin/system']])('%s leads to %s', async (from, to) => {
    await goTo(from);
    await tab.waitForURL(`**${to}`);
    await tab.locator('h1').waitFor();
    await framed('led on');
  });

  test('a studio that is away when one comes is there by itself once it answers', async () => {
    api.away.add('GET /api/v1/me');
    await goTo('/runs');
    await alert('The studio does not answer. Check your connection; it tries again by itself.').waitFor();
    await sound('the studio is away');
    api.away.clear();
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  test('a page that was slow to come has the focus on its heading', async () => {
    await studio.visit('/sites');
    await tab.getByRole('link', { name: 'Circuits and Electronics' }).waitFor();
    api.held.add('GET /api/v1/sites/:site');
    await tab.getByRole('link', { name: 'Circuits and Electronics' }).click();
    await main().locator('div[aria-busy="true"]').waitFor();
    await expect.poll(studio.focused).toBe('circuits-and-electronics');
    api.release();
    await expect.poll(studio.focused).toBe('Circuits and Electronics');
  });
});
