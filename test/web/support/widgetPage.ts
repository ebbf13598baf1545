import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { type StudioTab, useStudioTab } from './studioTab.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface WidgetPage {
  readonly studio: StudioTab;
  /** Opens the page with one widget for a field of a starter, with a value. */
  readonly open: (field: Record<string, unknown>, value?: unknown, more?: Record<string, string>) => Promise<void>;
  /** The field that is searched in. */
  readonly field: () => Locator;
  readonly options: () => Locator;
  readonly rows: () => Locator;
  /** What stands in the form with this text, not what a screen reader is told. */
  readonly text: (text: string) => Locator;
  /** What the form has of the widget now. */
  readonly value: () => Promise<unknown>;
  /** How often the widget changed it. */
  readonly changes: () => Promise<number>;
  /** Everything a screen reader was told, a line each. */
  readonly said: () => Promise<string[]>;
  /** The name of what has the focus. */
  readonly focusedName: () => Promise<string>;
  readonly keys: (...keys: string[]) => Promise<void>;
  /** What axe finds against WCAG 2.2 AA. */
  readonly violations: () => Promise<string[]>;
}

/** The page on which one widget of a form is tried, made anew for each test. */
export function useWidgetPage(): WidgetPage {
  const studio = useStudioTab('test/web/widgets');
  const field = (): Locator => studio.tab.getByRole('combobox').first();
  return {
    studio,
    field,
    options: () => studio.tab.getByRole('option'),
    rows: () => studio.tab.locator('form ul > li'),
    text: (text) => studio.tab.locator('form').getByText(text),
    open: async (of, value, more = {}) => {
      await studio.visit(`/?${new URLSearchParams({ field: JSON.stringify({ name: 'field', label: 'A field', ...of }), ...(value === undefined ? {} : { value: JSON.stringify(value) }), ...more }).toString()}`);
      await field().waitFor();
    },
    value: async () => JSON.parse((await studio.tab.locator('#value').textContent()) ?? 'null') as unknown,
    changes: async () => Number(await studio.tab.locator('#value').getAttribute('data-changes')),
    said: async () => ((await studio.tab.locator('[data-announcer]').getAttribute('data-said')) ?? '').split('\n').filter((line) => line !== ''),
    focusedName: () => studio.tab.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? ''),
    keys: async (...keys) => {
      for (const key of keys) await studio.tab.keyboard.press(key);
    },
    violations: async () => {
      await studio.tab.evaluate(axe);
      return studio.tab.evaluate(async () => {
        const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
        const { violations } = await tool.run({ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
      });
    },
  };
}

/** Titles that would run, or break out of what they stand in, if they were taken for markup. */
export const payloads = ['<img src=x onerror="window.hacked=1">', '<script>window.hacked=1</script>', '"><svg onload=window.hacked=1>', "'-alert(1)-'", '{{< resource x >}}', '</textarea><b>bold</b>', '&lt;b&gt;', '\u202egnp.exe'];

/** Whether some title was taken for more than text. */
export async function assertNothingRan(studio: StudioTab): Promise<void> {
  expect(await studio.tab.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await studio.tab.locator('form :is(script, img, b)').count()).toBe(0);
}
