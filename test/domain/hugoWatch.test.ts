import { expect, test } from 'vitest';
import { createHugoWatch, type HugoWatchEvent } from '#domain/hugoWatch.ts';

/** What is told of these pieces of output. */
function told(...pieces: string[]): { readonly events: HugoWatchEvent[]; readonly said: string } {
  const events: HugoWatchEvent[] = [];
  const watch = createHugoWatch((event) => events.push(event));
  for (const piece of pieces) watch.take(piece);
  return { events, said: watch.said() };
}

const first = 'Start building sites … \nhugo v0.147.9\n\nTotal in 812 ms\nWatching for changes in /site\nPress Ctrl+C to stop\n';

test('a first build is told when it has ended, and from when on changes are seen', () => {
  expect(told(first).events.map(({ kind }) => kind)).toEqual(['built', 'watching']);
});

test('a change is told when it begins and when it has ended, with its own words only, however the output is cut', () => {
  const output = `${first}\nChange detected, rebuilding site (#1).\n2026-11-26 20:00:00.000 +0000\n\x1b[31mERROR\x1b[0m Rebuild failed: "/site/content/a.md:3:1": bad\nTotal in 41 ms\n`;
  const whole = told(output);
  expect(whole.events.map(({ kind }) => kind)).toEqual(['built', 'watching', 'building', 'built']);
  const [, , , built] = whole.events;
  expect(built?.kind === 'built' ? built.output : '').toBe('2026-11-26 20:00:00.000 +0000\nERROR Rebuild failed: "/site/content/a.md:3:1": bad\nTotal in 41 ms\n');
  expect(told(...output).events).toEqual(whole.events);
});

test('what is said of a build that never ends is kept to a bound, its beginning first', () => {
  const { events, said } = told('Error: error building site: the first word\n', ...Array.from({ length: 3_000 }, () => `${'x'.repeat(100)}\n`));
  expect(events).toEqual([]);
  expect(said.startsWith('Error: error building site: the first word\n')).toBe(true);
  expect(said.length).toBeLessThan(201_000);
});
