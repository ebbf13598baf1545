import { expect, test } from 'vitest';
import { csvLine } from '#domain/csv.ts';

test.each([
  ['plain', 'a', 'a'],
  ['nothing', null, ''],
  ['a number', -3, '-3'],
  ['a comma', 'a,b', '"a,b"'],
  ['quotes', 'say "hi"', '"say ""hi"""'],
  ['lines', 'a\r\nb', '"a\r\nb"'],
  ['a formula', '=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ['a bullet', '- a', "'- a"],
  ['a sign', '+1', "'+1"],
  ['a function of old', '@SUM(A1)', "'@SUM(A1)"],
  ['a tab', '\t=1', "'\t=1"],
])('a cell with %s', (_about, cell, written) => {
  expect(csvLine([cell, 'x'])).toBe(`${written},x\r\n`);
});
