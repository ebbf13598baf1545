import type { Middleware } from 'koa';
import { ApiError } from '../apiError.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses unsafe requests that a browser sends from another origin. A request with a bearer token carries no cookie and
 * cannot be forged this way; what is exempt is checked by its signature or its key.
 */
export function koaCrossSite(options: { readonly origin: string; readonly isExempt: (path: string) => boolean }): Middleware {
  return async (ctx, next) => {
    if (SAFE.has(ctx.method) || options.isExempt(ctx.path) || ctx.get('authorization') !== '') return next();
    const site = ctx.get('sec-fetch-site');
    const origin = ctx.get('origin');
    const isOwn = site !== '' ? site === 'same-origin' || site === 'none' : origin === options.origin;
    if (!isOwn || (origin !== '' && origin !== options.origin)) throw new ApiError('crossSite', 'This request came from another site.');
    return next();
  };
}
