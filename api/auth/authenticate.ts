import type { Context } from 'koa';
import { announceRights } from '#db/changes.ts';
import { useApiToken } from '#db/queries/apiTokens.ts';
import { listGrantsOf } from '#db/queries/roleGrants.ts';
import { deleteSessionByToken, insertSession, resumeOwnSession, type SentFrom, type SessionRow, type SignInProvider, useSession } from '#db/queries/sessions.ts';
import { findUser, type UserRow } from '#db/queries/users.ts';
import { scopesIncluded } from '#domain/tokenScopes.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import type { GlobalRole, Principal, SiteRole } from './principal.ts';
import { hashToken, newToken } from './tokens.ts';

const GLOBAL: readonly string[] = ['global_admin', 'global_author'];

/** What a tab asks by itself as long as it is open: a stream that opens itself again and again, and who else edits an item. */
const UNATTENDED = /^\/api\/v1\/(?:events|sites\/[^/]+\/items\/[^/]+\/presence)$/;

/** How long an admin acts as somebody else at most, milliseconds. */
const IMPERSONATION_MS = 60 * 60_000;

/** Characters of a browser's name that are kept. */
const USER_AGENT_CHARACTERS = 300;

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

  const sentFrom = (ctx: Context): SentFrom => ({ userAgent: ctx.get('user-agent').slice(0, USER_AGENT_CHARACTERS) || null, ip: ctx.ip || null });

  async function ofPerson(user: UserRow, session: SessionRow): Promise<Principal | null> {
    const [grants, admin] = await Promise.all([listGrantsOf(db, user.id), session.impersonatorId === null ? undefined : findUser(db, session.impersonatorId)]);
    const globalRoles = new Set(grants.map((grant) => grant.role).filter((role): role is GlobalRole => GLOBAL.includes(role)));
    // Who became an admin meanwhile is nobody's to act for.
    if (session.impersonatorId !== null && (admin === undefined || globalRoles.has('global_admin'))) return null;
    return {
      kind: 'person',
      userId: user.id,
      name: user.name,
      email: user.email,
      globalRoles,
      siteRoles: new Map(grants.flatMap((grant) => (grant.siteId === null ? [] : [[grant.siteId, grant.role as SiteRole] as const]))),
      sessionId: session.id,
      sessionEndsAt: session.expiresAt,
      impersonator: admin === undefined ? null : { userId: admin.id, name: admin.name },
      reach: null,
    };
  }

  async function ofToken(given: string): Promise<Principal | null> {
    const token = await useApiToken(db, hashToken(given));
    if (token === undefined) return null;
    const { scopes, siteIds } = token;
    return {
      kind: 'token',
      userId: null,
      name: token.name,
      email: null,
      // A token with scopes has no role: what asks for a role and not for a scope stays closed to it.
      globalRoles: new Set(scopes === null ? token.roles.filter((role): role is GlobalRole => GLOBAL.includes(role)) : []),
      siteRoles: new Map(),
      sessionId: null,
      sessionEndsAt: null,
      impersonator: null,
      reach: scopes === null ? null : { scopes: scopesIncluded(scopes), sites: siteIds === null ? null : new Set(siteIds) },
    };
  }

  async function read(ctx: Context, isUse: boolean): Promise<Principal | null> {
    const header = ctx.get('authorization');
    if (header !== '') {
      const [, given] = /^Bearer (\S+)$/i.exec(header) ?? [];
      return given === undefined ? null : ofToken(given);
    }
    const cookie = ctx.cookies.get(cookieName);
    if (cookie === undefined) return null;
    const session = await useSession(db, hashToken(cookie), config.sessionIdleHours, isUse ? sentFrom(ctx) : null);
    const user = session === undefined ? undefined : await findUser(db, session.userId);
    return user === undefined || session === undefined ? null : ofPerson(user, session);
  }

  return {
    cookieName,
    /** Who sends this request, or null. Asked once per request. */
    async principalOf(ctx: Context): Promise<Principal | null> {
      const known = cached.get(ctx);
      if (known !== undefined) return known;
      // What a tab does by itself is nobody at work.
      const found = await read(ctx, !UNATTENDED.test(ctx.path));
      cached.set(ctx, found);
      return found;
    },
    /** Who sends this request by now, looked up anew; that an answer is still being sent keeps no session alive. */
    principalNow: (ctx: Context): Promise<Principal | null> => read(ctx, false),
    /** Begins a session with a token of its own and sets its cookie; the session this browser had before ends. */
    async begin(ctx: Context, userId: string, by: { readonly provider: SignInProvider; readonly nameId: string | null; readonly sessionIndex: string | null; readonly detail: Readonly<Record<string, string>> }): Promise<void> {
      const before = ctx.cookies.get(cookieName);
      const endedOf = before === undefined ? undefined : await deleteSessionByToken(db, hashToken(before));
      if (endedOf !== undefined) await announceRights(db, endedOf);
      const token = newToken();
      const { provider, nameId, sessionIndex } = by;
      await insertSession(db, { tokenHash: hashToken(token), userId, expiresAt: new Date(Date.now() + config.sessionMaxHours * 3_600_000), provider, nameId, sessionIndex, providerSession: by.detail, from: sentFrom(ctx) });
      setCookie(ctx, token, config.sessionMaxHours * 3_600_000);
    },
    /** Lets an admin act as this person, in a session of its own that ends within the hour and with the admin's. @returns when. */
    async beginImpersonation(ctx: Context, admin: Principal, userId: string): Promise<Date> {
      if (admin.userId === null || admin.sessionId === null || admin.sessionEndsAt === null) throw new ApiError('forbidden', 'Only who is signed in may act as somebody else.');
      const token = newToken();
      const expiresAt = new Date(Math.min(Date.now() + IMPERSONATION_MS, admin.sessionEndsAt.getTime()));
      await insertSession(db, { tokenHash: hashToken(token), userId, expiresAt, nameId: null, sessionIndex: null, from: sentFrom(ctx), impersonator: { userId: admin.userId, sessionId: admin.sessionId } });
      setCookie(ctx, token, Math.max(0, expiresAt.getTime() - Date.now()));
      return expiresAt;
    },
    /** Ends acting as somebody else. @returns whether the admin is signed in by now. */
    async endImpersonation(ctx: Context, sessionId: string): Promise<boolean> {
      const token = newToken();
      const endsAt = await db.transaction((trx) => resumeOwnSession(trx, sessionId, hashToken(token)));
      setCookie(ctx, endsAt === undefined ? '' : token, endsAt === undefined ? 0 : Math.max(0, endsAt.getTime() - Date.now()));
      return endsAt !== undefined;
    },
    clearCookie(ctx: Context): void {
      setCookie(ctx, '', 0);
    },
  };
}
