import type { SortMoves } from '../../../ui/sorting.svelte.ts';
import { menuMoves as words } from '../../../words/widgets.ts';
import { dropItem, menuRows, moveItem, stepItem } from './menuTree.ts';

/** How the items of a menu are moved. */
export const menuMoves: SortMoves<unknown> = {
  step: stepItem,
  place: dropItem,
  settle: (before, after, key) => {
    const rows = menuRows(after);
    const parent = rows.find((row) => row.key === key)?.parent ?? null;
    return moveItem(before, key, parent, rows.filter((row) => row.parent === parent).findIndex((row) => row.key === key));
  },
  where: (menu, key) => {
    const rows = menuRows(menu);
    const row = rows.find((one) => one.key === key);
    const siblings = rows.filter((one) => one.parent === row?.parent);
    const parent = rows.find((one) => one.key === row?.parent);
    const place = words.place(siblings.findIndex((one) => one.key === key) + 1, siblings.length);
    return parent === undefined ? words.atTop(place) : words.under(place, parent.name);
  },
};
