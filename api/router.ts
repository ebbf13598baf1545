import Router from '@koa/router';
import type { Context } from 'koa';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { ApiError } from './apiError.ts';
import { actorOf, type Audited } from './audited.ts';
import type { Principal } from './auth/principal.ts';
import type { RouteContract } from './contracts/contract.ts';
import { type Contracts, contracts, type RouteKey } from './contracts/index.ts';
import { mayChangeAnything } from './policies/sitePolicy.ts';
import { readBody } from './readBody.ts';

type Parsed<C, K extends 'params' | 'query'> = C extends Record<K, infer S> ? (S extends z.ZodType ? z.output<S> : undefined) : undefined;
type ParsedBody<C> = C extends { readonly body: infer S } ? (S extends z.ZodType ? z.output<S> : S extends 'binary' ? Readable : undefined) : undefined;
type Answer<C> = C extends { readonly response: infer S } ? (S extends z.ZodType ? z.input<S> : void) : never;

export interface Call<K extends RouteKey> {
  readonly params: Parsed<Contracts[K], 'params'>;
  readonly query: Parsed<Contracts[K], 'query'>;
  readonly body: ParsedBody<Contracts[K]>;
  /** Who calls. */
  readonly who: Principal;
  /** Adds to the line of the audit log what the request's address does not say. */
  readonly note: (detail: Readonly<Record<string, unknown>>) => void;
  readonly ctx: Context;
}

/** One handler per contract; a missing or a surplus one does not compile. */
export type Handlers = { readonly [K in RouteKey]: (this: void, call: Call<K>) => Promise<Answer<Contracts[K]>> };

export interface RouterOptions {
  /** The caller, or null when nobody is signed in. */
  readonly principalOf: (ctx: Context) => Promise<Principal | null>;
  /** Answers are checked against their contract; a fault is an error outside production and logged within. */
  readonly onWrongAnswer: (key: string, error: Error) => void;
  /** Refuses what would change an archived site; the handlers refuse whoever may not see it. */
  readonly assertSiteTaken: (site: string, who: Principal) => Promise<void>;
  /** Runs what the audit log tells of. */
  readonly audited: Audited;
}

const MAX_JSON_BYTES = 1024 * 1024;

/** Binds every contract to its handler: who may call, what comes in, what goes out. */
export function createRouter(handlers: Handlers, options: RouterOptions): Router {
  // What stands in front of the routes looks at the path as it is written, so that no other spelling may reach one.
  const router = new Router({ sensitive: true });
  for (const key of Object.keys(contracts) as RouteKey[]) {
    const contract: RouteContract = contracts[key];
    const [method = '', path = ''] = key.split(' ');
    const handler = handlers[key] as (this: void, call: unknown) => Promise<unknown>;
    router.register(path, [method], async (ctx: Context) => {
      const who = await options.principalOf(ctx);
      if (who === null && contract.access === 'signedIn') throw new ApiError('unauthenticated', 'Sign in first.');
      if (who !== null && method !== 'GET' && !mayChangeAnything(who)) throw new ApiError('forbidden', 'This token is for reading only.');
      const given = {
        params: parse(contract.params, ctx['params'], 'params'),
        query: parse(contract.query, { ...ctx.query }, 'query'),
        body: contract.body === 'binary' ? ctx.req : contract.body === undefined ? undefined : parse(contract.body, await readJson(ctx), 'body'),
        who,
        ctx,
      };
      const work = async (note: Call<RouteKey>['note']): Promise<unknown> => {
        const site: unknown = (given.params as Record<string, unknown> | undefined)?.['site'];
        if (method !== 'GET' && contract.takesArchived !== true && who !== null && typeof site === 'string') await options.assertSiteTaken(site, who);
        return handler({ ...given, note });
      };
      const answer = contract.audit === undefined || who === null ? await work(() => undefined) : await options.audited({ action: contract.audit, actor: actorOf(who), ctx, asked: { route: key, who, body: typeof contract.body === 'object' ? given.body : undefined } }, work);
      if (typeof contract.response === 'string') return;
      ctx.status = contract.status;
      ctx.body = present(key, contract.response, answer, options.onWrongAnswer);
    });
  }
  return router;
}

function parse(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  const faults = parsed.success ? unstorable(parsed.data) : parsed.error.issues;
  if (parsed.success && faults.length === 0) return parsed.data;
  const issues = faults.map((fault) => ({ path: [where, ...fault.path].map(String).join('.'), message: fault.message }));
  throw new ApiError('validation', `The request is not right: ${issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`, issues);
}

/** Levels a value may have; nobody's content has half as many, and a deeper one would overflow who reads it. */
const MAX_DEPTH = 32;

/** Postgres stores neither NUL nor half a character, in a text or in a key: what holds one is wrong wherever it stands. */
function unstorable(value: unknown, path: readonly string[] = []): { path: readonly string[]; message: string }[] {
  if (typeof value === 'string') return textFaults(value, path);
  if (typeof value !== 'object' || value === null) return [];
  if (path.length === MAX_DEPTH) return [{ path, message: `must not have more than ${MAX_DEPTH} levels` }];
  return Object.entries(value).flatMap(([key, inner]) => [...textFaults(key, [...path, '(a key)']), ...unstorable(inner, [...path, key])]);
}

function textFaults(text: string, path: readonly string[]): { path: readonly string[]; message: string }[] {
  if (text.includes('\0')) return [{ path, message: 'must not hold a NUL character' }];
  return /\p{Surrogate}/u.test(text) ? [{ path, message: 'must not hold half a character (a lone surrogate)' }] : [];
}

function present(key: string, schema: z.ZodType, answer: unknown, onWrongAnswer: RouterOptions['onWrongAnswer']): unknown {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  onWrongAnswer(key, parsed.error);
  return answer;
}

async function readJson(ctx: Context): Promise<unknown> {
  if (ctx.request.is('application/json') !== 'application/json') throw new ApiError('validation', 'Send the body as application/json.', [{ path: 'body', message: 'Content-Type is not application/json' }]);
  const body = await readBody(ctx.req, MAX_JSON_BYTES);
  if (body === null) throw new ApiError('tooLarge', 'The body is larger than 1 MiB.');
  const text = decodeUtf8(body);
  if (text === null) throw new ApiError('validation', 'The body is not in UTF-8.', [{ path: 'body', message: 'not UTF-8' }]);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError('validation', 'The body is not JSON.', [{ path: 'body', message: 'not JSON' }]);
  }
}

/** Null for what is no UTF-8: read leniently, it would become question marks in somebody's text. */
function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
