import type { SortMoves } from '../../../ui/sorting.svelte.ts';
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
    const place = `${siblings.findIndex((one) => one.key === key) + 1} of ${siblings.length}`;
    return parent === undefined ? `${place} at the top` : `${place} under ‘${parent.name}’`;
  },
};
