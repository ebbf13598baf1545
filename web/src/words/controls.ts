import { count } from '../lib/numbers.ts';

/** Of ui/Combobox.svelte. */
export const combobox = {
  thereIsNothingLeftToChoose: 'There is nothing left to choose.',
  nothingFits: (typed: string) => `Nothing fits ‘${typed}’.`,
  entry: '1 entry',
  entries: (total: number) => `${count(total)} entries`,
  listCouldNotBeLoaded: 'The list could not be loaded.',
  showList: 'Show the list',
  loading: 'Loading …',
};

/** Of ui/FilterForm.svelte. */
export const filterForm = {
  show: 'Show',
};

/** Of ui/SortableList.svelte. */
export const sortableList = {
  pressSpaceToLiftEntry: (hasLevels: boolean) => `Press Space to lift an entry, then arrow keys to move it${hasLevels ? ', right and left to put it under another and out again' : ''}. Space drops it, Escape puts it back.`,
  move: (label: string) => `Move ‘${label}’`,
  whereGoes: (label: string) => `Where ‘${label}’ goes`,
  up: 'Up',
  down: 'Down',
  underOneAbove: 'Under the one above',
  out: 'Out',
  putItHere: 'Put it here',
  putItBack: 'Put it back',
};

/** Of ui/sorting.svelte.ts. */
export const sorting = {
  isLifted: (label: string, where: string) => `‘${label}’ is lifted. It is ${where}. Arrow keys move it, Space drops it, Escape puts it back.`,
  isDropped: (label: string, where: string) => `‘${label}’ is dropped. It is ${where}.`,
  isBack: (label: string, where: string) => `‘${label}’ is back: ${where}.`,
  canGoNoFurtherThatWay: (label: string) => `‘${label}’ can go no further that way.`,
  isLabel: (label: string, where: string) => `‘${label}’ is ${where}.`,
};
