import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { buildWebApp, launch } from './support/browser.ts';
import { emptyStudio } from './support/emptyStudio.ts';
import { FixtureApi } from './support/fixtureApi.ts';
import { pageStates } from './support/pageStates.ts';
import { usePictureFonts } from './support/pictureFonts.ts';
import { differenceOf, faultOfPicture, isSeen, isSpecimenAlike, storedPicture } from './support/pictures.ts';
import { chromium } from './support/studioTab.ts';
import { createWorld } from './support/world.ts';

/** Noon, so that no zone makes another day of it. */
const NOW = new Date('2026-11-10T12:00:00.000Z');
/** Letters are drawn alike whatever the machine’s own settings for them are. */
const DRAWN_ALIKE = ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb', '--disable-partial-raster', '--disable-skia-runtime-opts'];
const sizes = {
  laptop: { viewport: { width: 1440, height: 900 }, colorScheme: 'light', most: 900 },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', most: 844 },
} as const;
type Size = keyof typeof sizes;
/** Letters, lines and controls of every kind that pages have: whoever draws these in another way draws every page so. */
const SPECIMEN = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Specimen</title><style>input,select,button,textarea{font:inherit}</style><body style="margin:16px;font:14px/20px var(--font);background:#fff;color:#1a1a18">
<h1 style="font-size:24px">Hamburgefonstiv 0123456789 &amp; ‘quotes’</h1><p>The quick brown fox jumps over the lazy dog. <a href="#x">A link</a> <code style="font-family:var(--font-code);font-size:12px">content/pages/a.md</code></p>
<p style="font-size:12px;color:#666660">Smaller and softer: 12 of 40 pages, 3 minutes ago</p>
<p><input value="Text"> <select><option>Choice</option></select> <input type="checkbox" checked> <input type="radio" checked> <button style="border:1px solid #ccc;border-radius:6px;padding:6px 12px;background:#a31f34;color:#fff;font:inherit">Publish</button></p>
<textarea rows="2">Two lines</textarea><hr><svg width="48" height="24" viewBox="0 0 48 24" fill="none" stroke="#1a1a18" stroke-width="1.5"><circle cx="12" cy="12" r="8"/><path d="M28 4l12 16"/></svg></body></html>`;

describe.skipIf(chromium === undefined)('how the studio looks', { timeout: 60_000 }, () => {
  let built: ReturnType<typeof buildWebApp>;
  let browser: Browser;
  let full: FixtureApi;
  let empty: FixtureApi;
  let contexts: Record<Size, BrowserContext>;
  let tabs: Record<Size, Tab>;
  let isDrawnAlike = false;

  beforeAll(async () => {
    // What the studio says happened so long ago, it says of this moment.
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    built = buildWebApp();
    browser = await launch(chromium ?? '', DRAWN_ALIKE);
    // Ids are counted, and some are shown: both worlds are made before anything else.
    [full, empty] = [new FixtureApi(createWorld()), new FixtureApi(createWorld())];
    emptyStudio(empty);
    await Promise.all([full.start(built.folder), empty.start(built.folder)]);
    const open = async (size: Size): Promise<BrowserContext> => {
      const { viewport, colorScheme } = sizes[size];
      const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1, reducedMotion: 'reduce', locale: 'en-US', timezoneId: 'America/New_York' });
      await usePictureFonts(context);
      // Each picture is of somebody who has just come.
      await context.addInitScript(() => {
        localStorage.clear();
        sessionStorage.clear();
      });
      return context;
    };
    contexts = { laptop: await open('laptop'), phone: await open('phone') };
    tabs = { laptop: await contexts.laptop.newPage(), phone: await contexts.phone.newPage() };
    for (const tab of Object.values(tabs)) await tab.clock.setFixedTime(NOW);
    isDrawnAlike = await drawsAlike(contexts.laptop);
  }, 120_000);
  beforeEach(({ skip }) => {
    if (!isDrawnAlike) skip('the browser of this machine draws letters and controls in another way than where the pictures were taken (test/golden/screens/specimen.png)');
  });
  afterAll(async () => {
    vi.useRealTimers();
    await browser.close();
    await Promise.all([full.stop(), empty.stop()]);
    built.remove();
    expect([...full.faults, ...empty.faults]).toEqual([]);
  });

  /** Whether pages look here as they did where the pictures were taken, whatever they say: another browser or other settings for letters make another picture of all of them. */
  async function drawsAlike(context: BrowserContext): Promise<boolean> {
    const tab = await context.newPage();
    await tab.route('http://specimen.invalid/', (route) => route.fulfill({ contentType: 'text/html', body: SPECIMEN }));
    await tab.goto('http://specimen.invalid/');
    await tab.evaluate(async () => {
      await document.fonts.ready;
      await Promise.all([...document.fonts].map((font) => font.load()));
    });
    const taken = await tab.screenshot({ clip: { x: 0, y: 0, width: 720, height: 320 }, animations: 'disabled', caret: 'hide' });
    await tab.close();
    return isSpecimenAlike(taken);
  }

  /** Goes to a page, until it has what it shows. */
  async function goTo(api: FixtureApi, size: Size, path: string, shown: string | RegExp): Promise<Tab> {
    const tab = tabs[size];
    await tab.goto(`${api.url}${path}`, { waitUntil: 'commit' });
    await tab.locator('main').getByText(shown).filter({ visible: true }).first().waitFor();
    // All it asked is answered, and drawn with its fonts.
    await tab.waitForLoadState('load');
    await expect.poll(() => tab.locator('[aria-busy="true"]').count()).toBe(0);
    await tab.evaluate(async () => {
      await document.fonts.ready;
      await Promise.all([...document.fonts].map((font) => font.load()));
    });
    return tab;
  }

  async function picture(size: Size): Promise<Buffer> {
    const tab = tabs[size];
    const { viewport, most } = sizes[size];
    const height = Math.min(most, await tab.evaluate(() => document.documentElement.scrollHeight));
    return tab.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: viewport.width, height: Math.max(height, viewport.height) }, animations: 'disabled', caret: 'hide' });
  }

  /** The page holds still: two pictures of it, one after the other, are the same. */
  async function still(size: Size): Promise<Buffer> {
    let last = await picture(size);
    for (let turns = 0; turns < 20; turns += 1) {
      const next = await picture(size);
      if (next.equals(last)) return next;
      last = next;
    }
    throw new Error('The page does not hold still.');
  }

  const both = Object.keys(sizes) as Size[];

  test.each(Object.entries(pageStates))('%s', async (name, states) => {
    const path = typeof states.path === 'string' ? states.path : states.path(full);
    const faults: (string | undefined)[] = [];
    for (const size of both) {
      await goTo(full, size, path, states.filled);
      faults.push(faultOfPicture(`${name}-${size}`, await still(size)));
    }
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test.each<[string, string, string | RegExp]>([
    ['sites-empty', pathTo('sites'), 'OCW CI Test Course'],
    ['site-empty', pathTo('site', { site: 'ocw-ci-test-course' }), /The site is empty/],
    ['content-empty', pathTo('content', { site: 'ocw-ci-test-course', kind: 'page' }), 'There is nothing here yet'],
    ['notFound', '/nowhere', 'There is no such page'],
  ])('%s', async (name, path, shown) => {
    const faults: (string | undefined)[] = [];
    for (const size of both) {
      await goTo(empty, size, path, shown);
      faults.push(faultOfPicture(`${name}-${size}`, await still(size)));
    }
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test.each([
    ['a button that stands 8 px beside its place', '.actions a, .actions button { translate: 8px 0; }'],
    ['a token that has a neighbouring colour', ':root { --text-soft: #6f6f69 !important; }'],
    ['a heading that is gone', 'h1 { visibility: hidden; }'],
  ])('%s is noticed', async (_, fault) => {
    const tab = await goTo(full, 'laptop', pathTo('sites'), pageStates.sites.filled);
    const stored = storedPicture('sites-laptop');
    if (stored === undefined) throw new Error('There is no picture of the sites to compare with.');
    expect(isSeen(differenceOf(stored, PNG.sync.read(await still('laptop'))))).toBe(false);
    await tab.evaluate((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets.push(sheet);
    }, fault);
    expect(isSeen(differenceOf(stored, PNG.sync.read(await still('laptop'))))).toBe(true);
  });
});
