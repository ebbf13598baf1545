export interface KeyStep {
  /** The keys pressed so far of a shortcut with several. */
  readonly pending: string;
  /** The shortcut that is complete now. */
  readonly hit: string | undefined;
}

/** What a key means after the ones before it: `g` then `s` is `g s`; a key that leads nowhere begins anew. */
export function nextKey(pending: string, key: string, known: readonly string[]): KeyStep {
  for (const keys of pending === '' ? [key] : [`${pending} ${key}`, key]) {
    if (known.includes(keys)) return { pending: '', hit: keys };
    if (known.some((other) => other.startsWith(`${keys} `))) return { pending: keys, hit: undefined };
  }
  return { pending: '', hit: undefined };
}
