import { linkDestination } from './linkDestination.ts';
import { hasTitle, linkRule, markdownFields, resourceLink, unescaped, withHtmlScripts } from './linkRewriting.ts';

/**
 * Links that leave the installation become links to external resources, which can be checked and carry a warning; a
 * resource is made for each address that has none.
 * `[R](https://www.r-project.org)` becomes `{{% resource_link "<id>" "R" %}}` with an external resource ‘R’.
 * Left alone: images, links with an image for a text or with a title of their own, parameters of shortcodes, sites whose starter has no external
 * resources, and courses of this studio (course_absolute_link).
 */
export const linkToExternalResource = linkRule({
  name: 'link_to_external_resource',
  title: 'Links that leave the installation become links to external resources',
  covers: markdownFields,
  decide(link, { site }) {
    const destination = linkDestination(link.url, site);
    if (destination.kind !== 'external' || link.isImage) return null;
    const leave = (why: string) => ({ replacement: null, note: `left as it is: ${why}` });
    if (link.hasImage) return leave('its text is an image, see link_wrapped_images');
    if (hasTitle(link)) return leave('it has a title, which a resource link cannot have');
    const url = unescaped(destination.url);
    const resource = site.externalResource(url);
    if (resource === null) return leave('the starter has no external resources');
    const text = link.text.trim() === '' ? url : link.text;
    const shortcode = resourceLink(resource.textId, text, '');
    if (shortcode === null) return leave('its text cannot stand in a shortcode');
    const title = withHtmlScripts(text).replace(/\s+/g, ' ').trim();
    return { replacement: shortcode, note: resource.isNew ? 'a new external resource' : 'the external resource of this address', ...(resource.isNew ? { names: { textId: resource.textId, url, title: titleOf(title) } } : {}) };
  },
});

/** A title is plain text: no escapes, no emphasis. */
function titleOf(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, '$1').replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2').replace(/^[*_](.+)[*_]$/, '$1');
}
