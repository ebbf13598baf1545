import { isEscaped } from '../markdownLinks.ts';

/** A stretch of a text; the end is the first unit behind it. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

const FENCE = /^[ \t>]*(`{3,}|~{3,})[^\n]*$/;

/** Where code stands in a Markdown text: fenced blocks with their fences, and code in a line. */
export function codeRanges(text: string): TextRange[] {
  const ranges: TextRange[] = [];
  let fence: { readonly mark: string; readonly start: number } | null = null;
  let paragraph = 0;
  let at = 0;
  const endParagraph = (end: number): void => {
    for (const range of inlineCode(text.slice(paragraph, end), paragraph)) ranges.push(range);
  };
  for (const line of text.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (mark !== undefined && mark.startsWith(fence.mark) && line.trim().replace(/^[> \t]+/, '') === mark) {
        ranges.push({ start: fence.start, end: at + line.length });
        fence = null;
        paragraph = at + line.length;
      }
    } else if (mark !== undefined && !(mark.startsWith('`') && line.slice(line.indexOf(mark) + mark.length).includes('`'))) {
      endParagraph(at);
      fence = { mark, start: at };
    } else if (line.trim() === '') {
      endParagraph(at);
      paragraph = at;
    }
    at += line.length + 1;
  }
  if (fence === null) endParagraph(text.length);
  else ranges.push({ start: fence.start, end: text.length });
  return ranges;
}

/** Code in a line ends with as many backticks as it began with, in the same paragraph; else these are backticks. */
function inlineCode(paragraph: string, offset: number): TextRange[] {
  const ranges: TextRange[] = [];
  const runs = [...paragraph.matchAll(/`+/g)];
  // For each run the next one of its length, found from the end, so that no run is looked at twice.
  const next: (number | undefined)[] = [];
  const latest = new Map<number, number>();
  for (const [index, run] of [...runs.entries()].reverse()) {
    next[index] = latest.get(run[0].length);
    latest.set(run[0].length, index);
  }
  for (let index = 0; index < runs.length; index += 1) {
    const open = runs[index];
    const closing = next[index];
    const close = closing === undefined ? undefined : runs[closing];
    // A backslash takes the meaning of a backtick that would begin code; inside of code it has none itself.
    if (open === undefined || closing === undefined || close === undefined || isEscaped(paragraph, open.index)) continue;
    ranges.push({ start: offset + open.index, end: offset + close.index + close[0].length });
    index = closing;
  }
  return ranges;
}

/** A test for whether a stretch touches one of the ranges. */
export function touches(ranges: readonly TextRange[]): (start: number, end: number) => boolean {
  return (start, end) => ranges.some((range) => start < range.end && range.start < end);
}
