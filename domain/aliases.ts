type Metadata = Readonly<Record<string, unknown>>;

/**
 * Metadata in which a page's old address leads to it: Hugo's `aliases` gets the old address once and loses the new one,
 * which is the page's own now. Addresses are inside the site, such as `/pages/syllabus`.
 */
export function withAlias(metadata: Metadata, oldUrl: string, newUrl: string): Record<string, unknown> {
  const { aliases, ...rest } = metadata;
  const before = aliasesOf({ aliases });
  const kept = before.filter((alias) => !isSameAddress(alias, newUrl));
  if (!isSameAddress(oldUrl, newUrl) && !kept.some((alias) => isSameAddress(alias, oldUrl))) kept.push(oldUrl);
  return kept.length === 0 ? rest : { ...rest, aliases: kept };
}

/** The addresses that lead to an item beside its own. */
export function aliasesOf(metadata: Metadata): string[] {
  const value = metadata['aliases'];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((alias): alias is string => typeof alias === 'string' && alias !== '');
}

/** Hugo writes `/a` and `/a/` to the same place. */
function isSameAddress(a: string, b: string): boolean {
  return trimmed(a) === trimmed(b);
}

function trimmed(url: string): string {
  return url.replace(/^\/+|\/+$/g, '');
}
