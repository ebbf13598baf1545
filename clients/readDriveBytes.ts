import type { Readable } from 'node:stream';
import { DriveError } from './driveError.ts';

/**
 * Hands on a stream of Drive as it comes. It ends well only when all of it came.
 * @param silenceMs how long nothing may come while somebody waits for it, milliseconds
 * @throws {DriveError} kind `unavailable` when it is cut, or silent for too long.
 */
export async function* readDriveBytes(body: Readable, silenceMs: number, abortSignal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let isSilent = false;
  let bytes = 0;
  try {
    for (;;) {
      // Only while somebody waits: who reads slowly is not answered by silence.
      const timer = setTimeout(() => {
        isSilent = true;
        body.destroy(new Error('silent'));
      }, silenceMs);
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } catch (error) {
        abortSignal?.throwIfAborted();
        if (isSilent) throw new DriveError('unavailable', `Google Drive sent nothing for ${silenceMs} ms, after ${bytes} bytes`);
        throw new DriveError('unavailable', `The connection to Google Drive broke after ${bytes} bytes: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        clearTimeout(timer);
      }
      if (next.done === true) break;
      bytes += next.value.length;
      yield next.value;
    }
  } finally {
    // Also when the reader stops in the middle: the connection is of no use any more.
    body.destroy();
  }
}
