import type { Middleware } from 'koa';
import send from 'koa-send';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Serves the built web app; any page address answers with its shell, hashed assets may be kept for a year. Where the build put a compressed file beside one, that is sent to who reads it. Source maps are for Sentry and stay here. */
export function koaWebApp(webDir: string): Middleware {
  const root = resolve(webDir);
  return async (ctx, next) => {
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || /^\/(api|auth|saml|health)(\/|$)/.test(ctx.path)) return next();
    if (!existsSync(join(root, 'index.html'))) {
      ctx.status = 503;
      ctx.type = 'text/plain';
      ctx.body = 'The web app is not built. Run npm run build:web, then load this page again.\n';
      return;
    }
    // A page's address may end like a file's (a site named 18.06): who asks for HTML gets the page.
    const isAsset = ctx.path.startsWith('/assets/') || (/\.[a-z0-9]+$/i.test(ctx.path) && !ctx.get('accept').includes('text/html'));
    try {
      if (/\.(?:map|br|gz)$/i.test(ctx.path) && isAsset) ctx.throw(404);
      await send(ctx, isAsset ? ctx.path : '/index.html', { root, immutable: ctx.path.startsWith('/assets/'), maxage: ctx.path.startsWith('/assets/') ? 31_536_000_000 : 0 });
    } catch (error) {
      // A missing file, and the refusals of paths that lead outside or cannot be decoded.
      const status = error instanceof Error && 'status' in error ? error.status : undefined;
      if (status !== 404 && status !== 403 && status !== 400) throw error;
      ctx.status = 404;
      ctx.type = 'text/plain';
      ctx.body = 'Not found.\n';
    }
    ctx.vary('accept-encoding');
    if (!isAsset) ctx.set('cache-control', 'no-cache');
  };
}
