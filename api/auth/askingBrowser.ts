import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { newToken } from './tokens.ts';

/**
 * Binds a sign-in service's answer to the browser that asked, so that nobody is signed in to somebody else's account by a link or a form of
 * theirs. One cookie serves all tabs of a browser, so that each of them may be answered; of what it holds only a hash is stored.
 * @param cookie.isPosted the answer is posted by a page of another site, with which a browser sends only cookies that say so, and that over
 * https alone. Over plain http, which is for one's own machine, such answers are not bound: `isBound` says so.
 */
export function createAskingBrowser(cookie: { readonly name: string; readonly isHttps: boolean; readonly isPosted: boolean; readonly lifeMs: number }) {
  const { isHttps, isPosted, lifeMs } = cookie;
  const name = isHttps ? `__Host-${cookie.name}` : cookie.name;
  const hash = (value: string): string => createHash('sha256').update(value).digest('hex');
  return {
    isBound: isHttps || !isPosted,

    /** The hash of this browser's cookie, which it gets when it has none. */
    remember(ctx: Context): string {
      const known = ctx.cookies.get(name);
      const value = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newToken();
      // A proxy speaks plain http to us, so what the connection says is not asked.
      ctx.cookies.secure = isHttps;
      ctx.cookies.set(name, value, { httpOnly: true, sameSite: isPosted && isHttps ? 'none' : 'lax', secure: isHttps, path: '/', overwrite: true, signed: false, maxAge: lifeMs });
      return hash(value);
    },

    /** The hash of this browser's cookie; null when it has none, so asked for nothing. */
    hashOf(ctx: Context): string | null {
      const known = ctx.cookies.get(name);
      return known === undefined ? null : hash(known);
    },
  };
}
