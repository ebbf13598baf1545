/**
 * A text taken apart into the pieces that belong to one key each, so that two texts of the same fields can be compared,
 * and put together from both, piece by piece. Every character is in exactly one place.
 */
export interface Layout {
  /** The fields of a mapping, or the entries of a list that are told apart by their `identifier`. */
  readonly kind: 'keys' | 'entries';
  /** Where its keys begin; pieces of different columns cannot stand beside each other. */
  readonly column: number;
  readonly head: string;
  readonly blocks: readonly Block[];
  /** Between two blocks: a comma in JSON, the indentation in an entry of a list, whose first key stands behind a dash. */
  readonly separator: string;
  readonly tail: string;
  /**
   * Which pieces go out as they were only together: all of them, where they refer to each other (anchors, merges), or
   * those that only one of two texts has, such as `url` in an entry of a menu where another has `pageRef`.
   */
  readonly ties?: 'all' | 'oneSided';
}

export interface Block {
  readonly key: string;
  /** What stands before it: comments, blank lines, indentation in JSON. */
  readonly lead: string;
  readonly text: string;
  /** The same text taken further apart, where its value is a mapping. */
  readonly inner: Layout | null;
}

/** The text a layout was made of. */
export function layoutText(layout: Layout): string {
  return joinLayout(layout, layout.blocks.map((block) => block.lead + block.text));
}

/** A layout’s text with other blocks. */
export function joinLayout(layout: Pick<Layout, 'head' | 'separator' | 'tail'>, blocks: readonly string[]): string {
  return layout.head + blocks.join(layout.separator) + layout.tail;
}

/**
 * An entry of a list taken apart by its keys.
 * @param keys with where the line of each begins.
 * @param end where the entry ends.
 * @param column of the dash.
 */
export function layOutEntry(text: string, keys: readonly { readonly key: string; readonly start: number }[], end: number, column: number): Layout {
  const indent = column + '- '.length;
  const blocks = keys.map(({ key, start }, index): Block => ({ key, lead: '', text: text.slice(start + indent, keys[index + 1]?.start ?? end), inner: null }));
  const start = keys[0]?.start ?? end;
  return { kind: 'keys', column: indent, head: text.slice(start, start + indent), blocks, separator: ' '.repeat(indent), tail: '', ties: 'oneSided' };
}
