import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { filesBelow } from '#test/support/corpus.ts';
import { goldenContent, goldenFolder } from './support/goldenContent.ts';

/** Accepted only by `node --import tsx test/domain/acceptGoldenContent.ts`. */
it('each format is written as it was accepted', () => {
  const accepted = filesBelow(fileURLToPath(goldenFolder)).map(({ path, bytes }) => [path, bytes.toString()]);
  expect(accepted.length).toBeGreaterThan(8);
  expect(Object.fromEntries(goldenContent())).toEqual(Object.fromEntries(accepted));
});
