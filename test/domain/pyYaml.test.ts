import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitFrontMatter } from '#domain/frontMatter.ts';
import { compareCodePoints, dumpPyYaml, loadPyYaml } from '#domain/pyYaml.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';
import { seeded } from '#test/support/seeded.ts';

/** What PyYAML 6 itself wrote; see makeVectors.py beside it. */
const vectors = JSON.parse(readFileSync(new URL('../fixtures/pyYaml/vectors.json', import.meta.url), 'utf8')) as { value: unknown; text: string }[];

describe('YAML as PyYAML writes it', () => {
  it('is written byte for byte as PyYAML wrote it', () => {
    expect(vectors.length).toBeGreaterThan(200);
    for (const { value, text } of vectors) expect(dumpPyYaml(value)).toBe(text);
  });

  it('is read as PyYAML reads it', () => {
    for (const { value, text } of vectors) expect(loadPyYaml(text)).toEqual(value);
  });

  it('reads back whatever is written', () => {
    const random = seeded(65);
    const characters = ['a', 'B', '0', '1', '.', ':', '-', '+', '_', 'e', ' ', '\n', '\t', '#', "'", '"', '\\', '?', '&', '*', '!', '|', '>', '%', '@', '[', '{', ',', '~', '=', '<', 'é', '\u2028', '😀', '\x00', '\x85'] as const;
    const text = (): string => random.some(12, () => random.pick(characters)).join('');
    const value = (depth: number): unknown => {
      const kind = random.below(depth > 0 ? 8 : 6);
      if (kind === 7) return Object.fromEntries(random.some(4, () => [text(), value(depth - 1)]));
      if (kind === 6) return random.some(4, () => value(depth - 1));
      if (kind === 5) return random.pick([null, true, false, random.below(1_000) - 500, random.below(1_000) / 7, 1e300 * random.below(9)]);
      return text();
    };
    for (let count = 0; count < 3_000; count += 1) {
      const made = { key: value(3) };
      const written = dumpPyYaml(made);
      expect(loadPyYaml(written), JSON.stringify(made)).toEqual(made);
    }
  });

  it('keeps texts that only another reader takes for numbers, times or truth values', () => {
    const texts = 'n: 08\ny: 0:30\na: 1e3\nb: .\nc: y\nd: 2020-01-01\n';
    expect(loadPyYaml(texts)).toEqual({ n: '08', y: '0:30', a: '1e3', b: '.', c: 'y', d: '2020-01-01' });
  });

  it('reads the numbers of YAML 1.1', () => {
    expect(loadPyYaml('[017, 0x1F, -0b11, 1_000, 1:30, -1:00:01, 1.5e+3, 1:30.5, -.inf, 0, -0]')).toEqual([15, 31, -3, 1000, 90, -3601, 1500, 90.5, Number.NEGATIVE_INFINITY, 0, 0]);
    expect(loadPyYaml('.nan')).toBeNaN();
  });

  it('follows merge keys and aliases, and takes the last of two equal keys', () => {
    expect(loadPyYaml('base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nz: 1\nz: 2\n')).toEqual({ base: { x: 1, y: 2 }, more: { x: 1, y: 3 }, z: 2 });
  });

  it.each(['a: [1, 2', 'a: "b', 'a: b: c', '\ta: 1', 'a: *nowhere'])('names line and column of a fault in %j', (text) => {
    expect(() => loadPyYaml(text)).toThrow(/line \d+, column \d+|Unresolved alias/);
  });

  it('refuses an alias bomb instead of filling the memory', () => {
    const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) lines.push(`b${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    expect(() => loadPyYaml(lines.join('\n'))).toThrow(/alias/i);
  });

  it('refuses what YAML has no word for', () => {
    expect(() => dumpPyYaml({ a: () => 1 })).toThrow('A function cannot be written as YAML');
    expect(() => dumpPyYaml({ a: 1n })).toThrow('A bigint cannot be written as YAML');
  });

  it('leaves out keys without a value, and sorts by code point', () => {
    expect(dumpPyYaml({ b: undefined, a: 1 })).toBe('a: 1\n');
    expect(['\uffee', '😀', 'b', 'B', ''].sort(compareCodePoints)).toEqual(['', 'B', 'b', '\uffee', '😀']);
  });

  it('writes the front matter and menus of real courses as they are', (context) => {
    const corpus = corpusOrSkip(context);
    let all = 0;
    let same = 0;
    for (const course of coursesOf(corpus)) {
      for (const { path, bytes } of filesBelow(join(corpus, 'courses', course))) {
        const text = bytes.toString('utf8');
        const yaml = path.endsWith('.md') && path.startsWith('content/') ? splitFrontMatter(text)?.yaml : /menus\.ya?ml$/.test(path) ? text : undefined;
        if (yaml === undefined) continue;
        all += 1;
        if (dumpPyYaml(loadPyYaml(yaml)) === yaml) same += 1;
      }
    }
    // The others were written by hand or by another program, in styles of their own.
    expect([all, same]).toEqual([1474, 1460]);
  });
});
