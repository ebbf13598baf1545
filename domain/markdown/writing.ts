import { scanShortcodes, writeValue } from './shortcodes.ts';

/** A link to a page, a resource or an external resource, by its id. The suffix is put behind the address: `#part`. */
export function resourceLink(uuid: string, text: string, suffix = ''): string {
  return `{{% resource_link ${quoted(uuid)} ${quoted(text)}${suffix === '' ? '' : ` ${quoted(suffix)}`} %}}`;
}

/** A picture or video of the site on a line of its own; a picture may lead to an address or to an item of the site. */
export function resourceEmbed(uuid: string, { href, hrefUuid }: { readonly href?: string | undefined; readonly hrefUuid?: string | undefined } = {}): string {
  const more = Object.entries({ href, href_uuid: hrefUuid }).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [` ${key}=${quoted(value)}`]));
  return `{{< resource uuid=${quoted(uuid)}${more.join('')} >}}`;
}

function quoted(value: string): string {
  const { quote, inner } = writeValue(value);
  return `${quote}${inner}${quote}`;
}

/** A text as it may stand between the double quotes of a shortcode, on one line. */
export function escapeShortcodeText(text: string): string {
  return writeValue(text).inner;
}

/** What ends an address in Markdown, or is taken for something else. */
const notInHref: Readonly<Record<string, string>> = { '(': '%28', ')': '%29', '<': '%3C', '>': '%3E', '\\': '%5C' };

/** An address as it may stand in the parentheses of a link. Shortcodes in it stay as they are. */
export function escapeHref(href: string): string {
  const trimmed = href.trim();
  const parts: string[] = [];
  let at = 0;
  for (const span of scanShortcodes(trimmed)) {
    if (span.isBroken || span.from < at) continue;
    parts.push(escapePlainHref(trimmed.slice(at, span.from)), trimmed.slice(span.from, span.to));
    at = span.to;
  }
  parts.push(escapePlainHref(trimmed.slice(at)));
  return parts.join('');
}

function escapePlainHref(href: string): string {
  return href.replace(/[()<>\\\s]/g, (character) => notInHref[character] ?? encodeURIComponent(character)).replace(/\{\{(?=[<%])/g, '%7B%7B');
}

/** An address of a link as people read and type it. */
export function unescapeHref(href: string): string {
  return href.replace(/%28/g, '(').replace(/%29/g, ')');
}

/** A zero-width space: text before what would begin a block of HTML, and nothing to see. */
const ZERO_WIDTH_SPACE = '\u200b';
const LINE_START = /^((?:[ \t]|>|[-*+] |\d{1,9}[.)] )*)(?=<su[bp]>)/gim;

/** Keeps lines that begin with `<sub>` or `<sup>` from being read as a block of HTML, in which Markdown means nothing. */
export function guardLineStarts(markdown: string): string {
  return markdown.replace(LINE_START, `$1${ZERO_WIDTH_SPACE}`);
}

/** How far what belongs to an item stands in: four columns, as the files of the courses have it, or as wide as a long number. */
export function listIndent(marker: string): number {
  return Math.max(4, marker.length + 1);
}

/** An item of a list with what stands in it, which may go over several lines and hold lists. */
export function listItem(marker: string, content: string): string {
  const [first = '', ...rest] = content.split('\n');
  const indent = ' '.repeat(listIndent(marker));
  return [first === '' ? marker : `${marker} ${first}`, ...rest.map((line) => (line === '' ? '' : `${indent}${line}`))].join('\n');
}

/** What begins an item of a list. */
export interface ListMarker {
  /** What stands before it: indentation and the marks of quotes. */
  readonly prefix: string;
  /** `-`, `*`, `+`, `3.` or `3)`. */
  readonly marker: string;
  /** Between the marker and the text. */
  readonly space: string;
  readonly text: string;
}

const LIST_MARKER = /^([ \t>]*)([-*+]|\d{1,9}[.)])([ \t]+|$)/;

/** The marker at the start of a line; null when the line begins no item. */
export function readListMarker(line: string): ListMarker | null {
  const match = LIST_MARKER.exec(line);
  if (match === null) return null;
  const [whole, prefix = '', marker = '', space = ''] = match;
  return { prefix, marker, space, text: line.slice(whole.length) };
}

/** What the next item of the same list begins with, counted on. */
export function nextListStart({ prefix, marker, space }: ListMarker): string {
  const number = Number.parseInt(marker, 10);
  return `${prefix}${Number.isNaN(number) ? marker : `${number + 1}${marker.slice(-1)}`}${space === '' ? ' ' : space}`;
}
