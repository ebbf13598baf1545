import { describe, expect, it } from 'vitest';
import { linesOf, type MergeChoice, mergeText, regionText, type TextRegion } from '#domain/textMerge.ts';
import { seeded } from '#test/support/seeded.ts';

const merged = (regions: readonly TextRegion[], choice?: MergeChoice): string | null => {
  const texts = regions.map((region) => regionText(region, choice));
  return texts.includes(null) ? null : texts.join('');
};
const side = (regions: readonly TextRegion[], name: 'base' | 'yours' | 'theirs'): string => regions.map((region) => region[name]).join('');
const changes = (regions: readonly TextRegion[]): unknown[] => regions.filter(({ kind }) => kind !== 'same').map(({ kind, base, yours, theirs }) => [kind, base, yours, theirs]);

describe('bringing two texts together', () => {
  it('takes from each what only it changed, also in lines beside each other', () => {
    expect(merged(mergeText('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'))).toBe('A\nb\nC\n');
    expect(merged(mergeText('a\nb\nc\n', 'A\nb\nc\n', 'a\nB\nc\n'))).toBe('A\nB\nc\n');
    expect(merged(mergeText('a\nb\nc\nd\n', 'a\nd\n', 'a\nb\nc\nD\n'))).toBe('a\nD\n');
    expect(merged(mergeText('', 'new\n', ''))).toBe('new\n');
  });

  it('keeps line ends, tabs, spaces and a missing last line end where nobody touched them', () => {
    const base = '# T\r\n\r\n  a  \n\tb\r\n\u00a0c\u2028d\n\n\nend';
    expect(merged(mergeText(base, base.replace('# T', '# U'), base.replace('\tb', '\tB')))).toBe('# U\r\n\r\n  a  \n\tB\r\n\u00a0c\u2028d\n\n\nend');
    // A line end is a byte like any other.
    expect(merged(mergeText('a\nb\nc\n', 'a\r\nb\nc\n', 'a\nb\nC'))).toBe('a\r\nb\nC');
  });

  it('does not decide about a line that both changed', () => {
    const regions = mergeText('a\nb\nc\nd\n', 'a\nmine\nc\nD\n', 'a\ntheirs\nc\nd\n');
    expect(changes(regions)).toEqual([['conflict', 'b\n', 'mine\n', 'theirs\n'], ['yours', 'd\n', 'D\n', 'd\n']]);
    expect(merged(regions)).toBeNull();
    expect(regions.map((region) => regionText(region, region.kind === 'conflict' ? 'both' : undefined)).join('')).toBe('a\nmine\ntheirs\nc\nD\n');
  });

  it('does not decide in which order two texts stand that were put into one place', () => {
    expect(changes(mergeText('a\nb\n', 'a\nx\nb\n', 'a\ny\nb\n'))).toEqual([['conflict', '', 'x\n', 'y\n']]);
    expect(changes(mergeText('a\nb\n', 'a\nx\nb\n', 'a\nB\n'))).toEqual([['conflict', 'b\n', 'x\nb\n', 'B\n']]);
    expect(changes(mergeText('a\nb\n', 'A\nb\n', 'a\ny\nb\n'))).toEqual([['conflict', 'a\n', 'A\n', 'a\ny\n']]);
  });

  it('sees that both did the same, and that one took away what the other changed', () => {
    expect(changes(mergeText('a\nb\n', 'a\nB\n', 'a\nB\n'))).toEqual([['agreed', 'b\n', 'B\n', 'B\n']]);
    expect(changes(mergeText('a\nb\nc\n', 'a\nc\n', 'a\nB\nc\n'))).toEqual([['conflict', 'b\n', '', 'B\n']]);
  });

  it('puts two last lines without an end one under the other', () => {
    const [, region] = mergeText('a\nb', 'a\nmine', 'a\ntheirs');
    expect(region === undefined ? '' : regionText(region, 'both')).toBe('mine\ntheirs');
  });

  it('says of texts that have nothing in common that everything is to be decided, and takes no time for it', () => {
    const text = (word: string): string => Array.from({ length: 6_000 }, (_, line) => `${word} ${line}\n`).join('');
    const regions = mergeText(`head\n${text('base')}tail\n`, `head\n${text('yours')}tail\n`, `head\n${text('theirs')}tail\n`);
    expect(regions.map(({ kind }) => kind)).toEqual(['same', 'conflict', 'same']);
  });
});

describe('any three texts', () => {
  const pieces = ['a\n', 'b\n', '\n', 'c\r\n', '  d\n', '| e | f |\n', '* g\n', 'h'];
  const cases = Array.from({ length: 400 }, (_, seed) => {
    const generator = seeded(seed);
    const random = (end: number): number => generator.below(end);
    const text = (): string => Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join('');
    const edited = (base: string): string => linesOf(base).flatMap((line) => (random(4) > 0 ? [line] : [[], [`edited ${random(3)}\n`], [line, pieces[random(7)] ?? '']][random(3)] ?? [])).join('');
    const base = text();
    return random(5) === 0 ? { base, yours: text(), theirs: text() } : { base, yours: edited(base), theirs: edited(base) };
  });

  it('are their stretches, one after the other', () => {
    for (const { base, yours, theirs } of cases) {
      const regions = mergeText(base, yours, theirs);
      expect([side(regions, 'base'), side(regions, 'yours'), side(regions, 'theirs')]).toEqual([base, yours, theirs]);
    }
  });

  it('become theirs by choosing all theirs, and yours by choosing all yours', () => {
    for (const { base, yours, theirs } of cases) {
      const regions = mergeText(base, yours, theirs);
      expect([merged(regions, 'theirs'), merged(regions, 'yours')]).toEqual([theirs, yours]);
    }
  });

  it('are merged alike whoever is called you', () => {
    for (const { base, yours, theirs } of cases) {
      const [one, other] = [mergeText(base, yours, theirs), mergeText(base, theirs, yours)];
      expect(merged(one)).toBe(merged(other));
      expect(one.map(({ kind }) => kind)).toEqual(other.map(({ kind }) => ({ yours: 'theirs', theirs: 'yours' } as Record<string, string>)[kind] ?? kind));
    }
  });

  it('of which one is the base become the other', () => {
    for (const { base, yours } of cases) expect([merged(mergeText(base, yours, base)), merged(mergeText(base, base, yours)), merged(mergeText(base, yours, yours))]).toEqual([yours, yours, yours]);
  });
});

it('edits of different lines merge, and every line that nobody touched is there byte for byte', () => {
  for (let seed = 0; seed < 400; seed += 1) {
    const generator = seeded(seed);
    const random = (end: number): number => generator.below(end);
    const ends = ['\n', '\r\n', ' \n', '\t\r\n'];
    const lines = Array.from({ length: 2 + random(30) }, (_, index) => `line ${index}${ends[random(4)] ?? ''}`);
    const editor = lines.map(() => ['nobody', 'nobody', 'yours', 'theirs'][random(4)]);
    const by = (who: readonly string[]): string => lines.map((line, index) => (who.includes(editor[index] ?? '') ? `${editor[index] ?? ''} ${index}\n` : line)).join('');
    expect(merged(mergeText(lines.join(''), by(['yours']), by(['theirs'])))).toBe(by(['yours', 'theirs']));
  }
});
