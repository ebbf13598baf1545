import { describe, expect, it } from 'vitest';
import { renameInMenus } from '#domain/renameInMenus.ts';
import { configItem } from '#domain/siteConfig.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const kind = configItem(makeSiteConfig((text) => text.replace('{name: leftnav, label: Left, widget: menu}', '{name: leftnav, label: Left, widget: menu}\n    - {name: footer, label: Foot, widget: menu}')), 'navmenu');
if (kind === undefined) throw new Error('The starter has a menu');
const page = { textId: 'p', before: 'Old', after: 'New' };

describe('a page with a new title in menus', () => {
  it('carries it in every menu and at every place, and nothing else changes', () => {
    const other = { identifier: 'q', name: 'Old', weight: 20 };
    const metadata = { leftnav: [{ identifier: 'p', name: 'Old', weight: 10, parent: 'q' }, other], footer: [{ identifier: 'p', name: 'Old', weight: 10 }], unknown: [{ identifier: 'p', name: 'Old' }] };
    expect(renameInMenus(kind, metadata, page)).toEqual({ leftnav: [{ identifier: 'p', name: 'New', weight: 10, parent: 'q' }, other], footer: [{ identifier: 'p', name: 'New', weight: 10 }], unknown: metadata.unknown });
  });

  it.each([
    ['whose entry has a name of its own', { leftnav: [{ identifier: 'p', name: 'Start here' }] }],
    ['that is in none', { leftnav: [{ identifier: 'q', name: 'Old' }] }],
    ['whose menu is no list', { leftnav: 'p' }],
    ['whose menu holds what is no entry', { leftnav: ['p', null] }],
  ])('%s changes nothing', (_what, metadata) => {
    expect(renameInMenus(kind, metadata, page)).toBeNull();
  });
});
