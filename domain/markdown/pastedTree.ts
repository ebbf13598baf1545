import type { Element, ElementContent, Root, RootContent, Text } from 'hast';
import { pastedHref } from './pastedLinks.ts';
import { type ListEntry, listsOf, takeListEntry, takeWebListItems, textOf, withListsInItems } from './pastedLists.ts';
import { classesOf, isHidden, type Mark, marksOf, styleOf } from './pastedStyle.ts';

/** What of a paste is no text of it. */
const dropped = new Set(
  'applet area audio base basefont bgsound button canvas col colgroup datalist dialog embed frame frameset head iframe input link map meta nav noembed noframes noscript object optgroup option param script select source style svg template textarea title track video xml'.split(' '),
);
const blocks = new Set('address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul'.split(' '));
const marks: ReadonlySet<string> = new Set<Mark>(['strong', 'em', 'del', 'sub', 'sup']);
/** What may not lie around blocks when it is a mark: they get it inside. */
const isBlock = (node: ElementContent): boolean => node.type === 'element' && (blocks.has(node.tagName) || (marks.has(node.tagName) && node.children.some(isBlock)));

/** Says of a picture that stood in the paste what it showed. */
export function pictureNote(alt: string): string {
  return alt === '' ? '(A picture stood here. Add it as a resource.)' : `(A picture stood here: ${alt}. Add it as a resource.)`;
}

interface Context {
  readonly marks: ReadonlySet<Mark>;
  readonly isVerbatim: boolean;
  readonly isInTable: boolean;
  readonly isInLink: boolean;
  /** What paragraphs of Word say of their lists, by the element that is left of them. */
  readonly items: Map<Element, ListEntry>;
}

/** The text and the structure of what was pasted, without what programs put around it. Elements named `x-math` hold formulas. */
export function cleanedTree(tree: Root): Root {
  const context: Context = { marks: new Set(), isVerbatim: false, isInTable: false, isInLink: false, items: new Map() };
  return { type: 'root', children: cleanAll(tree.children, context) };
}

function element(tagName: string, children: ElementContent[], properties: Element['properties'] = {}): Element {
  return { type: 'element', tagName, properties, children };
}
const text = (value: string): Text => ({ type: 'text', value });

function cleanAll(nodes: readonly (RootContent | ElementContent)[], context: Context): ElementContent[] {
  const cleaned: ElementContent[] = [];
  for (const node of nodes) for (const one of clean(node, context)) cleaned.push(one);
  return joinMarks(groupItems(cleaned, context));
}

/** Items of Word that stand side by side become lists. */
function groupItems(nodes: readonly ElementContent[], { items }: Context): ElementContent[] {
  const result: ElementContent[] = [];
  let run: { entry: ListEntry; item: Element }[] = [];
  const flush = (): void => {
    for (const list of listsOf(run)) result.push(list);
    run = [];
  };
  for (const node of nodes) {
    const entry = node.type === 'element' ? items.get(node) : undefined;
    if (entry !== undefined && node.type === 'element') run.push({ entry, item: node });
    else if (run.length === 0 || textOf(node).trim() !== '' || (node.type === 'element' && node.tagName !== 'br')) {
      flush();
      result.push(node);
    }
  }
  flush();
  return result;
}

/** Two stretches side by side that look alike are one, also over a space: Word parts them at will. */
function joinMarks(nodes: readonly ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  for (const node of nodes) {
    const last = result.at(-1);
    const before = result.at(-2);
    if (node.type === 'element' && marks.has(node.tagName)) {
      if (last?.type === 'element' && last.tagName === node.tagName) {
        last.children.push(...node.children);
        continue;
      }
      if (last?.type === 'text' && /^[ \n]*$/.test(last.value) && before?.type === 'element' && before.tagName === node.tagName) {
        before.children.push(last, ...node.children);
        result.pop();
        continue;
      }
    }
    result.push(node);
  }
  return result;
}

function clean(node: RootContent | ElementContent, context: Context): ElementContent[] {
  if (node.type === 'text') return node.value === '' ? [] : [text(context.isVerbatim ? node.value.replace(/\u00a0/g, ' ') : node.value.replace(/[\u00a0\u202f]/g, ' ').replace(/[\u00ad\u200b\ufeff]/g, ''))];
  if (node.type === 'comment') return equationOf(node.value);
  if (node.type !== 'element') return [];
  const formula = formulaOf(node);
  if (formula !== null) return formula;
  const style = styleOf(node);
  const classes = classesOf(node);
  if (dropped.has(node.tagName) || isHidden(node, style) || isRemark(node, classes, style)) return [];
  if (/^[vw]:/.test(node.tagName)) return [];
  switch (node.tagName) {
    case 'br':
      return classes.includes('apple-interchange-newline') ? [] : [element('br', [])];
    case 'img':
      return cleanImage(node);
    case 'pre':
      return cleanPre(node, context);
    case 'code':
    case 'kbd':
    case 'samp':
    case 'tt':
      return cleanCode(node);
    case 'hr':
      return [element('hr', [])];
    case 'a':
      return cleanLink(node, context);
    case 'table':
      return cleanTable(node, context);
    default:
      return cleanOther(node, context, style, classes);
  }
}

function cleanOther(node: Element, context: Context, style: ReadonlyMap<string, string>, classes: readonly string[]): ElementContent[] {
  if (/^pre/.test(style.get('white-space') ?? '') && !style.get('white-space')?.startsWith('pre-') && /mono|consolas|courier|menlo/.test(style.get('font-family') ?? '')) return cleanPre(node, context);
  const webItems = takeWebListItems(node);
  if (webItems !== null) {
    return webItems.map(({ entry, item }) => {
      const cleaned = element('li', cleanAll(item.children, context));
      context.items.set(cleaned, entry);
      return cleaned;
    });
  }
  const taken = node.tagName === 'p' || /^h[1-6]$/.test(node.tagName) ? takeListEntry(node) : null;
  if (taken !== null && node.tagName === 'p') {
    const cleaned = element('li', trimmed(cleanAll(taken.children, context)));
    context.items.set(cleaned, taken.entry);
    return [cleaned];
  }
  const isHeading = /^h[1-6]$/.test(node.tagName);
  const children = taken?.children ?? node.children;
  const wanted = marksOf(node, style).filter((mark) => !context.marks.has(mark));
  const inner = cleanAll(children, isHeading ? { ...context, marks: new Set([...context.marks, 'strong']) } : wanted.length === 0 ? context : { ...context, marks: new Set([...context.marks, ...wanted]) });
  const shown = isHeading ? [] : wanted;
  if (!blocks.has(node.tagName)) return marked(inner, shown);
  return cleanBlock(node, marked(inner, shown), classes);
}

/** Marks around what they mark. */
function marked(children: ElementContent[], wanted: readonly Mark[]): ElementContent[] {
  return wanted.reduce((inner, mark) => around(inner, (middle) => element(mark, middle)), children);
}

/** An element around a stretch without the space at its ends; where blocks are in the stretch, inside each of them. */
function around(children: ElementContent[], make: (middle: ElementContent[]) => Element): ElementContent[] {
  if (children.some(isBlock)) {
    return children.map((node) => (node.type === 'element' && isBlock(node) && !/^(?:table|thead|tbody|tfoot|tr|ul|ol|dl|pre|hr)$/.test(node.tagName) ? { ...node, children: around(node.children, make) } : node));
  }
  const { before, middle, after } = apart(children);
  return middle.length === 0 ? children : [...before, make(middle), ...after];
}

const isGap = (node: ElementContent): boolean => (node.type === 'text' && node.value.trim() === '') || (node.type === 'element' && node.tagName === 'br');

/** What stands between the spaces and breaks at both ends. */
function apart(nodes: readonly ElementContent[]): { readonly before: ElementContent[]; readonly middle: ElementContent[]; readonly after: ElementContent[] } {
  let from = 0;
  let to = nodes.length;
  while (from < to && nodes[from] !== undefined && isGap(nodes[from] as ElementContent)) from += 1;
  while (to > from && nodes[to - 1] !== undefined && isGap(nodes[to - 1] as ElementContent)) to -= 1;
  const before = nodes.slice(0, from);
  const middle = nodes.slice(from, to);
  const after = nodes.slice(to);
  const first = middle[0];
  if (first?.type === 'text' && /^\s/.test(first.value)) {
    before.push(text(' '));
    middle[0] = text(first.value.trimStart());
  }
  const last = middle.at(-1);
  if (last?.type === 'text' && /\s$/.test(last.value)) {
    after.unshift(text(' '));
    middle[middle.length - 1] = text(last.value.trimEnd());
  }
  return { before, middle, after };
}

const trimmed = (nodes: readonly ElementContent[]): ElementContent[] => apart(nodes).middle;

function cleanBlock(node: Element, children: ElementContent[], classes: readonly string[]): ElementContent[] {
  const { tagName } = node;
  if (tagName === 'ul' || tagName === 'ol') {
    const start = Number(node.properties['start'] ?? 1);
    return [element(tagName, withListsInItems(children), tagName === 'ol' && Number.isInteger(start) && start !== 1 ? { start } : {})];
  }
  if (tagName === 'td' || tagName === 'th') return [element(tagName, paragraphsOf(children), { colSpan: node.properties['colSpan'], rowSpan: node.properties['rowSpan'] })];
  if (tagName === 'p' || tagName === 'div' || tagName === 'center') {
    if (children.every(isGap)) return tagName === 'p' ? [] : [text(' ')];
    if (classes.includes('msotitle')) return [element('h1', trimmed(children))];
    if (classes.some((name) => name === 'msoquote' || name === 'msointensequote')) return [element('blockquote', [element('p', trimmed(children))])];
    const parts = paragraphsOf(children);
    return tagName === 'p' ? (parts === children ? [element('p', children)] : parts) : [element('div', parts)];
  }
  if (/^h[1-6]$/.test(tagName)) return cleanHeading(tagName, children);
  return [element(tagName, children)];
}

/** A heading has one line; what holds lists or tables is none. */
function cleanHeading(tagName: string, children: ElementContent[]): ElementContent[] {
  const line = trimmed(children.flatMap((node) => (node.type === 'element' && (node.tagName === 'p' || node.tagName === 'div') ? [text(' '), ...node.children, text(' ')] : [node])));
  if (line.some(isBlock)) return children;
  return line.length === 0 ? [] : [element(tagName, line.map((node) => (node.type === 'element' && node.tagName === 'br' ? text(' ') : node)))];
}

/** Two line breaks in a row are how older programs write a new paragraph. */
function paragraphsOf(nodes: ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  let run: ElementContent[] = [];
  let breaks = 0;
  let hasSplit = false;
  const flush = (): void => {
    const inner = trimmed(run);
    if (inner.length > 0) result.push(element('p', inner));
    run = [];
    breaks = 0;
  };
  for (const node of nodes) {
    if (isBlock(node)) {
      flush();
      result.push(node);
      continue;
    }
    if (node.type === 'element' && node.tagName === 'br') breaks += 1;
    else if (!isGap(node)) {
      if (breaks > 1) {
        hasSplit = true;
        flush();
      }
      breaks = 0;
    }
    run.push(node);
  }
  flush();
  return hasSplit ? result : nodes;
}

/** Remarks, changes that were struck out, and what leads to them, in Word and in Google Docs. */
function isRemark(node: Element, classes: readonly string[], style: ReadonlyMap<string, string>): boolean {
  if (node.tagName === 'del' && (node.properties['cite'] != null || node.properties['dateTime'] != null || classes.includes('msodel'))) return true;
  if (classes.some((name) => /^msocom|^msocomment|^msodel$/.test(name))) return true;
  if (/^comment/.test(style.get('mso-element') ?? '') || style.has('mso-comment-reference')) return true;
  if (node.tagName === 'a' && /^#(?:cmnt|_msocom_)/.test(String(node.properties['href'] ?? ''))) return true;
  return node.tagName === 'div' && firstLink(node, 3)?.startsWith('#cmnt_ref') === true;
}

function firstLink(node: Element, depth: number): string | undefined {
  const first = node.children.find((child) => child.type === 'element');
  if (first?.type !== 'element' || depth === 0) return undefined;
  return first.tagName === 'a' ? String(first.properties['href'] ?? '') : firstLink(first, depth - 1);
}

function cleanLink(node: Element, context: Context): ElementContent[] {
  const children = cleanAll(node.children, { ...context, isInLink: true });
  const href = pastedHref(String(node.properties['href'] ?? ''));
  return href === null || context.isInLink ? children : around(children, (middle) => element('a', middle, { href }));
}

function cleanImage(node: Element): ElementContent[] {
  const alt = String(node.properties['alt'] ?? '').replace(/\s+/g, ' ').trim();
  if (/^\p{Extended_Pictographic}/u.test(alt) && alt.length <= 8) return [text(alt)];
  const isDot = ['width', 'height'].some((name) => ['0', '1'].includes(String(node.properties[name] ?? '')));
  if (isDot) return [];
  // Names of files say nothing to a reader.
  return [text(pictureNote(/^\S+\.\w{3,4}$/.test(alt) ? '' : alt.replace(/[.!?]$/, '')))];
}

/** Code of nothing would leave its backticks behind, which begin code of what follows. */
function cleanCode(node: Element): ElementContent[] {
  const code = textOf(node).replace(/\s+/g, ' ');
  return code.trim() === '' ? [text(code)] : [element('code', [text(code)])];
}

function cleanPre(node: Element, context: Context): ElementContent[] {
  const lines = (nodes: readonly ElementContent[]): string =>
    nodes.map((child): string => (child.type === 'text' ? child.value : child.type !== 'element' || dropped.has(child.tagName) ? '' : child.tagName === 'br' ? '\n' : /^(?:div|p|li|tr)$/.test(child.tagName) ? `${lines(child.children)}\n` : lines(child.children))).join('');
  const code = lines(node.children).replace(/\u00a0/g, ' ').replace(/\s+$/, '');
  if (code === '') return [];
  if (context.isInTable && !code.includes('\n')) return [element('code', [text(code)])];
  const language = [node, ...node.children].flatMap((child) => (child.type === 'element' ? classesOf(child) : [])).map((name) => /^(?:language|lang|highlight-source)-([\w+#-]+)$/.exec(name)?.[1]).find((name) => name !== undefined);
  return [element('pre', [element('code', [text(`${code}\n`)], language === undefined ? {} : { className: [`language-${language}`] })])];
}

function cleanTable(node: Element, context: Context): ElementContent[] {
  const children = cleanAll(node.children, { ...context, isInTable: true });
  const cells = cellsIn(children);
  // A table in a table, and one of a single cell, only lay out what is in them.
  if (!context.isInTable && cells.length > 1) return [element('table', children)];
  return cells.map((cell) => element('div', cell.children));
}

function cellsIn(nodes: readonly ElementContent[]): Element[] {
  return nodes.flatMap((node) => (node.type !== 'element' ? [] : node.tagName === 'td' || node.tagName === 'th' ? [node] : /^(?:thead|tbody|tfoot|tr)$/.test(node.tagName) ? cellsIn(node.children) : []));
}

/** The TeX of a formula as pages with KaTeX, MathJax or MediaWiki carry it; else its text. Null for what is no formula. */
function formulaOf(node: Element): ElementContent[] | null {
  const classes = classesOf(node);
  const isDisplay = classes.some((name) => name === 'katex-display' || name === 'mwe-math-element-block') || node.properties['display'] === 'block' || node.properties['display'] === 'true';
  const isAround = node.tagName === 'mjx-container' || classes.some((name) => /^(?:katex|katex-display|mwe-math-element|mwe-math-element-(?:inline|block)|mathjax)$/.test(name));
  if (node.tagName !== 'math' && !isAround) return /^m:(?:omath|omathpara)$/.test(node.tagName) ? [text(textOf(node))] : null;
  const math = node.tagName === 'math' ? node : find(node, (one) => one.tagName === 'math');
  const note = find(node, (one) => one.tagName === 'annotation' && /tex/i.test(String(one.properties['encoding'] ?? '')));
  const tex = note === null ? '' : textOf(note).trim();
  const isBlockMath = isDisplay || math?.properties['display'] === 'block';
  if (tex !== '') return [element('x-math', [text(tex.replace(/^\{\\displaystyle\s*(.*)\}$/s, '$1'))], { display: isBlockMath ? 'block' : 'inline' })];
  if (math === null) return null;
  return [text(textOf(math).replace(/\s+/g, ' '))];
}

function find(node: Element, is: (element: Element) => boolean): Element | null {
  const stack: ElementContent[] = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.type !== 'element') continue;
    if (is(next)) return next;
    for (const child of next.children) stack.push(child);
  }
  return null;
}

/** Word hides formulas in comments for other programs; only their text is of use. */
function equationOf(comment: string): ElementContent[] {
  if (!/^\[if gte msEquation/i.test(comment)) return [];
  const words = comment.replace(/^\[[^\]]*\]>/, '').replace(/<!\[endif\]$/, '').replace(/<[^<>]*>/g, '').replace(/\s+/g, ' ').trim();
  return words === '' ? [] : [text(words.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&'))];
}
