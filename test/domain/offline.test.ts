import { expect, test } from 'vitest';
import { isCompressible, MAX_PLACEHOLDER_BYTES, mayBeRead, offlinePlaceOf, placeholder, placeholderNumber, quotesPlaceholder, staysInside, zipName } from '#domain/offline.ts';

test.each([
  ['a.pdf', 'content'],
  ['film.mp4', 'video'],
  ['FILM.MP4', 'video'],
  ['model.html', 'static'],
  ['model.HTM', 'static'],
  ['notes.md', 'static'],
  ['_index.md', 'static'],
  ['page.md.txt', 'content'],
  ['README', 'content'],
])('%s lies in %s', (name, place) => expect(offlinePlaceOf(name)).toBe(place));

test.each([
  ['notes.pdf', true],
  ['week 1/notes..v2.pdf', true],
  ['...', true],
  ['../notes.pdf', false],
  ['a/../../notes.pdf', false],
  ['a/..', false],
  ['./notes.pdf', false],
  ['/etc/passwd', false],
  ['a//b.pdf', false],
  ['a\0b.pdf', false],
  ['', false],
])('‘%s’ lies in the folder it is written to: %s', (name, is) => expect(staysInside(name)).toBe(is));

test('a placeholder is found again by its number, and by nothing else', () => {
  for (const number of [0, 7, 123_456]) expect(placeholderNumber(placeholder(number))).toBe(number);
  expect(placeholder(9_999_999_999).length).toBe(MAX_PLACEHOLDER_BYTES);
  for (const text of ['', '7\n', `x${placeholder(7)}`, `${placeholder(7)}x`, placeholder(7).trim()]) expect(placeholderNumber(text)).toBeUndefined();
});

test('a page that quotes a placeholder is seen', () => {
  expect(quotesPlaceholder(`<pre>${placeholder(3)}</pre>`)).toBe(true);
  expect(quotesPlaceholder('<p>An author writes of ocw-studio-offline-files</p>')).toBe(false);
});

test.each([
  ['text/html; charset=utf-8', true, true],
  ['text/vtt; charset=utf-8', true, true],
  ['application/json; charset=utf-8', true, true],
  ['image/png', true, false],
  ['image/svg+xml; charset=utf-8', true, true],
  ['video/mp4', false, false],
  ['application/pdf', false, false],
])('%s may be looked into: %s, shrinks: %s', (contentType, read, shrinks) => {
  expect(mayBeRead(contentType)).toBe(read);
  expect(isCompressible(contentType)).toBe(shrinks);
});

test('zips have the names pages link to', () => {
  expect([zipName('6-042j', 'plain'), zipName('6-042j', 'video')]).toEqual(['6-042j.zip', '6-042j-video.zip']);
});
