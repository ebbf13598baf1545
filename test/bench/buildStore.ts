import { CopyObjectCommand, CreateBucketCommand, GetObjectCommand, ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Studio } from '#test/support/studio.ts';
import { inWindow } from './inWindow.ts';
import { type Row, seconds } from './table.ts';

const WINDOW = 24;

/**
 * Three ways to keep a build so that it can be deployed and rolled back without another: (a) a blob per file, copied by
 * S3; (b) one packed object, unpacked by the worker; (c) only the versions of the web bucket itself.
 */
export async function benchBuildStore(studio: Studio, files: ReadonlyMap<string, Buffer>): Promise<Row[]> {
  const { s3 } = studio;
  const paths = [...files.keys()];
  const body = (path: string): Buffer => files.get(path) ?? Buffer.alloc(0);
  const store = studio.stack.buckets.buildStore;
  const web = studio.stack.buckets.test;
  const versioned = 'bench-versioned';
  await s3.send(new CreateBucketCommand({ Bucket: versioned }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }));

  const putAll = (bucket: string, prefix: string) => inWindow(paths, WINDOW, async (path) => void (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${path}`, Body: body(path) }))));
  const storeA = await seconds(() => putAll(store, 'bench-a'));
  const deployA = await seconds(() => inWindow(paths, WINDOW, async (path) => void (await s3.send(new CopyObjectCommand({ Bucket: web, Key: `bench-a/${path}`, CopySource: encodeURI(`${store}/bench-a/${path}`) })))));

  const packed = Buffer.concat(paths.map(body));
  const storeB = await seconds(() => s3.send(new PutObjectCommand({ Bucket: store, Key: 'bench-b', Body: packed })));
  const deployB = await seconds(async () => {
    await (await s3.send(new GetObjectCommand({ Bucket: store, Key: 'bench-b' }))).Body?.transformToByteArray();
    await putAll(web, 'bench-b');
  });

  const storeC = await seconds(() => putAll(versioned, 'bench-c'));
  await putAll(versioned, 'bench-c');
  const rollbackC = await seconds(async () => {
    const older = new Map<string, string>();
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | null = {};
    while (marker !== null) {
      const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix: 'bench-c/', ...marker }));
      for (const { Key: key, VersionId: version, IsLatest: isLatest } of page.Versions ?? []) if (isLatest !== true && key !== undefined && version !== undefined) older.set(key, version);
      marker = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : null;
    }
    await inWindow([...older], WINDOW, async ([key, version]) => void (await s3.send(new CopyObjectCommand({ Bucket: versioned, Key: key, CopySource: `${encodeURI(`${versioned}/${key}`)}?versionId=${version}` }))));
  });

  const requests = (count: number): string => `${count.toLocaleString('en-US')} requests`;
  return [
    { what: 'build store: first build stored and deployed, (a) blobs', ours: storeA + deployA, peer: '(c) straight into the versioned web bucket', theirs: storeC, note: `${requests(2 * paths.length)} against ${requests(paths.length)}` },
    { what: 'build store: the same, (b) one packed object', ours: storeB + deployB, peer: '(c) straight into the versioned web bucket', theirs: storeC, note: `${requests(2 + paths.length)}, all bytes through the worker` },
    { what: 'build store: roll back every file, (a) blobs', ours: deployA, peer: '(c) copy older versions', theirs: rollbackC, note: requests(paths.length) },
    { what: 'build store: roll back every file, (b) one packed object', ours: deployB, peer: '(c) copy older versions', theirs: rollbackC, note: `${requests(1 + paths.length)}, all bytes through the worker` },
  ];
}
