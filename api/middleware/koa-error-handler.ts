import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { archivedFaultOf } from '#domain/archivedSites.ts';
import { ApiError } from '../apiError.ts';

export interface ErrorHandlerOptions {
  readonly log: Logger;
  /** Which paths answer in the form of the existing system, `{ detail }`. */
  readonly isCompat?: (path: string) => boolean;
  /** Told of what nobody expected, with the id under which the log has it. */
  readonly onUnexpected?: (error: unknown, about: { readonly requestId: string; readonly ctx: Context }) => void;
  /** Takes secrets out of what is answered. */
  readonly redact?: (text: string) => string;
}

/** Turns what was thrown into `{ error: { code, message, issues? } }`; what nobody expected leaves as `internal` only. */
export function koaErrorHandler({ log, isCompat = () => false, onUnexpected = () => undefined, redact = (text) => text }: ErrorHandlerOptions): Middleware {
  return async (ctx, next) => {
    const requestId = randomUUID();
    ctx.set('x-request-id', requestId);
    try {
      await next();
      if (ctx.path.startsWith('/api/') && ctx.body === undefined && (ctx.status === 404 || ctx.status === 405 || ctx.status === 501)) {
        throw ctx.status === 404 ? new ApiError('notFound', 'There is nothing at this address.') : new ApiError('methodNotAllowed', `${ctx.method} is not possible here.`);
      }
    } catch (error) {
      const archived = archivedFaultOf(error);
      const known = error instanceof ApiError ? error : archived !== undefined ? new ApiError('archived', archived) : isDatabaseAway(error) ? new ApiError('databaseUnavailable', 'The studio’s database does not answer. Try again in a moment.') : undefined;
      if (known === undefined) {
        log.error({ err: error, requestId, method: ctx.method, path: ctx.path }, 'A request failed in a way nobody expected');
        onUnexpected(error, { requestId, ctx });
      }
      const answer = known ?? new ApiError('internal', `Something in the studio is broken. The engineers find it in the log under ${requestId}.`);
      ctx.status = answer.status;
      ctx.body = isCompat(ctx.path) ? { detail: answer.message } : { error: { code: answer.code, message: answer.message, ...(answer.issues === undefined ? {} : { issues: answer.issues }), ...(answer.details === undefined ? {} : { details: answer.details }) } };
    }
    // What says that something failed may quote who failed, and what that quotes is theirs to choose.
    if (ctx.status >= 400 && typeof ctx.body === 'object' && ctx.body !== null && Object.getPrototypeOf(ctx.body) === Object.prototype) ctx.body = JSON.parse(redact(JSON.stringify(ctx.body))) as object;
  };
}

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(ECONNREFUSED|ECONNRESET|57P0[123]|08\d\d\d|53300)$/.test(code) || /Connection terminated|Timeout acquiring a connection/i.test(error.message);
}
