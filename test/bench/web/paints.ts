import type { Browser } from 'playwright-core';
import { SLOWED } from './webGoals.ts';

export interface Paints {
  readonly first: number;
  readonly largest: number;
  /** What tasks took beyond 50 ms each, after the first paint. */
  readonly blocking: number;
}

/** Runs in the page, so it is no code of Node's. */
const OBSERVE = `
  globalThis.seen = { first: 0, largest: 0, tasks: [] };
  new PerformanceObserver((list) => { for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') seen.first = startTime; }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => { for (const { startTime } of list.getEntries()) seen.largest = startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const { startTime, duration } of list.getEntries()) seen.tasks.push({ at: startTime, ms: duration }); }).observe({ type: 'longtask', buffered: true });
`;

/** Opens an address in a tab without a cache, on a slowed processor, until `text` is on the page; milliseconds. */
export async function paints(browser: Browser, address: string, text: string): Promise<Paints> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const tab = await context.newPage();
    await tab.addInitScript({ content: OBSERVE });
    const session = await context.newCDPSession(tab);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
    await tab.goto(address);
    await tab.getByText(text).first().waitFor();
    await tab.waitForFunction(() => (globalThis as unknown as { seen: Paints }).seen.largest > 0);
    const { first, largest, tasks } = await tab.evaluate(() => (globalThis as unknown as { seen: { first: number; largest: number; tasks: { at: number; ms: number }[] } }).seen);
    return { first, largest, blocking: tasks.filter(({ at }) => at >= first).reduce((sum, { ms }) => sum + ms - 50, 0) };
  } finally {
    await context.close();
  }
}
