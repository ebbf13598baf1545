import type { SortMoves } from '../../../ui/sorting.svelte.ts';
import { moved as words } from '../../../words/widgets.ts';

/** A list with one entry at another place; the same list when it stays. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const target = Math.max(0, Math.min(list.length - 1, to));
  const entry = list[from];
  if (entry === undefined || target === from) return list;
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, target), entry, ...rest.slice(target)];
}

/** How the entries of a plain list are moved. */
export function listMoves<T extends { readonly key: string }>(): SortMoves<readonly T[]> {
  const at = (list: readonly T[], key: string): number => list.findIndex((entry) => entry.key === key);
  return {
    step: (list, key, step) => (step === 'up' ? moved(list, at(list, key), at(list, key) - 1) : step === 'down' ? moved(list, at(list, key), at(list, key) + 1) : list),
    place: (list, key, index) => moved(list, at(list, key), index),
    settle: (before, after, key) => moved(before, at(before, key), at(after, key)),
    where: (list, key) => words.place(at(list, key) + 1, list.length),
  };
}
