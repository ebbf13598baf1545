import type { Context } from 'koa';
import { useApiToken } from '#db/queries/apiTokens.ts';
import { listGrantsOf } from '#db/queries/roleGrants.ts';
import { insertSession, type SignInProvider, useSession } from '#db/queries/sessions.ts';
import { findUser, type UserRow } from '#db/queries/users.ts';
import type { ApiDeps } from '../deps.ts';
import type { GlobalRole, Principal, SiteRole } from './principal.ts';
import { hashToken, newToken } from './tokens.ts';

const GLOBAL: readonly string[] = ['global_admin', 'global_author'];

const EVENTS_PATH = '/api/v1/events';

const cached = new WeakMap<Context, Principal | null>();

export type Authentication = ReturnType<typeof createAuthentication>;

/** Cookies and tokens to principals, and back. */
export function createAuthentication({ db, config }: Pick<ApiDeps, 'db' | 'config'>) {
  const isHttps = config.studioBaseUrl.startsWith('https:');
  const cookieName = isHttps ? '__Host-studio_session' : 'studio_session';
  const cookieOptions = { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/', overwrite: true, signed: false } as const;

  function setCookie(ctx: Context, value: string, maxAgeMs: number): void {
    // Where people use https, a proxy speaks it: that the proxy speaks http to us is no reason to refuse a secure cookie.
    ctx.cookies.secure = isHttps;
    ctx.cookies.set(cookieName, value, { ...cookieOptions, maxAge: maxAgeMs });
  }

  async function ofPerson(user: UserRow, sessionId: string): Promise<Principal> {
    const grants = await listGrantsOf(db, user.id);
    return {
      kind: 'person',
      userId: user.id,
      name: user.name,
      email: user.email,
      globalRoles: new Set(grants.map((grant) => grant.role).filter((role): role is GlobalRole => GLOBAL.includes(role))),
      siteRoles: new Map(grants.flatMap((grant) => (grant.siteId === null ? [] : [[grant.siteId, grant.role as SiteRole] as const]))),
      sessionId,
      impersonator: null,
    };
  }

  async function read(ctx: Context, isUse: boolean): Promise<Principal | null> {
    const header = ctx.get('authorization');
    if (header !== '') {
      const match = /^Bearer (\S+)$/i.exec(header);
      const token = match?.[1] === undefined ? undefined : await useApiToken(db, hashToken(match[1]));
      if (token === undefined) return null;
      return { kind: 'token', userId: null, name: token.name, email: null, globalRoles: new Set(token.roles.filter((role): role is GlobalRole => GLOBAL.includes(role))), siteRoles: new Map(), sessionId: null, impersonator: null };
    }
    const cookie = ctx.cookies.get(cookieName);
    if (cookie === undefined) return null;
    const session = await useSession(db, hashToken(cookie), config.sessionIdleHours, isUse);
    const user = session === undefined ? undefined : await findUser(db, session.userId);
    return user === undefined || session === undefined ? null : ofPerson(user, session.id);
  }

  return {
    cookieName,
    /** Who sends this request, or null. Asked once per request. */
    async principalOf(ctx: Context): Promise<Principal | null> {
      const known = cached.get(ctx);
      if (known !== undefined) return known;
      // A stream that opens itself again and again is nobody at work.
      const found = await read(ctx, ctx.path !== EVENTS_PATH);
      cached.set(ctx, found);
      return found;
    },
    /** Who sends this request by now, looked up anew; that an answer is still being sent keeps no session alive. */
    principalNow: (ctx: Context): Promise<Principal | null> => read(ctx, false),
    /** Begins a session with a token of its own and sets its cookie. */
    async begin(ctx: Context, userId: string, by: { readonly provider: SignInProvider; readonly nameId: string | null; readonly sessionIndex: string | null; readonly detail: Readonly<Record<string, string>> }): Promise<void> {
      const token = newToken();
      const { provider, nameId, sessionIndex } = by;
      await insertSession(db, { tokenHash: hashToken(token), userId, expiresAt: new Date(Date.now() + config.sessionMaxHours * 3_600_000), provider, nameId, sessionIndex, providerSession: by.detail });
      setCookie(ctx, token, config.sessionMaxHours * 3_600_000);
    },
    clearCookie(ctx: Context): void {
      setCookie(ctx, '', 0);
    },
  };
}
