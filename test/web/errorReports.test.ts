import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { canaries, canariesIn, leakyMessage } from '../support/canaries.ts';
import { until } from '../support/until.ts';
import { useSentry } from '../support/useSentry.ts';
import { buildWebApp, findChromium, launch } from './support/browser.ts';
import { FixtureApi } from './support/fixtureApi.ts';
import { createWorld } from './support/world.ts';

const chromium = findChromium();

describe.skipIf(chromium === undefined)('faults of a page', { timeout: 90_000 }, () => {
  const sentry = useSentry();
  let built: ReturnType<typeof buildWebApp>;
  let browser: Browser;
  let api: FixtureApi;
  let tab: Tab;
  let asked: string[] = [];
  let refused: string[] = [];

  beforeAll(async () => {
    built = buildWebApp();
    browser = await launch(chromium ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    built.remove();
  });
  afterEach(async () => {
    await tab.context().close();
    await api.stop();
  });

  /** Opens a page of a studio whose faults are told there, or to nobody. */
  async function open(path: string, dsn?: string): Promise<void> {
    api = new FixtureApi(createWorld());
    await api.start(built.folder, dsn);
    const context = await browser.newContext({ userAgent: `Mozilla/5.0 ${canaries.token}` });
    tab = await context.newPage();
    tab.setDefaultTimeout(20_000);
    asked = [];
    refused = [];
    tab.on('request', (request) => asked.push(request.url()));
    tab.on('console', (message) => void (/Content Security Policy/.test(message.text()) && refused.push(message.text())));
    await tab.goto(`${api.url}${path}`);
    await tab.getByRole('heading', { level: 1 }).waitFor();
  }

  const throwLater = (message: string): Promise<void> => tab.evaluate((text) => void setTimeout(() => { throw new TypeError(text); }), message);

  test('one that nobody caught is told with release, page, site and our id of the person, and with nothing of them or of what they wrote', async () => {
    await open(`/sites/matrix-methods?search=${encodeURIComponent(canaries.name)}#${canaries.token}`, sentry.dsn);
    await tab.evaluate((text) => document.title = text, canaries.name);
    await throwLater(leakyMessage);
    await sentry.told(1);
    expect(sentry.events[0]).toMatchObject({
      release: '0.0.0-fixture',
      environment: 'test',
      platform: 'javascript',
      user: { id: api.world.me?.id },
      tags: { part: 'web', page: 'site', site: 'matrix-methods' },
      exception: { values: [{ type: 'TypeError', value: 'The message stays in the studio’s log.' }] },
      sdk: { settings: { infer_ip: 'never' } },
    });
    expect(Object.keys(sentry.events[0]?.user ?? {})).toEqual(['id']);
    for (const gone of ['request', 'breadcrumbs', 'extra', 'modules']) expect(sentry.events[0]).not.toHaveProperty(gone);
    expect(canariesIn(sentry.text)).toEqual([]);
    expect(sentry.text).not.toContain(api.world.me?.email ?? 'no email');
    expect(sentry.text).not.toContain(api.world.me?.name ?? 'no name');
    expect(refused).toEqual([]);
  });

  test('one in a promise is told, too, and ten at most of a page', async () => {
    await open('/sites', sentry.dsn);
    await tab.evaluate((text) => void Promise.reject(new RangeError(text)), leakyMessage);
    await sentry.told(1);
    expect(sentry.events[0]).toMatchObject({ exception: { values: [{ type: 'RangeError' }] } });
    for (let time = 0; time < 20; time += 1) await throwLater(leakyMessage);
    await sentry.told(10);
    await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(sentry.events).toHaveLength(10);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  test('a page that breaks says so in a sentence, with the number that the engineers have, and can be tried again', async () => {
    await open('/runs', sentry.dsn);
    await tab.route('**/api/v1/sites?*', (route) => route.fulfill({ contentType: 'application/json', headers: { 'x-request-id': '0190b6a4-aaaa-7000-8000-000000000001' }, body: JSON.stringify({ total: 1, sites: [{ name: canaries.name }] }) }));
    await tab.getByRole('link', { name: 'Sites', exact: true }).click();
    await tab.getByRole('heading', { level: 1, name: 'This page broke' }).waitFor();
    const said = (await tab.getByRole('main').textContent()) ?? '';
    expect(said).toContain('What was saved is safe.');
    await sentry.told(1);
    expect(sentry.events[0]).toMatchObject({ release: '0.0.0-fixture', tags: { part: 'web', page: 'sites', request_id: '0190b6a4-aaaa-7000-8000-000000000001' } });
    expect(said).toContain(sentry.events[0]?.event_id);
    const [shown] = sentry.events[0]?.exception?.values ?? [];
    expect(shown?.value).toMatch(/^Cannot read properties of undefined/);
    expect(shown?.stacktrace?.frames.at(-1)?.filename).toMatch(/^app:\/\/\/assets\/index-[\w-]+\.js$/);
    expect(canariesIn(sentry.text)).toEqual([]);
    await tab.unroute('**/api/v1/sites?*');
    await tab.getByRole('button', { name: 'Try again' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Sites' }).waitFor();
  });

  test('a Sentry that hangs costs a page nothing', async () => {
    sentry.standIn.addFault({ fault: 'timeout', times: 0 });
    await open('/sites', sentry.dsn);
    await throwLater(leakyMessage);
    await until('Sentry was asked', async () => sentry.standIn.journal.length > 0);
    await tab.getByRole('link', { name: 'Runs' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  test('where nobody wants to know, nothing is loaded and nothing sent, and a page that breaks still says so', async () => {
    const chunk = readdirSync(join(built.folder, 'assets')).find((name) => /^sentry-.*\.js$/.test(name)) ?? '';
    expect(chunk).not.toBe('');
    await open('/runs');
    await throwLater(leakyMessage);
    await tab.route('**/api/v1/sites?*', (route) => route.fulfill({ contentType: 'application/json', body: '{"total":1,"sites":[{}]}' }));
    await tab.getByRole('link', { name: 'Sites', exact: true }).click();
    await tab.getByRole('heading', { level: 1, name: 'This page broke' }).waitFor();
    expect(await tab.getByRole('main').textContent()).not.toContain('engineers');
    expect(asked.filter((url) => url.includes(chunk) || !url.startsWith(api.url))).toEqual([]);
    expect(sentry.standIn.journal).toEqual([]);
  });

  test('maps of the built code are not for readers', async () => {
    await open('/sites');
    for (const path of ['/assets/index.js.map', '/x.map']) expect((await fetch(`${api.url}${path}`)).status).toBe(404);
  });
});
