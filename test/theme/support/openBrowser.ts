import { chromium, type Browser, type Page } from 'playwright-core';

/** Why tests in a browser do not run. */
export const noBrowser = 'there is no browser here: install Chromium, or name one with CHROMIUM_BIN';

/** The browser that set-up found, or undefined. */
export const browserPath = process.env['CHROMIUM_BIN'];

/** Starts a browser that reaches this machine only. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface Look {
  readonly width: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
}

/** A page that reaches one origin only; players of other sites stay empty. */
export async function newPage(browser: Browser, origin: string, look: Look): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: look.width, height: 900 }, colorScheme: look.colorScheme ?? 'light', javaScriptEnabled: look.javaScriptEnabled ?? true });
  const page = await context.newPage();
  await page.route('**/*', (route) => (new URL(route.request().url()).origin === origin ? route.continue() : route.abort()));
  return page;
}

/** Visits one address with a page of its own, closed afterwards. */
export async function visit<T>(browser: Browser, url: string, look: Look, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await newPage(browser, new URL(url).origin, look);
  try {
    await page.goto(url);
    return await work(page);
  } finally {
    await page.context().close();
  }
}
