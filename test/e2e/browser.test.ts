import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { ROOT } from '#local/setup.mjs';
import { doMainJob } from '#local/stack/mainJob.mjs';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { buildWebApp, findChromium, launch } from '#test/web/support/browser.ts';
import { pages } from '../../web/src/pages/routes.ts';

const executable = findChromium();
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stepTitles = publishSiteProcess.phases.map(({ title }) => title);

describe.skipIf(executable === undefined)(`the studio in a browser${executable === undefined ? ': there is no Chromium here, name one with CHROMIUM_BIN' : ''}`, () => {
  let studio: Studio;
  let browser: Browser;
  const web = { remove: (): void => undefined };
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    const built = buildWebApp();
    web.remove = built.remove;
    studio = await startStudio({ env: { STUDIO_WEB_DIR: built.folder } });
    await doMainJob({ root: ROOT, home: studio.home, env: studio.running.env, log: () => undefined });
    browser = await launch(executable ?? '');
  });
  afterAll(async () => {
    for (const context of contexts) await context.close();
    await browser.close();
    expect(studio.unexpectedEnds).toEqual([]);
    await studio.stop();
    web.remove();
  });

  async function newPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // A refused request shows as an error in the console and is what some pages are about.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  }

  async function signIn(page: Page, person: string, place = '/'): Promise<void> {
    await page.goto(`${studio.stack.studioUrl}${place}`);
    await page.getByRole('link', { name: 'Sign in' }).click();
    expect(new URL(page.url()).host).toBe(new URL(studio.stack.samlIdpUrl ?? '').host);
    await page.locator(`[data-person="${person}"]`).click();
    await page.waitForURL((url) => url.href.startsWith(studio.stack.studioUrl) && !url.pathname.startsWith('/auth'));
  }

  it('signs in, publishes, watches the timeline to the end and opens the live page', async () => {
    const page = await newPage();
    await signIn(page, 'olga');
    await page.getByRole('searchbox').fill('bridges');
    await page.getByRole('link', { name: /How Bridges Stand/ }).first().click();
    await page.getByRole('heading', { level: 1, name: /How Bridges Stand/ }).waitFor();

    const production = page.getByRole('region', { name: /Production/ });
    const runBefore = (await studio.call('GET /api/v1/sites/:site', { params: { site: 'sample-course' } })).live.runId;
    await production.getByRole('button', { name: 'Publish to Production' }).click();
    await production.getByRole('button', { name: 'Publish to Production now' }).click();
    await production.getByText('Running now').waitFor();
    const steps = production.getByRole('list', { name: /Steps of the run/ }).getByRole('listitem');
    await expect.poll(async () => (await steps.allInnerTexts()).filter((text) => /\bDone\b/.test(text)).length, { timeout: 60_000 }).toBe(stepTitles.length);
    expect((await steps.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual(stepTitles);
    expect(await steps.nth(stepTitles.indexOf('Deploy to S3')).innerText()).toMatch(/[\d,]+ of [\d,]+ files changed, [\d.]+ (B|kB|MB)/);
    await production.getByText('Last run').waitFor();
    expect((await studio.call('GET /api/v1/sites/:site', { params: { site: 'sample-course' } })).live.runId).not.toBe(runBefore);

    const [live] = await Promise.all([page.waitForEvent('popup'), production.getByRole('link', { name: new RegExp(new URL(studio.stack.liveSiteUrl).host) }).click()]);
    await live.waitForLoadState();
    expect(live.url()).toBe(`${studio.stack.liveSiteUrl}/courses/sample-course/`);
    expect(await live.getByRole('heading', { level: 1 }).innerText()).toContain('How Bridges Stand');
  });

  it('shows an admin the run in the Temporal UI, and an owner not', async () => {
    const admin = await newPage();
    await signIn(admin, 'ada', '/sites/sample-course');
    await admin.getByRole('heading', { level: 1 }).waitFor();
    const region = admin.getByRole('region', { name: /Production/ });
    const details = region.locator('details').filter({ hasText: /Last run|Running now/ });
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    const link = await region.getByRole('link', { name: /Temporal/ }).getAttribute('href');
    expect(link).toContain(`${studio.stack.temporalUiUrl ?? ''}/namespaces/${studio.stack.temporalNamespace}/workflows/`);
    expect((await fetch(link ?? '')).status).toBe(200);

    const owner = await newPage();
    await signIn(owner, 'olga', '/sites/sample-course');
    await owner.getByRole('heading', { level: 1 }).waitFor();
    expect(await owner.getByRole('link', { name: /Temporal/ }).count()).toBe(0);
  });

  describe.each([
    { person: 'ada', colorScheme: 'light' as const, viewport: { width: 1440, height: 900 } },
    { person: 'ada', colorScheme: 'dark' as const, viewport: { width: 390, height: 844 } },
    { person: 'stan', colorScheme: 'light' as const, viewport: { width: 390, height: 844 } },
  ])('every page, as $person sees it in $colorScheme at $viewport.width px', ({ person, colorScheme, viewport }) => {
    let page: Page;
    /** What stands for each parameter of an address. */
    let named: Readonly<Record<string, string | undefined>>;
    beforeAll(async () => {
      page = await newPage({ colorScheme, viewport, reducedMotion: 'reduce' });
      await signIn(page, person);
      const { runs } = await studio.call('GET /api/v1/runs', { query: { site: 'sample-course', limit: 1 } });
      const { items } = await studio.call('GET /api/v1/sites/:site/items', { params: { site: 'sample-course' }, query: { limit: 1 } });
      const { people } = await studio.call('GET /api/v1/people', { query: { search: 'olga' } });
      const { starters } = await studio.call('GET /api/v1/starters', {});
      named = { ':site': 'sample-course', ':item': items[0]?.textId, ':kind': items[0]?.type, ':run': runs[0]?.id, ':person': people[0]?.id, ':starter': starters[0]?.slug, '*': 'no/such/page' };
    });

    it.each(pages.map(({ name, pattern }) => ({ name, pattern })))('$name has no serious fault of accessibility and does not scroll sideways', async ({ pattern }) => {
      const path = `/${pattern.replace(/^\//, '').replace(/:\w+|\*/g, (name) => named[name] ?? expect.fail(`Nothing here is named ${name}`))}`;
      await page.goto(`${studio.stack.studioUrl}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
      await page.evaluate(axeSource);
      const violations = await page.evaluate(async () => {
        const axe = (globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe;
        return (await axe.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) }));
      });
      expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      expect(await page.title()).toMatch(/OCW Studio/);
    });
  });

  it('met no error in any page’s console', () => {
    expect(faults).toEqual([]);
  });
});
