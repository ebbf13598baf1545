import { diffArrays } from 'diff';

/**
 * A stretch of a text in three states: where the edit began, what was made of it here, and what somebody else made of it meanwhile.
 * The stretches follow each other without a gap, so that each text is what its side of them makes.
 */
export interface TextRegion {
  /** Who changed it: nobody, one of both, both alike, or both differently. */
  readonly kind: 'same' | 'yours' | 'theirs' | 'agreed' | 'conflict';
  readonly base: string;
  readonly yours: string;
  readonly theirs: string;
}

export type MergeChoice = 'yours' | 'theirs' | 'both';

/** Lines that may differ before two texts are said to be altogether different: finding the fewest of more takes seconds. */
const MAX_EDITS = 2_000;

/** Lines `[start, end)` of the base that became `lines`. */
interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/**
 * Brings two changed texts together line by line; what nobody touched is kept byte for byte, whatever its line ends. Lines that one
 * side changed merge with lines the other changed, also right beside them; two changes of one line, and what both put into one place,
 * are for a person to decide.
 */
export function mergeText(base: string, yours: string, theirs: string): TextRegion[] {
  const lines = linesOf(base);
  const [ours, others] = [hunksOf(lines, linesOf(yours)), hunksOf(lines, linesOf(theirs))];
  const regions: TextRegion[] = [];
  let [at, mine, other] = [0, 0, 0];
  const keep = (until: number): void => {
    const text = lines.slice(at, until).join('');
    if (text !== '') regions.push({ kind: 'same', base: text, yours: text, theirs: text });
  };
  for (;;) {
    const first = earlier(ours[mine], others[other]);
    if (first === undefined) break;
    const from: [number, number] = [mine, other];
    let { start: at0, end } = first;
    let insertAt = first.start === first.end ? first.start : -1;
    for (let grew = true; grew; ) {
      grew = false;
      for (const [index, hunks] of [ours, others].entries()) {
        const next = hunks[index === 0 ? mine : other];
        if (next === undefined || !(next === first || meets(next, end, insertAt))) continue;
        at0 = Math.min(at0, next.start);
        end = Math.max(end, next.end);
        if (next.start === next.end) insertAt = next.start;
        if (index === 0) mine += 1;
        else other += 1;
        grew = true;
      }
    }
    keep(at0);
    const [taken, given] = [ours.slice(from[0], mine), others.slice(from[1], other)];
    const [made, meant] = [applied(lines, at0, end, taken), applied(lines, at0, end, given)];
    const kind = given.length === 0 ? 'yours' : taken.length === 0 ? 'theirs' : made === meant ? 'agreed' : 'conflict';
    regions.push({ kind, base: lines.slice(at0, end).join(''), yours: made, theirs: meant });
    at = end;
  }
  keep(lines.length);
  return regions;
}

/** What a stretch becomes; null while nobody decided about it. Without a choice the side that changed it has it. */
export function regionText(region: TextRegion, choice: MergeChoice | undefined): string | null {
  const chosen = choice ?? (region.kind === 'conflict' ? undefined : region.kind === 'yours' ? 'yours' : 'theirs');
  if (chosen === undefined) return null;
  if (chosen !== 'both') return region[chosen];
  // The last line of a text may have no end of its own; two of them are still two lines.
  const isOpen = region.yours !== '' && !region.yours.endsWith('\n') && region.theirs !== '';
  return region.kind === 'conflict' ? `${region.yours}${isOpen ? '\n' : ''}${region.theirs}` : region.yours === region.base ? region.theirs : region.yours;
}

/** The lines of a text, each with its end; together they are the text. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function hunksOf(before: readonly string[], after: readonly string[]): Hunk[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS });
  if (changes === undefined) return [replacement(before, after)];
  const hunks: Hunk[] = [];
  let at = 0;
  for (let index = 0; index < changes.length; index += 1) {
    const change = changes[index];
    if (change === undefined) continue;
    if (!change.added && !change.removed) {
      at += change.value.length;
      continue;
    }
    const next = changes[index + 1];
    const pair = next !== undefined && (next.added || next.removed) ? next : undefined;
    if (pair !== undefined) index += 1;
    const [removed, added] = [change, pair].reduce<[number, string[]]>(([gone, come], one) => (one === undefined ? [gone, come] : one.removed ? [gone + one.value.length, come] : [gone, [...come, ...one.value]]), [0, []]);
    hunks.push({ start: at, end: at + removed, lines: added });
    at += removed;
  }
  return hunks;
}

/** One change of everything between what both begin with and what both end with. */
function replacement(before: readonly string[], after: readonly string[]): Hunk {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < before.length - start && tail < after.length - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { start, end: before.length - tail, lines: after.slice(start, after.length - tail) };
}

function earlier(a: Hunk | undefined, b: Hunk | undefined): Hunk | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.start < a.start || (b.start === a.start && b.end < a.end) ? b : a;
}

/** Whether a change has to do with those before it, which end at `end`: two texts put into one place have no order of their own. */
function meets(hunk: Hunk, end: number, insertAt: number): boolean {
  return hunk.start < end || (hunk.start === end && (hunk.start === hunk.end || insertAt === end));
}

/** What changes make of the lines `[start, end)`. */
function applied(lines: readonly string[], start: number, end: number, hunks: readonly Hunk[]): string {
  const made: string[] = [];
  let at = start;
  for (const hunk of hunks) {
    made.push(...lines.slice(at, hunk.start), ...hunk.lines);
    at = hunk.end;
  }
  return [...made, ...lines.slice(at, end)].join('');
}
