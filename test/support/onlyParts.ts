import { PART_NAMES } from '#local/stack/startStack.mjs';

type PartName = (typeof PART_NAMES)[number];

/** Parts of a stack as `startStack` takes them: these, and no other. */
export function onlyParts(...names: readonly PartName[]): Record<PartName, boolean> {
  return Object.fromEntries(PART_NAMES.map((name) => [name, names.includes(name)])) as Record<PartName, boolean>;
}
