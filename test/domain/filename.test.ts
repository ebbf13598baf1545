import { describe, expect, it } from 'vitest';
import { filenameFor, maxFilenameBytes, maxFilenameCharacters, slugValueOf, utf8Bytes } from '#domain/filename.ts';
import { filenameFaults } from '#domain/itemPlace.ts';
import { seeded } from '#test/support/seeded.ts';

const nameOf = (title: string, taken: readonly string[] = [], type = 'page'): string => filenameFor({ title, type, isTaken: (name) => taken.includes(name) });

describe('the name of a new file', () => {
  it.each([
    ['My Title', 'my-title'],
    ['C++', 'c'],
    ['He said “hello”', 'he-said-hello'],
    ['snake_case stays', 'snake_case-stays'],
    ['18.065 Matrix Methods', '18065-matrix-methods'],
    ['日本語のページ', '日本語のページ'],
    ['صفحة جديدة', 'صفحة-جديدة'],
    ['Erdős–Rényi', 'erdősrényi'],
    ['😀 Emoji', 'emoji'],
  ])('for %j is %j', (title, filename) => {
    expect(nameOf(title)).toBe(filename);
  });

  it.each(['', '(', '😀', '---', '   '])('is that of its kind where the title %j has no letter', (title) => {
    expect(nameOf(title, [], 'resource-list')).toBe('resource-list');
    expect(nameOf(title, ['resource-list'], 'resource-list')).toBe('resource-list2');
  });

  it.each(['index', '_index', 'Index', ' _INDEX_ '])('leaves index to section pages: %j', (title) => {
    expect(nameOf(title)).toBe('index-page');
  });

  it('gets a number where it is taken', () => {
    expect(nameOf('Intro', ['intro'])).toBe('intro2');
    expect(nameOf('Intro', ['intro', 'intro2', 'intro3'])).toBe('intro4');
    expect(nameOf('Intro', ['intro2'])).toBe('intro');
    expect(nameOf('a'.repeat(125), ['a'.repeat(125)])).toBe(`${'a'.repeat(124)}2`);
    expect(nameOf('日'.repeat(84), ['日'.repeat(84)])).toBe(`${'日'.repeat(83)}2`);
  });

  it.each([
    ['a'.repeat(125), 'a'.repeat(125)],
    ['a'.repeat(126), 'a'.repeat(125)],
    ['日'.repeat(84), '日'.repeat(84)],
    ['日'.repeat(85), '日'.repeat(84)],
    [`${'日'.repeat(83)}aaab`, `${'日'.repeat(83)}aaa`],
    [`${'a'.repeat(124)} b`, 'a'.repeat(124)],
  ])('takes all of the room there is: %s', (title, filename) => {
    expect(nameOf(title)).toBe(filename);
  });

  it.each(['a'.repeat(400), '日'.repeat(400), '𝒳'.repeat(400), `${'ab-'.repeat(41)}--tail`, `x${'é'.repeat(124)}yz`])('fits file systems and object stores, with a number too', (title) => {
    const taken: string[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const name = nameOf(title, taken);
      expect([...name].length).toBeLessThanOrEqual(maxFilenameCharacters);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxFilenameBytes);
      expect(Buffer.byteLength(name)).toBe(utf8Bytes(name));
      expect(name).not.toMatch(/\p{Surrogate}/u);
      expect(name).not.toMatch(/[-_]$/);
      expect(taken).not.toContain(name);
      taken.push(name);
    }
    expect(taken.slice(1).every((name) => /\d$/.test(name))).toBe(true);
  });
});

describe('whatever the title, the name of its file', () => {
  const characters = ['a', 'Z', '7', ' ', '-', '_', '.', '/', '\\', '(', '+', '“', '"', '\n', '\t', 'é', 'e\u0301', 'ß', 'İ', 'ﬁ', '½', '²', '日', 'か\u3099', 'ش', 'ל', 'क्षि', '𝒳', '😀', '👩‍🔬', '\u200D', '\u202E', '\uD83D', '\u0000'] as const;

  it('is one that an item may have, is free, and stays when the page is named anew for it', () => {
    const random = seeded(4);
    for (let count = 0; count < 1_000; count += 1) {
      const title = random.some(160, () => random.pick(characters)).join('');
      const name = nameOf(title);
      expect(filenameFaults({ folder: 'content/pages', file: null }, name), JSON.stringify(title)).toEqual([]);
      expect(nameOf(name), JSON.stringify(title)).toBe(name);
      const second = nameOf(title, [name]);
      expect(second, JSON.stringify(title)).not.toBe(name);
      expect(filenameFaults({ folder: 'content/pages', file: null }, second), JSON.stringify(title)).toEqual([]);
    }
  });
});

describe('the value that names a file', () => {
  const item = { textId: '0b2c', title: 'A title', metadata: { last_name: 'Strang', empty: '(' } };
  it.each([
    [null, 'A title'],
    ['title', 'A title'],
    ['text_id', '0b2c'],
    ['last_name', 'Strang'],
    ['empty', 'A title'],
    ['missing', 'A title'],
    ['constructor', 'A title'],
  ])('is, where the starter says %j, %j', (slug, value) => {
    expect(slugValueOf({ slug }, item)).toBe(value);
  });

  it('is empty where there is no title', () => {
    expect(slugValueOf({ slug: null }, { ...item, title: null })).toBe('');
  });
});
