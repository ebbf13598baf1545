import type { Item } from '#api/contracts/items.ts';
import type { Kind } from '#api/contracts/kinds.ts';
import { type FieldPath, fieldPathsOf, fieldValue, isFieldActive } from '#domain/fieldPaths.ts';
import { choicesOf, isSearched } from '../../../web/src/features/content/widgets/choice.ts';

/** What somebody does in one field of a form. */
export type Step =
  | { readonly kind: 'type'; readonly added: string }
  /** Chooses an option of a list that opens. */
  | { readonly kind: 'choose'; readonly value: string }
  /** Presses the box or the button with this label. */
  | { readonly kind: 'press'; readonly label: string };

export interface FieldChange {
  /** As the form names the field. */
  readonly path: string;
  /** Keys that lead to it in the file. */
  readonly keys: readonly string[];
  readonly step: Step;
  /** What the field holds afterwards. */
  readonly value: unknown;
}

const ADDED = ' edited';

/**
 * A change of one field that an item’s file has and its form shows, chosen by a number, so that each kind of field has its turn;
 * undefined where there is none. A field on which others depend is left alone, for changing it may rightly change them.
 */
export function chooseField(kind: Kind, item: Item, seed: number, options: { readonly titleToo: boolean }): FieldChange | undefined {
  const paths = fieldPathsOf(kind);
  const asked = new Set(paths.map(({ field }) => field.condition?.field));
  const changes = paths.flatMap((at): FieldChange[] => {
    if (at.field.widget === 'hidden' || !isFieldActive(item, at) || asked.has(at.field.name) || (at.path === 'title' && !options.titleToo)) return [];
    return changesOf(at, fieldValue(item, at)).map((change) => ({ path: at.path, keys: at.path === 'title' ? ['title'] : at.keys, ...change }));
  });
  // Most fields are texts: first it is chosen how a field is changed, then which.
  const ways = [...new Set(changes.map(wayOf))];
  const alike = changes.filter((change) => wayOf(change) === ways[seed % ways.length]);
  return alike[Math.floor(seed / Math.max(1, ways.length)) % Math.max(1, alike.length)];
}

/** What kind of widget a change is made in. */
export const wayOf = ({ step, value }: Pick<FieldChange, 'step' | 'value'>): 'text' | 'boolean' | 'select' => (step.kind === 'type' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'select');

function changesOf({ field, path }: FieldPath, value: unknown): Pick<FieldChange, 'step' | 'value'>[] {
  switch (field.widget) {
    case 'string':
    case 'text': {
      // A title that is no text has no line of its own kind in the file; a body is no field of the front matter.
      const isText = typeof value === 'string' && path !== 'markdown';
      return isText && !(field.widget === 'string' && field.readOnly === true) ? [{ step: { kind: 'type', added: ADDED }, value: value + ADDED }] : [];
    }
    case 'boolean':
      return typeof value === 'boolean' ? [{ step: { kind: 'press', label: value ? 'No' : 'Yes' }, value: !value }] : [];
    case 'select': {
      if (isSearched(field)) return [];
      const choices = choicesOf(field);
      if (field.multiple !== true) return typeof value === 'string' ? choices.filter((choice) => choice.value !== value).slice(0, 1).map((choice) => ({ step: { kind: 'choose', value: choice.value }, value: choice.value })) : [];
      const chosen: readonly unknown[] | undefined = Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
      if (chosen === undefined || (field.max !== undefined && chosen.length >= field.max)) return [];
      return choices
        .filter((choice) => !chosen.includes(choice.value))
        .slice(0, 1)
        .map((added) => ({
          step: { kind: 'press', label: added.label },
          // In the starter’s order, what is no option any more before it.
          value: [...chosen.filter((one) => !choices.some((choice) => choice.value === one)), ...choices.map((choice) => choice.value).filter((one) => one === added.value || chosen.includes(one))],
        }));
    }
    default:
      return [];
  }
}
