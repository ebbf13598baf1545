import { diffArrays, diffWordsWithSpace } from 'diff';

/** A piece of a line: as it was, put in, or taken out. */
export interface DiffPart {
  readonly kind: 'same' | 'inserted' | 'deleted';
  readonly text: string;
}

export type DiffLine =
  | { readonly kind: 'line'; readonly parts: readonly DiffPart[] }
  /** Lines that are the same and far from any change. */
  | { readonly kind: 'gap'; readonly lines: number };

export interface PageDiff {
  readonly lines: readonly DiffLine[];
  /** Words put in and taken out, of the whole page. */
  readonly inserted: number;
  readonly deleted: number;
  /** Lines with changes that are not among `lines`, because there are too many. */
  readonly cut: number;
}

/** Lines that may differ before two texts are said to be altogether different: finding the fewest of more takes seconds. */
const MAX_EDITS = 2_000;
/** Lines and characters with changes that are shown of a page. */
const MAX_LINES = 300;
const MAX_CHARACTERS = 40_000;
/** Characters of a line that is compared word by word; a longer one is shown as taken out and put in. */
const MAX_COMPARED = 5_000;
/** Unchanged lines shown before and after a change. */
const CONTEXT = 1;

/** What differs between two texts, line by line and within a line word by word. */
export function pageDiff(before: readonly string[], after: readonly string[]): PageDiff {
  const lines = comparedLines(before, after);
  const isChanged = (parts: readonly DiffPart[] | undefined): boolean => parts?.some((part) => part.kind !== 'same') === true;
  const isNear = (at: number): boolean => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(isChanged);
  const shown: DiffLine[] = [];
  let [inserted, deleted, cut, gap, characters, changes] = [0, 0, 0, 0, 0, 0];
  lines.forEach((parts, at) => {
    const isChange = isChanged(parts);
    for (const part of parts) {
      if (part.kind === 'inserted') inserted += wordsIn(part.text);
      if (part.kind === 'deleted') deleted += wordsIn(part.text);
    }
    if (changes >= MAX_LINES || characters >= MAX_CHARACTERS) {
      if (isChange) cut += 1;
      return;
    }
    if (!isNear(at)) {
      gap += 1;
      return;
    }
    if (gap > 0) shown.push({ kind: 'gap', lines: gap });
    gap = 0;
    if (isChange) changes += 1;
    const kept = parts.map((part) => ({ ...part, text: shortened(part.text, MAX_CHARACTERS) }));
    characters += kept.reduce((sum, part) => sum + part.text.length, 0);
    shown.push({ kind: 'line', parts: kept });
  });
  if (gap > 0 && shown.length > 0) shown.push({ kind: 'gap', lines: gap });
  return { lines: shown, inserted, deleted, cut };
}

function comparedLines(before: readonly string[], after: readonly string[]): DiffPart[][] {
  const changes = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS }) ?? [
    { removed: true, added: false, value: [...before] },
    { removed: false, added: true, value: [...after] },
  ];
  const lines: DiffPart[][] = [];
  for (let at = 0; at < changes.length; at += 1) {
    const change = changes[at];
    if (change === undefined) continue;
    const next = changes[at + 1];
    if (change.removed && next?.added === true) {
      lines.push(...replacedLines(change.value, next.value));
      at += 1;
    } else {
      const kind = change.removed ? 'deleted' : change.added ? 'inserted' : 'same';
      lines.push(...change.value.map((text) => [{ kind, text } as const]));
    }
  }
  return lines;
}

/** Lines that took the place of others: each beside the one it came from, where they have enough in common. */
function replacedLines(before: readonly string[], after: readonly string[]): DiffPart[][] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, at): DiffPart[][] => {
    const [old, made] = [before[at], after[at]];
    if (old === undefined) return [[{ kind: 'inserted', text: made ?? '' }]];
    if (made === undefined) return [[{ kind: 'deleted', text: old }]];
    return wordParts(old, made) ?? [[{ kind: 'deleted', text: old }], [{ kind: 'inserted', text: made }]];
  }).flat();
}

/** One line with both, or null where a reader would find nothing of the old one in it. */
function wordParts(old: string, made: string): DiffPart[][] | null {
  if (old.length > MAX_COMPARED || made.length > MAX_COMPARED) return null;
  const parts = diffWordsWithSpace(old, made).map((change): DiffPart => ({ kind: change.removed ? 'deleted' : change.added ? 'inserted' : 'same', text: change.value }));
  const same = parts.reduce((sum, part) => sum + (part.kind === 'same' ? wordsIn(part.text) : 0), 0);
  return same * 3 >= Math.max(wordsIn(old), wordsIn(made)) ? [parts] : null;
}

function wordsIn(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
