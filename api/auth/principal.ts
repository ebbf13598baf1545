import type { TokenScope } from '#domain/tokenScopes.ts';

/** Who calls: a signed-in person or a machine with a token. */
export interface Principal {
  readonly kind: 'person' | 'token';
  /** Null for a token. */
  readonly userId: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly globalRoles: ReadonlySet<GlobalRole>;
  /** Role per site id. */
  readonly siteRoles: ReadonlyMap<string, SiteRole>;
  /** The session to end at sign-out; null for a token. */
  readonly sessionId: string | null;
  /** When that session ends at the latest; null for a token. */
  readonly sessionEndsAt: Date | null;
  /** The admin who acts in this person's name, or null. */
  readonly impersonator: { readonly userId: string; readonly name: string } | null;
  /** What a token with scopes may, which has no roles; null for people, and for the token of the configuration, which has. */
  readonly reach: Reach | null;
}

export interface Reach {
  readonly scopes: ReadonlySet<TokenScope>;
  /** Ids of the only sites it is for; null for all. */
  readonly sites: ReadonlySet<string> | null;
}

export type GlobalRole = 'global_admin' | 'global_author';
export type SiteRole = 'owner' | 'admin' | 'editor';
