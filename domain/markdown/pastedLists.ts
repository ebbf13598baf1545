import type { Comment, Element, ElementContent } from 'hast';
import { classesOf, styleOf } from './pastedStyle.ts';

/** What a paragraph of Word says of the list it is an item of. */
export interface ListEntry {
  readonly level: number;
  readonly isOrdered: boolean;
  readonly start: number;
  /** Which list of the document; empty when it does not say. */
  readonly list: string;
}

const isComment = (node: ElementContent): node is Comment => node.type === 'comment';

export function textOf(node: ElementContent): string {
  const parts: string[] = [];
  const stack: ElementContent[] = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.type === 'text') parts.push(next.value);
    else if (next.type === 'element') for (let index = next.children.length - 1; index >= 0; index -= 1) stack.push(next.children[index] as ElementContent);
  }
  return parts.join('');
}

/** The entry of a paragraph that Word means as an item of a list, and the paragraph without its drawn bullet or number; null for any other. */
export function takeListEntry(paragraph: Element): { readonly entry: ListEntry; readonly children: ElementContent[] } | null {
  const said = styleOf(paragraph).get('mso-list') ?? '';
  const level = /\blevel(\d)\b/.exec(said)?.[1];
  if (level === undefined) return null;
  const { marker, children } = takeMarker(paragraph.children);
  const ordered = /^\(?(?:(?:\d+\.)*(\d{1,5})|[a-z]|[ivxlcdm]{1,7})[.)]?$/i.exec(marker.trim());
  const isOrdered = ordered !== null && /[\d.)]/.test(marker);
  return { entry: { level: Number(level), isOrdered, start: Number(ordered?.[1] ?? 1), list: /^\s*(l\d+)/.exec(said)?.[1] ?? '' }, children };
}

/** Word draws the bullet as text, between comments or in a stretch that says that lists ignore it. */
function takeMarker(nodes: readonly ElementContent[]): { readonly marker: string; readonly children: ElementContent[] } {
  const opening = nodes.findIndex((node) => isComment(node) && /!supportLists/i.test(node.value));
  const closing = nodes.findIndex((node, index) => index > opening && isComment(node) && /endif/i.test(node.value));
  if (opening !== -1 && closing !== -1) return { marker: nodes.slice(opening + 1, closing).map(textOf).join(''), children: [...nodes.slice(0, opening), ...nodes.slice(closing + 1)] };
  let marker = '';
  const without = (node: ElementContent): ElementContent[] => {
    if (node.type !== 'element') return [node];
    if (/ignore/.test(styleOf(node).get('mso-list') ?? '')) {
      marker += textOf(node);
      return [];
    }
    return [{ ...node, children: node.children.flatMap(without) }];
  };
  const children = nodes.flatMap(without);
  return { marker, children };
}

/** The entry of a list that Word on the web writes: each item as a list of its own, with its level. */
export function takeWebListItems(element: Element): { readonly entry: ListEntry; readonly item: Element }[] | null {
  if (!classesOf(element).includes('listcontainerwrapper')) return null;
  const list = element.children.find((node) => node.type === 'element' && (node.tagName === 'ul' || node.tagName === 'ol'));
  if (list?.type !== 'element') return null;
  const start = Number(list.properties['start'] ?? 1);
  return list.children.flatMap((item, index) =>
    item.type === 'element' && item.tagName === 'li'
      ? [{ entry: { level: Number(item.properties['dataAriaLevel'] ?? 1) || 1, isOrdered: list.tagName === 'ol', start: (Number.isInteger(start) ? start : 1) + index, list: '' }, item }]
      : [],
  );
}

/** Lists out of the items that stand side by side, each at its level. */
export function listsOf(items: readonly { readonly entry: ListEntry; readonly item: Element }[]): Element[] {
  const roots: Element[] = [];
  const open: { readonly entry: ListEntry; readonly list: Element }[] = [];
  for (const { entry, item } of items) {
    while (open.length > 0 && (open.at(-1)?.entry.level ?? 0) > entry.level) open.pop();
    const top = open.at(-1);
    const isOther = top !== undefined && top.entry.level === entry.level && (top.entry.isOrdered !== entry.isOrdered || (entry.isOrdered && entry.start === 1 && top.entry.list !== entry.list));
    if (isOther) open.pop();
    const current = open.at(-1);
    if (current === undefined || current.entry.level < entry.level) {
      const list: Element = { type: 'element', tagName: entry.isOrdered ? 'ol' : 'ul', properties: entry.isOrdered && entry.start !== 1 ? { start: entry.start } : {}, children: [] };
      const parent = current?.list.children.at(-1);
      if (parent?.type === 'element') parent.children.push(list);
      else roots.push(list);
      open.push({ entry, list });
    }
    open.at(-1)?.list.children.push(item);
  }
  return roots;
}

/** A list in a list belongs to the item before it: Google Docs and old pages leave it between the items. */
export function withListsInItems(children: readonly ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  for (const child of children) {
    if (child.type === 'element' && (child.tagName === 'ul' || child.tagName === 'ol')) {
      const item = result.findLast((node) => node.type === 'element' && node.tagName === 'li');
      if (item?.type === 'element') item.children.push(child);
      else result.push({ type: 'element', tagName: 'li', properties: {}, children: [child] });
    } else result.push(child);
  }
  return result;
}
