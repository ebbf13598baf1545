import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { bodyDiff } from '#domain/bodyDiff.ts';
import { seeded } from '#test/support/seeded.ts';

const diff = (before: string, after: string): string => bodyDiff({ name: 'revision 1', body: before }, { name: 'revision 2', body: after });

describe('the diff of two bodies', () => {
  it('has three lines around each change, with the names of both', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    const after = lines.map((line, index) => (index === 10 ? 'changed\n' : line));
    expect(diff(lines.join(''), after.join(''))).toBe('--- revision 1\n+++ revision 2\n@@ -8,7 +8,7 @@\n line 7\n line 8\n line 9\n-line 10\n+changed\n line 11\n line 12\n line 13\n');
  });

  it.each([
    ['the same', 'a\n', 'a\n', ''],
    ['both empty', '', '', ''],
    ['an end without a newline', 'a\n', 'a', '--- revision 1\n+++ revision 2\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n'],
    ['carriage returns', 'a\nb\n', 'a\r\nb\n', '--- revision 1\n+++ revision 2\n@@ -1,2 +1,2 @@\n-a\n+a\r\n b\n'],
  ])('of %s', (_what, before, after, expected) => {
    expect(diff(before, after)).toBe(expected);
  });

  it('leads from one body to the other, whatever they are', () => {
    const random = seeded(4);
    const body = (): string => random.some(12, () => random.pick(['a\n', 'b\n', '\n', '---\n', '+x\n', '\\ x\n', 'é\r\n'])).join('') + random.pick(['', 'end', 'end\n']);
    for (let round = 0; round < 300; round += 1) {
      const [before, after] = [body(), body()];
      expect(applyPatch(before, diff(before, after), { autoConvertLineEndings: false }), JSON.stringify([before, after])).toBe(after);
    }
  });

  it('of two that have nothing in common takes no time, and still leads from one to the other', () => {
    const body = (word: string): string => Array.from({ length: 10_000 }, (_, index) => `${word} ${index}`).join('\n');
    const patch = diff(body('old'), `${body('new')}\n`);
    expect(patch.split('\n').filter((line) => line.startsWith('-old'))).toHaveLength(10_000);
    expect(applyPatch(body('old'), patch)).toBe(`${body('new')}\n`);
  });
});
