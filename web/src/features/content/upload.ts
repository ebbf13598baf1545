import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Output } from '#api/contracts/client.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';
import { upload as words } from '../../words/content.ts';

export type UploadStep = 'reading' | 'sending' | 'checking';
/** A file that lies in the storage bucket, for an item to name. */
export type UploadedFile = Output<'POST /api/v1/sites/:site/uploads/:upload/finish'>;

export interface UploadOptions {
  readonly site: string;
  readonly file: File;
  readonly signal: AbortSignal;
  /** How many bytes of a step are done. */
  readonly onprogress: (step: UploadStep, bytes: number) => void;
  /** Known from a try before, so that a large file is not read once more. */
  readonly checksum?: string | undefined;
  readonly onchecksum: (checksum: string) => void;
  /** An upload of this file that arrived and only has to be looked at, from a try before. */
  readonly arrived?: string | undefined;
  readonly onarrived: (upload: string) => void;
}

/** As much of a file as is in memory at once; hashing it holds the page for a few milliseconds. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Sends a file to the storage bucket: reads it for its checksum, asks where it goes, sends it there, and has it looked at.
 * @throws {ApiProblem} with the sentence for an author; an `AbortError` when it was cancelled.
 */
export async function uploadFile(options: UploadOptions): Promise<UploadedFile> {
  const { site, file, signal, onprogress } = options;
  if (options.arrived !== undefined) return finish(options, options.arrived);
  const checksum = options.checksum ?? (await checksumOf(file, signal, (bytes) => onprogress('reading', bytes)));
  options.onchecksum(checksum);
  const begun = await call('POST /api/v1/sites/:site/uploads', { params: { site }, body: { name: file.name, type: file.type, size: file.size, sha256: checksum } });
  signal.throwIfAborted();
  onprogress('sending', 0);
  await send(begun, file, signal, (bytes) => onprogress('sending', bytes));
  options.onarrived(begun.id);
  return finish(options, begun.id);
}

function finish({ site, file, onprogress }: UploadOptions, upload: string): Promise<UploadedFile> {
  onprogress('checking', file.size);
  return call('POST /api/v1/sites/:site/uploads/:upload/finish', { params: { site, upload } });
}

/** The SHA-256 of a file, piece by piece: one of 2 GB never stands in memory. The browser’s own needs all of it at once. */
async function checksumOf(file: Blob, signal: AbortSignal, onprogress: (bytes: number) => void): Promise<string> {
  const hash = sha256.create();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    signal.throwIfAborted();
    try {
      hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
    } catch (error) {
      // The browser’s word for a file that was moved, changed or taken away since it was chosen.
      if (error instanceof DOMException) throw new ApiProblem('unreadable', 0, words.fileCannotBeReadAnyMore);
      throw error;
    }
    onprogress(Math.min(file.size, at + PIECE_BYTES));
  }
  return bytesToHex(hash.digest());
}

/** `fetch` tells nothing of how much was sent; this does. */
function send(to: { readonly url: string; readonly headers: Readonly<Record<string, string>> }, file: File, signal: AbortSignal, onprogress: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const cancel = (): void => request.abort();
    const refuse = (message: string): void => reject(new ApiProblem('unreachable', request.status, message));
    request.open('PUT', to.url);
    for (const [name, value] of Object.entries(to.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', (event) => onprogress(event.loaded));
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else refuse(words.storageDidNotTakeFile(request.status));
    });
    request.addEventListener('error', () => refuse(words.connectionBrokeOffWhileFile));
    request.addEventListener('abort', () => reject(new DOMException(words.uploadWasCancelled, 'AbortError')));
    request.addEventListener('loadend', () => signal.removeEventListener('abort', cancel));
    signal.addEventListener('abort', cancel);
    request.send(file);
  });
}
