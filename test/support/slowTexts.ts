import { expect } from 'vitest';

/**
 * What texts repeat that are made to be slow, with what it is: a pattern that leaves a choice tries all choices, and one that
 * looks for an end from each beginning reads the text as often as there are beginnings.
 */
export const hostileUnits: readonly (readonly [string, string])[] = [
  ['brackets', '['], ['links', '[a]('], ['links in links', '[[a](b)'], ['images', '!['], ['shortcodes', '{{% resource_link "'],
  ['shortcodes of the other kind', '{{< resource "'], ['ends of shortcodes', '%}}'], ['tags', '<a '], ['tags that never end', '<a href="'],
  ['comments', '<!--'], ['comments that end', '<!---->'], ['entities', '&#'], ['stars', '*'], ['stars and letters', '*a**'], ['underscores', '_'],
  ['ticks', '`'], ['backslashes', '\\'], ['escaped brackets', '\\['], ['spaces', ' '], ['tabs and line ends', '\t\n'], ['line ends', '\n'],
  ['quotes', '> '], ['lists', '- '], ['tables', '|-'], ['numbers', '1'], ['slashes', '/'], ['dots', '.'], ['hyphens', '-'], ['letters', 'a'],
  ['words', 'ab '], ['addresses', 'http://a.b/'], ['colons', ':'], ['at signs', 'a@'], ['dollars', '$$'], ['tildes', '~~'],
  ['combining accents', 'a\u0301'], ['emoji', '\u{1F600}'],
  ['quotes in quotes', '> >'], ['empty shortcodes', '{{<>}}'], ['openings of shortcodes', '{{<'], ['mathematics', '\\\\('], ['tables of HTML', '<table>'], ['pictures of HTML', '<img '], ['headings', '#'], ['bars', '|'], ['ends of sentences', '.,'], ['addresses with dots', 'http://a....'],
];

/** A text of about so many characters which repeats a unit; its first character keeps it from being the beginning of a line. */
export const filled = (unit: string, characters: number): string => `x${unit.repeat(Math.floor(characters / unit.length))}!`;

/** Milliseconds of this process alone, whatever else the machine does. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Least time of several tries, milliseconds: what is left is the work itself. */
export async function least(work: () => unknown, tries = 3, clock: () => number = () => performance.now()): Promise<number> {
  let best = Infinity;
  for (let count = 0; count < tries; count += 1) {
    const begun = clock();
    await work();
    best = Math.min(best, clock() - begun);
  }
  return best;
}

/**
 * Four times the text may take four times as long, or somewhat more on a busy machine; what grows with the square takes
 * sixteen times, and what grows faster never ends. Below `floorMs` there is nothing to compare.
 */
export async function expectLinear(work: (characters: number) => unknown, floorMs = 60, clock?: () => number): Promise<void> {
  const small = await least(() => work(25_000), 3, clock);
  const large = await least(() => work(100_000), 3, clock);
  expect(large, `25 kB took ${small.toFixed(1)} ms, 100 kB ${large.toFixed(1)} ms`).toBeLessThan(Math.max(floorMs, small * 10));
}

/**
 * The same of what this process works out by itself, by its own time on the processor: 100 kB that take it less than half a second are far
 * below what grows with the square, which is seconds; only what takes longer is compared.
 */
export async function expectLinearReading(read: (characters: number) => unknown): Promise<void> {
  const FLOOR_MS = 500;
  if ((await least(() => read(100_000), 1, cpuMs)) >= FLOOR_MS) await expectLinear(read, FLOOR_MS, cpuMs);
}
