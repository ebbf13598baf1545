import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import type { Item } from '#api/contracts/items.ts';
import type { Kind } from '#api/contracts/kinds.ts';
import type { ConfigField } from '#domain/siteConfigSchema.ts';
import { koaSecurityHeaders } from '../../../api/middleware/koa-security-headers.ts';
import { koaWebApp } from '../../../api/middleware/koa-web-app.ts';
import type { MarkdownRules } from '../../../web/src/features/markdown/markdownRules.ts';
import { buildPage, launch } from './browser.ts';
import type { EditorPageApi } from './editorPage/editorPageApi.ts';

/** What pages of courses offer. */
export const fullRules: MarkdownRules = { toolbar: 'full', link: ['resource', 'page', 'external-resource'], embed: ['resource'], allowedHtml: ['sub', 'sup'] };

/** The editor by itself in a browser, built and served with the studio’s own headers. */
export class EditorTab {
  readonly tab: Tab;
  /** What the browser told of as an error, oldest first. */
  readonly complaints: string[];
  private readonly end: () => Promise<void>;

  private constructor(tab: Tab, complaints: string[], end: () => Promise<void>) {
    this.tab = tab;
    this.complaints = complaints;
    this.end = end;
  }

  /** `answer` is the API the page may ask; without it there is none. */
  static async start(chromium: string, options: Parameters<Browser['newContext']>[0] = {}, answer: Koa.Middleware = (_, next) => next()): Promise<EditorTab> {
    const built = buildPage(fileURLToPath(new URL('./editorPage', import.meta.url)));
    const app = new Koa();
    app.use(koaSecurityHeaders({ isHttps: false, spokenTo: [] }));
    app.use(answer);
    app.use(koaWebApp(built.folder));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await launch(chromium);
    const context: BrowserContext = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const tab = await context.newPage();
    const complaints: string[] = [];
    tab.setDefaultTimeout(10_000);
    tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    tab.on('pageerror', (error) => complaints.push(String(error)));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const isThere = await tab.evaluate(() => 'editorPage' in globalThis);
    if (!isThere) throw new Error(`The page of the editor did not begin: ${complaints.join('; ')}`);
    return new EditorTab(tab, complaints, async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      built.remove();
    });
  }

  stop(): Promise<void> {
    return this.end();
  }

  async open(text: string, rules: MarkdownRules = fullRules, isDisabled = false): Promise<void> {
    await this.tab.evaluate(([given, how, off]) => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.open(given, how, off), [text, rules, isDisabled] as const);
  }

  async openWidget(text: string, field: ConfigField): Promise<void> {
    await this.tab.evaluate(([given, of]) => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.openWidget(given, of), [text, field] as const);
  }

  /** Shows the form of an item; only where the page has an API. */
  async openForm(site: string, kind: Kind, item: Item): Promise<void> {
    await this.tab.evaluate(([where, of, opened]) => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.openForm(where, of, opened), [site, kind, item] as const);
  }

  /** What a save of the form would send. */
  formChanges(): Promise<Record<string, unknown>> {
    return this.tab.evaluate(() => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.formChanges());
  }

  fieldId(path: string): Promise<string> {
    return this.tab.evaluate((of) => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.fieldId(of), path);
  }

  saved(): Promise<string> {
    return this.tab.evaluate(() => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.saved());
  }

  /** What the world of the editor was asked, oldest first. */
  asked(): Promise<readonly string[]> {
    return this.tab.evaluate(() => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.asked);
  }

  documentText(): Promise<string> {
    return this.tab.evaluate(() => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.documentText());
  }

  /** Puts the cursor, or a selection, as a click would. */
  async select(anchor: number, head = anchor): Promise<void> {
    await this.tab.evaluate(([from, to]) => (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.select(from, to), [anchor, head] as const);
  }

  /** The next answers of who is asked to choose. */
  async willPick(...picks: EditorPageApi['picks']): Promise<void> {
    await this.tab.evaluate((given) => void (globalThis as unknown as { editorPage: EditorPageApi }).editorPage.picks.push(...given), picks);
  }

  /** What the site has under an id. */
  async knows(items: EditorPageApi['items']): Promise<void> {
    await this.tab.evaluate((given) => void Object.assign((globalThis as unknown as { editorPage: EditorPageApi }).editorPage.items, given), items);
  }
}
