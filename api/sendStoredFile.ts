import type { Context } from 'koa';
import { type S3, S3Error } from '#clients/s3.ts';
import { byteRange } from './byteRange.ts';

/** A file as it lies in a bucket, and what is said of it. */
export interface StoredFile {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly status: 200 | 404;
}

/**
 * Streams a file of a bucket to a reader, or the part that was asked for, or says that what the reader has is still good.
 * @returns what is left to say where there is nothing to stream: that there is no such part, or that another file stands there by now.
 */
export async function sendStoredFile(ctx: Context, s3: Pick<S3, 'open'>, file: StoredFile): Promise<'sent' | 'unsatisfiable' | 'replaced'> {
  const etag = `"${file.etag}"`;
  ctx.status = file.status;
  ctx.set({ 'content-type': file.contentType, 'accept-ranges': 'bytes', etag });
  if (file.status === 200 && ctx.get('if-none-match') === etag) {
    ctx.status = 304;
    return 'sent';
  }
  const isRanged = file.status === 200 && (ctx.get('if-range') === '' || ctx.get('if-range') === etag);
  const range = isRanged ? byteRange(ctx.get('range'), file.size) : null;
  if (range === 'unsatisfiable') {
    ctx.status = 416;
    ctx.set('content-range', `bytes */${file.size}`);
    return 'unsatisfiable';
  }
  const length = range === null ? file.size : range.last - range.first + 1;
  if (range !== null) {
    ctx.status = 206;
    ctx.set('content-range', `bytes ${range.first}-${range.last}/${file.size}`);
  }
  if (ctx.method === 'HEAD' || length === 0) {
    ctx.body = '';
    ctx.set('content-type', file.contentType);
    ctx.length = length;
    return 'sent';
  }
  try {
    const opened = await s3.open(file.bucket, file.key, range);
    if (opened.size !== file.size) {
      opened.body.destroy();
      return replaced(ctx);
    }
    ctx.body = opened.body;
  } catch (error) {
    if (error instanceof S3Error && (error.kind === 'missing' || error.status === 416)) return replaced(ctx);
    throw error;
  }
  // Koa names a stream after itself.
  ctx.set('content-type', file.contentType);
  ctx.length = length;
  return 'sent';
}

function replaced(ctx: Context): 'replaced' {
  for (const header of ['etag', 'content-range', 'accept-ranges', 'content-disposition']) ctx.remove(header);
  return 'replaced';
}
