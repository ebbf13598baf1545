/**
 * A text as part of a query in the one form that every reader writes: a signature covers the query as it was sent, and browsers and
 * libraries leave these characters as they are or not.
 */
export function strictEncoding(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, escapeCharacter);
}

/** The same path with those characters escaped. */
export function strictPath(path: string): string {
  return path.replace(/[!'()*~]/g, escapeCharacter);
}

const escapeCharacter = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
