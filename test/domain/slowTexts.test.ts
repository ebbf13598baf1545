import { describe, it } from 'vitest';
import { resourcesIn, textFindings, withoutCode } from '#domain/accessibleText.ts';
import { findMath } from '#domain/markdown/math.ts';
import { scanShortcodes } from '#domain/markdown/shortcodes.ts';
import { findTables } from '#domain/markdown/tables.ts';
import { guardLineStarts } from '#domain/markdown/writing.ts';
import { expectLinearReading, hostileUnits } from '#test/support/slowTexts.ts';

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'the report for readers': (text) => textFindings(text, { isPage: true }),
  'what is no code': withoutCode,
  'what a text shows': resourcesIn,
  shortcodes: scanShortcodes,
  formulas: findMath,
  tables: findTables,
  'beginnings of lines': guardLineStarts,
};

/** What stands before a hostile text, so that patterns of lines, tables, links and formulas meet it too. */
const BEGINNINGS = ['', 'x\n', 'a|b\n-|-\n', '|-|', '> ', '[x](', '{{< a "', '\\\\('];

describe.each(Object.entries(readers))('%s', (_what, read) => {
  it.each(hostileUnits)('of %s are read in a time that grows with the length', { timeout: 120_000 }, async (_unit, unit) => {
    for (const beginning of BEGINNINGS) await expectLinearReading((characters) => read(`${beginning}${unit.repeat(Math.ceil(characters / unit.length))}!`));
  });
});
