import passport from 'koa-passport';
import type { Context } from 'koa';
import { SignInRefused } from './signInRefused.ts';

export type Passport = InstanceType<typeof passport.KoaPassport>;

/** Our own set of strategies: the package's default one belongs to the whole process. */
export function createPassport(): Passport {
  return new passport.KoaPassport();
}

/**
 * Lets a strategy look at a request. Sessions are ours, so none of passport's is opened.
 * @returns what it vouches for; null when it answered with a redirect.
 * @throws what the strategy found wrong.
 */
export async function askStrategy(strategies: Passport, name: string, ctx: Context, options: object = {}): Promise<object | null> {
  let vouched: object | null = null;
  const ask = strategies.authenticate(name, { ...options, session: false }, (error: unknown, user: unknown, info: unknown) => {
    if (error !== null && error !== undefined) throw error instanceof Error ? error : new Error('The strategy failed', { cause: error });
    if (typeof user !== 'object' || user === null) throw new SignInRefused('refused', messageOf(info) ?? 'The answer signs nobody in');
    vouched = user;
  });
  await ask(ctx, () => Promise.reject(new SignInRefused('refused', 'The answer signs nobody in')));
  return vouched;
}

function messageOf(info: unknown): string | null {
  return typeof info === 'object' && info !== null && 'message' in info && typeof info.message === 'string' ? info.message : null;
}
