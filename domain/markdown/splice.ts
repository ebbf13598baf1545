/** Other words for a stretch of a text. Places are in UTF-16 units; `to` is the first unit behind it. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/**
 * The text with all splices made at once: every place is one of the text as it was. Of two at the same place, the first comes first.
 * @throws RangeError when two overlap or one lies outside of the text.
 */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const sorted = [...splices].sort((a, b) => a.from - b.from || a.to - b.to);
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, insert } of sorted) {
    if (from < at || to < from || to > text.length) throw new RangeError(`A change of ${from} to ${to} does not fit into a text of ${text.length} that was changed up to ${at}.`);
    parts.push(text.slice(at, from), insert);
    at = to;
  }
  parts.push(text.slice(at));
  return parts.join('');
}
