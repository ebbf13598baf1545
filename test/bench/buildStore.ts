import { CopyObjectCommand, CreateBucketCommand, GetObjectCommand, ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Studio } from '#test/support/studio.ts';
import type { Bench } from './bench.ts';
import { generatedTree } from './generatedTree.ts';
import { ROUNDS, TREE } from './goals.ts';
import { inTurns } from './inTurns.ts';
import { inWindow } from './inWindow.ts';
import type { Measured } from './measured.ts';
import { seconds } from './seconds.ts';

const WINDOW = 24;
const VERSIONED = 'bench-versioned';

interface Timed {
  store: number;
  deploy: number;
}

/**
 * Three ways to keep a build so that it can be deployed and rolled back without another: (a) a blob per file, copied by
 * S3; (b) one packed object, unpacked by the worker; (c) only the versions of the web bucket itself.
 */
export const buildStoreBench: Bench = {
  measures: ['build-store'],

  async run({ studio }) {
    const files = new Map([...generatedTree(TREE)].map(({ path, body }) => [path, body]));
    await studio.s3.send(new CreateBucketCommand({ Bucket: VERSIONED }));
    await studio.s3.send(new PutBucketVersioningCommand({ Bucket: VERSIONED, VersioningConfiguration: { Status: 'Enabled' } }));
    const rounds: { a: Timed; b: Timed; c: Timed }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await roundOf(studio, round, files));
    const row = (what: string, peer: string, ours: (round: (typeof rounds)[number]) => number, theirs: (round: (typeof rounds)[number]) => number, note: string): Measured => ({
      name: 'build-store',
      row: { what: `build store: ${what}`, peer },
      rounds: rounds.map((round) => ({ ours: ours(round), theirs: theirs(round) })),
      note,
    });
    const requests = (count: number): string => `${count.toLocaleString('en-US')} requests`;
    const straight = '(c) straight into the versioned web bucket';
    return [
      row('first build stored and deployed, (a) blobs', straight, ({ a }) => a.store + a.deploy, ({ c }) => c.store, `${requests(2 * files.size)} against ${requests(files.size)}`),
      row('the same, (b) one packed object', straight, ({ b }) => b.store + b.deploy, ({ c }) => c.store, `${requests(2 + files.size)}, all bytes through the worker`),
      row('roll back every file, (a) blobs', '(c) copy older versions', ({ a }) => a.deploy, ({ c }) => c.deploy, requests(files.size)),
      row('roll back every file, (b) one packed object', '(c) copy older versions', ({ b }) => b.deploy, ({ c }) => c.deploy, `${requests(1 + files.size)}, all bytes through the worker`),
    ];
  },
};

async function roundOf({ s3, stack }: Studio, round: number, files: ReadonlyMap<string, Buffer>): Promise<{ a: Timed; b: Timed; c: Timed }> {
  const paths = [...files.keys()];
  const body = (path: string): Buffer => files.get(path) ?? Buffer.alloc(0);
  const store = stack.buckets['buildStore'];
  const web = stack.buckets['test'];
  const [inA, inB, inC] = [`bench-a-${round}`, `bench-b-${round}`, `bench-c-${round}`];
  const putAll = (bucket: string, prefix: string) => inWindow(paths, WINDOW, async (path) => void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${path}`, Body: body(path) }))));
  const a: Timed = { store: 0, deploy: 0 };
  const b: Timed = { store: 0, deploy: 0 };
  const c: Timed = { store: 0, deploy: 0 };
  await inTurns(round, [
    async () => {
      a.store = await seconds(() => putAll(store, inA));
      a.deploy = await seconds(() => inWindow(paths, WINDOW, async (path) => void (await s3.send(new CopyObjectCommand({ Bucket: web, Key: `${inA}/${path}`, CopySource: encodeURI(`${store}/${inA}/${path}`) })))));
    },
    async () => {
      const packed = Buffer.concat(paths.map(body));
      b.store = await seconds(() => s3.send(new PutObjectCommand({ Bucket: store, Key: inB, Body: packed })));
      b.deploy = await seconds(async () => {
        await (await s3.send(new GetObjectCommand({ Bucket: store, Key: inB }))).Body?.transformToByteArray();
        await putAll(web, inB);
      });
    },
    async () => {
      c.store = await seconds(() => putAll(VERSIONED, inC));
      await putAll(VERSIONED, inC);
      c.deploy = await seconds(async () => {
        const older = new Map<string, string>();
        let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | null = {};
        while (marker !== null) {
          const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand({ Bucket: VERSIONED, Prefix: `${inC}/`, ...marker }));
          for (const { Key: key, VersionId: version, IsLatest: isLatest } of page.Versions ?? []) if (isLatest !== true && key !== undefined && version !== undefined) older.set(key, version);
          marker = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : null;
        }
        await inWindow([...older], WINDOW, async ([key, version]) => void (await s3.send(new CopyObjectCommand({ Bucket: VERSIONED, Key: key, CopySource: `${encodeURI(`${VERSIONED}/${key}`)}?versionId=${version}` }))));
      });
    },
  ]);
  return { a, b, c };
}
