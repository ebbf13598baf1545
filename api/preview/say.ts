import type { Context } from 'koa';

/** Answers a sentence in place of a page. */
export function say(ctx: Context, status: number, sentence: string): void {
  ctx.status = status;
  ctx.set('content-type', 'text/plain; charset=utf-8');
  ctx.body = `${sentence}\n`;
}
