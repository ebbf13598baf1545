import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { generatedTree } from './generatedTree.ts';

const SIZE = { files: 194, bytes: 2_000_000 };

it('has the files and the bytes it is asked for, no two alike, with a page and the data Learn looks for at the top', () => {
  const files = [...generatedTree(SIZE)];
  expect(files).toHaveLength(SIZE.files);
  expect(files.reduce((sum, { body }) => sum + body.length, 0)).toBe(SIZE.bytes);
  expect(new Set(files.map(({ path }) => path)).size).toBe(SIZE.files);
  expect(new Set(files.map(({ body }) => createHash('sha256').update(body).digest('hex'))).size).toBe(SIZE.files);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['index.html', 'data.json']));
  for (const { path, body } of files.filter((file) => file.path.endsWith('.json'))) expect(JSON.parse(body.toString('utf8'))).toMatchObject({ path });
});

it('is the same on every machine and in every run', () => {
  const hash = createHash('sha256');
  for (const { path, body } of generatedTree(SIZE)) hash.update(`${path}\0`).update(body);
  expect(hash.digest('hex')).toBe('30c11c00c7409260f295440df253f177e1002be58ec246b64e66b38f41161ef5');
});

it('says when the bytes are too few', () => {
  expect(() => [...generatedTree({ files: 100, bytes: 1_000 })]).toThrow('too few');
});
