import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** A file that goes into a zip. */
export interface ZipEntry {
  /** With slashes, relative. */
  readonly path: string;
  /** Bytes; an entry of another length ends the zip with an error. */
  readonly size: number;
  /** Whether it is worth compressing; media are stored as they are. */
  readonly deflate: boolean;
  /** Opened when its turn comes, so that one file is open at a time. */
  readonly open: () => AsyncIterable<Buffer>;
}

/**
 * A zip as a stream. What is in memory is a part of one entry and the list of the files, whatever their sizes; entries or
 * archives over 4 GB are written as ZIP64. The same entries give the same bytes. An error of an entry ends the stream.
 */
export function zipStream(entries: readonly ZipEntry[], writtenAt: Date): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // A zip notes times without a zone; the zone of the machine that writes it must make no difference.
  const mtime = new Date(writtenAt.getTime() + writtenAt.getTimezoneOffset() * 60_000);
  let current: Readable | undefined;
  zip.on('error', (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
  output.on('close', () => current?.destroy());
  for (const entry of entries) {
    zip.addReadStreamLazy(entry.path, { size: entry.size, compress: entry.deflate, mtime, mode: 0o100644, forceDosTimestamp: true }, (answer) => {
      current = Readable.from(entry.open(), { objectMode: false });
      // The zip listens to no error of what it reads.
      current.on('error', (error) => zip.emit('error', error));
      answer(null, current);
    });
  }
  zip.end();
  return output;
}
