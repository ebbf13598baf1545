import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { previewScript } from '../../api/preview/previewScript.ts';
import { pathTo } from '../../web/src/pages/routes.ts';
import { findChromium, launch } from './support/browser.ts';
import type { PreviewFixture } from './support/previewFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { detectXss, strangeElements, type XssDetector } from './support/xssDetector.ts';

/**
 * The page of a preview holds what an author wrote, script and all. Its host is another than the studio's, so that the browser keeps the
 * two apart; what they say to each other is all that is left.
 */

/** Tries everything a page in a frame could think of, and keeps what came of it in its own title. */
const hostile = (studio: string): string => `<!doctype html><html lang="en"><title>x</title><body><h1>Hostile</h1><button>Open</button><iframe src="/inner"></iframe><script>
const studio = ${JSON.stringify(studio)};
const got = [];
const attempt = (what, work) => { try { const value = work(); if (value !== undefined && value !== null) got.push(what + ': ' + String(value).slice(0, 80)); } catch {} };
attempt('document of the studio', () => parent.document.title);
attempt('cookies of the studio', () => parent.document.cookie);
attempt('storage of the studio', () => parent.localStorage.length);
attempt('address of the studio', () => parent.location.href);
attempt('cookies', () => document.cookie === '' ? undefined : document.cookie);
attempt('left for elsewhere', () => { top.location.href = 'http://elsewhere.test/'; });
attempt('ran in the studio', () => { top.location.href = 'javascript:xss(1)'; });
attempt('replaced the studio', () => { top.location.replace('http://elsewhere.test/'); });
attempt('went to a part of the studio', () => { top.location.hash = 'taken'; });
const messages = [
  { kind: 'studio-preview:shown', path: 'javascript:xss(1)', title: '<img src=x onerror=xss(1)>' },
  { kind: 'studio-preview:shown', path: '//elsewhere.test/', title: 'x' },
  { kind: 'studio-preview:shown', path: '/\\\\elsewhere.test/' },
  { kind: 'studio-preview:shown', path: '/@elsewhere.test/"><img src=x onerror=xss(1)>' },
  { kind: 'studio-preview:shown', path: { toString: 1 } },
  { kind: 'studio-preview:shown' }, { kind: 'studio-preview:scrolled', y: 'javascript:xss(1)' }, { kind: 'studio-preview:scrolled', y: NaN },
  { kind: 'studio-preview:go', href: '/admin' }, { kind: '__proto__' }, null, 'javascript:xss(1)', 7, [], { type: 'navigate', to: 'http://elsewhere.test/' },
];
window.say = () => { for (const message of messages) { parent.postMessage(message, studio); parent.postMessage(message, '*'); } };
addEventListener('load', async () => {
  say();
  for (const path of ['/api/v1/me', '/']) await fetch(studio + path, { credentials: 'include' }).then(async (answer) => got.push('read ' + path + ': ' + await answer.text()), () => undefined);
  await fetch(studio + '/api/v1/session', { method: 'DELETE', credentials: 'include' }).then(() => got.push('ended the session'), () => undefined);
  document.title = 'tried: ' + got.join('; ');
});
document.querySelector('button').addEventListener('click', () => open('/popup', 'popup'));
</script></body></html>`;
/** A window the frame opened: it has a way back to the studio, and may not use it. */
const popup = `<!doctype html><title>popup</title><script>
const got = [];
for (const [what, work] of [['document', () => opener.parent.document.title], ['address', () => { opener.parent.location.href = 'http://elsewhere.test/'; }], ['top', () => { opener.top.location = 'javascript:xss(1)'; }]]) { try { const value = work(); if (value !== undefined) got.push(what + ': ' + value); } catch {} }
document.title = 'tried: ' + got.join('; ');
</script>`;
/** A frame in the frame: of the right host, and not the one that is listened to. */
const inner = (studio: string): string => `<!doctype html><title>inner</title><script>top.postMessage({ kind: 'studio-preview:shown', path: '/from-the-inner-frame/' }, ${JSON.stringify(studio)});</script>`;

describe.skipIf(chromium === undefined)('a preview whose page is hostile', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  let preview: PreviewFixture;
  let detector: XssDetector;
  /** A page of its own: what a browser tells of attempts that it stops is no fault here. */
  let tab: Tab;
  let path: string;

  beforeEach(async () => {
    await studio.open({ bypassCSP: true });
    const context = studio.tab.context();
    detector = await detectXss(context);
    preview = studio.api.preview;
    preview.state = { ...preview.state, state: 'ready', doing: '', instance: 'one', builds: 1, revision: 3 };
    const pages: Readonly<Record<string, string>> = { '/inner': inner(studio.api.url), '/popup': popup };
    await context.route((url) => url.host === new URL(preview.home).host, (route) => route.fulfill({ contentType: 'text/html', body: pages[new URL(route.request().url()).pathname] ?? hostile(studio.api.url) }));
    await context.route((url) => url.host === 'elsewhere.test', (route) => route.fulfill({ contentType: 'text/html', body: '<title>elsewhere</title>' }));
    await context.addCookies([{ name: 'studio_session', value: 'secret', url: studio.api.url, httpOnly: true, sameSite: 'Lax' }]);
    tab = await context.newPage();
    tab.setDefaultTimeout(20_000);
    const item = [...studio.api.world.items.values()].find(({ pageUrl }) => pageUrl !== null)?.textId ?? '';
    path = pathTo('item', { site: 'matrix-methods', item });
    await tab.goto(`${studio.api.url}${path}`);
    await tab.getByRole('button', { name: 'Show the preview' }).press('Enter');
    await shown().getByRole('heading', { name: 'Hostile' }).waitFor();
  });

  const shown = () => tab.frameLocator('iframe[title="Preview of the page"]');
  /** Has the page send all its messages while it is the one that is looked at. */
  async function say(): Promise<void> {
    await expect.poll(() => shown().locator('html').evaluate(() => (window as unknown as { say: () => void }).say()).then(() => link().getAttribute('href'))).toContain('@elsewhere.test');
  }
  const link = () => tab.getByRole('link', { name: 'Open in a new tab' });

  test('reads nothing of the studio, leads it nowhere, and its messages put nothing into it', async () => {
    await expect.poll(() => shown().locator('html').evaluate(() => document.title)).toBe('tried:');
    await say();
    const [popupTab] = await Promise.all([tab.waitForEvent('popup'), shown().getByRole('button', { name: 'Open' }).press('Enter')]);
    await expect.poll(() => popupTab.title()).toBe('tried:');

    expect(tab.url()).toBe(`${studio.api.url}${path}`);
    expect([...detector.fired]).toEqual([]);
    expect(await strangeElements(tab)).toEqual([]);
    // Where it said to be is an address of its own host, whatever it said.
    const place = (await link().getAttribute('href')) ?? '';
    expect(new URL(place).origin).toBe(new URL(preview.home).origin);
    expect(place).not.toContain('inner');
    expect(studio.api.asked.filter((asked) => asked.startsWith('DELETE /api/v1/session'))).toEqual([]);
    expect(studio.api.world.me).not.toBeNull();
  });

  test('is not heard where it is not the frame that is shown', async () => {
    await say();
    const before = await link().getAttribute('href');
    // The studio’s own window, and a frame of another host.
    await tab.evaluate(() => window.postMessage({ kind: 'studio-preview:shown', path: '/from-the-studio/' }, '*'));
    await tab.evaluate(
      () =>
        new Promise((resolve) => {
          const other = document.body.appendChild(document.createElement('iframe'));
          other.src = 'http://elsewhere.test/';
          other.addEventListener('load', resolve);
        }),
    );
    await tab.frames().find((one) => one.url().startsWith('http://elsewhere.test'))?.evaluate(() => parent.postMessage({ kind: 'studio-preview:shown', path: '/from-elsewhere/' }, '*'));
    // A message comes after those that were sent before it.
    await tab.evaluate(() => new Promise<void>((resolve) => {
      addEventListener('message', (event) => event.data === 'last' && resolve());
      postMessage('last', '*');
    }));
    expect(await link().getAttribute('href')).toBe(before);
  });
});

describe.skipIf(chromium === undefined)('the script in the pages of a preview', { timeout: 60_000 }, () => {
  const STUDIO = 'http://studio.test';
  const executable = findChromium() ?? '';
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launch(executable);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    context = await browser.newContext();
    const around = (host: string): string => `<!doctype html><title>around</title><iframe src="http://preview.test/" width=400 height=300></iframe><script>window.heard = []; addEventListener('message', (event) => heard.push(event.data)); window.say = (message) => frames[0].postMessage(message, '*');</script><p>${host}</p>`;
    await context.route('**/*', (route) => {
      const { host, pathname } = new URL(route.request().url());
      const body = host === 'preview.test' ? (pathname === '/inner' ? '<!doctype html><script>window.say = (message) => parent.postMessage(message, "*")</script>' : `<!doctype html><title>Shown</title><body style="height:5000px"><iframe src="/inner"></iframe>${previewScript(STUDIO)}`) : around(host);
      return route.fulfill({ contentType: 'text/html', body });
    });
  });
  afterEach(() => context.close());

  async function framedBy(host: string) {
    const tab = await context.newPage();
    await tab.goto(`http://${host}/`, { waitUntil: 'load' });
    const frame = tab.frames().find((one) => one.url() === 'http://preview.test/');
    const within = tab.frames().find((one) => one.url() === 'http://preview.test/inner');
    if (frame === undefined || within === undefined) throw new Error('The frames are not there');
    const settle = async (): Promise<void> => {
      // A message that comes after those that were sent.
      await frame.evaluate(() => new Promise<void>((resolve) => {
        addEventListener('message', (event) => event.data === 'last' && resolve());
        postMessage('last', '*');
      }));
    };
    return {
      heard: () => tab.evaluate(() => (window as unknown as { heard: unknown[] }).heard),
      say: async (message: unknown): Promise<void> => {
        await tab.evaluate((said) => (window as unknown as { say: (message: unknown) => void }).say(said), message);
        await settle();
      },
      sayWithin: async (message: unknown): Promise<void> => {
        await within.evaluate((said) => (window as unknown as { say: (message: unknown) => void }).say(said), message);
        await settle();
      },
      at: () => frame.evaluate(() => scrollY),
      title: () => frame.title(),
    };
  }

  test('scrolls where the studio says, and tells it which page is shown', async () => {
    const page = await framedBy('studio.test');
    await page.say({ kind: 'studio-preview:scroll', y: 700 });
    expect(await page.at()).toBe(700);
    expect(await page.heard()).toContainEqual({ kind: 'studio-preview:shown', path: '/', title: 'Shown' });
  });

  test('does nothing for anybody else, nor for what is no number, and tells nobody else anything', async () => {
    const elsewhere = await framedBy('elsewhere.test');
    await elsewhere.say({ kind: 'studio-preview:scroll', y: 700 });
    expect(await elsewhere.at()).toBe(0);
    expect(await elsewhere.heard()).toEqual([]);
    const page = await framedBy('studio.test');
    await page.sayWithin({ kind: 'studio-preview:scroll', y: 700 });
    for (const message of [null, 'x', { kind: 'studio-preview:scroll', y: '700' }, { kind: 'studio-preview:scroll', y: { valueOf: 700 } }, { kind: 'other', y: 700 }]) await page.say(message);
    expect([await page.at(), await page.title()]).toEqual([0, 'Shown']);
  });
});
