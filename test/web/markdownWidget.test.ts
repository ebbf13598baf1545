import type Koa from 'koa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConfigField } from '#domain/siteConfigSchema.ts';
import { contracts } from '../../api/contracts/index.ts';
import type { ItemSummary } from '../../api/contracts/items.ts';
import { rulesOf } from '../../web/src/features/markdown/markdownRules.ts';
import { pickerTabs } from '../../web/src/features/markdown/pickerTabs.ts';
import { findChromium } from './support/browser.ts';
import { EditorTab } from './support/editorTab.ts';
import { ago, createWorld } from './support/world.ts';

const chromium = findChromium();
if (chromium === undefined) process.stderr.write('The editor is not tried: no Chromium was found (install it, or name one with CHROMIUM_BIN).\n');
const field: ConfigField = { widget: 'markdown', name: 'body', label: 'Body', minimal: false, link: ['resource', 'page'], embed: ['resource'], allowed_html: ['sub', 'sup'] };
const [page] = [...createWorld().items.values()];

describe('what a field offers', () => {
  test.each([
    [{}, { toolbar: 'minimal', link: [], embed: [], allowedHtml: [] }],
    [{ minimal: false, allowed_html: ['sub'] }, { toolbar: 'full', link: [], embed: [], allowedHtml: ['sub'] }],
    [{ minimal: 'with-math', link: ['page'] }, { toolbar: 'with-math', link: ['page'], embed: [], allowedHtml: [] }],
  ] as const)('%j', (keys, rules) => {
    expect(rulesOf({ widget: 'markdown', name: 'x', label: 'X', ...keys } as unknown as ConfigField)).toEqual(rules);
  });

  test('what may be shown in a text is a film or a picture, what may be linked anything', () => {
    expect(pickerTabs('link', { link: ['resource', 'page', 'my-kind'], embed: [] }).map(({ label }) => label)).toEqual(['Documents', 'Videos', 'Images', 'Other files', 'Pages', 'My kind']);
    expect(pickerTabs('embed', { link: ['page'], embed: ['resource'] }).map(({ label }) => label)).toEqual(['Videos', 'Images']);
  });
});

describe.skipIf(chromium === undefined)('a field of Markdown in a form', { timeout: 60_000 }, () => {
  let editor: EditorTab;
  const asked: URL[] = [];
  const posted: unknown[] = [];
  let isDown = false;
  const items = (['Problem set 1', 'Problem set 2', 'Syllabus'] as const).map((title, index): ItemSummary => ({ textId: `id-${index}`, type: 'resource', title, revision: 1, updatedAt: ago(5), updatedBy: null, deletedAt: null, path: `content/resources/${index}.md`, resourcetype: 'Document', isDraft: false, referencedBy: 0 }));

  const sessions = Array.from({ length: 131 }, (_, index): ItemSummary => ({ textId: `session-${index}`, type: 'page', title: `Session ${String(index).padStart(3, '0')}`, revision: 1, updatedAt: ago(5), updatedBy: null, deletedAt: null, path: `content/pages/${index}.md`, resourcetype: null, isDraft: false, referencedBy: 0 }));

  /** The few routes the editor asks, each answer checked by its contract. */
  const answer: Koa.Middleware = async (ctx, next) => {
    if (!ctx.path.startsWith('/api/')) return next();
    const list = '/api/v1/sites/matrix-methods/items';
    if (isDown) {
      ctx.status = 503;
      ctx.body = { error: { code: 'databaseUnavailable', message: 'The studio’s database does not answer just now. It tries again by itself.' } };
    } else if (ctx.method === 'GET' && ctx.path === list) {
      asked.push(ctx.URL);
      const query = contracts['GET /api/v1/sites/:site/items'].query.parse({ ...ctx.query });
      const found = (query.type === 'page' ? sessions : items).filter(({ title }) => title?.toLowerCase().includes((query.search ?? '').toLowerCase()));
      ctx.body = contracts['GET /api/v1/sites/:site/items'].response.parse({ total: found.length, items: found.slice(query.offset, query.offset + query.limit) });
    } else if (ctx.method === 'GET' && ctx.path === `${list}/id-1` && page !== undefined) {
      ctx.body = contracts['GET /api/v1/sites/:site/items/:item'].response.parse({ ...page, textId: 'id-1', type: 'resource', title: 'Problem set 2', metadata: { resourcetype: 'Document' } });
    } else if (ctx.method === 'POST' && ctx.path === list && page !== undefined) {
      let body = '';
      for await (const chunk of ctx.req) body += String(chunk);
      posted.push(contracts['POST /api/v1/sites/:site/items'].body.parse(JSON.parse(body)));
      ctx.status = 201;
      ctx.body = contracts['POST /api/v1/sites/:site/items'].response.parse({ ...page, textId: 'outside-1', type: 'external-resource', title: 'Outside', isNew: true });
    } else {
      ctx.status = 404;
      ctx.body = { error: { code: 'notFound', message: 'There is nothing at this address.' } };
    }
  };

  beforeAll(async () => {
    editor = await EditorTab.start(chromium ?? '', {}, answer);
  }, 120_000);
  afterAll(() => editor.stop());
  beforeEach(() => {
    isDown = false;
    asked.length = 0;
    posted.length = 0;
  });
  // An answer that is an error is told by the browser, too.
  afterEach(() => expect(editor.complaints.splice(0).filter((line) => !line.startsWith('Failed to load resource'))).toEqual([]));

  async function open(text: string, of = field): Promise<void> {
    await editor.openWidget(text, of);
    await editor.tab.locator('.cm-content').waitFor();
  }

  test('has the label of the form, and its toolbar', async () => {
    await open('x');
    await editor.tab.getByRole('textbox', { name: 'Body', exact: true }).waitFor();
    await editor.tab.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Table' }).waitFor();
  });

  test('content is found as one types, by kind, and chosen by keyboard', async () => {
    await open('see x');
    await editor.select(4, 5);
    const { keyboard } = editor.tab;
    await keyboard.press('Control+Shift+K');
    await editor.tab.getByRole('tab', { name: 'Documents', selected: true }).waitFor();
    await keyboard.type('problem');
    await editor.tab.getByText('2 items found').waitFor();
    expect(Object.fromEntries(asked.at(-1)?.searchParams ?? [])).toMatchObject({ type: 'resource', resourcetype: 'Document', search: 'problem' });
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await expect.poll(() => editor.saved()).toBe('see {{% resource_link "id-1" "x" %}}');
    await editor.tab.getByRole('button', { name: 'Link: x. Leads to ‘Problem set 2’' }).waitFor();
    await editor.tab.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Show a resource' }).click();
    await editor.tab.getByRole('tab', { name: 'Videos' }).focus();
    await keyboard.press('ArrowRight');
    await editor.tab.getByRole('tab', { name: 'Images', selected: true }).waitFor();
    await expect.poll(() => asked.at(-1)?.searchParams.get('resourcetype')).toBe('Image');
    await keyboard.press('Escape');
    await expect.poll(() => editor.tab.locator('.cm-content').evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await editor.saved()).toBe('see {{% resource_link "id-1" "x" %}}');
  });

  test('of more than a hundred pages any can be chosen: the list goes on as one comes to its end', async () => {
    await open('see x');
    await editor.select(4, 5);
    await editor.tab.keyboard.press('Control+Shift+K');
    await editor.tab.getByRole('tab', { name: 'Pages' }).click();
    await editor.tab.getByText('131 items found').waitFor();
    const rows = editor.tab.getByRole('tabpanel').locator('[data-row]');
    for (let before = await rows.count(); before < 131; before = await rows.count()) {
      const drawn = before;
      await rows.last().focus();
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeGreaterThan(drawn);
    }
    await rows.last().press('Enter');
    await expect.poll(() => editor.saved()).toBe('see {{% resource_link "session-130" "x" %}}');
  });

  test('what cannot be looked up is said, and nothing is lost', async () => {
    await open('see {{% resource_link "gone" "there" %}}|');
    await editor.tab.getByRole('button', { name: 'Link: there leads nowhere. What it leads to is not in this site any more' }).waitFor();
    isDown = true;
    await editor.select(0);
    await editor.tab.keyboard.press('Control+Shift+K');
    await editor.tab.getByRole('alert').getByText('does not answer just now').waitFor();
    await editor.tab.keyboard.press('Escape');
    expect(await editor.saved()).toBe('see {{% resource_link "gone" "there" %}}|');
  });

  test('an address outside becomes an external resource when one wants it checked', async () => {
    await open('see x', { ...field, link: ['external-resource'] });
    await editor.select(4, 5);
    await editor.tab.keyboard.press('Control+k');
    await editor.tab.getByRole('textbox', { name: 'Address' }).fill('https://example.org/');
    await editor.tab.getByLabel(/Keep it as an external resource/).check();
    await editor.tab.getByRole('button', { name: 'Put it in' }).click();
    await expect.poll(() => editor.saved()).toBe('see {{% resource_link "outside-1" "x" %}}');
    expect(posted).toEqual([{ type: 'external-resource', title: 'x', metadata: { external_url: 'https://example.org/' } }]);
  });
});
