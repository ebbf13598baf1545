import type { createDriveConnection } from './driveConnection.ts';
import { DriveError, toDriveError } from './driveError.ts';
import { FILE_FIELDS, toDriveFile, type DriveFile } from './driveFile.ts';
import { createResumableUpload, type ResumableSource } from './resumableUpload.ts';

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

/** Resumable uploads. The library has none: sessions are spoken here, with its tokens. */
export function createDriveUploads({ jwt, call }: ReturnType<typeof createDriveConnection>, apiUrl: string) {
  const upload = createResumableUpload<DriveFile>({
    service: 'Google Drive',
    put: (request, _isEnd, abortSignal) =>
      call((options) => jwt.request<unknown>({ ...options, ...request }), abortSignal).catch((error: unknown) => {
        if (error instanceof DriveError && (error.kind === 'missing' || error.kind === 'gone')) throw new DriveError('gone', `The upload’s session is too old: ${error.message}`, error.status, error.reason);
        throw error;
      }),
    madeOf: (data) => toDriveFile(data as Parameters<typeof toDriveFile>[0]),
    fail: (kind, message, status) => new DriveError(kind, message, status ?? null),
  });

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
    async ask(session: string, sizeBytes: number, abortSignal?: AbortSignal): Promise<UploadState> {
      const state = await upload.ask(session, sizeBytes, abortSignal);
      return state.isWhole ? { file: state.made } : { file: null, offset: state.offset };
    },

    /**
     * Sends what Google does not have yet, from wherever an earlier call came to.
     * @throws {DriveError} kind `gone` when there is no such session any more; after any other, the same call goes on.
     */
    send: (session: string, source: ResumableSource, abortSignal?: AbortSignal): Promise<DriveFile> => upload.send(session, source, abortSignal),
  };
}
