import { describe, expect, it } from 'vitest';
import { filenameFor, maxFilenameBytes, maxFilenameCharacters, slugValueOf, utf8Bytes } from '#domain/filename.ts';

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
