import type { FieldOf } from './widget.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Longer lists are searched rather than read. */
const MAX_READ = 10;

/** Whether there are so many choices that one is looked for by its name. */
export const isSearched = (field: FieldOf<'select'>): boolean => field.options.length > MAX_READ;

/** What may be chosen in a field, in the starter’s order. */
export function choicesOf(field: FieldOf<'select'>): Choice[] {
  return field.options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option));
}

/** What is chosen, in whatever form it was stored: a text, a list, or nothing. What is no text is left out. */
export function chosenValues(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((entry): entry is string => typeof entry === 'string' && entry !== '');
}

/** What of a stored value cannot be shown as a choice, as it is written; undefined where there is nothing of the kind. */
export function oddChoice(field: FieldOf<'select'>, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) return typeof value === 'string' && field.multiple !== true ? undefined : JSON.stringify(value);
  return field.multiple === true && value.every((entry) => typeof entry === 'string') ? undefined : JSON.stringify(value);
}

/** The choices in which every word that was typed occurs. */
export function fittingChoices(choices: readonly Choice[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return choices.filter((choice) => words.every((word) => choice.label.toLowerCase().includes(word)));
}
