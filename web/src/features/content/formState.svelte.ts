import { createContext } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Item } from '#api/contracts/items.ts';
import type { Kind } from '#api/contracts/kinds.ts';
import { type FieldPath, fieldPathsOf, type FieldSource, fieldValue, isFieldActive } from '#domain/fieldPaths.ts';
import { isSameValue } from '#domain/itemDiff.ts';
import { type Changes, changesOf, nothing, problemsOf, shownItem } from './formModel.ts';

/** One reason why something cannot be saved, and the field it stands at. */
export interface FormProblem {
  /** As the API names fields; one the form does not show has no field of its own. */
  readonly path: string;
  readonly message: string;
}

/** What somebody writes into the form of an item, on top of the state it was opened in. */
export class ContentFormState {
  kind = $state.raw() as Kind;
  /** The item as it is stored; null for one that is not there yet. */
  stored = $state.raw<Item | null>(null);
  /** Whether saving was tried: from then on everything that is missing is said. */
  wasTried = $state(false);
  /** Uploads on their way, by the id of their field. */
  readonly uploads = new SvelteSet<string>();
  /** Told after each change that a person makes. */
  onedit: (() => void) | undefined;
  private readonly edits = new SvelteMap<string, unknown>();
  private readonly left = new SvelteSet<string>();
  private readonly refusals = new SvelteMap<string, readonly string[]>();
  readonly shown: FieldSource = $derived(shownItem(this.kind, this.stored, this.edits));
  readonly changes: Changes = $derived(changesOf(this.kind, this.stored, this.edits));
  private readonly faults = $derived(problemsOf(this.kind, this.stored, this.edits));

  constructor(kind: Kind, stored: Item | null) {
    this.kind = kind;
    this.stored = stored;
  }

  /** Whether there is anything a save would send, or a file on its way. */
  get isDirty(): boolean {
    return Object.keys(this.changes).length > 0 || this.uploads.size > 0;
  }

  /** Whether something that is written is wrong by the starter’s rules, and not by the server’s word alone. */
  get hasFaults(): boolean {
    return this.faults.size > 0;
  }

  /** Everything that stands in the way of a save, in the order of the form. */
  get problems(): readonly FormProblem[] {
    const all = [...this.faults, ...[...this.refusals].filter(([path]) => !this.faults.has(path))];
    return all.flatMap(([path, messages]) => messages.map((message) => ({ path, message })));
  }

  valueOf(at: FieldPath): unknown {
    return fieldValue(this.shown, at);
  }

  isActive(at: FieldPath): boolean {
    return isFieldActive(this.shown, at);
  }

  /** What is said at a field now: a fault once somebody left it or tried to save, what the server refused until it is another. */
  problemAt(path: string): string | undefined {
    const messages = [...(this.wasTried || this.left.has(path) ? (this.faults.get(path) ?? []) : []), ...(this.refusals.get(path) ?? [])];
    return messages.length === 0 ? undefined : messages.filter((message, index) => messages.indexOf(message) === index).join(' ');
  }

  /** Whether somebody wrote in a field since it was saved last. */
  wrote(path: string): boolean {
    return this.edits.has(path);
  }

  set(path: string, value: unknown): void {
    this.edits.set(path, value);
    this.refusals.delete(path);
    this.onedit?.();
  }

  /** Somebody went on from a field. */
  leave(path: string): void {
    this.left.add(path);
  }

  /** Begins anew from a stored state, with another one written over it: what a draft, a merge or a save says. */
  fill(stored: Item | null, state: FieldSource): void {
    this.stored = stored;
    this.edits.clear();
    this.refusals.clear();
    this.left.clear();
    this.wasTried = false;
    for (const at of fieldPathsOf(this.kind)) {
      if (at.field.widget === 'object') continue;
      const value = fieldValue(state, at);
      if (!isSameValue(fieldValue(stored ?? nothing, at), value)) this.edits.set(at.path, value);
    }
  }

  /** Puts what the server refused at its fields. */
  refuse(issues: readonly FormProblem[]): void {
    this.refusals.clear();
    for (const { path, message } of issues) this.refusals.set(path, [...(this.refusals.get(path) ?? []), message]);
  }
}

/** The form that a widget stands in, for what its own field does not tell. */
export const [contentForm, provideContentForm] = createContext<ContentFormState>();

/** The id of the control of a field, as the parts of a form and what leads to them spell it. */
export const fieldId = (path: string): string => `field-${path.replace(/[^\w-]/g, '_')}`;

/** Puts the focus on a field; on what stands around it where its own control takes none. */
export function focusField(path: string): void {
  const control = document.getElementById(fieldId(path));
  const row = document.getElementById(`${fieldId(path)}-row`);
  const target = control?.matches('input, textarea, select, button, [tabindex], [contenteditable]') === true ? control : (row?.querySelector<HTMLElement>('input:not([type="file"]), textarea, select, button, [contenteditable="true"], [tabindex="0"]') ?? row);
  row?.closest('details')?.setAttribute('open', '');
  target?.focus();
  target?.scrollIntoView({ block: 'center' });
}
