import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { createDriveConnection, type DriveConnectionConfig, type DrivePatience } from './driveConnection.ts';
import { DriveError, toDriveError } from './driveError.ts';
import type { CallOptions } from './googleCalls.ts';
import { createDriveUploads } from './driveUploads.ts';
import { FILE_FIELDS, FOLDER_TYPE, toDriveFile, type DriveFile } from './driveFile.ts';
import { readDriveBytes } from './readDriveBytes.ts';

export { DriveError } from './driveError.ts';
export type { DriveFile } from './driveFile.ts';

export interface DriveConfig extends DriveConnectionConfig {
  /** The folder all sites’ folders are made in; undefined is the drive itself. */
  readonly driveUploadsParentFolderId: string | undefined;
}

/** One page of a listing. */
export interface DrivePage {
  readonly files: readonly DriveFile[];
  /** Null behind the last page. It lives for some hours. */
  readonly nextPageToken: string | null;
  /** False when Google did not look everywhere: what is not in it may be there nevertheless. */
  readonly isComplete: boolean;
}

/** One page of the changes feed; a change that removed a file carries none. */
export interface DriveChanges {
  readonly changes: readonly { readonly fileId: string; readonly file: DriveFile | null }[];
  /** Where to go on, now or another day. Kept only once this page’s changes are dealt with. */
  readonly nextToken: string;
  readonly isLast: boolean;
}

/** A file’s bytes as they come. */
export interface DriveMedia {
  readonly bytes: AsyncIterable<Buffer>;
  /** Of the whole file, whatever was left out at its beginning; null when Google does not say. */
  readonly totalBytes: number | null;
}

type StreamOptions = CallOptions & { readonly responseType: 'stream'; readonly validateStatus: () => true };

const PAGE_SIZE = 1_000;
const PATIENCE: DrivePatience = { answerMs: 60_000, silenceMs: 60_000 };
const LIST_FIELDS = `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`;
const CHANGE_FIELDS = `nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file(${FILE_FIELDS}))`;

export type Drive = ReturnType<typeof createDrive>;

/** The shared drive courses’ files come from. Every method throws {@link DriveError}; a call that failed may be made again. */
export function createDrive(config: DriveConfig, patience: DrivePatience = PATIENCE) {
  const connection = createDriveConnection(config, patience);
  const { drive, call, sharedId } = connection;

  async function listPage(q: string, pageToken: string | null, abortSignal?: AbortSignal): Promise<DrivePage> {
    const { data } = await call(
      (options) =>
        drive.files.list(
          { q, corpora: 'drive', driveId: sharedId(), supportsAllDrives: true, includeItemsFromAllDrives: true, pageSize: PAGE_SIZE, fields: LIST_FIELDS, ...(pageToken === null ? {} : { pageToken }) },
          options,
        ),
      abortSignal,
    );
    // An answer that is none must never look like an empty folder.
    if (!Array.isArray(data.files)) throw new DriveError('unavailable', 'Google Drive’s answer holds no list of files');
    const nextPageToken = data.nextPageToken ?? null;
    if (nextPageToken !== null && nextPageToken === pageToken) throw new DriveError('unavailable', 'Google Drive’s listing does not come to an end');
    return { files: data.files.map(toDriveFile), nextPageToken, isComplete: data.incompleteSearch !== true };
  }

  async function get(id: string, abortSignal?: AbortSignal): Promise<DriveFile> {
    const { data } = await call((options) => drive.files.get({ fileId: id, supportsAllDrives: true, fields: FILE_FIELDS }, options), abortSignal);
    return toDriveFile(data);
  }

  /**
   * One page of what lies in a folder and is not in the trash, from a page token on. Searches know of a change only after a while.
   * @throws {DriveError} kind `missing` when the folder is not there or in the trash, so that it never passes for an empty one; kind `gone` when the token is too old.
   */
  async function listChildrenPage(folderId: string, pageToken: string | null, abortSignal?: AbortSignal): Promise<DrivePage> {
    if (pageToken === null) {
      const folder = await get(folderId, abortSignal);
      if (folder.mimeType !== FOLDER_TYPE) throw new DriveError('refused', `${folder.name} is no folder`);
      if (folder.isTrashed) throw new DriveError('missing', `The folder ${folder.name} is in the trash`);
    }
    return listPage(`${quote(folderId)} in parents and trashed = false`, pageToken, abortSignal);
  }

  async function update(id: string, requestBody: drive_v3.Schema$File, abortSignal?: AbortSignal): Promise<DriveFile> {
    const { data } = await call((options) => drive.files.update({ fileId: id, supportsAllDrives: true, fields: FILE_FIELDS, requestBody }, options), abortSignal);
    return toDriveFile(data);
  }

  /** Opens an answer that is streamed. Of one that is no good the library reads the body and loses it, so that is looked at here. */
  async function open(send: (options: StreamOptions) => Promise<{ status: number; headers: object; data: unknown }>, start: number, abortSignal?: AbortSignal): Promise<DriveMedia> {
    const { status, headers, body } = await call(async (options) => {
      const answer = await send({ ...options, responseType: 'stream', validateStatus: () => true });
      const told = { status: answer.status, headers: new Headers(answer.headers as Headers), body: answer.data as Readable };
      if (told.status !== 200 && told.status !== 206) throw toDriveError({ ...told, data: await text(told.body) });
      return told;
    }, abortSignal);
    if (start > 0 && status !== 206) {
      body.destroy();
      throw new DriveError('unavailable', 'Google Drive sends the file from its beginning instead of from where it was asked to', status);
    }
    const length = numberOf(headers.get('content-length'));
    const total = numberOf(/\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? null);
    return { bytes: readDriveBytes(body, patience.silenceMs, abortSignal), totalBytes: total ?? (start === 0 ? length : null) };
  }

  return {
    /** Whether there is a drive, and an account to enter it with. */
    isConfigured: config.driveServiceAccount !== undefined && config.driveSharedId !== undefined,

    /** The folder in which sites have theirs. @throws {DriveError} when Drive is not set up. */
    rootFolderId: (): string => config.driveUploadsParentFolderId ?? sharedId(),

    /** @throws {DriveError} kind `missing` when it is not there, or not for the service account. */
    get,

    listChildrenPage,

    /** All pages of a folder, as {@link listChildrenPage} gives them. A page that is lost ends it with an error: who got to the end saw all of them. */
    listChildren: (folderId: string, abortSignal?: AbortSignal): AsyncGenerator<DrivePage> => pages((token) => listChildrenPage(folderId, token, abortSignal)),

    /** All of the drive that is not in the trash, page by page. */
    listAll: (abortSignal?: AbortSignal): AsyncGenerator<DrivePage> => pages((token) => listPage('trashed = false', token, abortSignal)),

    /**
     * Folders that are not in the trash, by name, by the folder they lie in and by a mark.
     * @throws {DriveError} kind `unavailable` when Google did not look everywhere: a second folder would be made of that.
     */
    async findFolders(wanted: { readonly name?: string; readonly parentId?: string; readonly appProperty?: { readonly key: string; readonly value: string } }, abortSignal?: AbortSignal): Promise<readonly DriveFile[]> {
      const { name, parentId, appProperty } = wanted;
      const q = [
        `mimeType = ${quote(FOLDER_TYPE)}`,
        'trashed = false',
        ...(name === undefined ? [] : [`name = ${quote(name)}`]),
        ...(parentId === undefined ? [] : [`${quote(parentId)} in parents`]),
        ...(appProperty === undefined ? [] : [`appProperties has { key=${quote(appProperty.key)} and value=${quote(appProperty.value)} }`]),
      ].join(' and ');
      const found: DriveFile[] = [];
      for await (const page of pages((token) => listPage(q, token, abortSignal))) {
        if (!page.isComplete) throw new DriveError('unavailable', 'Google Drive did not look everywhere');
        found.push(...page.files);
      }
      // The search takes upper and lower case for the same.
      return name === undefined ? found : found.filter((folder) => folder.name === name);
    },

    /**
     * An id for a folder or a file that is made later: kept before, it makes the creation one that can be made again.
     */
    async reserveId(abortSignal?: AbortSignal): Promise<string> {
      const { data } = await call((options) => drive.files.generateIds({ count: 1, space: 'drive', type: 'files' }, options), abortSignal);
      const id = data.ids?.[0];
      if (id === undefined) throw new DriveError('unavailable', 'Google Drive’s answer holds no id');
      return id;
    },

    /**
     * Makes a folder. With a reserved id a second call finds what the first one made, even when its answer was lost and no search knows of it yet.
     */
    async createFolder(folder: { readonly name: string; readonly parentId: string; readonly id?: string; readonly appProperties?: Readonly<Record<string, string>> }, abortSignal?: AbortSignal): Promise<DriveFile> {
      const { name, parentId, id, appProperties } = folder;
      const requestBody = { name, mimeType: FOLDER_TYPE, parents: [parentId], ...(id === undefined ? {} : { id }), ...(appProperties === undefined ? {} : { appProperties: { ...appProperties } }) };
      try {
        const { data } = await call((options) => drive.files.create({ supportsAllDrives: true, fields: FILE_FIELDS, requestBody }, options), abortSignal);
        return toDriveFile(data);
      } catch (error) {
        if (id === undefined || !(error instanceof DriveError && error.status === 409)) throw error;
        return get(id, abortSignal);
      }
    },

    /** A file’s bytes from `start` on, which lies within it. Whoever reads them adds them up: Google’s sum is in {@link DriveFile}. */
    openMedia: (id: string, { start = 0 }: { readonly start?: number } = {}, abortSignal?: AbortSignal): Promise<DriveMedia> =>
      open((options) => drive.files.get({ fileId: id, alt: 'media', supportsAllDrives: true }, { ...options, ...(start === 0 ? {} : { headers: { range: `bytes=${start}-` } }) }), start, abortSignal),

    /** A document of Google’s own as PDF. @throws {DriveError} kind `tooLarge` above about 10 MB. */
    exportPdf: (id: string, abortSignal?: AbortSignal): Promise<DriveMedia> => open((options) => drive.files.export({ fileId: id, mimeType: 'application/pdf' }, options), 0, abortSignal),

    /** Moves a file or a folder to the trash, where people find it for 30 days. */
    trash: (id: string, abortSignal?: AbortSignal): Promise<DriveFile> => update(id, { trashed: true }, abortSignal),

    /** Takes it out of the trash. */
    restore: (id: string, abortSignal?: AbortSignal): Promise<DriveFile> => update(id, { trashed: false }, abortSignal),

    rename: (id: string, name: string, abortSignal?: AbortSignal): Promise<DriveFile> => update(id, { name }, abortSignal),

    changes: {
      /** The token of what changes from now on. */
      async startToken(abortSignal?: AbortSignal): Promise<string> {
        const { data } = await call((options) => drive.changes.getStartPageToken({ driveId: sharedId(), supportsAllDrives: true }, options), abortSignal);
        if (typeof data.startPageToken !== 'string') throw new DriveError('unavailable', 'Google Drive’s answer holds no token');
        return data.startPageToken;
      },

      /** One page of what changed in the whole drive. @throws {DriveError} kind `gone` when the token is too old: then only a listing tells. */
      async since(token: string, abortSignal?: AbortSignal): Promise<DriveChanges> {
        const { data } = await call(
          (options) =>
            drive.changes.list({ pageToken: token, driveId: sharedId(), supportsAllDrives: true, includeItemsFromAllDrives: true, includeRemoved: true, pageSize: PAGE_SIZE, fields: CHANGE_FIELDS }, options),
          abortSignal,
        );
        const nextToken = data.nextPageToken ?? data.newStartPageToken;
        if (!Array.isArray(data.changes) || typeof nextToken !== 'string') throw new DriveError('unavailable', 'Google Drive’s answer holds no list of changes');
        // The drive itself changes too: its name, its picture.
        const changes = data.changes.filter((change) => change.changeType === 'file').map(({ fileId, file, removed }) => {
          if (typeof fileId !== 'string' || (removed !== true && file === undefined)) throw new DriveError('unavailable', 'Google Drive’s answer holds a change of nothing');
          return { fileId, file: file === undefined ? null : toDriveFile(file) };
        });
        return { changes, nextToken, isLast: typeof data.nextPageToken !== 'string' };
      },
    },

    uploads: createDriveUploads(connection, config.driveApiUrl),
  };
}

/** Page after page, until one says that it is the last. */
async function* pages(fetchPage: (token: string | null) => Promise<DrivePage>): AsyncGenerator<DrivePage> {
  let token: string | null = null;
  do {
    const page: DrivePage = await fetchPage(token);
    yield page;
    token = page.nextPageToken;
  } while (token !== null);
}

/** A text of a search, with what would end it escaped. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function numberOf(text: string | null): number | null {
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}
