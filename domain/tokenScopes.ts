/** What a token of a machine may be made for, with the words people read after ‘it may’. */
export const tokenScopes = {
  read: { words: 'read sites, what they hold and their runs', includes: ['read'] },
  write: { words: 'read, and change content', includes: ['read', 'write'] },
  publish: { words: 'read, and publish to Staging and Production', includes: ['read', 'publish'] },
  import: { words: 'read, and bring sites and content in', includes: ['read', 'import'] },
  build: { words: 'do what a builder does: ask what to build, and report builds', includes: ['build'] },
  admin: { words: 'do everything an admin may, but for making tokens and acting for people', includes: ['read', 'write', 'publish', 'import', 'build', 'admin'] },
} as const satisfies Readonly<Record<string, { readonly words: string; readonly includes: readonly string[] }>>;

export type TokenScope = keyof typeof tokenScopes;

export const tokenScopeNames = Object.keys(tokenScopes) as [TokenScope, ...TokenScope[]];

/** How every token begins, so that who finds one in a log or a repository knows what it opens. */
export const TOKEN_START = 'ocws_';

/** Characters of a token that are kept and shown: its beginning. What follows has 200 bits and more. */
export const TOKEN_PREFIX_CHARACTERS = TOKEN_START.length + 6;

/** How long a token works when nothing else is asked for, and at most, days. */
export const TOKEN_DAYS = 90;
export const TOKEN_DAYS_AT_MOST = 365;

/** Everything these scopes allow; a name that is not known allows nothing. */
export function scopesIncluded(names: readonly string[]): ReadonlySet<TokenScope> {
  return new Set(names.flatMap((name) => (Object.hasOwn(tokenScopes, name) ? tokenScopes[name as TokenScope].includes : [])));
}
