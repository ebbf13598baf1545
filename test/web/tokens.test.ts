import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('../../web/src/tokens.css', import.meta.url), 'utf8');

/** Every token that is set between two places of the file. */
function tokensIn(from: string): Record<string, string> {
  const at = css.indexOf(from);
  expect(at).toBeGreaterThan(-1);
  const block = css.slice(css.indexOf('{', at) + 1, css.indexOf('}', at));
  return Object.fromEntries(Array.from(block.matchAll(/(--[\w-]+):\s*([^;]+);/g), (match) => [match[1] ?? '', match[2] ?? '']));
}

test('dark by choice is dark by the system, token for token', () => {
  const chosen = tokensIn(":root[data-theme='dark']");
  expect(Object.keys(chosen).length).toBeGreaterThan(20);
  expect(chosen).toEqual(tokensIn(":root:not([data-theme='light'])"));
});
