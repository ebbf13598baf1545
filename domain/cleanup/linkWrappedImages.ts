import { markdownLinksIn } from '../markdownLinks.ts';
import { shortcodesIn } from '../shortcodes.ts';
import type { RuleContext } from './cleanupRule.ts';
import type { CleanupSite } from './cleanupSite.ts';
import { linkDestination } from './linkDestination.ts';
import { hasTitle, linkRule, markdownFields, type PlacedLink, plainUrl, resourceEmbed, resourceLink, rootRelative, unescaped } from './linkRewriting.ts';

/**
 * Images that are links become resources that lead somewhere, with what else stood in the link behind them.
 * `[{{< resource a >}} More](…/pages/x)` becomes `{{< resource uuid="a" href_uuid="<id of x>" >}}{{% resource_link "<id of x>" " More" %}}`;
 * `[![alt]({{< resource_file a >}})](https://example.org)` becomes `{{< resource uuid="a" href="https://example.org" >}}`.
 * The alternative text is the resource's own from then on.
 * Left alone: more than one image in a link, links with a title of their own, images that are no resource of the site, links that lead nowhere
 * (`#`, scripts).
 */
export const linkWrappedImages = linkRule({
  name: 'link_wrapped_images',
  title: 'Images in links become resources that lead somewhere',
  covers: markdownFields,
  decide(link, context) {
    if (!link.hasImage) return null;
    const leave = (why: string) => ({ replacement: null, note: `left as it is: ${why}` });
    if (hasTitle(link)) return leave('it has a title, which a resource cannot have');
    const image = imageOf(link.text, context.site);
    if (image === 'several') return leave('there is more than one image in the link');
    if (image === null) return leave('its image is no resource of the site');
    const leads = leadsOf(link, context);
    if (leads === null) return leave('the link leads nowhere');
    const embed = resourceEmbed(image.textId, leads.embed);
    if (image.rest.trim() === '') return { replacement: embed, note: 'a resource that leads where the link led' };
    const rest = leads.rest(image.rest);
    return rest === null ? leave('its text cannot stand in a shortcode') : { replacement: embed + rest, note: 'a resource that leads where the link led, and a link of its own for the text behind it' };
  },
});

/** The only image at the beginning of a link's text, and what follows it. */
function imageOf(text: string, site: CleanupSite): { readonly textId: string; readonly rest: string } | 'several' | null {
  const images = markdownLinksIn(text).filter((link) => link.isImage);
  const embeds = shortcodesIn(text).filter((shortcode) => shortcode.name === 'resource');
  if (images.length + embeds.length !== 1) return 'several';
  const [image] = images;
  const [embed] = embeds;
  const place = image ?? embed;
  if (place === undefined || text.slice(0, place.start).trim() !== '') return null;
  const textId = image === undefined ? idOfEmbed(embed) : idOfImage(image.url, site);
  return textId === null ? null : { textId, rest: text.slice(place.end) };
}

function idOfEmbed(embed: ReturnType<typeof shortcodesIn>[number] | undefined): string | null {
  if (embed === undefined || embed.delimiter !== '<' || embed.positional.length + Object.keys(embed.named).length !== 1) return null;
  return embed.positional[0] ?? embed.named['uuid'] ?? null;
}

function idOfImage(url: string, site: CleanupSite): string | null {
  const [file, ...more] = shortcodesIn(url);
  if (file?.name === 'resource_file' && more.length === 0 && file.end - file.start === url.length) {
    const textId = file.positional[0] ?? file.named['uuid'];
    return textId !== undefined && site.byTextId(textId)?.resourcetype === 'Image' ? textId : null;
  }
  const destination = linkDestination(url, site);
  const target = destination.kind === 'own' ? site.byUrl(destination.url) : destination.kind === 'legacyUid' ? site.byLegacyUid(destination.uid) : undefined;
  return target?.resourcetype === 'Image' ? target.textId : null;
}

interface Leads {
  readonly embed: { readonly href?: string; readonly hrefUuid?: string };
  /** The link that is left for the text behind the image. */
  readonly rest: (text: string) => string | null;
}

function leadsOf(link: PlacedLink, { site }: RuleContext): Leads | null {
  const destination = linkDestination(link.url, site);
  const byAddress = (href: string): Leads => ({ embed: { href: unescaped(href) }, rest: (text) => `[${text}](${plainUrl(unescaped(href))})` });
  if (destination.kind === 'own' || destination.kind === 'legacyUid') {
    const target = destination.kind === 'own' ? site.byUrl(destination.url) : site.byLegacyUid(destination.uid);
    if (target === undefined) return null;
    // A resource leads to an item, not to a place in it; then the address says both.
    const embed = destination.suffix === '' || site.urlPath === null ? { hrefUuid: target.textId } : { href: rootRelative(site.urlPath, target.url, unescaped(destination.suffix)) };
    return { embed, rest: (text) => resourceLink(target.textId, text, destination.suffix) };
  }
  if (destination.kind === 'otherSite') return byAddress(`${rootRelative(destination.urlPath, destination.rest, '')}${destination.rest === '' ? '/' : ''}${destination.suffix}`);
  return destination.kind === 'external' ? byAddress(destination.url) : null;
}
