/** A Markdown file taken apart: front matter between two lines of `---`, and the rest as it is. */
export interface FrontMatterFile {
  /** The YAML between the two lines, with its last line break. */
  readonly yaml: string;
  readonly body: string;
}

/**
 * Splits a Markdown file at its first two `---` lines only, so that a body may have such lines of its own.
 * @returns null when the file does not begin with front matter.
 */
export function splitFrontMatter(text: string): FrontMatterFile | null {
  const start = /^\uFEFF?---[ \t]*\r?\n/.exec(text);
  if (start === null) return null;
  const rest = text.slice(start[0].length);
  const end = /^---[ \t]*(?:\r?\n|$)/m.exec(rest);
  if (end === null) return null;
  return { yaml: rest.slice(0, end.index), body: rest.slice(end.index + end[0].length) };
}

/** Puts a Markdown file together; no line break is added at the end of the body. */
export function joinFrontMatter(yaml: string, body: string): string {
  return `---\n${yaml}---\n${body}`;
}
