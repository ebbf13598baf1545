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
  /** The admin who acts in this person's name, or null. */
  readonly impersonator: { readonly userId: string; readonly name: string } | null;
}

export type GlobalRole = 'global_admin' | 'global_author';
export type SiteRole = 'owner' | 'admin' | 'editor';
