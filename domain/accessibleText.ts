import type { AccessibilityRule } from './accessibility.ts';
import { markdownLinksIn } from './markdownLinks.ts';
import { type Shortcode, shortcodesIn } from './shortcodes.ts';

/** A fault of a text; its line counts from 1. */
export interface TextFinding {
  readonly rule: AccessibilityRule;
  readonly line: number;
  readonly message: string;
}

/** What a Markdown text keeps from readers; `isPage` is a page's own text, below a title that is its first heading. */
export function textFindings(text: string, { isPage }: { readonly isPage: boolean }): TextFinding[] {
  const readable = withoutCode(text);
  const shortcodes = shortcodesIn(text);
  const lineAt = lineFinder(text);
  const found: (Omit<TextFinding, 'line'> & { readonly at: number })[] = [...(isPage ? headingFaults(readable) : []), ...pictureFaults(text, readable), ...linkFaults(text, readable, shortcodes), ...tableFaults(readable, shortcodes)];
  return found.sort((a, b) => a.at - b.at).map(({ at, ...finding }) => ({ ...finding, line: lineAt(at) }));
}

/** Text ids of the resources that a text shows in place, such as pictures and videos. */
export function resourcesIn(text: string): string[] {
  return shortcodesIn(text).flatMap(({ name, isClosing, named, positional }) => (isClosing || (name !== 'resource' && name !== 'resource_file') ? [] : [named['uuid'] ?? positional[0] ?? '']).filter((id) => id !== ''));
}

type Fault = { readonly rule: AccessibilityRule; readonly at: number; readonly message: string };

const blank = (part: string): string => part.replace(/[^\n]/g, ' ');

/** The text with code, comments and mathematics blanked out, so that every place stays where it is. */
export function withoutCode(text: string): string {
  const lines = text.split('\n');
  let fence: string | null = null;
  const unfenced = lines.map((line) => {
    const mark = /^[ \t>]*(`{3,}|~{3,})([^\n]*)$/.exec(line);
    if (fence === null) {
      if (mark?.[1] === undefined || (mark[1].startsWith('`') && mark[2]?.includes('`') === true)) return line;
      fence = mark[1];
      return blank(line);
    }
    if (mark?.[1]?.startsWith(fence) === true && mark[2]?.trim() === '') fence = null;
    return blank(line);
  });
  const outspoken = blankBetween(unfenced.join('\n'), '<!--', '-->');
  const withoutMathematics = outspoken.includes('\\\\') ? outspoken.split('\n').map((line) => blankBetween(blankBetween(line, '\\\\(', '\\\\)'), '\\\\[', '\\\\]')).join('\n') : outspoken;
  return withoutMathematics.replace(/(?<!`)(`{1,2})(?!`)((?:(?!\n[ \t]*\n)[^`]){1,2000})\1(?!`)/g, blank);
}

/** Blanks what stands between two marks, and the marks. No pattern: one that looks for the end from each beginning takes for ever where there is none. */
function blankBetween(text: string, opening: string, closing: string): string {
  let written = '';
  let at = 0;
  for (;;) {
    const from = text.indexOf(opening, at);
    const end = from === -1 ? -1 : text.indexOf(closing, from + opening.length);
    if (end === -1) return written + text.slice(at);
    written += text.slice(at, from) + blank(text.slice(from, end + closing.length));
    at = end + closing.length;
  }
}

function lineFinder(text: string): (at: number) => number {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];
  return (at) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

interface Heading {
  readonly level: number;
  readonly at: number;
}

const HTML_HEADING = /<h([1-6])(?=[\s>])/gi;

function headingsIn(readable: string): Heading[] {
  const found: Heading[] = Array.from(readable.matchAll(HTML_HEADING), (match) => ({ level: Number(match[1]), at: match.index }));
  let at = 0;
  let before = '';
  for (const line of readable.split('\n')) {
    const marks = /^(?:[ \t]{0,3}>(?:[ \t]{0,4}>)*[ \t]?)?[ ]{0,3}(#{1,6})(?:[ \t]|\r?$)/.exec(line)?.[1];
    if (marks !== undefined) found.push({ level: marks.length, at });
    else if (/^ {0,3}(?:=+|-+)[ \t\r]*$/.test(line) && isParagraph(before)) found.push({ level: line.trimStart().startsWith('=') ? 1 : 2, at: at - before.length - 1 });
    before = line;
    at += line.length + 1;
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Whether a line is text that a row of dashes under it makes a heading: no list, table, quote, heading, tag, shortcode or rule. */
function isParagraph(line: string): boolean {
  return line.trim() !== '' && !line.includes('|') && !/^\s*(?:[-*+>#<]|\d+[.)]\s|\{\{)/.test(line) && !/^ {4}/.test(line);
}

function headingFaults(readable: string): Fault[] {
  let last = 1;
  return headingsIn(readable).flatMap(({ level, at }): Fault[] => {
    const before = last;
    last = level;
    if (level === 1) return [{ rule: 'heading-top', at, message: 'A heading of level 1: the title of the page is that already. Make it level 2.' }];
    if (level <= before + 1) return [];
    return [{ rule: 'heading-skips', at, message: `A heading of level ${level} follows ${before === 1 ? 'the title of the page' : `one of level ${before}`}: who goes from heading to heading misses a step. Make it level ${before + 1}.` }];
  });
}

const IMG = /<img\b[^<>]{0,2000}>/gi;

function pictureFaults(text: string, readable: string): Fault[] {
  const inMarkdown = markdownLinksIn(text).filter(({ isImage }) => isImage);
  return [
    ...inMarkdown.flatMap(({ text: alt, url, start }): Fault[] => altFault(alt, /\{\{/.test(url) ? null : url, start)),
    ...Array.from(readable.matchAll(IMG)).flatMap((match): Fault[] => {
      const alt = /\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(match[0]);
      // In HTML an empty text says that the picture is decoration.
      if (alt === null) return altFault('', null, match.index);
      const said = alt[1] ?? alt[2] ?? alt[3] ?? '';
      return said.trim() === '' ? [] : altFault(said, /\ssrc\s*=\s*["']?([^"'\s>]+)/i.exec(match[0])?.[1] ?? null, match.index);
    }),
  ];
}

function altFault(alt: string, url: string | null, at: number): Fault[] {
  const said = alt.trim();
  if (said === '') return [{ rule: 'alt-missing', at, message: 'A picture in the text has no alternative text: who cannot see it learns nothing of it. Say what it shows.' }];
  const name = (url ?? '').replace(/[?#].*$/, '').replace(/^.*\//, '').toLowerCase();
  const isName = /^[^\s/]+\.(?:jpe?g|png|gif|svg|webp|tiff?|bmp)$/i.test(said) || (name !== '' && (said.toLowerCase() === name || said.toLowerCase() === name.replace(/\.[a-z0-9]{2,5}$/, '')));
  return isName ? [{ rule: 'alt-file-name', at, message: `The alternative text ‘${said}’ is the name of a file. Say what the picture shows.` }] : [];
}

/** Words that say nothing when a screen reader lists the links of a page. */
const EMPTY_WORDS = new Set(['here', 'click here', 'this', 'link', 'this link', 'this page', 'more', 'read more', 'see more', 'learn more', 'details', 'click', 'go', 'see here', 'view', 'download']);
const ADDRESS = /^(?:https?:\/\/|www\.)\S+$/i;
const BARE = /<?\bhttps?:\/\/[^\s<>()[\]"'`]+/gi;

function linkFaults(text: string, readable: string, shortcodes: readonly Shortcode[]): Fault[] {
  const links = markdownLinksIn(text);
  const named = links.filter(({ isImage }) => !isImage).flatMap(({ text: words, url, start }): Fault[] => linkFault(words, url, start));
  const byId = shortcodes.filter(({ name, isClosing }) => name === 'resource_link' && !isClosing).flatMap(({ positional, start }): Fault[] => linkFault(positional[1] ?? '', '', start));
  // An address that is part of a link, a shortcode or a tag is no text.
  const taken = [...links, ...shortcodes, ...Array.from(readable.matchAll(/<[a-z/][^<>]{0,2000}>/gi), (match) => ({ start: /^<https?:/i.test(match[0]) ? -1 : match.index, end: match.index + match[0].length }))].filter(({ start }) => start >= 0).sort((a, b) => a.start - b.start);
  let next = 0;
  let covered = 0;
  const bare = Array.from(readable.matchAll(BARE)).flatMap((match): Fault[] => {
    while (next < taken.length && (taken[next]?.start ?? 0) <= match.index) {
      covered = Math.max(covered, taken[next]?.end ?? 0);
      next += 1;
    }
    return match.index < covered ? [] : [bareFault(withoutEnd(match[0].replace(/^</, ''), '.,;:!?'), match.index)];
  });
  return [...named, ...byId, ...bare];
}

/** The text without these characters at its end. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Characters of a link’s text that are looked at: what is longer says something. */
const MOST_WORDS = 2_000;

function linkFault(whole: string, url: string, at: number): Fault[] {
  const words = whole.slice(0, MOST_WORDS);
  const said = words.replace(/[*_`\\]/g, '').replace(/\{\{[<%][\s\S]*?[>%]\}\}/g, (shortcode) => (/^\{\{[<%]\s*(?:sub|sup)\b/.test(shortcode) ? 'x' : '')).trim();
  // A picture with a text of its own names the link, and is judged by itself.
  if (/!\[/.test(words) || /<img\b|\{\{[<%]\s*(?:resource|resource_file|image-gallery)/i.test(words)) return [];
  if (said === '') return [{ rule: 'link-text', at, message: `A link${url === '' ? '' : ` to ${short(url)}`} has no text, so nobody can see or choose it. Give it the name of what it leads to.` }];
  if (EMPTY_WORDS.has(withoutEnd(said.toLowerCase(), '.…:!»>→').trim())) return [{ rule: 'link-text', at, message: `The link ‘${said}’ does not say where it leads. Use the name of what it leads to.` }];
  return ADDRESS.test(said) ? [bareFault(said, at)] : [];
}

function bareFault(address: string, at: number): Fault {
  return { rule: 'link-text', at, message: `A link shows its bare address, ${short(address)}, which is read out letter by letter. Use the name of what it leads to.` };
}

const short = (url: string): string => (url.length > 60 ? `${url.slice(0, 57)}…` : url);

/** Whether a line is the row of dashes under the header of a table, also in a quote; of one column only between bars. */
function isDelimiterRow(line: string): boolean {
  if (!/^[|:>\s-]*$/.test(line) || !line.includes('|')) return false;
  const row = line.replace(/^[>\s]+/, '').trimEnd();
  const cells = row.split('|').map((cell) => cell.trim());
  if (row.startsWith('|')) cells.shift();
  if (row.endsWith('|')) cells.pop();
  return cells.length > (row.startsWith('|') && row.endsWith('|') ? 0 : 1) && cells.every((cell) => /^:?-+:?$/.test(cell));
}

function tableFaults(readable: string, shortcodes: readonly Shortcode[]): Fault[] {
  const headless = (at: number): Fault => ({ rule: 'table-header', at, message: 'The table has no header cells, so who hears a cell does not hear what it is about. Make its first row the header.' });
  const found: Fault[] = [];
  let at = 0;
  let before = '';
  for (const line of readable.split('\n')) {
    if (before.includes('|') && isDelimiterRow(line) && before.replace(/[|>\s]/g, '') === '') found.push(headless(at - before.length - 1));
    before = line;
    at += line.length + 1;
  }
  let open: { readonly at: number; hasHeader: boolean } | null = null;
  for (const { name, start } of shortcodes) {
    if (name === 'tableopen') open = { at: start, hasHeader: false };
    else if (open !== null && name === 'thopen') open.hasHeader = true;
    else if (open !== null && name === 'tableclose') {
      if (!open.hasHeader) found.push(headless(open.at));
      open = null;
    }
  }
  const inHtml: { readonly at: number; hasHeader: boolean }[] = [];
  const judge = (table: (typeof inHtml)[number] | undefined): void => {
    if (table?.hasHeader === false && !/role\s*=\s*["']?(?:presentation|none)/i.test(readable.slice(table.at, table.at + 300))) found.push(headless(table.at));
  };
  for (const match of readable.matchAll(/<(?:table\b|th[\s>]|\/table)/gi)) {
    const tag = match[0].toLowerCase();
    const innermost = inHtml.at(-1);
    if (tag === '<table') inHtml.push({ at: match.index, hasHeader: false });
    else if (tag === '</table') judge(inHtml.pop());
    else if (innermost !== undefined) innermost.hasHeader = true;
  }
  for (const table of inHtml) judge(table);
  return found;
}
