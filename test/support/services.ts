/**
 * Global set-up of the tests: one Postgres and one S3 server for all test files of a run, each started when the first
 * file asks for it and ended with the run. Files get their own database and their own buckets; see `postgres.ts` and `buckets.ts`.
 */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from './onlyParts.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the server that starts the services. */
    services: string;
  }
}

type Running = Awaited<ReturnType<typeof startStack>>;

/** What a test file learns of a service. */
export interface Service {
  /** Of the migrated database no test may write to: it is the template of theirs. */
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
  readonly s3AccessKey: string;
  readonly s3SecretKey: string;
}

/** The environment without what would replace a part by somebody's real one. */
function withoutReplacements(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'AWS_ENDPOINT_URL_S3', 'STUDIO_HOME']) delete env[name];
  return env;
}

async function startService(part: 'postgres' | 's3'): Promise<{ home: string; stack: Running }> {
  const tool = (name: string): string => process.env[name] ?? '';
  if (part === 's3' && tool('VERSITYGW_BIN') === '') throw new Error('VERSITYGW_BIN must name the S3 server; `npm test -- <file>` fetches it and sets the variable.');
  const tools = { hugoBin: tool('HUGO_BIN'), temporalCli: tool('TEMPORAL_CLI'), temporalTestServer: tool('TEMPORAL_TEST_SERVER'), versitygwBin: tool('VERSITYGW_BIN') };
  const home = mkdtempSync(join(tmpdir(), `ocw-test-${part}-`));
  try {
    return { home, stack: await startStack({ home, tools, env: withoutReplacements(), parts: onlyParts(part), ephemeralPorts: true }) };
  } catch (error) {
    removeHome(home);
    throw error;
  }
}

/** Called by vitest once per run; what it returns ends the services. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The SDK's version is pinned while it runs on Node 20; every test file would hear that later ones will not.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const started = new Map<string, ReturnType<typeof startService>>();
  const server = createServer((request, response) => {
    const part = request.url === '/postgres' ? 'postgres' : 's3';
    let service = started.get(part);
    if (service === undefined) started.set(part, (service = startService(part)));
    service.then(
      ({ stack: { stack } }) => response.end(JSON.stringify({ databaseUrl: stack.databaseUrl, s3Endpoint: stack.s3Endpoint ?? '', s3AccessKey: stack.s3AccessKey ?? '', s3SecretKey: stack.s3SecretKey ?? '' } satisfies Service)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server of the services has no port');
  project.provide('services', `http://127.0.0.1:${address.port}`);

  return async () => {
    server.close();
    server.closeAllConnections();
    for (const service of started.values()) {
      const running = await service.catch(() => undefined);
      if (running === undefined) continue;
      await running.stack.stop();
      removeHome(running.home);
    }
  };
}
