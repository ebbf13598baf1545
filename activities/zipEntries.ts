import { setTimeout as pause } from 'node:timers/promises';
import { S3Error } from '#clients/s3.ts';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';
import { isCompressible } from '#domain/offline.ts';
import { storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';
import type { ZipEntry } from './zipStream.ts';

/** Files up to this size are read whole and ahead of their turn, bytes. */
const SMALL_BYTES = 256 * 1024;
/** How many of them are ahead at most: with their size, what a zip holds in memory beside its parts. */
const AHEAD = 16;
/** How often one file is gone on with after its stream broke, without a byte in between. */
const RESUMES = 5;

/**
 * The files of a manifest as entries of a zip, in the order of their paths. Small ones are fetched a few ahead, so that
 * thousands of pages do not cost a turn each; the others are streamed, and gone on with where a stream broke.
 */
export function zipEntries(deps: Pick<ActivityDeps, 's3' | 'config'>, manifest: Manifest, abortSignal: AbortSignal): ZipEntry[] {
  const { s3, config } = deps;
  const files = Object.entries(manifest.files).sort(([a], [b]) => (a < b ? -1 : 1));
  const ahead = new Map<number, Promise<Buffer>>();

  const placeOf = (entry: ManifestEntry): { bucket: string; key: string } => (entry.storageKey === undefined ? { bucket: config.buildStoreBucket, key: storeKeys.blob(entry.sha256) } : { bucket: config.storageBucket, key: entry.storageKey });

  const changed = (path: string): StepError => new StepError('FileChanged', `The file ‘${path}’ is not the one that was published: it was replaced or removed since. Publish the site again.`);

  async function readWhole(path: string, entry: ManifestEntry): Promise<Buffer> {
    const { bucket, key } = placeOf(entry);
    const body = await s3.get(bucket, key, abortSignal);
    if (body?.length !== entry.size) throw changed(path);
    return body;
  }

  function lookAhead(from: number): void {
    for (let index = from; index < Math.min(files.length, from + AHEAD); index += 1) {
      const [path, entry] = files[index] as [string, ManifestEntry];
      if (entry.size > SMALL_BYTES || ahead.has(index)) continue;
      const read = readWhole(path, entry);
      // Thrown when its turn comes; until then nobody listens.
      read.catch(() => undefined);
      ahead.set(index, read);
    }
  }

  async function* whole(index: number, path: string, entry: ManifestEntry): AsyncGenerator<Buffer> {
    lookAhead(index);
    const body = await (ahead.get(index) ?? readWhole(path, entry));
    ahead.delete(index);
    if (body.length > 0) yield body;
  }

  async function* streamed(index: number, path: string, entry: ManifestEntry): AsyncGenerator<Buffer> {
    lookAhead(index + 1);
    const { bucket, key } = placeOf(entry);
    let position = 0;
    let broken = 0;
    while (position < entry.size) {
      try {
        for await (const chunk of await s3.getStream(bucket, key, { start: position, abortSignal })) {
          position += (chunk as Buffer).length;
          if (position > entry.size) throw changed(path);
          broken = 0;
          yield chunk as Buffer;
        }
        if (position < entry.size) throw changed(path);
      } catch (error) {
        abortSignal.throwIfAborted();
        if (error instanceof StepError) throw error;
        if (error instanceof S3Error && (error.kind === 'missing' || error.status === 416)) throw changed(path);
        broken += 1;
        if (broken > RESUMES || (error instanceof S3Error && error.kind === 'refused')) throw error;
        await pause(100 * 2 ** broken, undefined, { signal: abortSignal });
      }
    }
  }

  return files.map(([path, entry], index) => ({
    path,
    size: entry.size,
    deflate: isCompressible(entry.contentType),
    open: () => (entry.size <= SMALL_BYTES ? whole(index, path, entry) : streamed(index, path, entry)),
  }));
}
