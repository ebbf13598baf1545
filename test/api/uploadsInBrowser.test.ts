import { createHash } from 'node:crypto';
import { GetObjectCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Item } from '#api/contracts/items.ts';
import { insertSite } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { buildWebApp, findChromium, launch } from '#test/web/support/browser.ts';
import { itemsOf } from './support/content.ts';
import { type Caller, useApi } from './support/testApi.ts';

const executable = findChromium();
const config = parseSiteConfig(`root-url-path: courses
collections:
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: resourcetype, label: Resource Type, widget: select, required: true, options: [Image, Video, Document, Other]}
  - {name: file, label: File, widget: file}
  - {name: image_metadata, label: Image Metadata, widget: object, condition: {field: resourcetype, equals: Image}, fields: [{name: image-alt, label: ALT text, widget: string}]}
`);
/** One red dot. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
/** Larger than what is hashed at once, and no multiple of it. */
const LARGE = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3 * 1024 * 1024 + 7, 'x')]);

describe.skipIf(executable === undefined)(`a file sent by a browser${executable === undefined ? ': there is no Chromium here, name one with CHROMIUM_BIN' : ''}`, { timeout: 60_000 }, () => {
  const web = { folder: '', remove: (): void => undefined };
  let browser: Browser;
  beforeAll(async () => {
    Object.assign(web, buildWebApp());
    browser = await launch(executable ?? '');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    web.remove();
  });
  const buckets = useBuckets();
  const api = useApi({ env: () => ({ ...buckets.env, STUDIO_WEB_DIR: web.folder }) });
  let siteId: string;
  let editors = 0;
  let editor: Caller;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    await upsertStarter(api.db, { slug: 'course', path: 'course', commit: 'c0ffee', config });
    const starter = await findStarterBySlug(api.db, 'course');
    if (starter === undefined) throw new Error('The starter was not stored');
    siteId = await insertSite(api.db, { name: 'algebra', shortId: 'algebra', title: 'Algebra', starterId: starter.id, ownerId: null, urlPath: 'courses/algebra' });
  });
  beforeEach(async () => {
    // Somebody else each time: what one test leaves unsaved is kept as a draft, and offered to the same person again.
    editors += 1;
    editor = await api.person(`ed-${editors}@example.edu`, [{ role: 'editor', siteId }]);
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const [, session = ''] = /studio_session=([^;]+)/.exec(editor.headers['cookie'] ?? '') ?? [];
    await context.addCookies([{ name: 'studio_session', value: session, url: api.url }]);
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  });
  afterEach(async () => {
    await context.close();
  });

  /** As docs/deploy.md asks for it, and npm start sets it. */
  const allow = (origin: string): Promise<unknown> => buckets.direct.send(new PutBucketCorsCommand({ Bucket: api.config.storageBucket, CORSConfiguration: { CORSRules: [{ AllowedOrigins: [origin], AllowedMethods: ['PUT'], AllowedHeaders: ['content-type', 'x-amz-checksum-sha256'], MaxAgeSeconds: 3000 }] } }));
  const newResource = async (): Promise<void> => {
    await page.goto(`${api.url}/sites/algebra/content/resource/new`);
    await page.getByRole('heading', { level: 1, name: 'New resource' }).waitFor();
  };
  const choose = (name: string, mimeType: string, buffer: Buffer): Promise<void> => page.locator('input[type="file"]').setInputFiles({ name, mimeType, buffer });
  const saved = async (): Promise<Item> => {
    await page.waitForURL(/\/items\//);
    return itemsOf(api, 'algebra', editor).now(decodeURIComponent(page.url().split('/items/')[1] ?? ''));
  };

  test('is kept with the form while the bucket does not allow the studio’s address, and goes once it does', async () => {
    await allow('http://elsewhere.example.edu');
    await newResource();
    await page.getByLabel('Title').fill('A red dot');
    await choose('dot.png', 'image/png', PNG);
    const refusal = page.getByRole('alert').filter({ hasText: 'does not take files from this page' });
    await refusal.waitFor();
    expect(await page.getByLabel('Title').inputValue()).toBe('A red dot');
    await allow(api.url);
    await refusal.getByRole('button', { name: 'Send dot.png again' }).click();
    await page.getByText('dot.png is uploaded').or(page.getByText('becomes the item’s when you save')).first().waitFor();
    expect(complaints.filter((line) => !/CORS|Failed to load resource/.test(line))).toEqual([]);
  });

  test('that is a picture is shown, asked about in words, and is the item’s after the save', async () => {
    await allow(api.url);
    await newResource();
    await choose('red-dot.png', 'image/png', PNG);
    await page.getByRole('img', { name: 'The picture in red-dot.png' }).waitFor();
    expect(await page.getByLabel('Title').inputValue()).toBe('red dot');
    expect(await page.getByLabel('Resource Type').inputValue()).toBe('Image');
    await page.getByRole('button', { name: 'Write the ALT text' }).click();
    const alt = page.getByLabel('ALT text');
    expect(await alt.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type('A red dot');
    expect(await page.getByText('Say what the picture shows').count()).toBe(0);
    await page.keyboard.press('Control+s');
    const item = await saved();
    expect(item.metadata).toEqual({ resourcetype: 'Image', image_metadata: { 'image-alt': 'A red dot' }, file_type: 'image/png', file_size: PNG.length });
    const stored = await buckets.direct.send(new GetObjectCommand({ Bucket: api.config.storageBucket, Key: item.file ?? '' }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(PNG)).toBe(true);
    // From now on it comes from the studio’s own host.
    const picture = page.getByRole('img', { name: /^The picture in .*red-dot\.png/ });
    await expect.poll(() => picture.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('is read piece by piece for its checksum, and arrives whole', async () => {
    await allow(api.url);
    await newResource();
    await choose('large.pdf', 'application/pdf', LARGE);
    await page.getByText('becomes the item’s when you save').waitFor();
    expect(await page.getByLabel('Resource Type').inputValue()).toBe('Document');
    await page.getByRole('button', { name: 'Add resource' }).click();
    const { file } = await saved();
    const stored = await buckets.direct.send(new GetObjectCommand({ Bucket: api.config.storageBucket, Key: file ?? '' }));
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash((await stored.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(hash(LARGE));
    expect(complaints).toEqual([]);
  });

  test('can be cancelled, holds the page while it is on its way, and is told why it is refused', async () => {
    await allow(api.url);
    await newResource();
    const held: (() => Promise<void>)[] = [];
    await page.route(/quarantine/, (route) => void held.push(() => route.continue()));
    await choose('held.pdf', 'application/pdf', LARGE);
    await page.getByText(/Sending held\.pdf: 0 %, 0\.0 MB of 3\.1 MB/).waitFor();
    await page.keyboard.press('Control+s');
    await page.getByText('A file is still on its way. Save when it is there.').first().waitFor({ state: 'attached' });
    // What cannot be taken is refused beside it, and nothing happens to the one on its way.
    await page.getByRole('group', { name: 'File', exact: true }).evaluate((element) => {
      const data = new DataTransfer();
      data.items.add(new File(['MZ'], 'setup.exe'));
      element.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await page.getByRole('alert').filter({ hasText: 'Files such as ‘setup.exe’ cannot be uploaded' }).waitFor();
    await page.getByText(/Sending held\.pdf: 0 %, 0\.0 MB of 3\.1 MB/).waitFor();
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByText('Choose a file').waitFor();
    expect(await page.getByText('Sending').count()).toBe(0);
    await page.unroute(/quarantine/);
    await choose('page.pdf', 'application/pdf', Buffer.from('<!DOCTYPE html><script>alert(1)</script>'));
    await page.getByRole('alert').filter({ hasText: 'it does not begin as a PDF does' }).waitFor();
    await choose('program.exe', 'application/x-msdownload', Buffer.from('MZ'));
    await page.getByRole('alert').filter({ hasText: 'Files such as ‘program.exe’ cannot be uploaded' }).waitFor();
    expect(await api.db('content_items').where({ title: 'held' }).first()).toBeUndefined();
  });

  test('can be dropped onto its field, and pasted', async () => {
    await allow(api.url);
    await newResource();
    const field = page.getByRole('group', { name: 'File', exact: true });
    const give = (kind: 'drop' | 'paste', name: string): Promise<void> =>
      field.evaluate((element, given) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(given.png), (character) => character.charCodeAt(0))], given.name, { type: 'image/png' }));
        element.dispatchEvent(given.kind === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      }, { kind, name, png: PNG.toString('base64') });
    await give('drop', 'dropped.png');
    await page.getByText('dropped.png').first().waitFor();
    await page.getByRole('img', { name: 'The picture in dropped.png' }).waitFor();
    await give('paste', 'image.png');
    await page.getByRole('img', { name: 'The picture in image.png' }).waitFor();
    expect(complaints).toEqual([]);
  });
});
