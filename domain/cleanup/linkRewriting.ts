import { type MarkdownLink, markdownLinksIn } from '../markdownLinks.ts';
import { type Shortcode, shortcodesIn } from '../shortcodes.ts';
import type { RuleContext, TextField, TextFinding, TextRule } from './cleanupRule.ts';
import type { LinkTarget } from './cleanupSite.ts';

/** A link of a text and what surrounds it. */
export interface PlacedLink extends MarkdownLink {
  /** It is an image in the text of a link. */
  readonly isInLink: boolean;
  /** There is an image or an embedded resource in its text. */
  readonly hasImage: boolean;
}

/** What a rule says of a link; null says nothing. */
export type LinkDecision = Pick<TextFinding, 'replacement' | 'note' | 'names'> | null;

/** Fields of Markdown, the only ones that can hold a shortcode. */
export const markdownFields = (field: TextField): boolean => field.widget === 'markdown';
/** Every field but the body. */
export const metadataFields = (field: TextField): boolean => field.path !== 'markdown';

/** Asks about every link and image of a text, in the order in which they begin. */
export function linkFindings(text: string, decide: (link: PlacedLink) => LinkDecision): TextFinding[] {
  if (!text.includes('](')) return [];
  const links = markdownLinksIn(text);
  const outer = links.filter((link) => !link.isImage);
  return links
    .map((link) => ({ ...link, isInLink: link.isImage && outer.some((other) => other.start < link.start && link.end < other.end), hasImage: !link.isImage && (/!\[/.test(link.text) || /\{\{<\s*resource\b/.test(link.text)) }))
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .flatMap((link): TextFinding[] => {
      const decision = decide(link);
      return decision === null ? [] : [{ start: link.start, end: link.end, ...decision }];
    });
}

/** A rule about links: `decide` says what becomes of one. */
export function linkRule(rule: Pick<TextRule, 'name' | 'title' | 'covers'> & { readonly isReadOnly?: boolean; readonly decide: (link: PlacedLink, context: RuleContext) => LinkDecision }): TextRule {
  return { kind: 'text', name: rule.name, title: rule.title, isReadOnly: rule.isReadOnly ?? false, covers: rule.covers, find: (text, context) => linkFindings(text, (link) => rule.decide(link, context)) };
}

/** The title that the system before gave to every link; nobody misses it. */
const EMPTY_TITLE = /^\s*(?:open (?:this link )?in a new window\.?)?\s*$/i;

/** Whether a link has a title that says something. */
export function hasTitle(link: Pick<MarkdownLink, 'title'>): boolean {
  return link.title !== undefined && !EMPTY_TITLE.test(link.title);
}

/** An address as it is meant: Markdown escapes punctuation in it and reads `&amp;` as `&`. */
export function unescaped(url: string): string {
  return url.replace(/\\([!-/:-@[-`{-~])/g, '$1').replaceAll('&amp;', '&');
}

/** Makes a link lead to an item: by its id in Markdown, by its address in plain text, which shows no shortcodes. */
export function linkTo(link: PlacedLink, target: LinkTarget, suffix: string, context: RuleContext, note: string): LinkDecision {
  const { field, site } = context;
  const leave = (why: string): LinkDecision => ({ replacement: null, note: `left as it is: ${why}` });
  if (field.widget === 'text') {
    if (site.urlPath === null) return leave('the site has no address yet');
    return { replacement: withUrl(link, rootRelative(site.urlPath, target.url, suffix)), note: `${note}; by its address, for the field is plain text` };
  }
  if (hasTitle(link)) return leave('it has a title, which a resource link cannot have');
  if (link.isInLink) return leave('it is an image in a link, see link_wrapped_images');
  if (link.hasImage) return leave('its text is an image, see link_wrapped_images');
  if (link.isImage) {
    if (target.resourcetype !== 'Image' && target.resourcetype !== 'Video') return leave(`what it shows is no image or video but ${target.resourcetype ?? target.type}`);
    return suffix === '' ? { replacement: resourceEmbed(target.textId), note } : leave('an embedded resource has no place for a fragment');
  }
  const shortcode = resourceLink(target.textId, link.text, suffix);
  return shortcode === null ? leave('its text cannot stand in a shortcode') : { replacement: shortcode, note };
}

/** The link with another address; its text and title stay. */
export function withUrl(link: MarkdownLink, url: string): string {
  // A title in single quotes or parentheses may hold double quotes.
  const title = hasTitle(link) ? ` "${(link.title ?? '').replace(/(\\.)|"/gs, (_quote, escape: string | undefined) => escape ?? '\\"')}"` : '';
  return `${link.isImage ? '!' : ''}[${link.text}](${plainUrl(url)}${title})`;
}

/** An address that needs no angle brackets round it. */
export function plainUrl(url: string): string {
  return url.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(' ', '%20');
}

/** The address of a page from the root of the installation. */
export function rootRelative(urlPath: string, url: string, suffix: string): string {
  return `/${[urlPath, ...url.split('/')].filter((part) => part !== '').join('/')}${suffix}`;
}

/**
 * The shortcode that links to an item, or null when the text cannot stand in it: Hugo reads no shortcode inside of one.
 * Superscripts and subscripts become HTML, line ends spaces.
 */
export function resourceLink(textId: string, text: string, suffix: string): string | null {
  const plain = withHtmlScripts(text).replace(/\s*\r?\n\s*/g, ' ');
  if (/\{\{|\}\}|!\[/.test(plain) || /(?:^|[^\\])(?:\\\\)*\\$/.test(plain)) return null;
  const parameters = [textId, plain, ...(suffix === '' ? [] : [unescaped(suffix)])].map((parameter) => `"${parameter.replace(/\\?"/g, '\\"')}"`);
  return `{{% resource_link ${parameters.join(' ')} %}}`;
}

/** A resource link with another text and all else of it as it was; null when the text cannot stand in it, or it has parameters that a resource link does not know. */
export function withLinkText(shortcode: Shortcode, text: string): string | null {
  const [textId, , suffix = '', ...more] = shortcode.positional;
  if (textId === undefined || more.length > 0 || Object.keys(shortcode.named).length > 0) return null;
  const link = resourceLink(textId, text, suffix);
  return link === null || shortcode.delimiter === '%' ? link : `{{<${link.slice(3, -3)}>}}`;
}

/** The shortcode that shows an image or video, with where a click leads. */
export function resourceEmbed(textId: string, leads: { readonly href?: string; readonly hrefUuid?: string } = {}): string {
  const href = leads.href === undefined ? '' : ` href="${leads.href.replaceAll('"', '%22')}"`;
  const hrefUuid = leads.hrefUuid === undefined ? '' : ` href_uuid="${leads.hrefUuid}"`;
  return `{{< resource uuid="${textId}"${href}${hrefUuid} >}}`;
}

/** A text in which the shortcodes `sub` and `sup` are HTML. */
export function withHtmlScripts(text: string): string {
  let result = '';
  let at = 0;
  for (const shortcode of shortcodesIn(text)) {
    const value = htmlScript(shortcode);
    if (value === null) continue;
    result += text.slice(at, shortcode.start) + value;
    at = shortcode.end;
  }
  return result + text.slice(at);
}

/** A subscript or superscript as HTML; null for any other shortcode. */
export function htmlScript(shortcode: Shortcode): string | null {
  const [value, ...more] = shortcode.positional;
  if (!(shortcode.name === 'sub' || shortcode.name === 'sup') || shortcode.isClosing || value === undefined || more.length > 0 || value.includes('{{')) return null;
  // A sign was escaped twice, or once so that it begins no list: in HTML neither is needed.
  return `<${shortcode.name}>${value.replace(/^\\+(?=[-+])|\\(?=\\[-+*])/g, '')}</${shortcode.name}>`;
}
