import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '#api/contracts/client.ts';
import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { lookAtPreview } from '#test/support/lookAtPreview.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import { buildWebApp, findChromium, launch } from '#test/web/support/browser.ts';
import { pathTo } from '../../web/src/pages/routes.ts';

const executable = findChromium();

/** Two places for three sites. */
describe('previews of a whole studio', { timeout: 300_000 }, () => {
  let studio: Studio;
  let ada: Call;
  const sites: SampleSite[] = [];
  const web = { folder: '', remove: (): void => undefined };
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (executable !== undefined) {
      Object.assign(web, buildWebApp());
      browser = await launch(executable);
    }
    studio = await startStudio({ parts: { mailgun: false, learn: false }, env: { PREVIEW_SLOTS: '2', ...(web.folder === '' ? {} : { STUDIO_WEB_DIR: web.folder }) } });
    await studio.cliJson('starters', 'sync', '--wait');
    for (const name of ['preview-one', 'preview-two', 'preview-three']) sites.push(await importSample(studio, name));
    ada = await studio.signIn('ada');
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await studio.stop();
    web.remove();
  });

  const site = (index: number): SampleSite => {
    const found = sites[index];
    if (found === undefined) throw new Error(`There is no site ${index}`);
    return found;
  };
  async function pageOf(index: number): Promise<string> {
    const rows = await studio.query<{ text_id: string }>(`select text_id from content_items where site_id = $1 and type = 'page' and dirpath = 'content/pages' and filename not in ('_index', '') order by filename limit 1`, [site(index).id]);
    return rows[0]?.text_id ?? '';
  }
  const look = async (index: number): Promise<SitePreview> => ada('POST /api/v1/sites/:site/preview', { params: { site: site(index).name }, body: { item: await pageOf(index) } });
  const ready = (index: number): Promise<SitePreview> =>
    until(`the preview of ${site(index).name} is ready`, async () => {
      const state = await look(index);
      if (state.builds === 0) throw new Error(`It is ${state.state}: ${state.fault?.message ?? state.doing}`);
      return state;
    }, { withinMs: 120_000, everyMs: 200 });
  const write = async (index: number, markdown: string): Promise<SitePreview> => ada('PUT /api/v1/sites/:site/preview/items/:item', { params: { site: site(index).name, item: await pageOf(index) }, body: { markdown } });
  /** The Hugos that stay, of this studio. */
  const hugos = (): string[] => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(studio.home) && line.includes('--renderToMemory'));

  it('show what is not saved, and the one not looked at for longest makes room for a third', async () => {
    const first = await ready(0);
    await write(0, 'Nobody has saved this yet.');
    expect((await lookAtPreview(first.page ?? '')).text).toContain('Nobody has saved this yet.');
    await ready(1);
    expect(hugos()).toHaveLength(2);
    const third = await ready(2);
    expect((await lookAtPreview(third.url)).status).toBe(200);
    const rows = await studio.query<{ name: string; state: string; doing: string }>('select s.name, p.state, p.doing from preview_servers p join sites s on s.id = p.site_id order by s.name');
    expect(rows).toEqual([
      { name: 'preview-one', state: 'ended', doing: 'It made room for the preview of another site.' },
      { name: 'preview-three', state: 'ready', doing: '' },
      { name: 'preview-two', state: 'ready', doing: '' },
    ]);
    expect(hugos()).toHaveLength(2);
    expect((await lookAtPreview(first.url)).status).toBe(503);
  });

  it('leave nothing behind when their worker is killed, and go on with the next one', async () => {
    const before = await ready(2);
    await write(2, 'Text of before.');
    await studio.running.kill('worker');
    await until('no Hugo is left', async () => Promise.resolve(hugos().length === 0));
    await studio.running.startPart('worker');
    const after = await until('another worker shows it', async () => {
      const state = await look(2);
      return state.builds > 0 && state.instance !== before.instance && state;
    }, { withinMs: 120_000, everyMs: 200 });
    // What was not saved went with the worker; who writes sends it again.
    expect((await lookAtPreview(after.page ?? '')).text).not.toContain('Text of before.');
    await write(2, 'Text of before.');
    expect((await lookAtPreview(after.page ?? '')).text).toContain('Text of before.');
    expect(readdirSync(join(studio.home, 'work', 'builds')).length).toBeLessThanOrEqual(2);
  });

  it.skipIf(executable === undefined)('are looked at by axe as they are built: a picture without words in a text that nobody saved is named, with its line', async () => {
    await ready(2);
    const item = await pageOf(2);
    const context = await browser?.newContext({ viewport: { width: 1440, height: 900 } });
    if (context === undefined) throw new Error('The browser did not start');
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`${studio.stack.studioUrl}${pathTo('item', { site: site(2).name, item })}`);
      await page.getByRole('link', { name: 'Sign in' }).click();
      await page.locator('[data-person="ada"]').click();
      await page.getByRole('button', { name: 'Show the preview' }).click();
      const editor = page.locator('[id="field-markdown-row"] .cm-content');
      await editor.click();
      await page.keyboard.press('Control+Home');
      await page.keyboard.type('<img src="plot-of-it.png">\n\nA text of now.\n\n');
      const shown = page.frameLocator('iframe[title="Preview of the page"]');
      await shown.getByText('A text of now.').waitFor({ timeout: 120_000 });
      const pane = page.getByRole('region', { name: 'Preview' });
      await pane.getByRole('button', { name: 'Check this page for readers' }).click();
      const found = pane.getByRole('region', { name: 'What the check found' });
      await found.getByText('A picture has no alternative text: who cannot see it learns nothing of it.', { exact: false }).first().waitFor({ timeout: 120_000 });
      expect(await shown.locator('img[src*="plot-of-it.png"]').getAttribute('alt')).toBeNull();
      await found.getByRole('button', { name: /, line 1$/ }).first().click();
      expect(await page.evaluate(() => document.activeElement?.closest('.cm-editor') !== null)).toBe(true);
      expect(await studio.query('select 1 from content_items where markdown like $1', ['%plot-of-it%'])).toEqual([]);
    } finally {
      await context.close();
    }
  });
});
