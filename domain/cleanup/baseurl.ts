import { linkDestination } from './linkDestination.ts';
import { linkRule, linkTo, markdownFields } from './linkRewriting.ts';

/**
 * Links by the shortcode `baseurl` become links by id, so that they follow their item when it is renamed.
 * `[Notes]({{< baseurl >}}/pages/notes#week-2)` becomes `{{% resource_link "<id>" "Notes" "#week-2" %}}`, an image
 * `![…]({{< baseurl >}}/resources/plot)` becomes `{{< resource uuid="<id>" >}}`.
 * Left alone: addresses no item has, links with an image for a text or with a title of their own.
 */
export const baseurl = linkRule({
  name: 'baseurl',
  title: 'Links by {{< baseurl >}} become links by id',
  covers: markdownFields,
  decide(link, context) {
    const destination = linkDestination(link.url, context.site);
    if (destination.kind !== 'own' || destination.form !== 'baseurl') return null;
    const target = context.site.byUrl(destination.url);
    if (target === undefined) return { replacement: null, note: 'left as it is: no item of the site has this address' };
    return linkTo(link, target, destination.suffix, context, `now a link to ‘${target.title ?? target.url}’ by its id`);
  },
});
