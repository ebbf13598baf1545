/** A Markdown file taken apart: front matter between two lines of `---`, and the rest as it is. */
export interface FrontMatterFile {
  /** The first line of dashes with what it ends in, and a byte order mark before it. */
  readonly open: string;
  /** The YAML between the two lines, with its last line break. */
  readonly yaml: string;
  /** The second line of dashes; it has no line break when the file ends there. */
  readonly close: string;
  readonly body: string;
}

/**
 * Splits a Markdown file at its first two `---` lines only, so that a body may have such lines of its own.
 * @returns null when the file does not begin with front matter.
 */
export function splitFrontMatter(text: string): FrontMatterFile | null {
  const open = /^\uFEFF?---[ \t]*\r?\n/.exec(text)?.[0];
  if (open === undefined) return null;
  const rest = text.slice(open.length);
  // Only a line feed begins a line: to JavaScript’s own multiline patterns U+2028 would too.
  const found = /(?:^|\n)(---[ \t]*(?:\r?\n|$))/.exec(rest);
  if (found?.[1] === undefined) return null;
  const end = found.index + found[0].length;
  return { open, yaml: rest.slice(0, end - found[1].length), close: found[1], body: rest.slice(end) };
}
