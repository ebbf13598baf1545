import { describe, expect, test } from 'vitest';
import { type DiffLine, pageDiff } from '#domain/pageDiff.ts';

/** `=` the same, `+…+` put in, `-…-` taken out, `…3` a gap. */
const said = (lines: readonly DiffLine[]): string[] => lines.map((line) => (line.kind === 'gap' ? `…${line.lines}` : line.parts.map(({ kind, text }) => (kind === 'same' ? text : kind === 'inserted' ? `+${text}+` : `-${text}-`)).join('')));

describe('what differs of a page', () => {
  test('is nothing where the texts are the same', () => {
    expect(pageDiff(['a', 'b'], ['a', 'b'])).toEqual({ lines: [], inserted: 0, deleted: 0, cut: 0 });
  });

  test('is shown word by word, with the lines around it', () => {
    const diff = pageDiff(['one', 'two', 'three', 'The exam is on Monday.', 'five', 'six', 'seven'], ['one', 'two', 'three', 'The exam is on Friday.', 'five', 'six', 'seven']);
    expect(said(diff.lines)).toEqual(['…2', 'three', 'The exam is on -Monday-+Friday+.', 'five', '…2']);
    expect([diff.inserted, diff.deleted]).toEqual([1, 1]);
  });

  test('sets apart lines that have nothing in common', () => {
    expect(said(pageDiff(['The exam is on Monday.'], ['Bring a ruler.']).lines)).toEqual(['-The exam is on Monday.-', '+Bring a ruler.+']);
  });

  test('of a page that comes or goes is the whole of it', () => {
    expect(pageDiff([], ['a b', 'c'])).toMatchObject({ inserted: 3, deleted: 0, lines: [{ parts: [{ kind: 'inserted' }] }, { parts: [{ kind: 'inserted' }] }] });
    expect(said(pageDiff(['a b', 'c'], []).lines)).toEqual(['-a b-', '-c-']);
  });

  test('counts what is too much to show', () => {
    const diff = pageDiff([], Array.from({ length: 500 }, (_, index) => `line ${index}`));
    expect(diff.lines).toHaveLength(300);
    expect([diff.cut, diff.inserted]).toEqual([200, 1_000]);
  });

  test('shortens a line nobody could read', () => {
    const [line] = pageDiff([], ['x'.repeat(100_000)]).lines;
    expect(line?.kind === 'line' && line.parts[0]?.text.length).toBe(40_000);
  });

  test('of altogether different texts is found without looking for the fewest changes', () => {
    const text = (word: string): string[] => Array.from({ length: 2_000 }, (_, index) => `${word} ${index}`);
    expect(pageDiff(text('old'), text('new'))).toMatchObject({ cut: 1_700, inserted: 2_000, deleted: 2_000 });
  });
});
