import { describe, expect, it } from 'vitest';
import { mergeMetadata } from '#domain/mergeMetadata.ts';
import { configItem } from '#domain/siteConfig.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const config = makeSiteConfig((text) =>
  text.replace(
    '  - {name: file, label: File, widget: file}\n',
    '  - {name: license, label: License, widget: string}\n  - {name: choice, label: Choice, widget: hidden}\n  - name: image\n    label: Image\n    widget: object\n    fields:\n    - {name: caption, label: Caption, widget: string}\n    - {name: credit, label: Credit, widget: string}\n',
  ),
);
const kind = configItem(config, 'resource');
if (kind === undefined) throw new Error('The starter has resources');

describe('merging metadata', () => {
  it.each([
    ['sets what is given and keeps the rest', { a: 1, license: 'x' }, { license: 'y', b: 2 }, { a: 1, license: 'y', b: 2 }],
    ['removes with null only what the starter does not know', { a: 1, license: 'x', choice: 1 }, { a: null, license: null, gone: null }, { license: null, choice: 1 }],
    ['merges an object field by its keys', { image: { caption: 'c', credit: 'd', alt: 'kept' } }, { image: { caption: 'n' } }, { image: { caption: 'n', credit: 'd', alt: 'kept' } }],
    ['removes with null inside an object what it does not declare', { image: { caption: 'c', alt: 'x' } }, { image: { alt: null, caption: null } }, { image: { caption: null } }],
    ['sets an object field whole where there was none, or no map', { image: '' }, { image: { caption: 'n' } }, { image: { caption: 'n' } }],
    ['clears an object field with null', { image: { caption: 'c' } }, { image: null }, { image: null }],
    ['sets a map in any other field whole', { choice: { a: 1 }, unknown: { a: 1 } }, { choice: { b: 2 }, unknown: { b: 2 } }, { choice: { b: 2 }, unknown: { b: 2 } }],
    ['removes with null what has a place of its own beside the metadata', { title: 't', body: 'b', file: 'f', a: 1 }, { title: null, body: null, file: null }, { a: 1 }],
    ['keeps the order of the keys', { b: 1, a: 1 }, { c: 1, b: 2 }, { b: 2, a: 1, c: 1 }],
  ])('%s', (_what, stored, given, expected) => {
    const merged = mergeMetadata(kind, stored, given);
    expect(JSON.stringify(merged)).toBe(JSON.stringify(expected));
  });

  it('takes keys that every object has as keys', () => {
    const given = JSON.parse('{"__proto__": {"polluted": true}, "constructor": "c", "toString": null}') as Record<string, unknown>;
    const merged = mergeMetadata(kind, JSON.parse('{"toString": "t"}') as Record<string, unknown>, given);
    expect(Object.entries(merged)).toEqual([['__proto__', { polluted: true }], ['constructor', 'c']]);
    expect('polluted' in {}).toBe(false);
  });

  it('changes neither of the two', () => {
    const stored = { image: { caption: 'c' } };
    const given = { image: { credit: 'd' } };
    mergeMetadata(kind, stored, given);
    expect([stored, given]).toEqual([{ image: { caption: 'c' } }, { image: { credit: 'd' } }]);
  });
});
