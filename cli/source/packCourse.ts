import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { CliError } from '../CliError.ts';

export interface CourseFolders {
  readonly repository: string;
  /** Folder of files that go to the site's storage. */
  readonly media?: string | undefined;
  /** Folder of `<uuid>/index.json`. */
  readonly instructors?: string | undefined;
}

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

export interface PackedCourse {
  /** A gzipped tar as the API takes it; made while it is read, so that memory stays flat. */
  readonly archive: ReadableStream<Uint8Array>;
  /** What is not in the archive, complete once it was read to its end. */
  readonly leftOut: readonly LeftOut[];
}

const INSTRUCTOR = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/index\.json$/;

/** Packs a content repository, and what comes with it, while it is sent. */
export function packCourse(folders: CourseFolders): PackedCourse {
  const leftOut: LeftOut[] = [];
  const tar = pack();
  const gzip = createGzip({ level: 4 });
  // The reader of the archive sees a failure as its end; this keeps it from being called unhandled as well.
  pipeline(tar, gzip).catch(() => undefined);
  fill(tar, folders, leftOut).then(
    () => tar.finalize(),
    (error: unknown) => gzip.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return { archive: Readable.toWeb(gzip) as ReadableStream<Uint8Array>, leftOut };
}

/**
 * How many instructors a folder holds as `<uuid>/index.json`.
 * @throws {CliError} when the folder cannot be read.
 */
export async function countInstructors(folder: string): Promise<number> {
  let found = 0;
  for await (const file of walk(folder, () => undefined)) if (INSTRUCTOR.test(file.path)) found += 1;
  return found;
}

async function fill(tar: Pack, folders: CourseFolders, leftOut: LeftOut[]): Promise<void> {
  const areas = [
    { area: 'repository', folder: folders.repository, wanted: /./, shown: '' },
    { area: 'instructors', folder: folders.instructors, wanted: INSTRUCTOR, shown: 'instructors/' },
    { area: 'media', folder: folders.media, wanted: /./, shown: 'media/' },
  ];
  for (const { area, folder, wanted, shown } of areas) {
    if (folder === undefined) continue;
    const leave = (path: string, reason: string): void => void leftOut.push({ path: shown + path, reason });
    for await (const { path, absolute } of walk(folder, leave)) {
      if (!wanted.test(path)) leave(path, 'it is no <uuid>/index.json');
      else await add(tar, `${area}/${path}`, absolute);
    }
  }
}

async function add(tar: Pack, name: string, absolute: string): Promise<void> {
  try {
    const { size } = await stat(absolute);
    await pipeline(createReadStream(absolute), tar.entry({ name, size, mode: 0o644 }));
  } catch (error) {
    throw new CliError(`${absolute} cannot be sent: ${error instanceof Error && /size mismatch/i.test(error.message) ? 'it changed while it was read.' : messageOf(error)}`);
  }
}

/** Every plain file below a folder, in order, without `.git`. */
async function* walk(folder: string, leave: (path: string, reason: string) => void, prefix = ''): AsyncGenerator<{ path: string; absolute: string }> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((error: unknown) => {
    throw new CliError(`${join(folder, prefix)} cannot be read: ${messageOf(error)}`);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) yield* walk(folder, leave, path);
    else if (entry.isFile()) yield { path, absolute: join(folder, path) };
    else leave(path, entry.isSymbolicLink() ? 'a symbolic link is not imported' : 'a special file is not imported');
  }
}

function messageOf(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)}.`;
}
