import { isRecord } from './fieldPaths.ts';
import type { EditedState } from './itemMerge.ts';
import { isSameJson } from './pullMerge.ts';

/** What a save sends: the fields that were changed, and of the metadata the keys. */
export interface ItemPatch {
  readonly title?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly markdown?: string | null | undefined;
  readonly file?: string | null | undefined;
}

/** What a save has to send so that one state becomes another. A key that goes is sent as null. */
export function patchBetween(before: EditedState, after: EditedState): ItemPatch {
  const keys = [...new Set([...Object.keys(before.metadata), ...Object.keys(after.metadata)])];
  const changed = keys.filter((key) => !isSameJson(valueAt(before.metadata, key), valueAt(after.metadata, key)));
  return {
    ...(before.title === after.title ? {} : { title: after.title ?? '' }),
    ...(changed.length === 0 ? {} : { metadata: Object.fromEntries(changed.map((key) => [key, sentValue(valueAt(before.metadata, key), valueAt(after.metadata, key))])) }),
    ...(before.markdown === after.markdown ? {} : { markdown: after.markdown }),
    ...(before.file === after.file ? {} : { file: after.file }),
  };
}

/** A state with what a draft or a save changes of it. The keys inside an object are set one by one, as a save does it. */
export function patchedState(before: EditedState, patch: ItemPatch): EditedState {
  return {
    title: patch.title ?? before.title,
    metadata: patch.metadata === undefined ? before.metadata : mergedKeys(before.metadata, patch.metadata),
    markdown: patch.markdown === undefined ? before.markdown : patch.markdown,
    file: patch.file === undefined ? before.file : patch.file,
  };
}

/** Whether a patch would change nothing of a state that a form shows: an absent key and one that is null look alike there. */
export function isEmptyPatch(before: EditedState, patch: ItemPatch): boolean {
  const after = patchedState(before, patch);
  return (after.title ?? '') === (before.title ?? '') && (after.markdown ?? '') === (before.markdown ?? '') && after.file === before.file && isSameJson(withoutNull(after.metadata), withoutNull(before.metadata));
}

function withoutNull(value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNull(inner)]]))) : value;
}

function mergedKeys(stored: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged = new Map(Object.entries(stored));
  for (const [key, value] of Object.entries(given)) {
    const before = merged.get(key);
    merged.set(key, isRecord(before) && isRecord(value) ? { ...before, ...value } : value);
  }
  return Object.fromEntries(merged);
}

/** The keys inside an object that goes on are merged by the save, so one that is to go is sent as null. */
function sentValue(before: unknown, after: unknown): unknown {
  if (after === undefined) return null;
  if (!isRecord(before) || !isRecord(after)) return after;
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return gone.length === 0 ? after : { ...after, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

function valueAt(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
