import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page as Tab } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on the page that is open, which must have been opened with `bypassCSP`; by these rules alone, or by all of them. */
export async function axeFaults(tab: Tab, rules?: readonly string[]): Promise<string[]> {
  // A page that was looked at before has it.
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe);
  return tab.evaluate(async (only) => {
    const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    // WCAG 2.2 asks for targets of 24 px, which axe leaves out unless it is told.
    const options = { resultTypes: ['violations'], ...(only === null ? { rules: { 'target-size': { enabled: true } } } : { runOnly: { type: 'rule', values: only } }) };
    return (await tool.run(options)).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
  }, rules ?? null);
}
