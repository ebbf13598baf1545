/** A text that came from outside as Postgres can keep it and a log can show it: without control characters and halves of characters, at most `maxLength` long. */
export function storable(text: string, maxLength: number): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/\p{Cs}/gu, '\uFFFD').slice(0, maxLength).replace(/\p{Cs}$/u, '').trim();
}
