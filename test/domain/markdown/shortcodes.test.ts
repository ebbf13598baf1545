import { describe, expect, it } from 'vitest';
import { pairShortcodes, paramOf, scanShortcodes, setParam, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import { applySplices } from '#domain/markdown/splice.ts';
import { seeded } from '#test/support/seeded.ts';

function only(text: string): ShortcodeSpan {
  const [span, ...more] = scanShortcodes(text);
  if (span === undefined || more.length > 0) throw new Error(`There is not one shortcode in ${text}.`);
  return span;
}
const set = (text: string, key: string | number, value: string | null): string => applySplices(text, [setParam(text, only(text), key, value)]);

describe('the parameters of a shortcode', () => {
  it('have their places with and without their quotes', () => {
    const text = 'é {{% resource_link "a b" `c"d` key = "say \\"hi\\"" bare-1.5 %}}.';
    const span = only(text);
    expect(text.slice(span.from, span.to)).toBe('{{% resource_link "a b" `c"d` key = "say \\"hi\\"" bare-1.5 %}}');
    expect(span.params.map(({ from, to }) => text.slice(from, to))).toEqual(['"a b"', '`c"d`', 'key = "say \\"hi\\""', 'bare-1.5']);
    expect(span.params.map(({ valueFrom, valueTo }) => text.slice(valueFrom, valueTo))).toEqual(['a b', 'c"d', 'say \\"hi\\"', 'bare-1.5']);
    expect(span.params.map(({ key, value, quote }) => [key, value, quote])).toEqual([
      [null, 'a b', '"'],
      [null, 'c"d', '`'],
      ['key', 'say "hi"', '"'],
      [null, 'bare-1.5', ''],
    ]);
  });

  it('may stand in escaped quotes', () => {
    expect(only('{{< sub \\"2 3\\" >}}').params).toMatchObject([{ key: null, value: '2 3', quote: '\\"' }]);
  });

  it.each([
    ['`{{< a >}}`', 1],
    ['```\n{{< a >}}\n```', 1],
    ['<{{< a >}}', 1],
    ['{{</* a */>}}', 0],
    ['{{</* {{< a >}} */>}} {{< b >}}', 1],
    ['{{%/* a "*/%}} {{% b %}}', 1],
  ])('are read wherever Hugo reads them: %j', (text, count) => {
    expect(scanShortcodes(text)).toHaveLength(count);
  });
});

describe('a shortcode that Hugo does not build', () => {
  it.each([
    ['{{< a "open >}}', 'has no end', 15],
    ['{{< a', 'has no end', 5],
    ['{{< a \nb', 'has no end', 6],
    ['{{< >}}', 'has no name', 7],
    ['{{</* a >}}', 'no end', 11],
    ['{{< a b"c" >}}', 'has no end', 14],
  ])('%j is broken', (text, problem, to) => {
    expect(scanShortcodes(text)).toEqual([expect.objectContaining({ isBroken: true, params: [], from: 0, to, problem: expect.stringContaining(problem) as string })]);
  });

  it.each([
    ['{{< a "1" b="2" >}}', 'with a name and parameters without'],
    ['{{< a "1\n2" >}}', 'next line'],
    ['{{< a "1 \\` 2" >}}', 'backtick'],
    ['{{< a "\\\\(x\\\\) \\"y\\"" >}}', 'backslashes'],
    ['{{< a b/c >}}', 'needs quotation marks'],
  ])('%j says why', (text, problem) => {
    expect(only(text)).toMatchObject({ isBroken: false, problem: expect.stringContaining(problem) as string });
  });

  it('says nothing of one that is well', () => {
    expect(only('{{< a "1" "2" >}}')).not.toHaveProperty('problem');
  });

  it('does not swallow those behind it', () => {
    expect(scanShortcodes('{{< a "x {{< b >}} {{< c >}}').map(({ name, isBroken }) => [name, isBroken])).toEqual([['', true], ['b', false], ['c', false]]);
  });
});

describe('setting a parameter', () => {
  it.each<[string, string | number, string | null, string]>([
    ['{{< a "1" "2" >}}', 1, '3', '{{< a "1" "3" >}}'],
    ['{{< a "1" "2" >}}', 0, 'say "hi"', '{{< a "say \\"hi\\"" "2" >}}'],
    ['{{< a k="1"  j=2 >}}', 'j', '3', '{{< a k="1"  j=3 >}}'],
    ['{{< a k="1"  j=2 >}}', 'j', 'x y', '{{< a k="1"  j="x y" >}}'],
    ['{{< a k = "1" >}}', 'k', '2', '{{< a k = "2" >}}'],
    ['{{< a `1` >}}', 0, '"2"', '{{< a `"2"` >}}'],
    ['{{< a `1` >}}', 0, 'a`b', '{{< a "a`b" >}}'],
    ['{{< a \\"1\\" >}}', 0, '2', '{{< a \\"2\\" >}}'],
    ['{{< a \\"1\\" >}}', 0, '"', '{{< a "\\"" >}}'],
    ['{{< a "1" >}}', 0, ' two \n lines ', '{{< a "two lines" >}}'],
    ['{{< a "1" >}}', 0, 'end\\', '{{< a `end\\` >}}'],
    ['{{< a "1" >}}', 0, '\\\\(x\\\\) "y"', '{{< a `\\\\(x\\\\) "y"` >}}'],
    ['{{< a "1" >}}', 0, '\\a "y" `z`', '{{< a "\\a &quot;y&quot; `z`" >}}'],
    ['{{< a "1" >}}', 0, '`\\', '{{< a "`\\ " >}}'],
    ['{{< a k="1" >}}', 'k', '\\`', '{{< a k="\\ `" >}}'],
    ['{{< a >}}', 'k', '1', '{{< a k="1" >}}'],
    ['{{<a>}}', 'k', '1', '{{<a k="1">}}'],
    ['{{< a/>}}', 0, '1', '{{< a "1"/>}}'],
    ['{{% a "1" %}}', 3, '4', '{{% a "1" "" "" "4" %}}'],
    ['{{< a k="1" j="2" >}}', 'k', null, '{{< a j="2" >}}'],
    ['{{< a "1" "2" >}}', 1, null, '{{< a "1" >}}'],
    ['{{< a "1" "2" >}}', 0, null, '{{< a "" "2" >}}'],
    ['{{< a "1" >}}', 'k', null, '{{< a "1" >}}'],
    ['{{< a k="1" k="2" >}}', 'k', '3', '{{< a k="1" k="3" >}}'],
    ['{{< item text="H{{< sub 2 >}}O" >}}', 'text', 'CO{{< sub 2 >}} >}}', '{{< item text="CO{{< sub 2 >}} >}}" >}}'],
    ['{{< a "" >}}', 0, '', '{{< a "" >}}'],
  ])('%j, %j to %j', (text, key, value, expected) => {
    expect(set(text, key, value)).toBe(expected);
  });

  it('has no place in a closing shortcode and in a broken one', () => {
    for (const text of ['{{< /a >}}', '{{< a ']) expect(() => setParam(text, only(text), 0, 'x')).toThrow(TypeError);
  });

  it('gives back what was set, whatever it is, and changes no other', () => {
    const random = seeded(9);
    const pieces = ['a', ' ', '"', '`', '\\', '>}}', '%}}', '{{<', '/', '=', 'é', '😀', "'", '\\"', '|', '-'] as const;
    const value = (): string => random.some(6, () => random.pick(pieces)).join('').trim();
    for (let count = 0; count < 3_000; count += 1) {
      const isNamed = random.below(2) === 0;
      const keys = ['k', 'j', 'i'].slice(0, 1 + random.below(3));
      const bare = (): string => random.pick(['1', '"two"', '`th"ree`', 'a-b'] as const);
      const text = `x {{< name ${keys.map((key) => `${isNamed ? `${key}=` : ''}${bare()}`).join(' ')} >}} y`;
      const at = random.below(keys.length + 1);
      const key = isNamed ? (keys[at] ?? 'more') : at;
      const wanted = value();
      const after = set(text, key, wanted);
      const span = only(after);
      // What no quotes can hold comes as near as it may.
      const isHeld = !wanted.includes('`') || !wanted.includes('\\');
      expect(paramOf(span, key)?.value, after).toBe(isHeld ? wanted : wanted.replace(/\\(?=`|$)/g, '\\ ').replaceAll('"', '&quot;'));
      expect(span.problem, after).toBeUndefined();
      const before = only(text);
      for (const [index, param] of before.params.entries()) if (index !== at) expect(after.slice(span.params[index]?.from, span.params[index]?.to)).toBe(text.slice(param.from, param.to));
      expect(applySplices(after, [setParam(after, span, key, paramOf(span, key)?.value ?? '')])).toBe(after);
    }
  });
});

describe('pairs of shortcodes', () => {
  const pairs = (text: string): string[] => pairShortcodes(scanShortcodes(text)).map(({ opening, closing }) => text.slice(opening.from, closing.to));

  it('are those that open and close a stretch', () => {
    expect(pairs('{{< a >}}x{{< br >}}{{< b "1" >}}y{{< /b >}}{{</ a >}}')).toEqual(['{{< a >}}x{{< br >}}{{< b "1" >}}y{{< /b >}}{{</ a >}}', '{{< b "1" >}}y{{< /b >}}']);
    expect(pairs('{{< a >}}{{< a >}}{{< /a >}}{{< /a >}}')).toHaveLength(2);
    expect(pairs('{{< a />}}{{< /a >}} {{< /b >}} {{< c >}}')).toEqual([]);
    expect(pairs('{{< a >}}{{< b >}}{{< /a >}}{{< /b >}}')).toEqual(['{{< a >}}{{< b >}}{{< /a >}}']);
  });

  it('are found among very many', () => {
    expect(pairs(`${'{{< a >}}'.repeat(50_000)}${'{{< /b >}}'.repeat(50_000)}${'{{< /a >}}'.repeat(50_000)}`)).toHaveLength(50_000);
  });
});

describe('very long texts', () => {
  // Read anew from each opening, these would keep a machine busy for minutes.
  it.each(['{{<a', '{{</*', '{{%/* ', '{{< a \\"', '{{<////////a', '{{', '{{< a k = ', '{{<\n', '{{< a "\\" ', '`"`{{< a '])('of %j are read in a moment', (piece) => {
    const text = piece.repeat(50_000);
    const spans = scanShortcodes(text);
    for (const [index, span] of spans.entries()) {
      if (span.from < (spans[index - 1]?.to ?? 0)) throw new Error('Spans overlap.');
    }
    expect(scanShortcodes(`${text}"\`\n*/>}} */%}} {{< end >}}`).at(-1)?.name).toBe('end');
  });
});
