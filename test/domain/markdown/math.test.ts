import { describe, expect, it } from 'vitest';
import { findMath, fromTex, toTex, writeMath } from '#domain/markdown/math.ts';
import { seeded } from '#test/support/seeded.ts';

const found = (text: string): string[] => findMath(text).map(({ from, to }) => text.slice(from, to));
const tex = (text: string): string[] => findMath(text).map(({ sourceFrom, sourceTo }) => toTex(text.slice(sourceFrom, sourceTo)));

describe('mathematics', () => {
  it.each([
    ['\\\\(E=mc^2\\\\) at the start', ['E=mc^2']],
    ['in the \\\\(E=mc^2\\\\) middle', ['E=mc^2']],
    ['at the end \\\\(E=mc^2\\\\)', ['E=mc^2']],
    ['\\\\(1 < 3\\\\)', ['1 < 3']],
    ['\\\\(a\\\\)\\\\(b\\\\)', ['a', 'b']],
    ['\\\\[x\\\\]', ['x']],
    ['\\\\\\[\\Pr \\[X\\]\\\\\\]', ['\\Pr [X]']],
    ['\\\\(a\\_b\\*c\\\\)', ['a_b*c']],
    ['\\\\(50\\\\%\\\\)', ['50\\%']],
    ['\\\\[\\\\begin{align} a \\\\\\\\\\[2pt\\] b \\\\end{align}\\\\]', ['\\begin{align} a \\\\[2pt] b \\end{align}']],
    ['\\\\(a {{< br >}} b\\\\)', ['a {{< br >}} b']],
  ])('of %j is read', (text, sources) => {
    expect(tex(text)).toEqual(sources);
  });

  it.each([
    '\\(x\\)',
    '\\\\\\\\(x\\\\\\\\)',
    '\\\\(x',
    '\\\\(x\ny\\\\)',
    '\\\\(x\\\\]',
    '`\\\\(x\\\\)`',
    '```\n\\\\(x\\\\)\n```',
    '{{% resource_link "u" "\\\\(x\\\\)" %}}',
  ])('is not in %j', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('has its place and its kind', () => {
    const text = 'a \\\\(x\\\\) `c` \\\\\\[y\\\\\\] b';
    expect(found(text)).toEqual(['\\\\(x\\\\)', '\\\\\\[y\\\\\\]']);
    expect(findMath(text).map(({ isDisplay }) => isDisplay)).toEqual([false, true]);
    expect(found('\\\\\\\\\\\\(x\\\\)')).toEqual(['\\\\(x\\\\)']);
  });

  it.each(['\\\\(', '\\\\[ \\\\( ', '\\', '\\\\(`', '\\\\( {{< a "'])('is looked for in a long line of %j in a moment', (piece) => {
    expect(findMath(piece.repeat(50_000)).length).toBe(0);
    expect(findMath(`${piece.repeat(50_000)}\n\n\\\\(x\\\\)`).length).toBe(1);
  });
});

describe('TeX', () => {
  it.each([
    ['\\%', '\\\\%'],
    ['a_b*c', 'a\\_b\\*c'],
    ['a \\\\ b', 'a \\\\\\\\ b'],
    ['1 < 3', '1 < 3'],
    ['E=mc^2', 'E=mc^2'],
    ['f(a)[b]', 'f(a)[b]'],
    ['[a](b)', '[a\\](b)'],
    ['a<b>c', 'a\\<b>c'],
    ['{{<}', '{\\{<}'],
    ['a\u00a0b\tc', 'a b c'],
    ['a % why\nb \\% c\r\nd', 'a  b \\\\% c d'],
  ])('%j is written %j', (source, written) => {
    expect(fromTex(source)).toBe(written);
  });

  it.each([
    ['a\u00a0b', 'a b'],
    ['&nbsp;a &lt; b &amp; c &#38; &#x26; &#160;', ' a < b & c & &  '],
    ['\\&lt; &unknown;', '&lt; &unknown;'],
    ['\\alpha \\_', '\\alpha _'],
  ])('%j is read %j', (written, source) => {
    expect(toTex(written)).toBe(source);
  });

  it('comes back as it was, and stays one formula', () => {
    const random = seeded(7);
    const pieces = ['\\', '\\\\', '\\alpha', '\\frac{1}{2}', '_', '*', '%', '&', '&lt;', '&amp;', '`', '<', '<b>', '>', '{', '}', '{{<', '{{%', '[', ']', '](', '][', '(', ' ', '~', '~~', '-', '--', "'", '^', '$', '#', 'é', '😀', 'x', '1'] as const;
    for (let count = 0; count < 5_000; count += 1) {
      const source = random.some(8, () => random.pick(pieces)).join('');
      expect(toTex(fromTex(source)), source).toBe(source);
      // What closes a formula cannot stand in it.
      if (/\\[)\]]/.test(source)) continue;
      const isDisplay = random.below(2) === 0;
      const text = `a ${writeMath(source, isDisplay)} b`;
      const [span, ...more] = findMath(text);
      const inCode = source.includes('`');
      expect(more, text).toEqual([]);
      if (span === undefined) expect(inCode || source.trim() === '', text).toBe(true);
      else expect([text.slice(span.from, span.to), span.isDisplay, toTex(text.slice(span.sourceFrom, span.sourceTo)).trim()], text).toEqual([writeMath(source, isDisplay), isDisplay, source.trim()]);
    }
  });

  it('ends apart from its delimiter when it ends with a backslash', () => {
    expect(writeMath('a\\', false)).toBe('\\\\(a\\\\ \\\\)');
    expect(writeMath(' x ', true)).toBe('\\\\[x\\\\]');
  });
});
