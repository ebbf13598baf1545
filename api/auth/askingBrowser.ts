import type { Context } from 'koa';
import { SignInRefused } from './signInRefused.ts';
import { hashToken, newToken } from './tokens.ts';

/**
 * Binds a sign-in service's answer to the browser that asked, so that nobody is signed in to somebody else's account by a link or a form of
 * theirs. One cookie serves all tabs of a browser, so that each of them may be answered; of what it holds only a hash is stored.
 * @param cookie.sameSite `none` where the answer is posted by a page of another site: a browser takes and sends such a cookie over https alone.
 */
export function createAskingBrowser(cookie: { readonly name: string; readonly isHttps: boolean; readonly sameSite: 'lax' | 'none'; readonly lifeMs: number }) {
  const { isHttps, sameSite, lifeMs } = cookie;
  const name = isHttps ? `__Host-${cookie.name}` : cookie.name;
  return {
    /** The hash of this browser's cookie, which it gets when it has none. */
    remember(ctx: Context): string {
      const known = ctx.cookies.get(name);
      const value = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newToken();
      // A proxy speaks plain http to us, so what the connection says is not asked.
      ctx.cookies.secure = isHttps;
      ctx.cookies.set(name, value, { httpOnly: true, sameSite, secure: isHttps, path: '/', overwrite: true, signed: false, maxAge: lifeMs });
      return hashToken(value);
    },

    /**
     * The hash of this browser's cookie.
     * @throws {SignInRefused} when it has none, so asked for nothing.
     */
    hashOf(ctx: Context): string {
      const known = ctx.cookies.get(name);
      if (known === undefined) throw new SignInRefused('refused', 'The answer came to a browser that did not ask');
      return hashToken(known);
    },
  };
}
