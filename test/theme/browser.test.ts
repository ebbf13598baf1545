import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleSites, samplePath, type SampleSites } from './support/buildSite.ts';
import { browserPath, newPage, noBrowser, openBrowser, visit } from './support/openBrowser.ts';

/** One page of each kind. */
const kinds = {
  'root home': '/',
  'root page': '/pages/about/',
  'course list': '/course-lists/structures/',
  'course collection': '/collections/the-built-world/',
  'resource collection': '/resource_collections/tools-to-take-home/',
  instructor: '/instructors/fef8f553-c3bd-52c0-aee5-f5c782d77a14/',
  instructors: '/instructors/',
  story: '/stories/tom/',
  promo: '/promos/free-to-use/',
  'root 404': '/404.html',
  'course home': `${samplePath}/`,
  'page with formulas': `${samplePath}/pages/lecture-2-beams/`,
  'page with a table': `${samplePath}/pages/calendar/`,
  'page with a table of shortcodes': `${samplePath}/pages/lecture-notes/`,
  'page with questions': `${samplePath}/pages/problem-set-1/`,
  'page with a program': `${samplePath}/pages/problem-set-2/`,
  'page with a gallery': `${samplePath}/pages/bridge-types/`,
  'page with players and quotes': `${samplePath}/pages/teaching-this-course/`,
  'page of a section': `${samplePath}/pages/case-studies/`,
  'page below a section': `${samplePath}/pages/case-studies/tacoma-narrows/`,
  'list of a section': `${samplePath}/pages/`,
  'resource list': `${samplePath}/lists/files/`,
  'video gallery': `${samplePath}/video_galleries/videos/`,
  'all resources': `${samplePath}/resources/`,
  'kind of material': `${samplePath}/resources/problem-sets/`,
  'kinds of material': `${samplePath}/learning_resource_types/`,
  image: `${samplePath}/resources/arch-bridge/`,
  video: `${samplePath}/resources/weight-crosses-a-beam/`,
  'video elsewhere': `${samplePath}/resources/tacoma-narrows-film/`,
  document: `${samplePath}/resources/formula-sheet/`,
  'other file': `${samplePath}/resources/beam-py/`,
  'course 404': `${samplePath}/404.html`,
};

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(browserPath === undefined)(`the sample sites in a browser${browserPath === undefined ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let sites: SampleSites;
  let browser: Browser;
  /** A telephone by day and a screen by night. */
  let pages: Page[];

  beforeAll(async () => {
    sites = await buildSampleSites();
    browser = await openBrowser(browserPath ?? '');
    pages = [await newPage(browser, sites.url, { width: 390, colorScheme: 'light' }), await newPage(browser, sites.url, { width: 1440, colorScheme: 'dark' })];
  });
  afterAll(async () => {
    await browser.close();
    await sites.close();
  });

  it.each(Object.entries(kinds))('%s: accessible, and no wider than the window', async (_, path) => {
    for (const page of pages) {
      await page.goto(sites.url + path);
      await page.evaluate(axe);
      const results = await page.evaluate(async () => (globalThis as unknown as { axe: { run: (options: unknown) => Promise<AxeResults> } }).axe.run({ resultTypes: ['violations'], iframes: false }));
      expect(results.violations.map((violation) => `${violation.id} (${violation.impact ?? ''}): ${violation.nodes.map((node) => node.html).join(' ').slice(0, 500)}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    }
  });

  it('folds and unfolds the course menu on a telephone with the keyboard and without scripts', async () => {
    await visit(browser, `${sites.url}${samplePath}/pages/syllabus/`, { width: 390, javaScriptEnabled: false }, async (page) => {
      const menu = page.getByRole('navigation', { name: 'Course' });
      const calendar = menu.getByRole('link', { name: 'Calendar' });
      expect(await calendar.isVisible()).toBe(false);
      await page.getByRole('checkbox', { name: 'Course menu' }).focus();
      await page.keyboard.press('Space');
      expect(await calendar.isVisible()).toBe(true);
      await calendar.click();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Calendar');
    });
  });

  it('answers a question and opens a branch of the menu without scripts', async () => {
    await visit(browser, `${sites.url}${samplePath}/pages/problem-set-1/`, { width: 1440, javaScriptEnabled: false }, async (page) => {
      expect(await page.getByRole('checkbox').count()).toBe(0);
      const first = page.getByRole('group').filter({ hasText: 'twice the span' }).first();
      expect(await first.getByText('Correct').isVisible()).toBe(false);
      await first.getByLabel('It doubles.').check();
      expect(await first.getByText('Not this one').locator('visible=true').count()).toBe(1);
      await first.getByLabel('It is four times as great.').check();
      expect(await first.getByText('Correct').isVisible()).toBe(true);
      expect(await first.getByText('Not this one').locator('visible=true').count()).toBe(0);
      await first.getByText('Show the answer').click();
      expect(await first.getByText('Answer:').isVisible()).toBe(true);
      expect(await page.getByRole('link', { name: 'Beams' }).isVisible()).toBe(false);
      await page.getByText('Pages in Lecture Notes').locator('..').click();
      expect(await page.getByRole('link', { name: 'Beams' }).isVisible()).toBe(true);
    });
  });

  it('jumps to the content by the first stop of the tab key', async () => {
    await visit(browser, `${sites.url}${samplePath}/pages/syllabus/`, { width: 1440 }, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    });
  });

  it('prints the content and not the navigation', async () => {
    await visit(browser, `${sites.url}${samplePath}/pages/lecture-2-beams/`, { width: 800, colorScheme: 'dark' }, async (page) => {
      expect(await page.getByRole('navigation').count()).toBe(2);
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('navigation').count()).toBe(0);
      expect(await page.getByRole('banner').count()).toBe(0);
      expect(await page.getByText('Course menu').isVisible()).toBe(false);
      expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
      expect(await page.getByText('Cut a beam in your mind.').isVisible()).toBe(true);
      expect(await page.evaluate(() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor])).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    });
  });

  it('typesets formulas', async () => {
    await visit(browser, `${sites.url}${samplePath}/pages/lecture-2-beams/`, { width: 1440 }, async (page) => {
      const heights = await page.evaluate(() => [...document.querySelectorAll('math[display="block"] mfrac')].map((fraction) => fraction.getBoundingClientRect().height));
      expect(heights.length).toBeGreaterThan(3);
      // A fraction is two lines of small type high: one that was not typeset is one line.
      expect(Math.min(...heights)).toBeGreaterThan(24);
    });
  });
});
