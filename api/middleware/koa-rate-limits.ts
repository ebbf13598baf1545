import ipaddr from 'ipaddr.js';
import type { Context, Middleware } from 'koa';
import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../apiError.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { ApiDeps } from '../deps.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Times something may be asked in so many seconds, by an address or by a person. Those that end in rows of the database for
 * whoever asks are counted there, for all processes of the API; the others keep one process alive and are counted in it.
 */
export const rateLimits = {
  signIn: { points: 60, seconds: 60, isShared: true },
  signInAnswer: { points: 60, seconds: 60, isShared: true },
  wrongToken: { points: 30, seconds: 300, isShared: false },
  webhook: { points: 3_000, seconds: 60, isShared: false },
  change: { points: 600, seconds: 60, isShared: false },
  search: { points: 300, seconds: 60, isShared: false },
} as const;

type Limit = keyof typeof rateLimits;

/** What an address counts as: an IPv6 one as its network, since whoever has one address there has all of them. */
export function addressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  return address.kind() === 'ipv4' ? address.toString() : `${(address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64`;
}

export interface RateLimitOptions {
  readonly authentication: Authentication;
  readonly isWebhook: (path: string) => boolean;
}

/** Answers 429 to what is asked too often. The checks of health and what only reads are never counted, but for searches. */
export function createRateLimits({ db, config, log }: Pick<ApiDeps, 'db' | 'config' | 'log'>, { authentication, isWebhook }: RateLimitOptions): { readonly byAddress: Middleware; readonly byPerson: Middleware } {
  if (config.rateLimitPercent === 0) {
    const all: Middleware = (_ctx, next) => next();
    return { byAddress: all, byPerson: all };
  }
  const limiters = new Map<Limit, RateLimiterAbstract>();
  for (const [name, { points, seconds, isShared }] of Object.entries(rateLimits) as [Limit, (typeof rateLimits)[Limit]][]) {
    const options = { keyPrefix: name, points: Math.max(1, Math.round((points * config.rateLimitPercent) / 100)), duration: seconds };
    const inMemory = new RateLimiterMemory(options);
    // A database that is away is no reason to let everything through, nor to let nobody in.
    limiters.set(name, isShared ? new RateLimiterPostgres({ ...options, storeClient: db, storeType: 'knex', tableName: 'rate_limits', tableCreated: true, inMemoryBlockOnConsumed: options.points + 1, insuranceLimiter: inMemory }) : inMemory);
  }
  const limiterOf = (name: Limit): RateLimiterAbstract => limiters.get(name) as RateLimiterAbstract;

  function refuse(ctx: Context, name: Limit, msBeforeNext: number, key: string): never {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    ctx.set('retry-after', String(seconds));
    log.warn({ limit: name, key, ip: ctx.ip }, 'Something was asked too often');
    throw new ApiError('tooManyRequests', `This was asked too often. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`);
  }

  async function count(ctx: Context, name: Limit, key: string): Promise<void> {
    try {
      await limiterOf(name).consume(key);
    } catch (error) {
      if (error instanceof RateLimiterRes) refuse(ctx, name, error.msBeforeNext, key);
      throw error;
    }
  }

  const byAddress: Middleware = async (ctx, next) => {
    const key = addressKey(ctx.ip);
    if (ctx.path.startsWith('/health/')) return next();
    if (isSignIn(ctx)) await count(ctx, SAFE.has(ctx.method) ? 'signIn' : 'signInAnswer', key);
    else if (!SAFE.has(ctx.method) && isWebhook(ctx.path)) await count(ctx, 'webhook', key);
    if (ctx.get('authorization') === '') return next();
    const known = await limiterOf('wrongToken').get(key);
    if (known !== null && known.remainingPoints <= 0) refuse(ctx, 'wrongToken', known.msBeforeNext, key);
    try {
      await next();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthenticated') await limiterOf('wrongToken').penalty(key);
      throw error;
    }
    // The existing system’s API answers both who is unknown and who may not with 403.
    if (ctx.status === 403 && (await authentication.principalOf(ctx)) === null) await limiterOf('wrongToken').penalty(key);
  };

  const byPerson: Middleware = async (ctx, next) => {
    const isChange = !SAFE.has(ctx.method) && ctx.path.startsWith('/api/v1/');
    const isSearch = SAFE.has(ctx.method) && ctx.path.startsWith('/api/') && (ctx.query['search'] ?? '') !== '';
    if (!isChange && !isSearch) return next();
    const who = await authentication.principalOf(ctx);
    await count(ctx, isChange ? 'change' : 'search', who === null ? addressKey(ctx.ip) : (who.userId ?? `token ${who.name}`));
    return next();
  };

  return { byAddress, byPerson };
}

/** What begins or ends a sign-in; leaving is not counted. */
function isSignIn(ctx: Context): boolean {
  return /^\/(?:auth|saml)\//i.test(ctx.path) && !/\/(?:metadata|logout|slo)\b/i.test(ctx.path);
}
