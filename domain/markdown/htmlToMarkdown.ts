// The tree is read by parse5 and not by the browser’s own parser, which holds the style attributes of what is pasted against the
// policy of the page; nothing of it is ever in a page, so none of its scripts run and none of its pictures load. The conversion is unified’s, which is
// kept, works on plain trees and knows what to escape where; Turndown needs a DOM, and escapes by a list of patterns.
import type { Element, ElementContent, Root as HtmlRoot } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import { type Handle, type State, toMdast } from 'hast-util-to-mdast';
import type { BlockContent, Html, Nodes, PhrasingContent, Root, RootContent } from 'mdast';
import { type Options, toMarkdown } from 'mdast-util-to-markdown';
import { writeMath } from './math.ts';
import { textOf } from './pastedLists.ts';
import { cleanedTree } from './pastedTree.ts';
import { scanShortcodes } from './shortcodes.ts';
import { applySplices } from './splice.ts';
import { writeCell, writePipeTable, writeTable } from './tables.ts';
import { escapeHref, guardLineStarts, listIndent } from './writing.ts';

/** What a field allows of what is pasted into it. */
export interface PasteRules {
  /** `minimal` has no headings, tables and mathematics, `with-math` mathematics only. */
  readonly toolbar: 'minimal' | 'with-math' | 'full';
  readonly allowedHtml: readonly ('sub' | 'sup')[];
}

/**
 * What was copied from Word, Google Docs, Outlook or a page, as Markdown that a field allows: never raw HTML but `sub` and
 * `sup` where the field has them, and no shortcodes but those of tables. Pictures become a note, for they have to be
 * resources. An empty text when nothing of use is in it.
 * @throws RangeError when it is nested too deeply to be read.
 */
export function htmlToMarkdown(html: string, rules: PasteRules): string {
  const tree = cleanedTree(fromHtml(html, { fragment: true }));
  const markdown = toMdast(shiftHeadings(tree, rules), { handlers: handlersFor(rules), nodeHandlers: { text: (_state: State, node: { readonly value: string }) => textWithMath(node.value, rules) } });
  const root: Root = markdown.type === 'root' ? markdown : { type: 'root', children: [markdown] };
  return write(root).replace(/\n+$/, '').replace(/^\n+/, '');
}

function write(root: Root): string {
  tidy(root);
  return guardLineStarts(toMarkdown(root, writing));
}

/** The title of a page is its heading of the first level: what is pasted begins with the second. */
function shiftHeadings(tree: HtmlRoot, rules: PasteRules): HtmlRoot {
  const walk = (nodes: readonly (HtmlRoot['children'][number] | ElementContent)[], visit: (element: Element) => void): void => {
    for (const node of nodes) {
      if (node.type !== 'element') continue;
      visit(node);
      walk(node.children, visit);
    }
  };
  const level = ({ tagName }: Element): number => (/^h[1-6]$/.test(tagName) ? Number(tagName.slice(1)) : 0);
  let isFirst = false;
  walk(tree.children, (element) => (isFirst ||= level(element) === 1));
  walk(tree.children, (element) => {
    const own = level(element);
    if (own === 0) return;
    if (rules.toolbar !== 'full') {
      element.tagName = 'p';
      element.children = [{ type: 'element', tagName: 'strong', properties: {}, children: element.children }];
    } else if (isFirst) element.tagName = `h${Math.min(6, own + 1)}`;
  });
  return tree;
}

function html(value: string): Html {
  return { type: 'html', value };
}

function handlersFor(rules: PasteRules): Record<string, Handle> {
  const script =
    (name: 'sub' | 'sup'): Handle =>
    (state, node) => (rules.allowedHtml.includes(name) ? [html(`<${name}>`), ...(state.all(node) as PhrasingContent[]), html(`</${name}>`)] : state.all(node));
  return {
    sub: script('sub'),
    sup: script('sup'),
    a: (state, node) => ({ type: 'link', url: escapeHref(String(node.properties['href'] ?? '').replace(/[{}]/g, encodeURIComponent)), children: state.all(node) as PhrasingContent[] }),
    // Its look has no meaning of its own.
    u: (state, node) => state.all(node),
    mark: (state, node) => state.all(node),
    table: (state, node) => (rules.toolbar === 'full' ? tableOf(state, node) : rowsOf(node).map((row) => ({ type: 'paragraph', children: row.flatMap((cell, index): PhrasingContent[] => [...(index === 0 ? [] : [{ type: 'text', value: ' | ' } as const]), { type: 'text', value: textOf(cell).replace(/\s+/g, ' ').trim() }]) }))),
    // Rows and cells without their table are text.
    tr: (state, node) => state.all(node),
    td: (state, node) => state.toFlow(state.all(node)),
    th: (state, node) => state.toFlow(state.all(node)),
    'x-math': (_state, node) => {
      const tex = textOf(node);
      return rules.toolbar === 'minimal' ? { type: 'text', value: tex } : html(writeMath(tex, node.properties['display'] === 'block'));
    },
  };
}

/** A text, in which TeX between its usual delimiters is mathematics. */
function textWithMath(value: string, rules: PasteRules): PhrasingContent[] {
  const parts: PhrasingContent[] = [];
  let at = 0;
  if (rules.toolbar !== 'minimal') {
    for (let open = nextOpening(value, 0); open !== -1; open = nextOpening(value, at)) {
      const isDisplay = value[open + 1] === '[';
      const close = value.indexOf(isDisplay ? '\\]' : '\\)', open + 2);
      // What is not closed here is not closed further on.
      if (close === -1) break;
      if (open > at) parts.push({ type: 'text', value: value.slice(at, open) });
      parts.push(html(writeMath(value.slice(open + 2, close), isDisplay)));
      at = close + 2;
    }
  }
  if (at < value.length) parts.push({ type: 'text', value: value.slice(at) });
  return parts;
}

function nextOpening(value: string, from: number): number {
  const places = ['\\(', '\\['].map((opening) => value.indexOf(opening, from)).filter((place) => place !== -1);
  return places.length === 0 ? -1 : Math.min(...places);
}

function rowsOf(table: Element): Element[][] {
  const rows: Element[][] = [];
  const walk = (nodes: readonly ElementContent[]): void => {
    for (const node of nodes) {
      if (node.type !== 'element') continue;
      if (node.tagName === 'tr') rows.push(node.children.filter((cell): cell is Element => cell.type === 'element' && (cell.tagName === 'td' || cell.tagName === 'th')));
      else walk(node.children);
    }
  };
  walk(table.children);
  return rows.filter((row) => row.length > 0);
}

interface PastedCell {
  readonly text: string;
  readonly isPlain: boolean;
  readonly isHeading: boolean;
  readonly colspan: number;
  readonly rowspan: number;
}

/** A table with pipes when its cells are plain, and one with shortcodes when they reach over others or hold more than a line. */
function tableOf(state: State, node: Element): Html | undefined {
  const rows = rowsOf(node).map((row) => row.map((cell): PastedCell => {
    const flow = state.toFlow(state.all(cell)) as BlockContent[];
    const isPlain = flow.length === 0 || (flow.length === 1 && flow[0]?.type === 'paragraph' && !flow[0].children.some(({ type }) => type === 'break'));
    const span = (name: 'colSpan' | 'rowSpan'): number => Math.min(100, Math.max(1, Math.trunc(Number(cell.properties[name] ?? 1)) || 1));
    return { text: write({ type: 'root', children: flow }).trim(), isPlain, isHeading: cell.tagName === 'th', colspan: span('colSpan'), rowspan: span('rowSpan') };
  }));
  if (rows.every((row) => row.every((cell) => cell.text === ''))) return undefined;
  if (rows.every((row) => row.every((cell) => cell.isPlain && cell.colspan === 1 && cell.rowspan === 1))) return html(writePipeTable(rows.map((row) => row.map((cell) => cell.text))));
  const isHead = rows.findIndex((row) => !row.every((cell) => cell.isHeading));
  const written = rows.map((row) => row.map((cell) => writeCell(cell)).join(''));
  const head = isHead === -1 ? written.length : isHead;
  return html(writeTable(written.slice(0, head), written.slice(head)));
}

/**
 * Takes out what is not wanted of the tree: paragraphs of line breaks alone, loose lists where no item has two paragraphs,
 * shortcodes in code. Text that stands in a list or a quote without a paragraph gets one: nothing escapes it else.
 */
function tidy(node: Nodes): void {
  if (node.type === 'code' || node.type === 'inlineCode') node.value = quietShortcodes(node.value);
  if (!('children' in node)) return;
  if (node.type === 'root' || node.type === 'blockquote' || node.type === 'listItem') node.children = inParagraphs(node.children);
  node.children = node.children.filter((child) => child.type !== 'paragraph' || child.children.some((part) => part.type !== 'break' && !(part.type === 'text' && part.value.trim() === '')));
  if (node.type === 'list') {
    node.spread = node.children.some((item) => item.children.filter(({ type }) => type !== 'list').length > 1);
    for (const item of node.children) item.spread = node.spread && item.children.length > 1;
  }
  for (const child of node.children) tidy(child);
}

const inText: ReadonlySet<string> = new Set(['text', 'emphasis', 'strong', 'delete', 'inlineCode', 'break', 'link']);

function inParagraphs(nodes: readonly RootContent[]): RootContent[] {
  const result: RootContent[] = [];
  let run: RootContent[] = [];
  const flush = (): void => {
    // A table alone stays what it is.
    if (run.some(({ type }) => inText.has(type))) result.push({ type: 'paragraph', children: run as PhrasingContent[] });
    else result.push(...run);
    run = [];
  };
  for (const node of nodes) {
    if (inText.has(node.type) || node.type === 'html') run.push(node);
    else {
      flush();
      result.push(node);
    }
  }
  flush();
  return result;
}

/** Code in which Hugo finds no shortcode: those that are whole are commented out, which it shows as they are, and the rest parted. */
function quietShortcodes(code: string): string {
  const spans = scanShortcodes(code).filter(({ isBroken }) => !isBroken);
  const splices = spans.flatMap(({ from, to }) => [
    { from: from + 3, to: from + 3, insert: '/*' },
    { from: to - 3, to: to - 3, insert: '*/' },
  ]);
  return applySplices(code, splices).replace(/\{\{(?=[<%](?!\/\*))/g, '{\u200b{');
}

const writing: Options = {
  bullet: '-',
  bulletOther: '*',
  emphasis: '*',
  strong: '*',
  fence: '`',
  fences: true,
  listItemIndent: 'one',
  resourceLink: true,
  // Three dashes would be taken for the end of the metadata when the file is read again.
  rule: '*',
  setext: false,
  unsafe: [
    // Hugo looks for shortcodes before anything is Markdown.
    { character: '{', before: '\\{', after: '[<%]' },
    // Attributes of a heading, a term’s definition, struck out text.
    { character: '{', inConstruct: 'headingAtx', after: '[#.\\w]' },
    { character: ':', atBreak: true, after: '[ \\t]' },
    { character: '~', inConstruct: 'phrasing' },
  ],
  handlers: {
    break: () => '  \n',
    delete: (node: Extract<Nodes, { type: 'delete' }>, _parent, state, info) => {
      const tracker = state.createTracker(info);
      const exit = state.enter('strikethrough' as 'strong');
      let value = tracker.move('~~');
      value += state.containerPhrasing(node, { ...tracker.current(), before: value, after: '~' });
      value += tracker.move('~~');
      exit();
      return value;
    },
    listItem: (node: Extract<Nodes, { type: 'listItem' }>, parent, state, info) => {
      const isOrdered = parent?.type === 'list' && parent.ordered === true;
      const bullet = isOrdered ? `${(parent.start ?? 1) + parent.children.indexOf(node)}${state.bulletCurrent ?? '.'}` : (state.bulletCurrent ?? '-');
      const size = listIndent(bullet);
      const tracker = state.createTracker(info);
      tracker.move(`${bullet} `);
      tracker.shift(size);
      const exit = state.enter('listItem');
      const value = state.indentLines(state.containerFlow(node, tracker.current()), (line, index, blank) => (index === 0 ? (blank ? bullet : `${bullet} `) : blank ? '' : ' '.repeat(size)) + line);
      exit();
      return value;
    },
  },
};
