import { describe, expect, it } from 'vitest';
import { pageUrl, readMenu, writeMenu } from '#domain/menus.ts';

const uuid = '11111111-2222-4333-8444-555555555555';

describe('a menu', () => {
  it('loses the address of content when it is read, and keeps that of other places', () => {
    const external = { identifier: 'external-1', name: 'Elsewhere', url: 'https://example.edu', weight: 20 };
    expect(readMenu([{ identifier: uuid, name: 'A', url: '/pages/a', pageRef: '/pages/a', weight: 10, parent: 'p' }, external])).toEqual([{ identifier: uuid, name: 'A', weight: 10, parent: 'p' }, external]);
  });

  it('gets the address of now when it is written', () => {
    const written = writeMenu([{ identifier: uuid, name: 'A', url: '/old', weight: 10 }, { identifier: 'external-1', url: 'https://example.edu' }], (id) => (id === uuid ? '/pages/new' : undefined));
    expect(written).toEqual([{ identifier: uuid, name: 'A', weight: 10, pageRef: '/pages/new' }, { identifier: 'external-1', url: 'https://example.edu' }]);
  });

  it('keeps an entry whose content is gone, without an address', () => {
    expect(writeMenu(readMenu([{ identifier: uuid, name: 'A', url: '/gone' }]), () => undefined)).toEqual([{ identifier: uuid, name: 'A' }]);
  });

  it.each([undefined, null, 'text', 7, {}])('that is %j is an empty one', (value) => {
    expect(readMenu(value)).toEqual([]);
    expect(writeMenu(value, () => '/x')).toEqual([]);
  });

  it('drops entries that are none', () => {
    expect(readMenu(['text', null, 3, { name: 'A' }])).toEqual([{ name: 'A' }]);
  });
});

describe('the address of a page in its site', () => {
  it.each([
    ['content/pages', 'syllabus', '/pages/syllabus'],
    ['content/pages', '_index', '/pages/'],
    ['content', '_index', '/'],
    ['content', 'about', '/about'],
    ['content/pages/deep/er', 'x', '/pages/deep/er/x'],
    ['contents/pages', 'x', '/contents/pages/x'],
  ])('of %s/%s is %s', (dirpath, filename, url) => {
    expect(pageUrl({ dirpath, filename }, 'content')).toBe(url);
  });

  it('takes the content folder as it is written, not as a pattern', () => {
    expect(pageUrl({ dirpath: 'c.d/pages', filename: 'x' }, 'c.d')).toBe('/pages/x');
    expect(pageUrl({ dirpath: 'cxd/pages', filename: 'x' }, 'c.d')).toBe('/cxd/pages/x');
  });
});
