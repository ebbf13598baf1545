import type { Context } from 'koa';
import type { ErrorReports } from '#clients/sentry.ts';
import type { Principal } from './auth/principal.ts';

/**
 * Tells of a request that failed in a way nobody expected: where, for which site and run, and our id of whoever sent it. Its address
 * is told as the pattern of its route: what stands in a query or a path is nobody’s business but the log’s.
 */
export function reportRequestErrors(errors: ErrorReports, principalOf: (ctx: Context) => Promise<Principal | null>) {
  return (error: unknown, { requestId, ctx }: { readonly requestId: string; readonly ctx: Context }): void => {
    const pattern: unknown = ctx['_matchedRoute'];
    const params = (ctx['params'] ?? {}) as Readonly<Record<string, string | undefined>>;
    const tags = { request_id: requestId, route: typeof pattern === 'string' ? `${ctx.method} ${pattern}` : ctx.method, site: params['site'], run_id: params['run'] };
    // Who sends a request is known by now, unless that is what failed.
    principalOf(ctx).then(
      (who) => errors.report(error, { tags, userId: who?.userId ?? null }),
      () => errors.report(error, { tags }),
    );
  };
}
