import { describe, expect, it } from 'vitest';
import { slugify } from '#domain/slug.ts';

/** As Django 4's `slugify` answered. */
describe('a slug', () => {
  it.each([
    ['Hello, World!', 'hello-world'],
    ['  a -- b  ', 'a-b'],
    ['__a_b__', 'a_b'],
    ['18.065 Matrix Methods', '18065-matrix-methods'],
    ['Erdős–Rényi', 'erdosrenyi'],
    ['日本語', ''],
    ['ﬁne', 'fine'],
    ['a\tb\nc', 'a-b-c'],
    ['---', ''],
  ])('of %j is %j', (text, slug) => {
    expect(slugify(text)).toBe(slug);
  });

  it.each([
    ['日本 語', '日本-語'],
    ['Erdős–Rényi', 'erdősrényi'],
    ['ÉCOLE!', 'école'],
  ])('that may have other letters of %j is %j', (text, slug) => {
    expect(slugify(text, { allowUnicode: true })).toBe(slug);
  });
});
