import { shortcodesIn } from '../shortcodes.ts';
import type { CleanupSite } from './cleanupSite.ts';
import { linkDestination } from './linkDestination.ts';

/** Where a link leads, in words, and whether readers get there. Other sites' pages and other hosts are taken to be there. */
export function describeLink(url: string, site: CleanupSite): { readonly words: string; readonly isBroken: boolean } {
  const file = shortcodesIn(url).find((shortcode) => shortcode.name === 'resource_file');
  if (file !== undefined) {
    const textId = file.positional[0] ?? file.named['uuid'] ?? '';
    const target = site.byTextId(textId);
    return target === undefined ? { words: `the file of the item ‘${textId}’, which is not there`, isBroken: true } : { words: `the file of ‘${target.title ?? target.url}’`, isBroken: false };
  }
  const destination = linkDestination(url, site);
  switch (destination.kind) {
    case 'own': {
      if (destination.url.replaceAll('/', '') === '') return { words: 'the home page of the site', isBroken: false };
      const target = site.byUrl(destination.url);
      if (target !== undefined) return { words: `‘${target.title ?? target.url}’ of this site`, isBroken: false };
      const former = site.byFormerUrl(destination.url);
      if (former !== undefined) return { words: `‘${former.title ?? former.url}’ of this site, by an address it had before`, isBroken: false };
      return { words: `${destination.url}, which no item of this site has for an address`, isBroken: true };
    }
    case 'legacyUid': {
      const target = site.byLegacyUid(destination.uid);
      return { words: target === undefined ? 'an id of the system before that no item has' : `‘${target.title ?? target.url}’ by its id in the system before, which nobody resolves any more`, isBroken: true };
    }
    case 'otherSite':
      return destination.isLegacy ? { words: `the site ‘${destination.site}’ by its address in the system before`, isBroken: true } : { words: `the site ‘${destination.site}’`, isBroken: false };
    case 'external':
      return { words: 'another host', isBroken: false };
    case 'samePage':
      return { words: 'a place of the same page', isBroken: false };
    case 'other':
      return { words: 'no page: mail, a script or a shortcode', isBroken: false };
    case 'nowhere':
      return { words: `${destination.path}, which belongs to no site of this studio`, isBroken: true };
  }
}
