import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { ApiError } from '../apiError.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { ApiDeps } from '../deps.ts';
import { readBody } from '../readBody.ts';
import { admit, type CompatCaller } from './access.ts';
import { type CompatContract, compatContracts, type CompatKey } from './compatContracts.ts';
import { CompatError, notFound } from './CompatError.ts';

export interface CompatCall extends CompatCaller {
  readonly ctx: Context;
  readonly params: Readonly<Record<string, string>>;
  /** The value of a parameter of the query; of several the last, as the existing system takes it. */
  readonly query: (name: string) => string | undefined;
}

/** What a route answers. `undefined` means that it has answered by itself, such as with a redirect. */
export type CompatHandler = (call: CompatCall) => Promise<unknown>;
export type CompatHandlers = Readonly<Record<CompatKey, CompatHandler>>;

export interface CompatRouterOptions {
  readonly authentication: Authentication;
  readonly onWrongAnswer: (key: string, error: Error) => void;
}

const MAX_JSON_BYTES = 1024 * 1024;
/** Levels a webhook’s message may have; a push or a job has ten. */
const MAX_DEPTH = 64;

/** Binds every contract of the existing system to its handler. Paths end in a slash, and only the exact path matches. */
export function createCompatRouter(deps: Pick<ApiDeps, 'config' | 'log'>, handlers: CompatHandlers, options: CompatRouterOptions): Router {
  const router = new Router({ strict: true, sensitive: true });
  for (const key of Object.keys(compatContracts) as CompatKey[]) {
    const contract: CompatContract = compatContracts[key];
    const [method = '', path = ''] = key.split(' ');
    router.register(path, [method], async (ctx: Context) => {
      await answering(ctx, async () => {
        const caller = await admit(ctx, contract.access, { authentication: options.authentication, sharedToken: deps.config.apiBearerToken });
        const answer = await handlers[key]({ ctx, ...caller, params: ctx['params'] as Record<string, string>, query: (name) => [ctx.query[name]].flat().at(-1) });
        if (answer === undefined && contract.response !== null) return;
        ctx.status = contract.status;
        ctx.body = contract.response === null ? '' : answer;
        const parsed = contract.response?.safeParse(answer);
        if (parsed?.success === false) options.onWrongAnswer(key, parsed.error);
      });
    });
  }
  return router;
}

/** Answers what is asked of a known path in a way it does not know, before anything else looks at it. */
export function koaCompatMethods(router: Router): Middleware {
  return async (ctx, next) => {
    const { path, pathAndMethod } = router.match(ctx.path, ctx.method);
    if (path.length === 0 || pathAndMethod.length > 0 || ctx.method === 'OPTIONS') return next();
    ctx.set('allow', [...new Set(path.flatMap((layer) => layer.methods))].join(', '));
    await answering(ctx, () => Promise.reject(new CompatError(405, `Method "${ctx.method}" not allowed.`)));
  };
}

async function answering(ctx: Context, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known = error instanceof CompatError ? error : error instanceof ApiError && error.code === 'notFound' ? notFound() : undefined;
    if (known === undefined) throw error;
    ctx.status = known.status;
    ctx.body = known.body;
  }
}

/**
 * The body as it was sent.
 * @throws {CompatError} 413 when it is larger than `maxBytes`.
 */
export async function readRawBody(ctx: Context, maxBytes: number = MAX_JSON_BYTES): Promise<Buffer> {
  const body = await readBody(ctx.req, maxBytes);
  if (body === null) throw new CompatError(413, `The body is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB.`);
  return body;
}

/**
 * A parameter of the query that is looked for in the database, which knows no NUL.
 * @throws {CompatError} 400 when it holds one.
 */
export function searchable(call: Pick<CompatCall, 'query'>, name: string): string | undefined {
  const value = call.query(name);
  if (value?.includes('\0') === true) throw new CompatError(400, { [name]: ['Null characters are not allowed.'] });
  return value;
}

/**
 * The object a body holds as JSON, whatever its content type says: SNS sends text/plain.
 * @throws {CompatError} 400 when it holds none.
 */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new CompatError(400, `JSON parse error - ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CompatError(400, 'The body must be a JSON object.');
  if (isDeeper(value, MAX_DEPTH)) throw new CompatError(400, `The body has more than ${MAX_DEPTH} levels.`);
  return value as Record<string, unknown>;
}

function isDeeper(value: unknown, levels: number): boolean {
  return typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
}
