import type { Element } from 'hast';

/** The style of an element by property, in lower case. */
export function styleOf(element: Element): ReadonlyMap<string, string> {
  const written = element.properties['style'];
  const style = new Map<string, string>();
  if (typeof written !== 'string') return style;
  for (const declaration of written.split(';')) {
    const colon = declaration.indexOf(':');
    if (colon > 0) style.set(declaration.slice(0, colon).trim().toLowerCase(), declaration.slice(colon + 1).trim().toLowerCase());
  }
  return style;
}

/** The classes of an element, in lower case. */
export function classesOf(element: Element): readonly string[] {
  const written = element.properties['className'];
  return (Array.isArray(written) ? written : [written]).flatMap((name) => (typeof name === 'string' ? [name.toLowerCase()] : []));
}

export type Mark = 'strong' | 'em' | 'del' | 'sub' | 'sup';

const tagMarks: Readonly<Record<string, Mark>> = { b: 'strong', strong: 'strong', i: 'em', em: 'em', cite: 'em', dfn: 'em', var: 'em', s: 'del', strike: 'del', del: 'del', sub: 'sub', sup: 'sup' };

/** What an element says of how its text looks, by its name and by its style, as Google Docs and Outlook write. */
export function marksOf(element: Element, style = styleOf(element)): readonly Mark[] {
  const marks = new Set<Mark>();
  const own = tagMarks[element.tagName];
  if (own !== undefined) marks.add(own);
  const weight = style.get('font-weight');
  if (weight !== undefined) set(marks, 'strong', /^(?:bold|bolder|[6-9]\d\d)/.test(weight));
  const slant = style.get('font-style');
  if (slant !== undefined) set(marks, 'em', /^(?:italic|oblique)/.test(slant));
  if (/line-through/.test(style.get('text-decoration') ?? style.get('text-decoration-line') ?? '')) marks.add('del');
  const place = style.get('vertical-align');
  if (place === 'super') marks.add('sup');
  else if (place === 'sub') marks.add('sub');
  else if (place === 'baseline') for (const mark of ['sub', 'sup'] as const) marks.delete(mark);
  return [...marks];
}

function set(marks: Set<Mark>, mark: Mark, isSet: boolean): void {
  if (isSet) marks.add(mark);
  else marks.delete(mark);
}

/** Whether readers of the copied page did not see an element. */
export function isHidden(element: Element, style = styleOf(element)): boolean {
  return (
    element.properties['hidden'] != null ||
    String(element.properties['ariaHidden'] ?? '') === 'true' ||
    style.get('display') === 'none' ||
    style.get('visibility') === 'hidden' ||
    style.get('mso-hide') === 'all'
  );
}
