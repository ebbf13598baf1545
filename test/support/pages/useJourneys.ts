import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFailed } from 'vitest';
import { buildWebApp, findChromium, launch } from '../../web/support/browser.ts';
import { startStudio, type Studio, type StudioOptions } from '../studio.ts';
import type { Hand } from './hand.ts';
import { Keyboard } from './keyboard.ts';
import { Pointer } from './pointer.ts';

const executable = findChromium();

/** Why no journey is made here; undefined where a browser is. */
export const noBrowser = executable === undefined ? ': there is no Chromium here, name one with CHROMIUM_BIN' : undefined;
/** Whatever a page waits for may take long on a machine that does much else, milliseconds. */
const PATIENCE_MS = 90_000;

export const ways = ['pointer', 'keyboard'] as const;

/** Gives a person a role, of a site or of the whole studio. */
export async function granted(studio: Studio, email: string, role: string, site?: string): Promise<void> {
  const ended = await studio.cli('admin', 'grant', email, role, ...(site === undefined ? [] : ['--site', site]));
  if (ended.code !== 0) throw new Error(`${email} could not be made ${role}: ${ended.stderr}`);
}

export interface Journeys {
  readonly studio: Studio;
  /** A browser of its own at the studio’s front door, for who goes this way. */
  readonly open: (way: Hand['way']) => Promise<Hand>;
  /** Fails with what the pages told of as an error, and with what only this way of going met. */
  readonly expectNoFaults: (hand: Hand) => void;
}

/** Registers a whole studio with the web app as it ships and a browser, for the journeys of one file. */
export function useJourneys(prepare: (studio: Studio) => Promise<void>, options: StudioOptions = {}): Journeys {
  let studio: Studio;
  let browser: Browser | undefined;
  const web = { remove: (): void => undefined };
  const contexts: BrowserContext[] = [];
  const complaints = new Map<Tab, string[]>();

  beforeAll(async () => {
    const built = buildWebApp();
    web.remove = built.remove;
    studio = await startStudio({ parts: { mailgun: false, learn: false, ...options.parts }, env: { STUDIO_WEB_DIR: built.folder, ...options.env } });
    await studio.cliJson('starters', 'sync', '--wait');
    await prepare(studio);
    browser = await launch(executable ?? '');
  });
  afterAll(async () => {
    for (const context of contexts) await context.close();
    await browser?.close();
    expect(studio.unexpectedEnds).toEqual([]);
    await studio.stop();
    web.remove();
  });

  return {
    get studio() {
      return studio;
    },
    open: async (way) => {
      if (browser === undefined) throw new Error('There is no browser yet');
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', timezoneId: 'UTC', reducedMotion: 'reduce' });
      contexts.push(context);
      const tab = await context.newPage();
      tab.setDefaultTimeout(PATIENCE_MS);
      const told: string[] = [];
      complaints.set(tab, told);
      tab.on('pageerror', (error) => told.push(`${tab.url()}: ${error.message}`));
      // A refused request is told by the browser, too, and is what some steps are about.
      tab.on('console', (message) => void (message.type() === 'error' && !message.text().startsWith('Failed to load resource') && told.push(`${tab.url()}: ${message.text()}`)));
      const hand = way === 'pointer' ? new Pointer(tab) : new Keyboard(tab);
      onTestFailed(async () => {
        const shown = await tab.locator('body').ariaSnapshot({ timeout: 5_000 }).catch(String);
        process.stderr.write(`\nWhere the journey by ${way} ended, ${tab.url()}:\n${shown.slice(0, 8_000)}\n${hand.faults.join('\n')}\n`);
      });
      await tab.goto(studio.stack.studioUrl);
      return hand;
    },
    expectNoFaults: (hand) => {
      const told = complaints.get(hand.tab) ?? [];
      // The faults are the message, too: the last line of a run is all that is seen of it far away.
      expect(hand.faults, hand.faults.join('; ')).toEqual([]);
      expect(told, told.join('; ')).toEqual([]);
    },
  };
}
