import { type TextFinding, textFindings } from '#domain/accessibleText.ts';
import type { FoundPlace } from './pageCheck.ts';

/** A place in a form. */
export interface BuiltPlace {
  /** Path such as `markdown`. */
  readonly field: string;
  /** From 1; null where the field is no text, or the whole of it is meant. */
  readonly line: number | null;
}

/** A text of an item, which its page was built from. */
export interface NamedText {
  readonly field: string;
  readonly label: string;
  readonly text: string;
}

/** Fewer characters than these stand in too many lines. */
const LEAST_NAME = 4;
const LEAST_TEXT = 3;

/** Where in the texts of an item stands what was found on its page: by the file or address it names, else by its words. Undefined where nothing tells. */
export function placeInTexts(found: Pick<FoundPlace, 'src' | 'href' | 'text'>, texts: readonly NamedText[]): BuiltPlace | undefined {
  const file = lastPart(found.src);
  const name = lastPart(found.href);
  return (
    (file.length < LEAST_NAME ? undefined : lineWith(texts, (line) => decoded(line).includes(file), /!\[\s*\]\(|<img\b/i)) ??
    (found.href.length < LEAST_NAME ? undefined : lineWith(texts, (line) => line.includes(found.href), /\[\s*\]\(|<a\b/i)) ??
    (name.length < LEAST_NAME ? undefined : lineWith(texts, (line) => decoded(line).includes(name), /\[\s*\]\(|<a\b/i)) ??
    placeOfWords(found.text, texts)
  );
}

export interface WrittenFinding {
  readonly place: BuiltPlace;
  readonly message: string;
}

/** Rules of a text and of the built page that say the same of a place. */
const SAME: Readonly<Partial<Record<TextFinding['rule'], readonly string[]>>> = { 'alt-missing': ['image-alt'], 'link-text': ['link-name'] };

/** What the texts alone tell, and their page does not: to axe a picture without a text is decoration, for that is what the page says of it. */
export function onlyWritten(texts: readonly NamedText[], built: readonly { readonly rule: string; readonly place: BuiltPlace }[]): WrittenFinding[] {
  return texts.flatMap(({ field, text }) =>
    textFindings(text, { isPage: field === 'markdown' })
      .filter(({ rule, line }) => !built.some((known) => known.place.field === field && known.place.line === line && SAME[rule]?.includes(known.rule) === true))
      .map(({ line, message }) => ({ place: { field, line }, message })),
  );
}

/** The first line that tells, of several the one where something is missing. */
function lineWith(texts: readonly NamedText[], tells: (line: string) => boolean, isLikely?: RegExp): BuiltPlace | undefined {
  const all = texts.flatMap(({ field, text }) => text.split('\n').flatMap((line, index) => (tells(line) ? [{ place: { field, line: index + 1 }, line }] : [])));
  return (all.find(({ line }) => isLikely?.test(line) === true) ?? all[0])?.place;
}

function placeOfWords(said: string, texts: readonly NamedText[]): BuiltPlace | undefined {
  const words = spaced(said);
  if (words.length < LEAST_TEXT) return undefined;
  return lineWith(texts, (line) => {
    const plain = plainLine(line);
    return plain.includes(words) || (plain.length >= 20 && words.startsWith(plain));
  });
}

const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim().toLowerCase();

/** A line of Markdown as it reads when it is built, about. */
function plainLine(line: string): string {
  return spaced(
    line
      .slice(0, 5_000)
      .replace(/\{\{[<%]\s*resource_link\s+"[^"]*"\s+"([^"]*)"[^}]*\}\}/g, '$1')
      .replace(/\{\{[<%][^}]*\}\}/g, '')
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/<[^>]*>/g, '')
      .replace(/[*_`~#>|\\]/g, ''),
  );
}

const lastPart = (address: string): string => decoded(address.replace(/[?#].*$/s, '').replace(/\/+$/, '').replace(/^.*\//s, ''));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that is one.
    return text;
  }
}
