// @ts-check
/** The part of the AWS command line that our pipelines use: `aws s3 sync|cp|rm`, and `aws configure set`, which it takes and forgets. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { CopyObjectCommand, DeleteObjectsCommand, GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const AT_ONCE = 16;
const TYPES = /** @type {Record<string, string>} */ ({ html: 'text/html', css: 'text/css', js: 'text/javascript', json: 'application/json', xml: 'application/xml', txt: 'text/plain', svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', pdf: 'application/pdf', zip: 'application/zip', mp4: 'video/mp4', vtt: 'text/vtt' });
const FLAGS = new Set(['--delete', '--recursive', '--only-show-errors', '--no-progress']);
const VALUES = new Set(['--exclude', '--include', '--metadata', '--endpoint-url', '--region']);

class UsageError extends Error {}

/** @typedef {{ path: string, size: number, at: number }} File */

/** @param {string[]} argv @returns {Promise<void>} */
async function main(argv) {
  if (argv[0] === 'configure' && argv[1] === 'set' && argv.length === 4) return;
  if (argv[0] !== 's3') throw new UsageError(`Invalid choice: ${argv[0] ?? ''}`);
  /** @type {string[]} */
  const words = [];
  /** @type {{ exclude: boolean, pattern: RegExp }[]} */
  const filters = [];
  const set = new Set();
  /** @type {Record<string, string>} */
  const values = {};
  for (let index = 1; index < argv.length; index += 1) {
    const [name = '', given] = (argv[index] ?? '').split(/=(.*)/s);
    if (!name.startsWith('--')) words.push(argv[index] ?? '');
    else if (FLAGS.has(name)) set.add(name);
    else if (VALUES.has(name)) {
      const value = given ?? argv[(index += 1)] ?? '';
      if (name === '--exclude' || name === '--include') filters.push({ exclude: name === '--exclude', pattern: glob(value) });
      else values[name] = value;
    } else throw new UsageError(`Unknown options: ${name}`);
  }
  const [command, from = '', to = ''] = words;
  const endpoint = values['--endpoint-url'];
  const s3 = new S3Client({ region: process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1', ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }) });
  const metadata = values['--metadata'] === undefined ? undefined : Object.fromEntries(values['--metadata'].split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  /** @param {string} path */
  const isWanted = (path) => filters.reduce((wanted, filter) => (filter.pattern.test(path) ? !filter.exclude : wanted), true);
  const place = (/** @type {string} */ text) => (text.startsWith('s3://') ? bucketPlace(text) : null);

  if (command === 'rm') {
    const at = place(from);
    if (at === null) throw new UsageError('rm takes an S3 address');
    const keys = set.has('--recursive') ? (await listBucket(at.bucket, at.key)).map((file) => at.key + file.path).filter((key) => isWanted(key.slice(at.key.length))) : [at.key];
    await remove(at.bucket, keys);
    return;
  }
  if (command !== 'sync' && command !== 'cp') throw new UsageError(`Invalid choice: ${command ?? ''}`);
  const many = command === 'sync' || set.has('--recursive');
  const [source, target] = [place(from), place(to)].map((at) => (at === null || !many || at.key === '' || at.key.endsWith('/') ? at : { ...at, key: `${at.key}/` }));
  if (source === null && target === null) throw new UsageError('one of the two must be an S3 address');
  if (!many) {
    await transfer(source?.bucket ?? null, source?.key ?? from, target?.bucket ?? null, target?.key ?? to);
    return;
  }
  const files = source == null ? await listFolder(from) : await listBucket(source.bucket, source.key);
  const wanted = files.filter((file) => isWanted(file.path));
  const there = command === 'cp' ? new Map() : new Map((target == null ? await listFolder(to) : await listBucket(target.bucket, target.key)).map((file) => [file.path, file]));
  // As the real one: another size, or newer than what is there.
  const changed = wanted.filter((file) => !there.has(file.path) || there.get(file.path).size !== file.size || there.get(file.path).at < file.at);
  await inParallel(changed, (file) => transfer(source?.bucket ?? null, source == null ? join(from, file.path) : source.key + file.path, target?.bucket ?? null, target == null ? join(to, file.path) : target.key + file.path));
  if (set.has('--delete') && target != null) {
    const kept = new Set(wanted.map((file) => file.path));
    // What is excluded is neither written nor removed.
    await remove(target.bucket, [...there.keys()].filter((path) => !kept.has(path) && isWanted(path)).map((path) => target.key + path));
  }

  /** @param {string | null} fromBucket @param {string} fromKey @param {string | null} toBucket @param {string} toKey */
  async function transfer(fromBucket, fromKey, toBucket, toKey) {
    if (fromBucket !== null && toBucket !== null) {
      await s3.send(new CopyObjectCommand({ Bucket: toBucket, Key: toKey, CopySource: `${fromBucket}/${fromKey.split('/').map(encodeURIComponent).join('/')}`, ...(metadata === undefined ? {} : { Metadata: metadata, MetadataDirective: 'REPLACE' }) }));
    } else if (toBucket !== null) {
      const type = TYPES[toKey.split('.').at(-1)?.toLowerCase() ?? ''];
      await s3.send(new PutObjectCommand({ Bucket: toBucket, Key: toKey, Body: await readFile(fromKey), ...(type === undefined ? {} : { ContentType: type }), ...(metadata === undefined ? {} : { Metadata: metadata }) }));
    } else {
      const object = await s3.send(new GetObjectCommand({ Bucket: fromBucket ?? '', Key: fromKey }));
      await mkdir(dirname(toKey), { recursive: true });
      await writeFile(toKey, (await object.Body?.transformToByteArray()) ?? '');
    }
  }

  /** @param {string} bucket @param {string} prefix @returns {Promise<File[]>} */
  async function listBucket(bucket, prefix) {
    /** @type {File[]} */
    const found = [];
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key: key = '', Size: size = 0, LastModified: at } of page.Contents ?? []) if (!key.endsWith('/')) found.push({ path: key.slice(prefix.length), size, at: at?.getTime() ?? 0 });
    }
    return found;
  }

  /** @param {string} bucket @param {string[]} keys */
  async function remove(bucket, keys) {
    for (let start = 0; start < keys.length; start += 1_000) await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.slice(start, start + 1_000).map((Key) => ({ Key })), Quiet: true } }));
  }
}

/** @param {string} text */
function bucketPlace(text) {
  const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
  return { bucket, key: rest.join('/') };
}

/** @param {string} folder @returns {Promise<File[]>} */
async function listFolder(folder) {
  /** @type {import('node:fs').Dirent[]} */
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = await stat(path);
        return { path: relative(folder, path).split(sep).join('/'), size, at: mtimeMs };
      }),
  );
}

/** A pattern of the command line, in which a star takes slashes too. @param {string} pattern */
function glob(pattern) {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

/** @template T @param {T[]} list @param {(item: T) => Promise<void>} work */
async function inParallel(list, work) {
  let next = 0;
  const lane = async () => {
    while (next < list.length) {
      const item = /** @type {T} */ (list[next]);
      next += 1;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`aws: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 252 : 1;
}
