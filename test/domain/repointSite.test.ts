import { describe, expect, it } from 'vitest';
import { repointSite } from '#domain/repointSite.ts';
import type { ConfigField, ConfigItem } from '#domain/siteConfig.ts';

const relation = (name: string, as: Partial<Extract<ConfigField, { widget: 'relation' }>> = {}): ConfigField => ({ widget: 'relation', name, label: name, display_field: 'title', ...as });
const kind: Pick<ConfigItem, 'fields'> = {
  fields: [
    { widget: 'website-collection', name: 'courses', label: 'Courses' },
    relation('resources', { cross_site: true, sortable: true, multiple: true }),
    relation('own'),
    { widget: 'markdown', name: 'description', label: 'Description' },
    { widget: 'object', name: 'group', label: 'Group', fields: [{ widget: 'website-collection', name: 'more', label: 'More' }] },
  ],
};
const repoint = (metadata: Record<string, unknown>) => repointSite(kind, metadata, 'courses/old', 'courses/new');

describe('an address that fields name', () => {
  it('is replaced in collections of websites and in pairs across sites, inside objects too; the rest stays', () => {
    const metadata = {
      courses: [{ id: 'courses/a', title: 'A' }, { id: 'courses/old', title: 'Old', note: 1 }],
      resources: { website: 'ocw-www', content: [['r1', 'courses/old'], ['r2', 'courses/older'], ['r3', null], 'r4'] },
      group: { more: [{ id: 'courses/old', title: 'Old' }], kept: true },
      description: 'See [Old](/courses/old/)',
      unknown: 'courses/old',
    };
    const before = structuredClone(metadata);
    expect(repoint(metadata)).toEqual({
      fields: ['courses', 'resources', 'group.more'],
      metadata: {
        courses: [{ id: 'courses/a', title: 'A' }, { id: 'courses/new', title: 'Old', note: 1 }],
        resources: { website: 'ocw-www', content: [['r1', 'courses/new'], ['r2', 'courses/older'], ['r3', null], 'r4'] },
        group: { more: [{ id: 'courses/new', title: 'Old' }], kept: true },
        description: 'See [Old](/courses/old/)',
        unknown: 'courses/old',
      },
    });
    expect(metadata).toEqual(before);
  });

  it.each([
    ['nothing', {}],
    ['another site', { courses: [{ id: 'courses/older', title: 'x' }], resources: { content: [['r', 'courses/older']] } }],
    ['a relation inside the site', { own: { content: [['r', 'courses/old']] } }],
    ['what is no list', { courses: 'courses/old', resources: 'courses/old', group: 'courses/old' }],
    ['a single relation', { resources: { content: 'courses/old' } }],
  ])('is not found in %s', (_what, metadata) => {
    expect(repoint(metadata)).toBeNull();
  });
});
