import { scanShortcodes, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';

/** A number from a text, always the same one, so that each file has its own place and every run the same. */
export function numberOf(text: string): number {
  return Array.from(text).reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003, 7);
}

/** The head of a file and the text an author edits. A file without front matter is all text. */
export function splitFile(file: string): { readonly head: string; readonly body: string } {
  const match = /^\uFEFF?---[ \t]*\r?\n(?:[\s\S]*?\n)?---[ \t]*(?:\r?\n|$)/.exec(file);
  const head = match?.[0] ?? '';
  return { head, body: file.slice(head.length) };
}

/** A place between two letters of a paragraph, and where that paragraph begins and ends; the end of a text without any. */
export function chooseParagraph(text: string, seed: number): { readonly at: number; readonly from: number; readonly to: number } {
  const spans = scanShortcodes(text);
  const breaks = [...text.matchAll(/\n[ \t\r]*(?=\n)/g)].map((match) => match.index);
  const paragraphs = [0, ...breaks].map((from, index) => ({ from, to: breaks[index] ?? text.length }));
  const places = paragraphs.flatMap(({ from, to }) => {
    for (let step = 0; step < to - from; step += 1) {
      const at = from + 1 + ((seed + step) % Math.max(1, to - from - 1));
      const isInside = spans.some((span) => span.from < at && at < span.to);
      if (at < to && !isInside && /\p{L}/u.test(text.charAt(at - 1)) && /\p{L}/u.test(text.charAt(at))) return [{ at, from, to }];
    }
    return [];
  });
  return places[seed % Math.max(1, places.length)] ?? { at: text.length, from: text.length, to: text.length };
}

/** A shortcode that is shown as a chip and has a parameter; undefined where a text has none. */
export function chooseShortcode(text: string, seed: number): ShortcodeSpan | undefined {
  const chips = scanShortcodes(text).filter((span) => span.params.length > 0 && !text.startsWith('](', span.from - 2));
  return chips[seed % Math.max(1, chips.length)];
}
