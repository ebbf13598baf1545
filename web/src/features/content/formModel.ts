import type { Kind } from '#api/contracts/kinds.ts';
import { blankMetadata } from '#domain/blankMetadata.ts';
import { withDefaultValues } from '#domain/defaultValues.ts';
import { type FieldPath, fieldPathsOf, type FieldSource, fieldValue, isFieldActive, isRecord } from '#domain/fieldPaths.ts';
import { isSameValue } from '#domain/itemDiff.ts';
import { validateItem } from '#domain/validateItem.ts';
import { valueFaults } from '#domain/valueFaults.ts';

/** What somebody wrote, by the path of its field; fields nobody touched are not in it. */
export type Edits = ReadonlyMap<string, unknown>;

/** What a save sends: the keys whose value is another, and nothing else, so that the rest of the file stays as it is. */
export interface Changes {
  readonly title?: string;
  readonly markdown?: string;
  readonly file?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What is there of an item that is not there yet. */
export const nothing: FieldSource = { title: null, markdown: null, file: null, metadata: {} };

/** What older systems left where nobody filled anything in; all of these mean the same to an author. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function withValue(item: FieldSource, at: FieldPath, value: unknown): FieldSource {
  if (at.path === 'title') return { ...item, title: typeof value === 'string' ? value : null };
  if (at.path === 'markdown') return { ...item, markdown: typeof value === 'string' ? value : null };
  if (at.path === 'file') return { ...item, file: typeof value === 'string' ? value : null };
  const [key = '', inner] = at.keys;
  const before = item.metadata[key];
  return { ...item, metadata: { ...item.metadata, [key]: inner === undefined ? value : { ...(isRecord(before) ? before : {}), [inner]: value } } };
}

/** A new item with the starter’s defaults where nobody wrote anything, as the server makes it. */
function withDefaults(kind: Kind, item: FieldSource): FieldSource {
  return withDefaultValues(kind, { textId: '', type: kind.name, dirpath: '', filename: '', isPageContent: kind.folder !== null, ...item });
}

/** The item as the form shows it. `stored` is null for one that is not there yet. */
export function shownItem(kind: Kind, stored: FieldSource | null, edits: Edits): FieldSource {
  let item = stored ?? nothing;
  for (const at of fieldPathsOf(kind)) if (edits.has(at.path)) item = withValue(item, at, edits.get(at.path));
  return stored === null ? withDefaults(kind, item) : item;
}

/** Paths of the fields whose value a save would change, with the value it would get. */
function changedValues(kind: Kind, stored: FieldSource | null, edits: Edits): [FieldPath, unknown][] {
  const next = shownItem(kind, stored, edits);
  const changed = fieldPathsOf(kind).flatMap((at): [FieldPath, unknown][] => {
    if (at.field.widget === 'object' || !edits.has(at.path) || !isFieldActive(next, at)) return [];
    const value = edits.get(at.path);
    // A new item gets its default from the server; who empties the field has to say so.
    const before = stored === null ? at.field.default : fieldValue(stored, at);
    return isSameValue(before, value) || (isEmpty(before) && isEmpty(value)) ? [] : [[at, value]];
  });
  return stored === null ? changed : [...changed, ...clearedValues(kind, stored, next, changed)];
}

/**
 * A field that another one has just hidden keeps its value, unless the server would refuse the value: what nobody sees
 * nobody could mend.
 */
function clearedValues(kind: Kind, stored: FieldSource, next: FieldSource, changed: readonly (readonly [FieldPath, unknown])[]): [FieldPath, unknown][] {
  const switched = new Set(changed.filter(([at]) => at.parent === null).map(([at]) => at.field.name));
  return fieldPathsOf(kind).flatMap((at): [FieldPath, unknown][] => {
    const isSwitched = [at.field.condition, at.parent?.field.condition].some((condition) => condition !== undefined && switched.has(condition.field));
    if (at.keys.length === 0 || !isSwitched || isFieldActive(next, at)) return [];
    return valueFaults(at.field, fieldValue(stored, at), false).length === 0 ? [] : [[at, at.field.widget === 'object' ? {} : blankMetadata({ ...kind, fields: [at.field] })[at.field.name] ?? '']];
  });
}

/** What a save has to send of what somebody wrote. */
export function changesOf(kind: Kind, stored: FieldSource | null, edits: Edits): Changes {
  let changes: Changes = {};
  for (const [at, value] of changedValues(kind, stored, edits)) {
    if (at.path === 'title' || at.path === 'markdown') changes = { ...changes, [at.path]: typeof value === 'string' ? value : '' };
    else if (at.path === 'file') changes = { ...changes, file: typeof value === 'string' ? value : null };
    else changes = { ...changes, metadata: withValue({ ...nothing, metadata: changes.metadata ?? {} }, at, value).metadata };
  }
  return changes;
}

/** What the starter does not allow about what a save would send, by the path of the field: the server’s own rules. */
export function problemsOf(kind: Kind, stored: FieldSource | null, edits: Edits): ReadonlyMap<string, readonly string[]> {
  const changed = changedValues(kind, stored, edits);
  let item = stored ?? nothing;
  for (const [at, value] of changed) item = withValue(item, at, value);
  // Everything of a new item is to be checked but its place, which the server chooses.
  const paths = stored === null ? ['title', ...fieldPathsOf(kind).map(({ path }) => path)] : changed.map(([at]) => at.path);
  const found = new Map<string, string[]>();
  for (const { path, message } of validateItem({ kind, item: { ...(stored === null ? withDefaults(kind, item) : item), dirpath: '', filename: '' }, changed: new Set(paths) })) {
    const known = found.get(path);
    if (known === undefined) found.set(path, [message]);
    else if (!known.includes(message)) known.push(message);
  }
  return found;
}

/** Metadata that no field of the form shows, by its path: it stays in the file as it is. */
export function otherFields(kind: Kind, metadata: Readonly<Record<string, unknown>>): { readonly path: string; readonly value: unknown }[] {
  const fields = new Map(fieldPathsOf(kind).filter(({ keys }) => keys.length === 1).map(({ keys, field }) => [keys[0], field]));
  return Object.entries(metadata).flatMap(([key, value]) => {
    const field = fields.get(key);
    if (field === undefined) return [{ path: key, value }];
    if (field.widget !== 'object' || !isRecord(value)) return [];
    const inside = new Set(field.fields.map(({ name }) => name));
    return Object.entries(value).flatMap(([inner, innerValue]) => (inside.has(inner) ? [] : [{ path: `${key}.${inner}`, value: innerValue }]));
  });
}

/** The field that says in words what a picture shows; starters call it either way. */
export function altFieldOf(kind: Kind): FieldPath | undefined {
  return fieldPathsOf(kind).find(({ field }) => field.name === 'image-alt' || field.name === 'image_alt');
}
