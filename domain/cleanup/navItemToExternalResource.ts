import { isUuid } from '../isUuid.ts';
import type { MenuFinding, MenuRule } from './cleanupRule.ts';
import { linkDestination } from './linkDestination.ts';

/**
 * Menu entries that carry an address name an item instead, for the menu's editor keeps no addresses: an external resource,
 * made where there is none, or the site's own item of that address. Entries below follow their parent's new identifier.
 * `{identifier: external-1, name: OCW, url: https://ocw.mit.edu, weight: 10}` becomes `{identifier: <id>, name: OCW, weight: 10}`.
 * Left alone: entries that name an item already, addresses that lead nowhere, an address that the menu has twice.
 */
export const navItemToExternalResource: MenuRule = {
  kind: 'menu',
  name: 'nav_item_to_external_resource',
  title: 'Menu entries that carry an address name an external resource',
  isReadOnly: false,
  find(menu, { site }) {
    const findings = new Map<number, MenuFinding>();
    const taken = new Set(menu.map((entry) => entry['identifier']));
    const renamed = new Map<unknown, string>();
    menu.forEach((entry, index) => {
      const { identifier, url } = entry;
      if (typeof url !== 'string' || url === '' || (typeof identifier === 'string' && isUuid(identifier))) return;
      const leave = (why: string): void => void findings.set(index, { index, replacement: null, note: `left as it is: ${why}` });
      const destination = linkDestination(url, site);
      const own = destination.kind === 'own' ? site.byUrl(destination.url) : undefined;
      const resource = destination.kind === 'external' ? site.externalResource(url) : null;
      const textId = own?.textId ?? resource?.textId;
      if (textId === undefined) return leave(destination.kind === 'external' ? 'the starter has no external resources' : 'its address is no item’s');
      if (taken.has(textId)) return leave('another entry of the menu names the same');
      taken.add(textId);
      if (identifier !== undefined) renamed.set(identifier, textId);
      const name = typeof entry['name'] === 'string' && entry['name'] !== '' ? entry['name'] : url;
      const replacement = Object.fromEntries(Object.entries({ ...entry, identifier: textId }).filter(([key]) => key !== 'url' && key !== 'pageRef'));
      findings.set(index, { index, replacement, note: own !== undefined ? `names the item ‘${own.title ?? own.url}’` : resource?.isNew === true ? 'names a new external resource' : 'names the external resource of this address', ...(resource?.isNew === true ? { names: { textId, url, title: name } } : {}) });
    });
    menu.forEach((entry, index) => {
      const parent = renamed.get(entry['parent']);
      if (parent === undefined || entry['parent'] === undefined) return;
      const finding = findings.get(index);
      findings.set(index, { ...finding, index, replacement: { ...(finding?.replacement ?? entry), parent }, note: finding === undefined ? 'follows the entry above it' : `${finding.note}; follows the entry above it` });
    });
    return [...findings.values()].sort((a, b) => a.index - b.index);
  },
};
