import { createHash } from 'node:crypto';
import type { ListedObject } from '#clients/s3.ts';

/** A name for the content of an uploaded file, which no worker reads: another file, another version or another length has another. */
export function staticIdentity(object: Pick<ListedObject, 'key' | 'etag' | 'size'>): string {
  return createHash('sha256').update(`${object.key}\n${object.etag}\n${object.size}`).digest('hex');
}
