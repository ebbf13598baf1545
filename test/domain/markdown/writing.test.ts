import { describe, expect, it } from 'vitest';
import { scanShortcodes } from '#domain/markdown/shortcodes.ts';
import { escapeHref, escapeShortcodeText, guardLineStarts, listIndent, listItem, nextListStart, readListMarker, resourceEmbed, resourceLink, unescapeHref } from '#domain/markdown/writing.ts';

describe('a link to a resource', () => {
  it.each<[[string, string, string?], string]>([
    [['u1', 'a'], '{{% resource_link "u1" "a" %}}'],
    [['u1', 'a', '#frag'], '{{% resource_link "u1" "a" "#frag" %}}'],
    [['u1', 'a', ''], '{{% resource_link "u1" "a" %}}'],
    [['u1', 'say "hi"'], '{{% resource_link "u1" "say \\"hi\\"" %}}'],
    [['u1', '100 %}} {{< sup 2 >}}'], '{{% resource_link "u1" "100 %}} {{< sup 2 >}}" %}}'],
    [['u1', 'two\nlines'], '{{% resource_link "u1" "two lines" %}}'],
  ])('of %j is %j', (parts, written) => {
    expect(resourceLink(...parts)).toBe(written);
    const [span, ...more] = scanShortcodes(written);
    expect(more).toEqual([]);
    expect(span?.params.map(({ value }) => value)).toEqual([parts[0], parts[1].replace('\n', ' '), ...(parts[2] === undefined || parts[2] === '' ? [] : [parts[2]])]);
  });

  it('has a text that is escaped as a value', () => {
    expect(escapeShortcodeText('a "b"\nc')).toBe('a \\"b\\" c');
  });
});

describe('an embedded resource', () => {
  it('names its parameters, in the order of the files', () => {
    expect(resourceEmbed('1234')).toBe('{{< resource uuid="1234" >}}');
    expect(resourceEmbed('1234', { hrefUuid: 'u', href: '/x' })).toBe('{{< resource uuid="1234" href="/x" href_uuid="u" >}}');
    expect(resourceEmbed('1234', { href: '' })).toBe('{{< resource uuid="1234" >}}');
  });
});

describe('an address', () => {
  it.each([
    ['http://h/a_(b)/c', 'http://h/a_%28b%29/c'],
    [' http://h/a b ', 'http://h/a%20b'],
    ['a<b>\\c', 'a%3Cb%3E%5Cc'],
    ['{{< baseurl >}}/pages/x (1)', '{{< baseurl >}}/pages/x%20%281%29'],
    ['/a?b={{<c', '/a?b=%7B%7B%3Cc'],
    ['http://h/%20a?b=c&d#e', 'http://h/%20a?b=c&d#e'],
  ])('%j is written %j', (href, written) => {
    expect(escapeHref(href)).toBe(written);
    expect(escapeHref(written)).toBe(written);
  });

  it('is read with its parentheses', () => {
    expect(unescapeHref('http://h/a_%28b%29/c%20d')).toBe('http://h/a_(b)/c%20d');
  });
});

describe('a line that would begin with HTML', () => {
  it.each([
    ['<sup>1</sup> **x**', '\u200b<sup>1</sup> **x**'],
    ['a\n  <sub>1</sub>', 'a\n  \u200b<sub>1</sub>'],
    ['- <sup>1</sup>', '- \u200b<sup>1</sup>'],
    ['> 12. <SUP>1</SUP>', '> 12. \u200b<SUP>1</SUP>'],
    ['x<sup>1</sup>', 'x<sup>1</sup>'],
    ['\u200b<sup>1</sup>', '\u200b<sup>1</sup>'],
    ['<b>1</b>', '<b>1</b>'],
  ])('%j is written %j', (text, written) => {
    expect(guardLineStarts(text)).toBe(written);
  });

  it('is guarded in a long text in a moment', () => {
    expect(guardLineStarts('> - '.repeat(50_000))).toHaveLength(200_000);
  });
});

describe('an item of a list', () => {
  it('holds a list four columns further in', () => {
    expect(listItem('-', `a\n${listItem('-', `b\n${listItem('-', 'c')}`)}`)).toBe('- a\n    - b\n        - c');
    expect(listItem('-', '')).toBe('-');
    expect(listItem('2.', 'a\n\nb')).toBe('2. a\n\n    b');
    expect(listItem('100.', 'a\nb')).toBe('100. a\n     b');
    expect(listIndent('10.')).toBe(4);
  });

  it.each([
    ['- a', '- '],
    ['    *   a', '    *   '],
    ['> 9. a', '> 10. '],
    ['3) a', '4) '],
    ['-', '- '],
  ])('after %j begins with %j', (line, next) => {
    const marker = readListMarker(line);
    expect(marker === null ? null : nextListStart(marker)).toBe(next);
  });

  it('begins with a marker', () => {
    expect(readListMarker('  1. two words')).toEqual({ prefix: '  ', marker: '1.', space: ' ', text: 'two words' });
    for (const line of ['-a', 'a - b', '1.5', '**a**', '', '1234567890. a']) expect(readListMarker(line), line).toBeNull();
    expect(readListMarker('> '.repeat(50_000))).toBeNull();
  });
});
