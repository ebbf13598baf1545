import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { hashToken, newToken } from '#api/auth/tokens.ts';
import { expectNone } from './support/expectNone.ts';
import { files, read, root } from './support/tree.ts';

/** Items of OWASP ASVS 5.0 that concern this product, by their chapters and sections. */
const ITEMS = {
  '1.2': [1, 2, 3, 4, 5], '1.3': [1, 4, 5, 6, 7, 11], '1.5': [1],
  '2.2': [1, 2, 3], '2.3': [1, 3, 4, 5], '2.4': [1],
  '3.2': [1, 2], '3.3': [1, 2, 3, 4], '3.4': [1, 2, 3, 4, 5, 6], '3.5': [1, 2, 3, 4, 5], '3.7': [2],
  '5.2': [1, 2, 3], '5.3': [2], '5.4': [1, 2, 3],
  '7.2': [1, 2, 3, 4], '7.3': [1, 2], '7.4': [1, 2, 5], '7.6': [1],
  '8.1': [1, 2], '8.2': [1, 2, 3], '8.3': [1], '8.4': [1],
  '13.2': [1, 2, 3, 4, 5], '13.3': [1, 2], '13.4': [1, 2, 3, 4, 5],
  '16.2': [1, 2, 3, 4, 5], '16.3': [1, 2, 3, 4], '16.4': [1], '16.5': [1, 2, 3],
} as const;
const items = Object.entries(ITEMS).flatMap(([section, numbers]) => numbers.map((number) => `${section}.${number}`));

interface Line {
  readonly item: string;
  readonly asks: string;
  readonly shown: string;
}

function linesOf(page: string): Line[] {
  return [...page.matchAll(/^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+) \|$/gm)].map(([, item = '', asks = '', shown = '']) => ({ item, asks, shown }));
}

/** What is wrong with a page that answers for these items. */
function faultsOf(page: string, wanted: readonly string[], textOf: (path: string) => string | null): string[] {
  const lines = linesOf(page);
  return [
    ...wanted.filter((item) => !lines.some((line) => line.item === item)).map((item) => `${item} has no line.`),
    ...lines.filter(({ item }, at) => lines.findIndex((line) => line.item === item) !== at).map(({ item }) => `${item} has two lines.`),
    ...lines.filter(({ item }) => !wanted.includes(item)).map(({ item }) => `${item} is none of the items.`),
    ...lines.flatMap(({ item, shown }) => {
      const reason = /^Reason: (.{40,})$/.exec(shown);
      if (reason !== null) return [];
      const tests = [...shown.matchAll(/`(test\/[^`]+\.test\.ts)` ‘([^’]+)’/g)];
      if (tests.length === 0) return [`${item} has neither a test nor a reason.`];
      return tests.flatMap(([, path = '', name = '']) => {
        const text = textOf(path);
        if (text === null) return [`${item} names ${path}, which does not exist.`];
        return text.includes(name) ? [] : [`${item} names the test ‘${name}’, which ${path} does not have.`];
      });
    }),
  ];
}

test('every item of OWASP ASVS that concerns us has a test that exists, or a reason', () => {
  const page = read('docs/security.md');
  expect(items.length).toBeGreaterThan(80);
  expectNone(faultsOf(page, items, (path) => (existsSync(join(root, path)) ? read(path) : null)));
});

test('a missing line, a line twice, a test that is not there and an empty reason are told', () => {
  const page = ['| 1.2.1 | x | `test/a.test.ts` ‘is there’ |', '| 1.2.1 | x | `test/a.test.ts` ‘is not there’ |', '| 1.2.2 | x | `test/none.test.ts` ‘x’ |', '| 1.2.3 | x | Reason: none |', '| 9.9.9 | x | `test/a.test.ts` ‘is there’ |'].join('\n');
  expect(faultsOf(page, ['1.2.1', '1.2.2', '1.2.3', '1.2.4'], (path) => (path === 'test/a.test.ts' ? "test('is there'" : null))).toEqual([
    '1.2.4 has no line.',
    '1.2.1 has two lines.',
    '9.9.9 is none of the items.',
    '1.2.1 names the test ‘is not there’, which test/a.test.ts does not have.',
    '1.2.2 names test/none.test.ts, which does not exist.',
    '1.2.3 has neither a test nor a reason.',
  ]);
});

test('no page of the studio writes HTML or hears messages of other windows', () => {
  const sources = files().filter((path) => path.startsWith('web/src/') && /\.(svelte|ts)$/.test(path));
  expect(sources.length).toBeGreaterThan(50);
  const dangerous = /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(|postMessage|addEventListener\('message'|srcdoc=|javascript:/;
  // It hears the frames it made itself, at the one origin they have, and believes them where they are scrolled to, which page of theirs they show and what was found on it.
  const heard = new Map([
    ['web/src/features/preview/PreviewFrames.svelte', 'if (event.origin !== origin || event.source === null || event.source !== frames[front]?.element?.contentWindow) return;'],
    ['web/src/features/preview/askPage.ts', 'if (event.origin !== origin || event.source === null || event.source !== frame.contentWindow) return;'],
  ]);
  for (const [path, check] of heard) expect(read(path)).toContain(check);
  expectNone(sources.filter((path) => dangerous.test(read(path).replaceAll(heard.has(path) ? 'postMessage' : '\n\n\n', ''))).map((path) => `${path} has ${dangerous.exec(read(path))?.[0] ?? ''}.`));
});

test('a new token has 256 bits from the system, and none is like another', () => {
  const tokens = Array.from({ length: 1_000 }, newToken);
  expect(new Set(tokens).size).toBe(1_000);
  for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(hashToken('x')).toMatch(/^[0-9a-f]{64}$/);
});

test('a line of the log is one line of JSON, whatever is in it', () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk.toString()); done(); } }));
  const nasty = 'a\r\n{"level":60,"msg":"forged"}\n\u2028\u001b[2Jx';
  log.info({ path: nasty, err: new Error(nasty) }, nasty);
  const text = lines.join('');
  expect(text.trimEnd().split(/\r?\n/)).toHaveLength(1);
  expect(text).not.toContain('\u001b');
  const line = JSON.parse(text) as { msg: string; time: number };
  expect(line.msg).toBe(nasty);
  // Milliseconds since 1970 in UTC, whatever the zone of the machine.
  expect(Math.abs(line.time - Date.now())).toBeLessThan(60_000);
});
