import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetBucketCorsCommand, GetBucketVersioningCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { isPortFree } from '#local/stack/ports.mjs';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';

type Running = Awaited<ReturnType<typeof startStack>>;

/** The parts that are other people's programs: enough to see how a stack lives and dies, and quick. */
const parts = onlyParts('postgres', 'temporal', 's3');
const homes: string[] = [];
const stacks: Running[] = [];

async function start(options: Partial<Parameters<typeof startStack>[0]> = {}): Promise<Running> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'ocw-stack-'));
  homes.push(home);
  const stack = await startStack({ parts, ephemeralPorts: true, ...options, home });
  stacks.push(stack);
  return stack;
}

async function query<T extends pg.QueryResultRow>({ stack }: Running, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

function s3Of({ stack }: Running): S3Client {
  const credentials = { accessKeyId: stack.s3AccessKey ?? '', secretAccessKey: stack.s3SecretKey ?? '' };
  return new S3Client({ endpoint: stack.s3Endpoint ?? '', region: 'us-east-1', forcePathStyle: true, credentials });
}

const portOf = (url: string): number => Number(new URL(url).port);

describe('a local stack', () => {
  let first: Running;
  let second: Running;
  beforeAll(async () => {
    // In a folder that only its owner may enter, as mktemp makes it: as root, Postgres must then live elsewhere.
    [first, second] = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all(stacks.map((stack) => stack.stop()));
    for (const home of homes) removeHome(home);
  });

  it('runs beside another one, each with its own data', async () => {
    await query(first, 'CREATE TABLE only_here (id int)');
    expect(await query(first, "SELECT 1 AS found FROM pg_tables WHERE tablename = 'only_here'")).toHaveLength(1);
    expect(await query(second, "SELECT 1 AS found FROM pg_tables WHERE tablename = 'only_here'")).toHaveLength(0);
    expect((await fetch(first.stack.temporalUiUrl ?? '')).status).toBe(200);
    expect((await fetch(second.stack.temporalUiUrl ?? '')).status).toBe(200);
    expect(first.stack.temporalAddress).not.toBe(second.stack.temporalAddress);
  });

  it('is migrated, has its buckets, and says all of it to its owner only', async () => {
    expect(await query(first, "SELECT 1 AS found FROM pg_tables WHERE tablename = 'runs'")).toHaveLength(1);
    const s3 = s3Of(first);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map((bucket) => bucket.Name).sort()).toEqual(Object.values(first.stack.buckets).sort());
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: first.stack.buckets.artifacts }))).Status).toBe('Enabled');
    const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket: first.stack.buckets.storage }));
    expect(CORSRules?.map(({ AllowedOrigins, AllowedMethods }) => [AllowedOrigins, AllowedMethods])).toEqual([[[new URL(first.stack.studioUrl).origin], ['PUT']]]);
    s3.destroy();
    const home = first.env['STUDIO_HOME'] ?? '';
    expect(statSync(join(home, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(Object.keys(first.stack).sort()).toEqual(
      ('apiToken buckets databaseUrl draftSiteUrl githubOrg githubUrl liveSiteUrl mailboxUrl people pids previewUrlTemplate s3AccessKey s3Endpoint ' +
        's3SecretKey samlIdpUrl standIns studioUrl temporalAddress temporalNamespace temporalUiUrl version').split(' '),
    );
  });

  it('keeps what it acknowledged when Postgres, S3 and Temporal are killed and started again', async () => {
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const s3 = s3Of(first);
    await s3.send(new PutObjectCommand({ Bucket: 'ocw-storage', Key: 'a/kept.txt', Body: 'kept', Metadata: { 'site-id': 'one' } }));
    for (const part of ['postgres', 's3', 'temporal']) {
      await first.kill(part);
      expect(first.isRunning(part)).toBe(false);
      await first.startPart(part);
      expect(first.isRunning(part)).toBe(true);
    }
    expect(await query(first, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const object = await s3.send(new GetObjectCommand({ Bucket: 'ocw-storage', Key: 'a/kept.txt' }));
    expect([await object.Body?.transformToString(), object.Metadata]).toEqual(['kept', { 'site-id': 'one' }]);
    s3.destroy();
    expect((await fetch(first.stack.temporalUiUrl ?? '')).status).toBe(200);
  });

  it('refuses a second start in its home with one sentence', async () => {
    await expect(startStack({ home: first.env['STUDIO_HOME'] ?? '', parts, ephemeralPorts: true })).rejects.toThrow(
      `A studio already runs in ${first.env['STUDIO_HOME']} (process ${process.pid}): use that one, end it, or set STUDIO_HOME to another folder.`,
    );
  });

  it('refuses a taken port by its variable and leaves nothing behind', async () => {
    const taken = portOf(second.stack.s3Endpoint ?? '');
    const home = mkdtempSync(join(tmpdir(), 'ocw-stack-'));
    await expect(start({ home, env: { ...process.env, S3_PORT: String(taken) } })).rejects.toThrow(`Port ${taken} (S3_PORT) is taken by another program`);
    expect(existsSync(join(home, 'start.lock'))).toBe(false);
    expect(existsSync(join(home, 'pids.json'))).toBe(false);
  });

  it('ends whole, and starts again on the same ports', async () => {
    const home = second.env['STUDIO_HOME'] ?? '';
    const before = second.stack;
    await second.stop();
    const ports = [portOf(before.databaseUrl), portOf(before.s3Endpoint ?? ''), portOf(`http://${before.temporalAddress}`), portOf(before.temporalUiUrl ?? '')];
    expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true, true, true]);
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
    const again = await start({ home });
    expect({ ...again.stack, pids: {} }).toEqual({ ...before, pids: {} });
  });
});
