import { expect, test } from 'vitest';
import { codeRanges, touches } from '#domain/cleanup/codeRanges.ts';

/** What of a text is code. */
const codeOf = (text: string): string[] => codeRanges(text).map(({ start, end }) => text.slice(start, end));

test.each([
  ['none', 'plain *text*', []],
  ['code in a line', 'a `b` c ``d`e`` f', ['`b`', '``d`e``']],
  ['backticks that pair with nothing', 'a ` b `` c', []],
  ['an escaped backtick', 'a \\` b `c`', ['`c`']],
  ['code over two lines of a paragraph', 'a `b\nc` d', ['`b\nc`']],
  ['backticks of two paragraphs', 'a `b\n\nc` d', []],
  ['a fence', 'a\n```js\nb `c\n```\nd `e`', ['```js\nb `c\n```', '`e`']],
  ['a fence behind code in a line', '`a`\n~~~\nb\n~~~', ['`a`', '~~~\nb\n~~~']],
  ['a fence of another mark inside of one', '````\n```\na\n````\nb', ['````\n```\na\n````']],
  ['a fence that never ends', 'a\n```\nb', ['```\nb']],
  ['a fence in a quotation', '> ```\n> a\n> ```\nb', ['> ```\n> a\n> ```']],
  ['backticks behind backticks on the line of a fence', '``` a ``` b', ['``` a ```']],
])('%s', (_about, text, code) => {
  expect(codeOf(text)).toEqual(code);
});

test('a stretch touches code when they share a unit', () => {
  const isCode = touches(codeRanges('ab `c` de'));
  expect([isCode(0, 3), isCode(0, 4), isCode(5, 9), isCode(6, 9)]).toEqual([false, true, true, false]);
});
