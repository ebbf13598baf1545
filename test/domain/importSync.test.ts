import { expect, it } from 'vitest';
import { compareObjects, differsFromSource } from '#domain/importSync.ts';

const early = new Date('2026-01-01T00:00:00Z');
const late = new Date('2026-01-02T00:00:00Z');
const source = { size: 3, etag: 'a', lastModified: early };

it.each([
  ['is not there', undefined, 'differs'],
  ['has another size, however new it is', { size: 4, etag: 'a', lastModified: late }, 'differs'],
  ['has the same ETag, however old it is', { ...source, lastModified: new Date(0) }, 'same'],
  ['has the same size and another ETag', { ...source, etag: 'b' }, 'ask'],
] as const)('a copy that %s', (_what, target, verdict) => {
  expect(compareObjects(source, target)).toBe(verdict);
});

it.each([
  ['remembers this very object', late, 'a', false],
  ['remembers this very object, although the clock of its bucket is late', new Date(0), 'a', false],
  ['remembers another one', late, 'old', true],
  ['remembers nothing and is newer', late, undefined, false],
  ['remembers nothing and is as old', early, undefined, false],
  ['remembers nothing and is older', new Date(0), undefined, true],
] as const)('a copy of the same size that %s', (_what, lastModified, remembered, differs) => {
  expect(differsFromSource(source, { size: 3, etag: 'b', lastModified }, remembered)).toBe(differs);
});
