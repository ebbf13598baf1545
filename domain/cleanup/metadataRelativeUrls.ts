import { linkDestination } from './linkDestination.ts';
import { linkRule, linkTo, metadataFields } from './linkRewriting.ts';

/**
 * Relative links in metadata lead to the right page wherever the text is shown: by id in Markdown, from the root in plain
 * text.
 * `[Unit 1](pages/proofs)` in a course description becomes `{{% resource_link "<id>" "Unit 1" %}}`, in a plain
 * description `[Unit 1](/courses/6-042j/pages/proofs/)`.
 * Left alone: the body, addresses no item has, and links to whole courses (course_absolute_link).
 */
export const metadataRelativeUrls = linkRule({
  name: 'metadata_relative_urls',
  title: 'Relative links in metadata lead to the right page wherever they are shown',
  covers: metadataFields,
  decide(link, context) {
    const destination = linkDestination(link.url, context.site);
    if (destination.kind !== 'own' || destination.form !== 'relative' || link.url.startsWith('courses/')) return null;
    const target = context.site.byUrl(destination.url);
    if (target === undefined) return { replacement: null, note: 'left as it is: no item of the site has this address' };
    return linkTo(link, target, destination.suffix, context, `leads to ‘${target.title ?? target.url}’`);
  },
});
