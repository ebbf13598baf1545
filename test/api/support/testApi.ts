import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { createApp } from '#api/app.ts';
import { hashToken, newToken } from '#api/auth/tokens.ts';
import { createChangeFeed } from '#api/changeFeed.ts';
import { contracts, type RouteKey } from '#api/contracts/index.ts';
import type { RouteContract } from '#api/contracts/contract.ts';
import { errorBodySchema } from '#api/contracts/errors.ts';
import { codesOf } from '#api/contracts/codesOf.ts';
import type { ApiDeps } from '#api/deps.ts';
import { createEngine } from '#api/engine.ts';
import { openAnalytics } from '#clients/posthog.ts';
import { createS3 } from '#clients/s3.ts';
import { openErrorReports } from '#clients/sentry.ts';
import { type Config, loadConfig } from '#config/load.ts';
import type { Db } from '#db/knex.ts';
import { upsertApiToken } from '#db/queries/apiTokens.ts';
import { type GrantedRole, grantRole } from '#db/queries/roleGrants.ts';
import { insertSession } from '#db/queries/sessions.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { spKeys } from './keys.ts';

/** A port nobody listens on, so that a part is down at once: the discard service, which no machine here offers. */
export const NOBODY = '127.0.0.1:9';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

/** Who sends a request: headers that carry a session or a token. */
export interface Caller {
  readonly userId: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SendOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON, or as it is when it is a string or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiUnderTest {
  readonly url: string;
  readonly db: Db;
  readonly databaseUrl: string;
  readonly config: Config;
  readonly deps: ApiDeps;
  /** Everything the API logged so far. */
  readonly logged: readonly LogLine[];
  clear(): Promise<void>;
  /** A person with these roles and an open session. */
  person(email: string, grants?: readonly { role: GrantedRole; siteId?: string }[]): Promise<Caller>;
  /** A machine with a token. */
  token(roles?: readonly string[], name?: string): Promise<Caller>;
  /** Calls a route of the contract table; its answer must fit the contract, success or not. */
  call(key: RouteKey, who: Caller | null, options?: SendOptions): Promise<Answer>;
  /** Sends anything anywhere. Redirects are not followed. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
}

export interface ApiOptions {
  /** Over the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
}

/**
 * Starts the API on a free port of loopback, with a database of its own, for the tests of a file.
 * Temporal, S3 and the identity provider are down unless `env` says where they are.
 */
export function useApi(options: ApiOptions = {}): ApiUnderTest {
  let started: Awaited<ReturnType<typeof startApi>> | undefined;
  const opened = (): Awaited<ReturnType<typeof startApi>> => {
    if (started === undefined) throw new Error('The API is there from beforeAll on; use it inside a test or a hook');
    return started;
  };
  beforeAll(async () => {
    started = await startApi(typeof options.env === 'function' ? options.env() : (options.env ?? {}));
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    get url() {
      return opened().url;
    },
    get db() {
      return opened().database.db;
    },
    get databaseUrl() {
      return opened().database.url;
    },
    get config() {
      return opened().deps.config;
    },
    get deps() {
      return opened().deps;
    },
    get logged() {
      return opened().logged;
    },
    clear: () => opened().database.clear(),
    person: (email, grants) => opened().person(email, grants),
    token: (roles, name) => opened().token(roles, name),
    call: (key, who, given) => opened().call(key, who, given),
    send: (method, path, given) => opened().send(method, path, given),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The API with everything it needs; the caller ends it with `stop()`. */
export async function startApi(env: Readonly<Record<string, string>>, shared?: TestDatabase) {
  const own = shared === undefined ? await createDatabase() : undefined;
  const database = shared ?? own;
  if (database === undefined) throw new Error('unreachable: one of the two is there');
  const server = createServer();
  const url = `http://127.0.0.1:${await listen(server)}`;
  const config = loadConfig({
    DATABASE_URL: database.url,
    STUDIO_HOME: tmpdir(),
    STUDIO_BASE_URL: url,
    STUDIO_WEB_DIR: 'test/api/support/no-such-folder',
    TEMPORAL_ADDRESS: NOBODY,
    AWS_ENDPOINT_URL_S3: `http://${NOBODY}`,
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    GIT_CLONE_BASE_URL: 'http://git.localhost',
    // Tests ask more often than anybody; those of the limits switch them on.
    RATE_LIMIT_PERCENT: '0',
    ...env,
  });
  const logged: LogLine[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line) as LogLine) });
  const temporal = createTemporalClient(config);
  const s3 = createS3(config);
  const changes = createChangeFeed(database.url, log);
  const engine = createEngine({ temporal, db: database.db, log, queuePrefix: config.temporalTaskQueuePrefix });
  const errors = await openErrorReports(config, { part: 'api', release: '0.0.0-test', onFault: ({ error, ...fault }) => log.warn({ ...fault, err: error }, 'Sentry was not told of a fault') });
  const analytics = await openAnalytics(config, { onFault: (error) => log.warn({ err: error }, 'PostHog does not take events or tell of flags'), pollMs: 200, batch: 1 });
  const deps: ApiDeps = { config, db: database.db, s3, engine, changes, log, version: '0.0.0-test', errors, analytics };
  const handler = createApp(deps, { spKeys: await spKeys(), strictAnswers: true }).callback();
  server.on('request', (request, response) => void handler(request, response));
  changes.start();

  async function send(method: string, path: string, given: SendOptions = {}): Promise<Answer> {
    const isRaw = typeof given.body === 'string' || given.body instanceof Uint8Array;
    const query = new URLSearchParams(Object.entries(given.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
    const answer = await fetch(`${url}${path}${query.size === 0 ? '' : `?${query.toString()}`}`, {
      method,
      redirect: 'manual',
      headers: { ...(given.body === undefined || isRaw ? {} : { 'content-type': 'application/json' }), ...given.headers },
      ...(given.body === undefined ? {} : { body: isRaw ? (given.body as string) : JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
    return { status: answer.status, headers: answer.headers, text, json: isJson ? (JSON.parse(text) as unknown) : undefined };
  }

  return {
    url,
    database,
    deps,
    logged,
    send,

    async person(email: string, grants: readonly { role: GrantedRole; siteId?: string }[] = []): Promise<Caller> {
      const user = await ensureUserByEmail(database.db, email);
      for (const grant of grants) await grantRole(database.db, user.id, { role: grant.role, siteId: grant.siteId ?? null });
      const token = newToken();
      await insertSession(database.db, { tokenHash: hashToken(token), userId: user.id, expiresAt: new Date(Date.now() + 3_600_000), nameId: null, sessionIndex: null });
      return { userId: user.id, headers: { cookie: `studio_session=${token}`, 'sec-fetch-site': 'same-origin', origin: url } };
    },

    async token(roles: readonly string[] = ['global_admin'], name = 'machine'): Promise<Caller> {
      const token = newToken();
      await upsertApiToken(database.db, { name, tokenHash: hashToken(token), roles });
      return { userId: null, headers: { authorization: `Bearer ${token}` } };
    },

    async call(key: RouteKey, who: Caller | null, given: SendOptions = {}): Promise<Answer> {
      const [method = '', template = ''] = key.split(' ');
      const path = template.replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(given.params?.[name] ?? ''));
      const answer = await send(method, path, { ...given, headers: { ...who?.headers, ...given.headers } });
      assertContract(key, answer);
      return answer;
    },

    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await changes.stop();
      await Promise.all([errors.close(1_000), analytics.close(1_000)]);
      await temporal.connection.close();
      s3.close();
      await own?.drop();
    },
  };
}

/** @throws when an answer is not one the contract of its route names. */
export function assertContract(key: RouteKey, answer: Answer): void {
  const contract: RouteContract = contracts[key];
  if (answer.status >= 400) {
    const { error } = errorBodySchema.strict().parse(answer.json);
    if (!codesOf(key, contract).includes(error.code)) throw new Error(`${key} answered ${error.code} (${error.message}), which its contract does not name`);
    return;
  }
  if (answer.status !== contract.status) throw new Error(`${key} answered ${answer.status} instead of ${contract.status}: ${answer.text}`);
  if (contract.response === 'csv' && answer.headers.get('content-type')?.startsWith('text/csv') !== true) throw new Error(`${key} answered ${answer.headers.get('content-type')} instead of CSV`);
  if (typeof contract.response !== 'string') contract.response.parse(answer.json);
}

/** The code of an answer that is an error. */
export function codeOf(answer: Answer): string {
  return errorBodySchema.parse(answer.json).error.code;
}

/** The sentence of an answer that is an error. */
export function messageOf(answer: Answer): string {
  return errorBodySchema.parse(answer.json).error.message;
}

