import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import pino from 'pino';
import type { Principal } from '#api/auth/principal.ts';
import { koaErrorHandler } from '#api/middleware/koa-error-handler.ts';
import { createRouter, type Handlers } from '#api/router.ts';

export const TOKEN = 'a-good-token';

const operator: Principal = { kind: 'token', userId: null, name: 'command line', email: null, globalRoles: new Set(['global_admin']), siteRoles: new Map(), sessionId: null, sessionEndsAt: null, impersonator: null, reach: null };

/** A route a test says nothing about is a fault of the test, not an answer. */
const unexpected: ProxyHandler<Partial<Handlers>> = {
  get: (handlers, key): unknown =>
    Reflect.get(handlers, key) ??
    (() => {
      throw new Error(`The test has no handler for ${String(key)}`);
    }),
};

/**
 * The API's real router, contracts and errors over HTTP, with the handlers a test gives: what comes in is validated by the
 * contract and so is what goes out.
 */
export async function startApi(handlers: Partial<Handlers>) {
  const asked: string[] = [];
  const app = new Koa();
  app.use(koaErrorHandler({ log: pino({ level: 'silent' }) }));
  app.use((ctx, next) => {
    asked.push(`${ctx.method} ${ctx.url}`);
    return next();
  });
  app.use(
    createRouter(new Proxy(handlers, unexpected) as Handlers, {
      principalOf: async (ctx) => (ctx.get('authorization') === `Bearer ${TOKEN}` ? operator : null),
      onWrongAnswer: (_key, error) => {
        throw error;
      },
      assertSiteTaken: async () => undefined,
      // What is written down is the API’s own business.
      audited: (_request, work) => work(() => undefined),
    }).routes(),
  );
  const handle = app.callback();
  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Every request line that came in. */
    asked,
    stop,
    startAgain: () => listen(port),
  };
}

export type StartedApi = Awaited<ReturnType<typeof startApi>>;
