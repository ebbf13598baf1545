import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildPage, findChromium, launch } from './browser.ts';
import { FixtureApi } from './fixtureApi.ts';
import { createWorld } from './world.ts';

/** The browser that pages are tried in; undefined where there is none, which is said once. */
export const chromium = findChromium();

if (chromium === undefined) process.stderr.write('The pages of the studio are not tried: no Chromium was found (install it, or name one with CHROMIUM_BIN).\n');

/** A studio in a browser, made anew for each test of a file. */
export interface StudioTab {
  readonly api: FixtureApi;
  readonly tab: Tab;
  /** Opens another tab instead, such as one of a phone. */
  readonly open: (options: Parameters<Browser['newContext']>[0]) => Promise<void>;
  /** Goes to an address, until its page is there. */
  readonly visit: (path: string) => Promise<void>;
  /** The text of what has the focus. */
  readonly focused: () => Promise<string>;
  /** Goes on by Tab to the button of this name, and presses it. */
  readonly press: (name: string) => Promise<void>;
  /** Lets the pages ask for this address elsewhere, which is answered so; anything else there is a fault. */
  readonly answerOutside: (address: string, html: string) => void;
  /** Lets the pages ask a host for anything, which is answered by its path, and not before `held` has ended. */
  readonly answerHost: (host: string, html: (path: string) => string, held?: () => Promise<void>) => Promise<void>;
  /** What was asked for that changes something, oldest first. */
  readonly posts: () => string[];
}

/** Registers what a file of tests needs to try pages: each gets its own studio and tab, and fails on a fault that either told of. `page` is the folder of another page than the studio. */
export function useStudioTab(page = 'web'): StudioTab {
  let built: ReturnType<typeof buildPage>;
  let browser: Browser;
  let api: FixtureApi;
  let context: BrowserContext | undefined;
  let tab: Tab;
  let complaints: string[] = [];
  const outside = new Map<string, string>();
  const hosts = new Set<string>();

  beforeAll(async () => {
    built = buildPage(page);
    browser = await launch(chromium ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    built.remove();
  });

  beforeEach(async () => {
    api = new FixtureApi(createWorld());
    await api.start(built.folder);
    await open({});
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
    await api.stop();
    expect(api.faults).toEqual([]);
    // An answer that is an error is told by the browser, too; everything else it tells is a fault of the page or its policy.
    expect(complaints.filter((line) => !line.startsWith('Failed to load resource'))).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    tab = await context.newPage();
    complaints = [];
    outside.clear();
    hosts.clear();
    tab.setDefaultTimeout(20_000);
    tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    tab.on('pageerror', (error) => complaints.push(String(error)));
    tab.on('request', (request) => void (!request.url().startsWith(api.url) && !outside.has(request.url()) && !hosts.has(new URL(request.url()).host) && complaints.push(`asked for ${request.url()}`)));
    await tab.route((url) => outside.has(url.href), (route) => route.fulfill({ contentType: 'text/html', body: outside.get(route.request().url()) ?? '' }));
  }

  const focused = (): Promise<string> => tab.evaluate(() => document.activeElement?.textContent.trim() ?? '');

  return {
    get api() {
      return api;
    },
    get tab() {
      return tab;
    },
    open,
    visit: async (path) => {
      await tab.goto(`${api.url}${path}`);
      // A page has its title while it is still being read, too, and for a moment neither: both are asked at once.
      await tab.waitForFunction(() => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null);
    },
    focused,
    press: async (name) => {
      for (let turns = 0; turns < 60 && (await focused()) !== name; turns += 1) await tab.keyboard.press('Tab');
      expect(await focused()).toBe(name);
      await tab.keyboard.press('Enter');
    },
    answerOutside: (address, html) => void outside.set(address, html),
    answerHost: async (host, html, held) => {
      hosts.add(host);
      await tab.route((url) => url.host === host, async (route) => {
        await held?.();
        const { pathname } = new URL(route.request().url());
        return route.fulfill({ contentType: pathname.endsWith('.js') ? 'text/javascript' : 'text/html', body: html(pathname) });
      });
    },
    posts: () => api.asked.filter((asked) => !asked.startsWith('GET')),
  };
}
