// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, untilReady } from './children.mjs';

/** Buckets whose older versions can be got back: what people see, and what a build reads. */
const VERSIONED = /** @type {const} */ (['artifacts', 'preview', 'publish', 'test']);

/**
 * Starts the S3 server over plain files and makes the buckets.
 * @param {{home: string, binary: string, port: number, accessKey: string, secretKey: string, region: string, buckets: import('./environment.mjs').Buckets, studioUrl: string,
 *   children: import('./children.mjs').Children, signal: AbortSignal, log: (line: string) => void}} options
 * @throws {import('../tools/SetupError.mjs').SetupError} when it does not come up.
 */
export async function startS3(options) {
  const { home, port, signal, log } = options;
  const folder = join(home, 's3');
  const sidecar = join(folder, 'sidecar');
  // Beside each other: the server refuses a versioning folder inside its root and the other way round.
  for (const name of ['objects', 'versions']) mkdirSync(join(folder, name), { recursive: true });
  const probe = () => answers(`http://127.0.0.1:${port}/health`);
  let child = spawnGateway(options, folder, existsSync(sidecar) ? sidecar : null);
  try {
    await untilReady({ child, probe, seconds: 30, signal });
  } catch (error) {
    if (child.isRunning() || existsSync(sidecar) || !/xattr|extended attribute/i.test(child.output())) throw error;
    log(`The file system of ${home} keeps no extended attributes: the S3 server writes its metadata beside the objects.`);
    mkdirSync(sidecar);
    child = spawnGateway(options, folder, sidecar);
    await untilReady({ child, probe, seconds: 30, signal });
  }
  const marker = join(folder, 'buckets-made');
  const wanted = JSON.stringify(options.buckets);
  await withClient(options, async (client) => {
    if (!existsSync(marker) || !Object.values(options.buckets).every((name) => existsSync(join(folder, 'objects', name)))) {
      await makeBuckets(client, options);
      writeFileSync(marker, wanted);
    }
    // At every start: the studio may have another address than before.
    await allowUploads(client, options);
  });
}

/**
 * @param {Parameters<typeof startS3>[0]} options
 * @param {string} folder
 * @param {string | null} sidecar
 */
function spawnGateway({ binary, port, accessKey, secretKey, region, children }, folder, sidecar) {
  return children.spawn({
    name: 's3',
    command: binary,
    args: [
      '--port', `127.0.0.1:${port}`,
      '--region', region,
      '--health', '/health',
      '--keep-alive', // off by default: every request would open a connection
      '--quiet',
      'posix',
      '--versioning-dir', join(folder, 'versions'),
      ...(sidecar === null ? [] : ['--sidecar', sidecar]),
      join(folder, 'objects'),
    ],
    // Credentials by environment: a command line can be read by every user of the machine. A person's own VGW_… settings stay out.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    cwd: folder,
  });
}

/**
 * @param {Parameters<typeof startS3>[0]} options
 * @param {(client: import('@aws-sdk/client-s3').S3Client) => Promise<void>} work
 */
async function withClient({ port, accessKey, secretKey, region }, work) {
  // The SDK's version is pinned while it runs on Node 20; it would say on every start that later ones will not.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region, forcePathStyle: true, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

/**
 * @param {import('@aws-sdk/client-s3').S3Client} client
 * @param {Parameters<typeof startS3>[0]} options
 */
async function makeBuckets(client, { buckets }) {
  const { CreateBucketCommand, HeadBucketCommand, PutBucketVersioningCommand } = await import('@aws-sdk/client-s3');
  for (const name of Object.values(buckets)) {
    const exists = await client.send(new HeadBucketCommand({ Bucket: name })).then(() => true, (error) => {
      if (error?.$metadata?.httpStatusCode === 404) return false;
      throw error;
    });
    if (!exists) await client.send(new CreateBucketCommand({ Bucket: name }));
  }
  for (const name of VERSIONED) {
    await client.send(new PutBucketVersioningCommand({ Bucket: buckets[name], VersioningConfiguration: { Status: 'Enabled' } }));
  }
}

/**
 * Lets the studio's pages send files to the storage bucket, as docs/deploy.md has it for others.
 * @param {import('@aws-sdk/client-s3').S3Client} client
 * @param {Parameters<typeof startS3>[0]} options
 */
async function allowUploads(client, { buckets, studioUrl }) {
  const { PutBucketCorsCommand } = await import('@aws-sdk/client-s3');
  const rule = { AllowedOrigins: [new URL(studioUrl).origin], AllowedMethods: ['PUT'], AllowedHeaders: ['content-type', 'x-amz-checksum-sha256'], MaxAgeSeconds: 3000 };
  await client.send(new PutBucketCorsCommand({ Bucket: buckets.storage, CORSConfiguration: { CORSRules: [rule] } }));
}
