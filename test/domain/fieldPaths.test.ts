import { describe, expect, it } from 'vitest';
import { fieldPathsOf, fieldValue, isFieldActive } from '#domain/fieldPaths.ts';
import { kindOf, makeAllWidgets } from '#test/factories/allWidgets.ts';

const config = makeAllWidgets();
const item = { title: 'T', markdown: 'Body', file: 'f', metadata: { resourcetype: 'Image', image_metadata: { alt: 'A' }, title: 'no', body: 'no' } };

describe('the fields of a kind', () => {
  it('have their places in an item: columns, metadata, and inside of objects', () => {
    expect(fieldPathsOf(kindOf('resource', config)).map(({ path }) => path)).toEqual([
      'title',
      'markdown',
      'metadata.resourcetype',
      'file',
      'metadata.file_size',
      'metadata.level',
      'metadata.image_metadata',
      'metadata.image_metadata.alt',
      'metadata.image_metadata.caption',
      'metadata.image_metadata.is_wide',
      'metadata.video_files',
      'metadata.video_files.captions',
    ]);
  });

  it('keep a second file nowhere, and a body that is no Markdown in the metadata', () => {
    const kind = kindOf('page', config);
    const fields = [
      { name: 'one', label: 'One', widget: 'file' },
      { name: 'two', label: 'Two', widget: 'file' },
      { name: 'body', label: 'Body', widget: 'text' },
    ] as const;
    expect(fieldPathsOf({ ...kind, fields }).map(({ path }) => path)).toEqual(['file', 'metadata.body']);
  });

  it('have the values that stand there', () => {
    const values = Object.fromEntries(fieldPathsOf(kindOf('resource', config)).map((at) => [at.path, fieldValue(item, at)]));
    expect(values).toMatchObject({ title: 'T', markdown: 'Body', file: 'f', 'metadata.image_metadata.alt': 'A', 'metadata.image_metadata.caption': undefined, 'metadata.video_files.captions': undefined });
  });

  it('do not find what every object has by birth', () => {
    const [at] = fieldPathsOf({ ...kindOf('page', config), fields: [{ name: 'constructor', label: 'C', widget: 'string' }] });
    expect(at === undefined ? 'none' : fieldValue(item, at)).toBeUndefined();
  });
});

describe('a field with a condition', () => {
  const active = (metadata: Record<string, unknown>): string[] => fieldPathsOf(kindOf('resource', config)).filter((at) => isFieldActive({ ...item, metadata }, at)).map(({ path }) => path);

  it('is asked for, with all that belongs to it, while the other field has that value', () => {
    expect(active({ resourcetype: 'Image' })).toContain('metadata.image_metadata.alt');
    expect(active({ resourcetype: 'Image' })).not.toContain('metadata.video_files.captions');
    for (const metadata of [{}, { resourcetype: null }, { resourcetype: ['Image'] }, { resourcetype: 'image' }]) expect(active(metadata)).not.toContain('metadata.image_metadata');
  });

  it('inside of an object looks at the fields of the top level too, columns included', () => {
    const inner = { name: 'inner', label: 'Inner', widget: 'string', condition: { field: 'title', equals: 'T' } } as const;
    const outer = { name: 'outer', label: 'Outer', widget: 'object', condition: { field: 'body', equals: 'Body' }, fields: [inner] } as const;
    const at = fieldPathsOf({ ...kindOf('page', config), fields: [{ ...outer, fields: [inner] }] })[1];
    if (at === undefined) throw new Error('The inner field has no place');
    expect([item, { ...item, title: 'U' }, { ...item, markdown: 'Other' }].map((source) => isFieldActive(source, at))).toEqual([true, false, false]);
  });
});
