/** Shorter ones are no secrets, and would be found in everything. */
const MIN_CHARACTERS = 8;
const PUT_INSTEAD = '[secret]';

/**
 * Takes secrets out of a text, wherever they stand in it: as they are, as JSON or an address writes them, and in the middle
 * of something in base64, as a password stands behind its user name.
 */
export function createRedaction(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.filter((secret) => secret.length >= MIN_CHARACTERS).flatMap(formsOf));
  if (forms.size === 0) return (text) => text;
  // The longest first: one secret may begin as another does.
  const pattern = new RegExp([...forms].sort((a, b) => b.length - a.length).map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => text.replace(pattern, PUT_INSTEAD);
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), new URLSearchParams({ x: secret }).toString().slice(2), ...base64Middles(secret)].filter((form) => form.length >= MIN_CHARACTERS);
}

/** What of a text stays the same in base64 whatever stands before and behind it, for each of the three places it may begin at. */
function base64Middles(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].map((before) => {
    const whole = btoa(`${'\0'.repeat(before)}${String.fromCharCode(...bytes)}`);
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}
