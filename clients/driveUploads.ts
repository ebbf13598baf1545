import type { createDriveConnection } from './driveConnection.ts';
import { DriveError, toDriveError } from './driveError.ts';
import { FILE_FIELDS, toDriveFile, type DriveFile } from './driveFile.ts';

export interface NewDriveFile {
  readonly name: string;
  readonly parentId: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** A reserved id, so that nothing is uploaded twice. */
  readonly id?: string;
  readonly appProperties?: Readonly<Record<string, string>>;
}

/** How far an upload is: the file once it is whole. */
export type UploadState = { readonly file: DriveFile } | { readonly file: null; readonly offset: number };

/** Parts are multiples of 256 KiB; one is kept in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;

/** Resumable uploads. The library has none: sessions are spoken here, with its tokens. */
export function createDriveUploads({ jwt, call }: ReturnType<typeof createDriveConnection>, apiUrl: string) {
  /** A part of the file, or with no bytes the question how far it is. */
  async function put(session: string, contentRange: string, data: Buffer | undefined, abortSignal?: AbortSignal): Promise<UploadState> {
    const answer = await call(
      (options) =>
        jwt.request<unknown>({
          ...options,
          url: session,
          method: 'PUT',
          headers: { 'content-range': contentRange, 'content-length': String(data?.length ?? 0) },
          ...(data === undefined ? {} : { data }),
          // 308 is how far it is, and leads nowhere.
          redirect: 'manual',
          validateStatus: (status: number) => status === 200 || status === 201 || status === 308,
        }),
      abortSignal,
    ).catch((error: unknown) => {
      if (error instanceof DriveError && (error.kind === 'missing' || error.kind === 'gone')) throw new DriveError('gone', `The upload’s session is too old: ${error.message}`, error.status, error.reason);
      throw error;
    });
    if (answer.status !== 308) return { file: toDriveFile(answer.data as Parameters<typeof toDriveFile>[0]) };
    const range = answer.headers.get('range');
    if (range === null) return { file: null, offset: 0 };
    const last = /^bytes=0-(\d+)$/.exec(range)?.[1];
    if (last === undefined) throw new DriveError('unavailable', `Google Drive does not say how far the upload is: ${range}`, 308);
    return { file: null, offset: Number(last) + 1 };
  }

  const ask = (session: string, sizeBytes: number, abortSignal?: AbortSignal): Promise<UploadState> => put(session, `bytes */${sizeBytes}`, undefined, abortSignal);

  return {
    /**
     * Begins an upload.
     * @returns the address of its session, by which it goes on for about a week. Nobody else may know it.
     */
    async begin(file: NewDriveFile, abortSignal?: AbortSignal): Promise<string> {
      const url = new URL('/upload/drive/v3/files', apiUrl);
      url.search = new URLSearchParams({ uploadType: 'resumable', supportsAllDrives: 'true', fields: FILE_FIELDS }).toString();
      const answer = await call(
        (options) =>
          jwt.request<unknown>({
            ...options,
            url: url.href,
            method: 'POST',
            headers: { 'x-upload-content-type': file.mimeType, 'x-upload-content-length': String(file.sizeBytes) },
            data: { name: file.name, mimeType: file.mimeType, parents: [file.parentId], ...(file.id === undefined ? {} : { id: file.id }), ...(file.appProperties === undefined ? {} : { appProperties: file.appProperties }) },
          }),
        abortSignal,
      );
      const session = answer.headers.get('location');
      if (session === null) throw toDriveError({ status: answer.status, headers: answer.headers, data: null });
      return session;
    },

    /** How far an upload is. @throws {DriveError} kind `gone` when there is no such session any more. */
    ask,

    /**
     * Sends what Google does not have yet, from wherever an earlier call came to.
     * @param open the bytes from an offset on
     * @param onOffset hears how far it is
     * @throws {DriveError} kind `gone` when there is no such session any more; after any other, the same call goes on.
     */
    async send(session: string, upload: { readonly sizeBytes: number; readonly open: (start: number) => AsyncIterable<Buffer>; readonly onOffset?: (offset: number) => void }, abortSignal?: AbortSignal): Promise<DriveFile> {
      const { sizeBytes, open, onOffset } = upload;
      let state = await ask(session, sizeBytes, abortSignal);
      while (state.file === null) {
        const from = state.offset;
        onOffset?.(from);
        state = await sendFrom(session, sizeBytes, from, open(from), onOffset, abortSignal);
        if (state.file === null && state.offset <= from) throw new DriveError('unavailable', `Google Drive took nothing of the upload behind ${from} bytes`);
      }
      return state.file;
    },
  };

  /** Sends part after part until the end, or until Google has less than it was sent. */
  async function sendFrom(session: string, sizeBytes: number, from: number, bytes: AsyncIterable<Buffer>, onOffset: ((offset: number) => void) | undefined, abortSignal?: AbortSignal): Promise<UploadState> {
    let offset = from;
    for await (const part of partsOf(bytes)) {
      const end = offset + part.length;
      if (end > sizeBytes) throw new DriveError('refused', `The file has more than the ${sizeBytes} bytes that were announced`);
      if (end < sizeBytes && part.length < PART_BYTES) throw new DriveError('refused', `The file has ${end} bytes, and ${sizeBytes} were announced`);
      const state = await put(session, `bytes ${offset}-${end - 1}/${sizeBytes}`, part, abortSignal);
      if (state.file !== null || state.offset !== end) return state;
      offset = end;
      onOffset?.(offset);
    }
    // Not one byte more came: the end of an empty file, or of one that is shorter than it was announced.
    if (offset < sizeBytes) throw new DriveError('refused', `The file has ${offset} bytes, and ${sizeBytes} were announced`);
    return ask(session, sizeBytes, abortSignal);
  }
}

/** The same bytes in parts of one size; the last one may be smaller. */
async function* partsOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, PART_BYTES - size);
      held.push(taken);
      size += taken.length;
      rest = rest.subarray(taken.length);
      if (size === PART_BYTES) {
        yield Buffer.concat(held);
        held = [];
        size = 0;
      }
    }
  }
  if (size > 0) yield Buffer.concat(held);
}
