import type { Middleware } from 'koa';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names in each answer of the API the web app that goes with it, by the address of its first script, which has a hash of its text: a page that was loaded from an older one learns of it. */
export function koaAppVersion(webDir: string): Middleware {
  const shell = join(webDir, 'index.html');
  const [, script] = (existsSync(shell) && /<script type="module"[^>]* src="([^"]+)"/.exec(readFileSync(shell, 'utf8'))) || [];
  return async (ctx, next) => {
    if (script !== undefined && ctx.path.startsWith('/api/')) ctx.set('studio-app', script);
    await next();
  };
}
