import type { Browser, Page as Tab } from 'playwright-core';
import type { FixtureApi } from '../../web/support/fixtureApi.ts';
import { bytesOf, editorAssets, recordAssets } from '../../web/support/recordAssets.ts';
import { inTurns } from '../inTurns.ts';
import { longestTask } from './longestTask.ts';
import { type Paints, paints } from './paints.ts';
import { LIST_ITEMS, ROUNDS, type WebMeasureName } from './webGoals.ts';
import type { WebMeasured } from './webVerdict.ts';

const SITE = 'matrix-methods';
const TITLE = 'Matrix Methods';
const TYPED = 'The quick brown fox jumps over the lazy dog. ';

interface Given {
  readonly browser: Browser;
  readonly api: FixtureApi;
  readonly page: { readonly markdown: string; readonly about: string };
  readonly wanted: ReadonlySet<WebMeasureName>;
}

/** The measures that are wanted, those that belong together as one. */
export function measureWeb({ browser, api, page, wanted }: Given): { readonly names: readonly WebMeasureName[]; readonly measure: () => Promise<WebMeasured[]> }[] {
  const itemPath = (id: string): string => `/sites/${SITE}/items/${id}`;

  async function withTab<T>(act: (tab: Tab) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    try {
      return await act(await context.newPage());
    } finally {
      await context.close();
    }
  }

  async function loads(name: 'dashboard' | 'editor', path: string, ready: (tab: Tab) => Promise<void>): Promise<WebMeasured[]> {
    const assets = await withTab(async (tab) => {
      const recorded = recordAssets(tab);
      await tab.goto(`${api.url}${path}`);
      await ready(tab);
      return recorded();
    });
    const editor = editorAssets(assets);
    const figure = (kind: 'script' | 'style'): Omit<WebMeasured, 'name'> => ({ ours: [bytesOf(assets, kind, 'gzip') / 1_000], note: `brotli ${(bytesOf(assets, kind, 'brotli') / 1_000).toFixed(1)} KB, as built ${(bytesOf(assets, kind, 'bytes') / 1_000).toFixed(1)} KB, ${assets.filter((asset) => asset.kind === kind).length} files` });
    const condition = name === 'dashboard' ? { what: 'nothing of the editor', holds: editor.length === 0 } : { what: 'the editor came', holds: editor.length > 0 };
    return [{ name: `${name}-script`, ...figure('script'), condition }, { name: `${name}-style`, ...figure('style') }];
  }

  async function dashboardPaints(): Promise<WebMeasured[]> {
    const ours: Paints[] = [];
    const theirs: Paints[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await inTurns(round, [async () => ours.push(await paints(browser, `${api.url}/`, TITLE)), async () => theirs.push(await paints(browser, `${api.url}/assets/empty.html`, 'Nothing'))]);
    }
    const of = (name: WebMeasureName, figure: keyof Paints): WebMeasured => ({ name, ours: ours.map((one) => one[figure]), beside: { what: 'an empty page of the same server', figures: theirs.map((one) => one[figure]) } });
    return [of('first-paint', 'first'), of('largest-paint', 'largest'), of('blocking', 'blocking')];
  }

  async function scroll(): Promise<WebMeasured[]> {
    const number = (index: number): string => `Resource ${String(index).padStart(4, '0')}`;
    for (let index = 1; index <= LIST_ITEMS; index += 1) api.content.add({ type: 'resource', title: number(index), metadata: { resourcetype: 'Document' } });
    const ours: number[] = [];
    let reached = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await withTab(async (tab) => {
        await tab.goto(`${api.url}/sites/${SITE}/content/resource?sort=title`);
        await tab.getByRole('link', { name: number(1), exact: true }).waitFor();
        await tab.mouse.move(700, 500);
        ours.push(await longestTask(browser, tab, () => toEnd(tab)));
        const last = /Resource (\d{4})(?!.*Resource \d{4})/s.exec(await tab.locator('main').innerText())?.[1];
        reached = Number(last ?? 0);
      });
    }
    return [{ name: 'scroll', ours, condition: { what: `the last of ${LIST_ITEMS} items was reached`, holds: reached === LIST_ITEMS }, note: `scrolled as far as item ${reached}` }];
  }

  async function typing(): Promise<WebMeasured[]> {
    const item = api.content.add({ type: 'page', title: 'A long page', markdown: page.markdown });
    const ours: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await withTab(async (tab) => {
        await tab.goto(`${api.url}${itemPath(item.textId)}`);
        const editor = tab.locator('.cm-content');
        await editor.waitFor();
        await editor.click();
        // The first letters warm what the browser compiles.
        await tab.keyboard.type(TYPED);
        ours.push(await longestTask(browser, tab, () => tab.keyboard.type(TYPED.repeat(2), { delay: 30 })));
      });
      api.drafts.drafts.clear();
    }
    return [{ name: 'typing', ours, note: page.about }];
  }

  const small = (): string => api.content.add({ type: 'page', title: 'A page', markdown: 'Some *words*.\n' }).textId;
  const all: { names: readonly WebMeasureName[]; measure: () => Promise<WebMeasured[]> }[] = [
    { names: ['dashboard-script', 'dashboard-style'], measure: () => loads('dashboard', '/', (tab) => tab.getByText(TITLE).first().waitFor()) },
    { names: ['editor-script', 'editor-style'], measure: () => loads('editor', itemPath(small()), (tab) => tab.locator('.cm-content').waitFor()) },
    { names: ['first-paint', 'largest-paint', 'blocking'], measure: dashboardPaints },
    { names: ['typing'], measure: typing },
    { names: ['scroll'], measure: scroll },
  ];
  return all.filter(({ names }) => names.some((name) => wanted.has(name)));
}

/** Turns the wheel until the page goes no further down. */
async function toEnd(tab: Tab): Promise<void> {
  const place = (): Promise<string> => tab.evaluate<string>('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(`${Math.round(scrollY)}/${document.documentElement.scrollHeight}`))))');
  for (let still = 0, last = ''; still < 10; ) {
    await tab.mouse.wheel(0, 1_500);
    const now = await place();
    still = now === last ? still + 1 : 0;
    last = now;
  }
}
