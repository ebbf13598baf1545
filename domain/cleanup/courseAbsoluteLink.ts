import type { RuleContext } from './cleanupRule.ts';
import { linkDestination } from './linkDestination.ts';
import { type LinkDecision, linkRule, linkTo, type PlacedLink, rootRelative, withUrl } from './linkRewriting.ts';

/**
 * Links to courses that carry the host, or lack the slash in front, lead from the root; those to the site's own items
 * become links by id.
 * `[Calculus](courses/18-01)` and `[Calculus](https://ocw.mit.edu/courses/18-01/)` become `[Calculus](/courses/18-01/)`; on 18-01
 * itself `[Notes](https://ocw.mit.edu/courses/18-01/pages/notes)` becomes `{{% resource_link "<id>" "Notes" %}}`.
 * Left alone: courses this studio does not have, and own pages that no item is.
 */
export const courseAbsoluteLink = linkRule({
  name: 'course_absolute_link',
  title: 'Links to courses with the host, or without a slash in front, lead from the root',
  covers: () => true,
  decide(link, context) {
    const { site } = context;
    const destination = linkDestination(link.url, site);
    if (!('form' in destination) || !(destination.form === 'absolute' || (destination.form === 'relative' && link.url.trim().startsWith('courses/')))) return isCourse(link.url, context) ? { replacement: null, note: 'left as it is: the studio has no such course' } : null;
    if (destination.kind === 'nowhere') return { replacement: null, note: 'left as it is: the studio has no such course' };
    if (destination.kind === 'otherSite') return rewritten(link, `${rootRelative(destination.urlPath, destination.rest, '')}${/\.\w+$/.test(destination.rest) ? '' : '/'}${destination.suffix}`, `leads to the site ‘${destination.site}’ from the root`);
    if (destination.url.replaceAll('/', '') === '') return site.urlPath === null ? null : rewritten(link, `${rootRelative(site.urlPath, '', '')}/${destination.suffix}`, 'leads to the site’s home page from the root');
    const target = site.byUrl(destination.url);
    if (target === undefined) return { replacement: null, note: 'left as it is: no item of the site has this address' };
    return linkTo(link, target, destination.suffix, context, `now a link to ‘${target.title ?? target.url}’ by its id`);
  },
});

function rewritten(link: PlacedLink, url: string, note: string): LinkDecision {
  return { replacement: withUrl(link, url), note };
}

function isCourse(url: string, { site }: RuleContext): boolean {
  return URL.canParse(url) && site.ownHosts.has(new URL(url).host) && new URL(url).pathname.startsWith('/courses/');
}
