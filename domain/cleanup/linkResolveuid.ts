import { linkDestination } from './linkDestination.ts';
import { linkRule, linkTo, markdownFields } from './linkRewriting.ts';

/**
 * Links by an id of the system before become links by id.
 * `[Plan](./resolveuid/c056d700886880f9b42ca44af9707bc1)` becomes
 * `{{% resource_link "c056d700-8868-80f9-b42c-a44af9707bc1" "Plan" %}}`, an image the shortcode that shows it.
 * Left alone: ids that no item of the site has or had.
 */
export const linkResolveuid = linkRule({
  name: 'link_resolveuid',
  title: 'Links by resolveuid become links by id',
  covers: markdownFields,
  decide(link, context) {
    const destination = linkDestination(link.url, context.site);
    if (destination.kind !== 'legacyUid') return null;
    const target = context.site.byLegacyUid(destination.uid);
    if (target === undefined) return { replacement: null, note: 'left as it is: no item of the site has this id' };
    return linkTo(link, target, destination.suffix, context, `now a link to ‘${target.title ?? target.url}’ by its id`);
  },
});
