import type { Kind } from '#api/contracts/kinds.ts';

/** What one item of a kind is called; starters mostly name the many. */
export function singularOf(kind: Pick<Kind, 'label' | 'labelSingular' | 'file'>): string {
  if (kind.labelSingular !== null) return kind.labelSingular;
  if (kind.file !== null) return kind.label;
  if (/[^aeiou]ies$/i.test(kind.label)) return kind.label.replace(/ies$/i, 'y');
  return /[^su]s$/i.test(kind.label) ? kind.label.slice(0, -1) : kind.label;
}

/** The kinds in groups of one category each, in the starter’s order. */
export function kindsByCategory<K extends Pick<Kind, 'category'>>(kinds: readonly K[]): { readonly category: string; readonly kinds: readonly K[] }[] {
  return [...new Set(kinds.map(({ category }) => category))].map((category) => ({ category, kinds: kinds.filter((kind) => kind.category === category) }));
}
