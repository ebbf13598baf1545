import { describe, expect, it } from 'vitest';
import { isSameJson, mergePulled } from '#domain/pullMerge.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';

const relation = { content: ['11111111-1111-4111-8111-111111111111'], website: 'algebra' };
const list = [{ file: '/courses/algebra/a.vtt', language: 'en' }];

describe('bringing a file into its item', () => {
  it('takes what differs from the item’s own file, and names it', () => {
    const stored = makeContentItem({ metadata: { a: 1, b: { c: 2, d: 3 }, gone: true } });
    const file = makeContentItem({ title: 'New', markdown: 'Other.\n', metadata: { a: 1, b: { c: 2, d: 4 }, new: [1] } });
    expect(mergePulled(stored, stored, file)).toEqual({ item: file, fields: ['title', 'markdown', 'metadata.b.d', 'metadata.gone', 'metadata.new'] });
  });

  it('keeps what a file says in fewer words', () => {
    const stored = makeContentItem({ metadata: { video_files: { video_captions_resources: relation, video_speakers: 'Ada' } } });
    const readBack = makeContentItem({ metadata: { _build: { list: true }, video_files: { video_captions_resources: list, video_speakers: 'Ada' } } });
    const file = makeContentItem({ metadata: { _build: { list: true }, video_files: { video_captions_resources: list, video_speakers: 'Grace' } } });
    expect(mergePulled(stored, readBack, file)).toEqual({
      item: makeContentItem({ metadata: { video_files: { video_captions_resources: relation, video_speakers: 'Grace' } } }),
      fields: ['metadata.video_files.video_speakers'],
    });
  });

  it('keeps the place of a file that its address does not tell', () => {
    const stored = makeContentItem({ file: 'elsewhere/a.pdf' });
    const readBack = makeContentItem({ file: 'courses/algebra/a.pdf' });
    expect(mergePulled(stored, readBack, readBack)).toEqual({ item: stored, fields: [] });
    expect(mergePulled(stored, readBack, makeContentItem({ file: 'courses/algebra/b.pdf' }))).toMatchObject({ item: { file: 'courses/algebra/b.pdf' }, fields: ['file'] });
  });

  it('takes what changed in such a field too', () => {
    const stored = makeContentItem({ metadata: { video_files: { video_captions_resources: relation } } });
    const readBack = makeContentItem({ metadata: { video_files: { video_captions_resources: list } } });
    const file = makeContentItem({ metadata: { video_files: { video_captions_resources: [] } } });
    expect(mergePulled(stored, readBack, file)).toEqual({ item: file, fields: ['metadata.video_files.video_captions_resources'] });
  });

  it('sees nothing where the studio has the same already', () => {
    const stored = makeContentItem({ title: 'Both', metadata: { a: { x: 1, y: [{ p: 1, q: 2 }] } } });
    const file = makeContentItem({ title: 'Both', metadata: { a: { y: [{ q: 2, p: 1 }], x: 1 } } });
    expect(mergePulled(stored, makeContentItem({ title: 'Before', metadata: {} }), file)).toEqual({ item: stored, fields: [] });
  });
});

it('two values are the same when they are stored alike', () => {
  expect(isSameJson({ a: 1, b: null }, { b: null, a: 1 })).toBe(true);
  for (const [a, b] of [[{ a: 1 }, { a: 1, b: 2 }], [[1, 2], [2, 1]], [{ a: undefined }, { b: 1 }], [null, {}], ['1', 1], [[], {}], [[1], { 0: 1 }]]) expect([a, b, isSameJson(a, b)]).toEqual([a, b, false]);
});
