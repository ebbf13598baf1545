import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { isFinal } from '#domain/runs.ts';
import type { Call, Input, Output, RouteKey } from '#api/contracts/client.ts';
import { createS3Proxy } from '#local/standins/s3Proxy/createS3Proxy.mjs';
import { ROOT } from '#local/setup.mjs';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { chooseAtProvider, postForm } from '../standins/support/samlBrowser.ts';
import { until } from './until.ts';

type StackOptions = NonNullable<Parameters<typeof startStack>[0]>;
export type Run = Output<'GET /api/v1/runs/:run'>;
export type PublishVersion = 'draft' | 'live';

/** How a command of the command line ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An object of a bucket with what readers and purges see of it. */
export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
}

/** One request a stand-in was asked. */
export interface JournalEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Set when the vendor has no such thing. */
  readonly unexpected?: boolean;
  /** The fault it met. */
  readonly fault?: string;
}

export interface StudioOptions {
  readonly parts?: StackOptions['parts'];
  /** Added to the environment of every part. */
  readonly env?: NodeJS.ProcessEnv;
  /** The worker reaches S3 through a proxy whose journal and faults are at `s3Proxy`. */
  readonly proxyS3?: boolean;
  /** The workers' program, in place of the product's own. */
  readonly workerMain?: string;
}

export type Studio = Awaited<ReturnType<typeof startStudio>>;

/** Starts a whole studio in a folder of its own, on free ports, for a test that looks at it from outside. */
export async function startStudio(options: StudioOptions = {}) {
  const home = mkdtempSync(join(tmpdir(), 'ocw-studio-test-'));
  const ends: { part: string; how: string }[] = [];
  const running = await startStack({
    home,
    // A build nobody looks at would take a core from what the test is about; assets that a clock builds in the middle of a test change what the pages after it are made of.
    env: { ...process.env, OFFLINE_AFTER_PUBLISH: 'false', THEME_CHECK_MINUTES: '0', ...options.env },
    ephemeralPorts: true,
    ...(options.workerMain === undefined ? {} : { workerMain: options.workerMain }),
    // Nor one that a test of its own starts.
    parts: { concourse: false, drive: false, youtube: false, wayback: false, mediaConvert: false, threePlay: false, ...options.parts, ...(options.proxyS3 === true ? { worker: false } : {}) },
    onUnexpectedEnd: (part: string, how: string) => void ends.push({ part, how }),
  });
  const { stack } = running;
  const s3Proxy = createS3Proxy({ target: stack.s3Endpoint ?? '' });
  const proxied: { env?: NodeJS.ProcessEnv } = {};
  const addresses: Record<string, string> = { ...stack.standIns };
  if (options.proxyS3 === true) {
    addresses['s3Proxy'] = await s3Proxy.listen();
    proxied.env = { AWS_ENDPOINT_URL_S3: addresses['s3Proxy'] };
    await running.startPart('worker', proxied);
  }
  const s3 = new S3Client({
    endpoint: stack.s3Endpoint ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: stack.s3AccessKey ?? '', secretAccessKey: stack.s3SecretKey ?? '' },
  });
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 3 });
  // A database that a test stops ends idle connections: that is no fault of the test.
  pool.on('error', () => undefined);

  /** Calls the API as whoever these headers say. */
  const callAs = (who: Readonly<Record<string, string>>): Call => async <K extends RouteKey>(key: K, input: Input<K>): Promise<Output<K>> => {
    const [method = 'GET', template = ''] = key.split(' ');
    const given = input as { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };
    const path = template.replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(given.params?.[name] ?? ''));
    const query = new URLSearchParams(Object.entries(given.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
    const answer = await fetch(`${stack.studioUrl}${path}${query.size === 0 ? '' : `?${query.toString()}`}`, {
      method,
      headers: { ...who, ...(given.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${key} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as Output<K>;
  };
  const call = callAs({ authorization: `Bearer ${stack.apiToken}` });

  const addressOf = (standIn: string): string => {
    const address = addresses[standIn];
    if (address === undefined) throw new Error(`There is no stand-in ${standIn}`);
    return address;
  };
  /** Where a repository of the organization is cloned from, with the right to push. */
  const cloneUrl = (repository: string): string => {
    const url = new URL(`${stack.githubUrl ?? ''}/${stack.githubOrg}/${repository}.git`);
    url.username = 'x-access-token';
    url.password = running.env['GIT_TOKEN'] ?? '';
    return url.toString();
  };
  const getRun = (id: string): Promise<Run> => call('GET /api/v1/runs/:run', { params: { run: id } });

  return {
    home,
    running,
    stack,
    s3,
    call,
    getRun,

    /** Signs a person of the stack in, as a browser does, and calls the API as that person. */
    async signIn(person: string): Promise<Call> {
      const provider = await fetch(`${stack.studioUrl}/auth/saml/login?returnTo=/`);
      const { action, fields } = await chooseAtProvider(provider, { person });
      const cookie = (await postForm(action, fields)).headers.getSetCookie().map((each) => each.split(';')[0]).join('; ');
      if (cookie === '') throw new Error(`${person} was not signed in`);
      return callAs({ cookie, origin: new URL(stack.studioUrl).origin });
    },

    /** Parts that ended although nobody told them to. */
    unexpectedEnds: ends as readonly { part: string; how: string }[],

    async query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
      return (await pool.query<T>(sql, values)).rows;
    },

    /** A connection of its own, for a test that holds a lock. */
    connect: (): Promise<pg.PoolClient> => pool.connect(),

    /** Runs the operators' command line as a person would. */
    cli: (...args: readonly string[]): Promise<Ended> =>
      new Promise((resolve) => {
        execFile(process.execPath, ['--import', 'tsx', join(ROOT, 'cli', 'main.ts'), ...args], { cwd: ROOT, env: running.env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
        });
      }),

    /** Runs a command that must succeed and answers its JSON. */
    async cliJson<T>(...args: readonly string[]): Promise<T> {
      const ended = await this.cli(...args, '--json');
      if (ended.code !== 0) throw new Error(`studio ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}${ended.stdout}`);
      return JSON.parse(ended.stdout) as T;
    },

    /** Asks for a publish and waits until the request was taken into a run. */
    async publish(site: string, version: PublishVersion): Promise<Run> {
      const request = await call('POST /api/v1/sites/:site/publishes', { params: { site }, body: { version } });
      return this.runOf(request.id);
    },

    /** The run that took a request. */
    async runOf(requestId: string): Promise<Run> {
      const taken = await until('the request is taken', async () => {
        const request = await call('GET /api/v1/requests/:request', { params: { request: requestId } });
        return request.runId ?? undefined;
      });
      return getRun(taken);
    },

    /** Waits until a run is in one of the states, by default an end or `failed`. */
    untilRun: (id: string, isIt: (run: Run) => boolean = (run) => isFinal(run.state) || run.state === 'failed', withinMs = 180_000): Promise<Run> =>
      until(`run ${id} gets there`, async () => {
        const run = await getRun(id);
        return isIt(run) ? run : undefined;
      }, { withinMs }),

    /** Every object under a prefix, with its content. */
    async objects(bucket: string, prefix = ''): Promise<Map<string, StoredObject>> {
      const found = new Map<string, StoredObject>();
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key: key } of page.Contents ?? []) {
          if (key === undefined) continue;
          const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          found.set(key, {
            body: Buffer.from((await object.Body?.transformToByteArray()) ?? []),
            contentType: object.ContentType,
            metadata: object.Metadata ?? {},
            writtenAt: object.LastModified?.getTime() ?? 0,
          });
        }
      }
      return found;
    },

    /** When each object under a prefix was written, in milliseconds since 1970. */
    async writeTimes(bucket: string, prefix = ''): Promise<Map<string, number>> {
      const found = new Map<string, number>();
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key: key, LastModified: at } of page.Contents ?? []) if (key !== undefined) found.set(key, at?.getTime() ?? 0);
      }
      return found;
    },

    cloneUrl,

    /** First lines of the commits of a branch, newest first. */
    async commitSubjects(repository: string, branch: string): Promise<string[]> {
      const folder = mkdtempSync(join(tmpdir(), 'ocw-log-'));
      try {
        await promisify(execFile)('git', ['clone', '--quiet', '--bare', cloneUrl(repository), folder]);
        const { stdout } = await promisify(execFile)('git', ['-C', folder, 'log', '--format=%s', branch]);
        return stdout.trim().split('\n');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },

    /** The text of a file of a branch, or null when the branch has none. */
    async readFile(repository: string, branch: string, path: string): Promise<string | null> {
      const folder = mkdtempSync(join(tmpdir(), 'ocw-read-'));
      try {
        await promisify(execFile)('git', ['clone', '--quiet', '--bare', cloneUrl(repository), folder]);
        const { stdout } = await promisify(execFile)('git', ['-C', folder, 'ls-tree', '--name-only', branch, path]);
        return stdout.trim() === '' ? null : (await promisify(execFile)('git', ['-C', folder, 'show', `${branch}:${path}`])).stdout;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },

    /** What a stand-in (`github`, `s3Proxy`, …) was asked, oldest first. */
    async journal(standIn: string): Promise<JournalEntry[]> {
      return ((await (await fetch(`${addressOf(standIn)}/_journal`)).json()) as { entries: JournalEntry[] }).entries;
    },

    /** Sets a fault at a stand-in, or clears all of its faults. */
    async fault(standIn: string, wish: Record<string, unknown>): Promise<void> {
      const answer = await fetch(`${addressOf(standIn)}/_control`, { method: 'POST', body: JSON.stringify(wish) });
      if (!answer.ok) throw new Error(`${standIn} did not take the fault: ${answer.status}`);
    },

    /** Kills the worker with -9 and starts another. */
    async killWorker(): Promise<void> {
      await running.kill('worker');
      await running.startPart('worker', proxied);
    },

    /** Starts the worker again, with more of an environment than the others have. */
    async restartWorker(env: NodeJS.ProcessEnv = {}): Promise<void> {
      await running.restart('worker', { env: { ...proxied.env, ...env } });
    },

    /** Ends everything and removes the folder. */
    async stop(): Promise<void> {
      await pool.end();
      s3.destroy();
      await s3Proxy.close();
      await running.stop();
      removeHome(home);
    },
  };
}
