import type { LinkTarget } from './cleanupSite.ts';
import type { RuleContext } from './cleanupRule.ts';
import { linkDestination } from './linkDestination.ts';
import { linkRule, linkTo, markdownFields, rootRelative, withUrl } from './linkRewriting.ts';

/** Parts of addresses that the system before had, and what stands in their place. */
const MOVED: readonly (readonly [string, string])[] = [
  ['', '/pages'],
  ['/pages/video-lectures', '/resources'],
  ['/pages/video-and-audio-classes', '/resources'],
  ['/videos', '/resources'],
  ['/pages', '/video_galleries'],
];

/**
 * Links from the root of the installation to the site's own items become links by id, also those that carry the
 * department of the system before.
 * On `courses/18-05`: `[Notes](/courses/18-05/pages/notes)` and `[Notes](/courses/mathematics/18-05/pages/notes/)` become
 * `{{% resource_link "<id>" "Notes" %}}`; `[Calculus](/courses/mathematics/18-01/)` becomes `[Calculus](/courses/18-01/)`.
 * Left alone: pages of other sites, which no shortcode can name, addresses no item has, images of no resource.
 */
export const rootrelativeUrls = linkRule({
  name: 'rootrelative_urls',
  title: 'Links from the root to the site’s own items become links by id',
  covers: markdownFields,
  decide(link, context) {
    const { site } = context;
    const destination = linkDestination(link.url, site);
    if (destination.kind === 'samePage' || !('form' in destination) || destination.form !== 'rootRelative') return null;
    if (destination.kind === 'nowhere') return { replacement: null, note: 'left as it is: the address belongs to no site' };
    if (destination.kind === 'otherSite') {
      if (!destination.isLegacy || destination.rest !== '') return { replacement: null, note: `left as it is: it leads to the site ‘${destination.site}’` };
      return { replacement: withUrl(link, `${rootRelative(destination.urlPath, '', '')}/${destination.suffix}`), note: `the address ‘${destination.site}’ has now` };
    }
    if (destination.url.replaceAll('/', '') === '') return { replacement: null, note: 'left as it is: it leads to the home page of the site, which has no id' };
    const target = movedTarget(destination.url, context);
    if (target === undefined) return { replacement: null, note: 'left as it is: no item of the site has this address' };
    return linkTo(link, target, destination.suffix, context, `now a link to ‘${target.title ?? target.url}’ by its id`);
  },
});

function movedTarget(url: string, { site }: RuleContext): LinkTarget | undefined {
  const path = url.replace(/\/index\.html?$/, '/');
  const exact = site.byUrl(path);
  if (exact !== undefined) return exact;
  for (const [from, to] of MOVED) {
    const target = path.startsWith(`${from}/`) ? site.byUrl(to + path.slice(from.length)) : undefined;
    if (target !== undefined) return target;
  }
  const [only, ...more] = site.byFileName(path);
  return more.length === 0 ? only : undefined;
}
