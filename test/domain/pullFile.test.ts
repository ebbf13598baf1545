import { expect, it } from 'vitest';
import { readPullFile } from '#domain/pullFile.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const config = makeSiteConfig();
const read = (text: string | null, path = 'content/pages/a.md') => readPullFile({ path, blob: 'b', text }, config, { name: 'algebra', urlPath: null });

it('a file is an item, or says why it is none and which item it may be of', () => {
  expect(read('---\nuid: one\ncontent_type: page\n---\nBody')).toMatchObject({ claims: null, read: { kind: 'item', item: { textId: 'one', filename: 'a', markdown: 'Body' } } });
  expect(read('---\nuid: "one"\ncontent_type: nothing\n---\n')).toMatchObject({ claims: 'one', read: { kind: 'kept', reason: 'the starter has no content type ‘nothing’' } });
  expect(read('---\nuid: one\n  broken: [\n---\n')).toMatchObject({ claims: 'one', read: { kind: 'kept', reason: expect.stringMatching(/^its front matter is not YAML/) as string } });
  expect(read('---\ncontent_type: page\n---\n')).toMatchObject({ claims: null, read: { kind: 'kept', reason: 'it has no uid' } });
  expect(read('---\nuid: one\ncontent_type: page\n---\na\0b')).toMatchObject({ claims: 'one', read: { kind: 'kept', reason: 'it holds a character that the database cannot: a zero, or half of a pair' } });
  expect(read('<p>', 'layouts/x.html')).toMatchObject({ claims: null, read: { kind: 'kept', reason: 'outside of the content model' } });
});

it('a file without a text keeps the reason it has none for', () => {
  const fault = { kind: 'unreadable', reason: 'it is too large to be read' } as const;
  expect(readPullFile({ path: 'a', blob: 'b', text: null, fault }, config, { name: 'algebra', urlPath: null })).toEqual({ path: 'a', blob: 'b', claims: null, read: fault });
  expect(read(null)).toMatchObject({ read: { kind: 'unreadable', reason: 'it could not be read' } });
});
