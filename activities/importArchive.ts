import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { StepError } from './stepError.ts';

/** What an archive may hold at most: a bomb must not fill memory or disk. */
export const archiveLimits = {
  /** Files of any kind. */
  entries: 200_000,
  /** Bytes of the repository's files together; they are read into memory. */
  repositoryBytes: 256 * 1024 * 1024,
  /** Bytes of everything, unpacked. */
  totalBytes: 8 * 1024 * 1024 * 1024,
} as const;

export interface ArchiveEntry {
  readonly area: 'repository' | 'media' | 'instructors';
  /** Path inside the area, with slashes, without `..`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Must be read, or resumed, before the next entry comes. */
  readonly stream: Readable;
}

/** A file that was in the archive and cannot be used. */
export interface RefusedEntry {
  readonly path: string;
  readonly reason: string;
}

/**
 * Walks the files of a gzipped tar as the API takes it: `repository/…`, `media/…`, `instructors/…`.
 * @returns what was refused, with the reason.
 * @throws {StepError} ImportUnreadable when it is no such archive or larger than the limits.
 */
export async function walkArchive(archive: Readable, visit: (entry: ArchiveEntry) => Promise<void>): Promise<RefusedEntry[]> {
  const refused: RefusedEntry[] = [];
  let entries = 0;
  let bytes = 0;
  const unpack = extract();
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > archiveLimits.totalBytes ? new StepError('ImportUnreadable', 'The archive is too large when unpacked.') : null, chunk);
    },
  });
  const feeding = pipeline(archive, createGunzip(), counted, unpack);
  // The walk below reports the failure; this keeps it from being called unhandled meanwhile.
  feeding.catch(() => undefined);
  try {
    for await (const entry of unpack) {
      entries += 1;
      if (entries > archiveLimits.entries) throw new StepError('ImportUnreadable', `The archive has more than ${archiveLimits.entries.toLocaleString('en-US')} files.`);
      const place = placeOf(entry.header);
      if (typeof place === 'string') {
        if (place !== '') refused.push({ path: entry.header.name, reason: place });
        entry.resume();
        continue;
      }
      await visit({ ...place, size: entry.header.size ?? 0, stream: Readable.from(entry) });
    }
    await feeding;
  } catch (error) {
    if (error instanceof StepError) throw error;
    if (error instanceof Error && /unexpected end|incorrect header|invalid tar|zlib|Z_|premature/i.test(`${error.message} ${'code' in error ? String(error.code) : ''}`)) {
      throw new StepError('ImportUnreadable', 'The archive is damaged or is no gzipped tar.');
    }
    throw error;
  }
  return refused;
}

/** Where an entry belongs; a text says why it is refused (empty: nothing worth a word). */
function placeOf(header: Header): { area: ArchiveEntry['area']; path: string } | string {
  if (header.type === 'directory' ) return '';
  if (header.type !== 'file' && header.type !== 'contiguous-file') return `a ${header.type ?? 'special file'} is not imported`;
  const parts = header.name.split('/').filter((part) => part !== '' && part !== '.');
  if (header.name.startsWith('/') || parts.includes('..') || header.name.includes('\\') || header.name.includes('\0')) return 'the path leads out of the archive';
  const [area, ...rest] = parts;
  if ((area !== 'repository' && area !== 'media' && area !== 'instructors') || rest.length === 0) return 'it is in no known folder of the archive';
  if (rest.includes('.git')) return '';
  return { area, path: rest.join('/') };
}

/** A gzipped tar of a folder's files as the area `repository`, without `.git`. */
export function packDirectory(directory: string): Readable {
  const tar = pack();
  const output = new PassThrough();
  void (async () => {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const absolute = join(entry.parentPath, entry.name);
      const path = relative(directory, absolute).split(sep).join('/');
      if (!entry.isFile() || path === '.git' || path.startsWith('.git/')) continue;
      const { size } = await stat(absolute);
      const file = tar.entry({ name: `repository/${path}`, size });
      await pipeline(createReadStream(absolute), file);
    }
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  pipeline(tar, createGzip(), output).catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
  return output;
}

/** Reads a stream whole, up to `maxBytes`. @throws {StepError} ImportUnreadable beyond. */
export async function readWhole(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk as Uint8Array);
    bytes += buffer.length;
    if (bytes > maxBytes) throw new StepError('ImportUnreadable', 'The repository’s files are too large to import.');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}
