import type { ContentItem } from './contentItem.ts';
import { isRecord } from './fieldPaths.ts';
import { isSameJson } from './pullMerge.ts';
import { type MergeChoice, mergeText, regionText, type TextRegion } from './textMerge.ts';

/** What of an item people edit. */
export type EditedState = Pick<ContentItem, 'title' | 'metadata' | 'markdown' | 'file'>;

/** A field that is not in all three states the same. */
export interface FieldMerge {
  /** `['title']`, `['metadata', 'image_metadata', 'caption']`. */
  readonly path: readonly string[];
  readonly base: unknown;
  readonly yours: unknown;
  readonly theirs: unknown;
  /** Who changed it: one of both, both alike, both in different lines, or both so that a person has to decide. */
  readonly kind: 'yours' | 'theirs' | 'agreed' | 'merged' | 'conflict';
  /** The stretches of a text that both changed; null for what is no text, and for what only one changed. */
  readonly regions: readonly TextRegion[] | null;
}

/** What a person decided, by `choiceKey`. */
export type MergeChoices = ReadonlyMap<string, MergeChoice>;

/** Names one thing to decide by what is to be decided, so that a decision stays when other things changed again. */
export function choiceKey(field: FieldMerge, region: TextRegion | null): string {
  const { base, yours, theirs } = region ?? field;
  return JSON.stringify([field.path, region === null, base ?? null, yours ?? null, theirs ?? null]);
}

/** Every field in which an edit, or what somebody else saved meanwhile, differs from the state the edit began with. */
export function mergeItems(base: EditedState, yours: EditedState, theirs: EditedState): FieldMerge[] {
  return [...(['title', 'file', 'markdown'] as const).flatMap((name) => fieldMerge([name], base[name], yours[name], theirs[name])), ...objectMerges(['metadata'], base.metadata, yours.metadata, theirs.metadata)];
}

type Fields = Readonly<Record<string, unknown>>;

function objectMerges(path: readonly string[], base: Fields, yours: Fields, theirs: Fields): FieldMerge[] {
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(yours), ...Object.keys(base)])];
  return keys.flatMap((key) => {
    const [before, made, meant] = [at(base, key), at(yours, key), at(theirs, key)];
    return isRecord(before) && isRecord(made) && isRecord(meant) ? objectMerges([...path, key], before, made, meant) : fieldMerge([...path, key], before, made, meant);
  });
}

function fieldMerge(path: readonly string[], base: unknown, yours: unknown, theirs: unknown): FieldMerge[] {
  const [isYours, isTheirs] = [!isSameJson(base, yours), !isSameJson(base, theirs)];
  if (!isYours && !isTheirs) return [];
  const field = { path, base, yours, theirs, regions: null };
  if (!isYours || !isTheirs) return [{ ...field, kind: isYours ? 'yours' : 'theirs' }];
  if (isSameJson(yours, theirs)) return [{ ...field, kind: 'agreed' }];
  const texts = [base, yours, theirs].map(textOf);
  const [before, made, meant] = texts;
  if (before == null || made == null || meant == null || !(path[0] === 'markdown' || texts.some((text) => text?.includes('\n') === true))) return [{ ...field, kind: 'conflict' }];
  const regions = mergeText(before, made, meant);
  return [{ ...field, kind: regions.some(({ kind }) => kind === 'conflict') ? 'conflict' : 'merged', regions }];
}

/** A text, an absent one being empty; null for anything else. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : value == null ? '' : null;
}

/** Undefined where the value still waits for a decision, else what the field becomes; `value` is undefined where it goes. */
export function fieldResult(field: FieldMerge, choices: MergeChoices): { readonly value: unknown } | undefined {
  const whole = choices.get(choiceKey(field, null));
  if (whole === 'yours' || whole === 'theirs') return { value: field[whole] };
  if (whole === 'both') return { value: bothOf(field) };
  if (field.regions !== null) {
    const texts = field.regions.map((region) => regionText(region, choices.get(choiceKey(field, region))));
    if (texts.includes(null)) return undefined;
    const text = texts.join('');
    // An absent text stays absent.
    return { value: text === textOf(field.theirs) ? field.theirs : text === textOf(field.yours) ? field.yours : text };
  }
  return field.kind === 'conflict' ? undefined : { value: field.kind === 'yours' ? field.yours : field.theirs };
}

/** Whether both values of a field can stand there together: lists, and texts that are decided as a whole. */
export function canBeBoth(field: FieldMerge): boolean {
  return Array.isArray(field.yours) && Array.isArray(field.theirs);
}

/** Their list, and then what only yours has. */
function bothOf({ yours, theirs }: FieldMerge): unknown {
  if (!Array.isArray(yours) || !Array.isArray(theirs)) return theirs;
  const [mine, others] = [yours as unknown[], theirs as unknown[]];
  return [...others, ...mine.filter((entry) => !others.some((other) => isSameJson(other, entry)))];
}

/** Their newest state with what was merged and decided; null while something waits for a decision. */
export function mergedState(theirs: EditedState, fields: readonly FieldMerge[], choices: MergeChoices): EditedState | null {
  let state: Fields = { ...theirs };
  for (const field of fields) {
    const result = fieldResult(field, choices);
    if (result === undefined) return null;
    state = withValue(state, field.path, result.value);
  }
  return state as unknown as EditedState;
}

/** Decisions by which everything becomes what one side has, in place of whatever was decided before. */
export function everythingOf(fields: readonly FieldMerge[], side: 'yours' | 'theirs'): Map<string, MergeChoice> {
  return new Map(fields.map((field) => [choiceKey(field, null), side]));
}

function withValue(fields: Fields, [key = '', ...rest]: readonly string[], value: unknown): Fields {
  const inner = rest.length === 0 ? value : withValue(at(fields, key) as Fields, rest, value);
  // By entries: a key such as `__proto__` is a key like any other here.
  if (Object.hasOwn(fields, key)) return Object.fromEntries(Object.entries(fields).flatMap(([name, old]) => (name !== key ? [[name, old]] : inner === undefined ? [] : [[name, inner]])));
  return inner === undefined ? fields : Object.fromEntries([...Object.entries(fields), [key, inner]]);
}

function at(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
