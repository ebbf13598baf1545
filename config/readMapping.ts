/** A mapping or list as it stands in the environment: JSON, or the literal of Python that the settings of the existing system hold. */
const TOKEN = /\s*(?:([{}[\],:])|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(None|null))\s*/y;

type Token = { readonly mark: string } | { readonly text: string };

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`it cannot be read from “${source.slice(at, at + 20)}” on`);
    const written = match[2] ?? match[3];
    if (written !== undefined) tokens.push({ text: written.replace(/\\(.)/g, '$1') });
    else tokens.push(match[1] === undefined ? { text: '' } : { mark: match[1] });
  }
  return tokens;
}

/**
 * Reads `{"a": "b"}` or `{'a': 'b'}` of texts; an empty text is an empty mapping.
 * @throws {Error} saying what is wrong with it.
 */
export function readMapping(source: string): Readonly<Record<string, string>> {
  if (source.trim() === '') return {};
  const entries = partsOf(source, '{', '}').map((part): [string, string] => {
    const [key, colon, value, more] = part;
    if (key === undefined || !('text' in key) || colon === undefined || !('mark' in colon) || colon.mark !== ':' || value === undefined || !('text' in value) || more !== undefined) throw new Error('it is no mapping of texts, such as {"a": "b"}');
    return [key.text, value.text];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/**
 * Reads `a, b`, `["a", "b"]` or `['a', 'b']`.
 * @throws {Error} saying what is wrong with it.
 */
export function readList(source: string): string[] {
  if (!source.trim().startsWith('[')) return source.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return partsOf(source, '[', ']').map(([value, more]) => {
    if (value === undefined || !('text' in value) || more !== undefined) throw new Error('it is no list of texts, such as ["a", "b"]');
    return value.text;
  });
}

/** What stands between the brackets, taken apart at its commas; a comma at the end adds nothing. */
function partsOf(source: string, open: string, close: string): Token[][] {
  const tokens = tokensOf(source.trim());
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (tokens.length < 2 || first === undefined || !('mark' in first) || first.mark !== open || last === undefined || !('mark' in last) || last.mark !== close) throw new Error(`it does not stand between ${open} and ${close}`);
  const parts: Token[][] = [[]];
  for (const token of tokens.slice(1, -1)) {
    if ('mark' in token && token.mark === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  if (parts.at(-1)?.length === 0) parts.pop();
  return parts;
}
