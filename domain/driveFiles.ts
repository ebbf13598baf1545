import { filenameFor } from './filename.ts';
import { joinPath } from './siteUrl.ts';
import { slugify } from './slug.ts';

/**
 * What the studio makes of files in Google Drive: which it takes, where their bytes go, what their resources are called, and
 * what two listings say against what it knows. Nothing here asks Drive.
 */

export type DriveSyncFolder = 'files_final' | 'videos_final';

/** A file as a listing of a site's folder shows it. */
export interface ListedDriveFile {
  readonly id: string;
  readonly folder: DriveSyncFolder;
  /** Names of the folders below that, with slashes between; empty at its top. */
  readonly path: string;
  /** Drive’s ids of those folders, the outermost first. */
  readonly folderIds: readonly string[];
  readonly name: string;
  readonly mimeType: string;
  /** Null for what has no bytes. */
  readonly md5: string | null;
  readonly size: number | null;
  /** ISO 8601; Drive changes it also for no reason one could see. */
  readonly modifiedAt: string | null;
  /** Null when it cannot be downloaded. */
  readonly downloadLink: string | null;
  readonly isShortcut: boolean;
}

/** What the studio knows of a file. */
export interface KnownDriveFile {
  readonly fileId: string;
  readonly folder: DriveSyncFolder;
  readonly path: string;
  readonly name: string;
  readonly modifiedAt: string | null;
  readonly storedMd5: string | null;
  readonly state: 'found' | 'streaming' | 'stored' | 'complete' | 'failed' | 'skipped' | 'trashed';
  readonly itemId: string | null;
  /** Whether it was decided before what becomes of it when it is missing: such files need nobody’s word again. */
  readonly isDecided?: boolean;
}

export type SkipCode = 'Shortcut' | 'NoVideo' | 'NotDownloadable' | 'NoContent' | 'Export';

export interface SkipReason {
  readonly code: SkipCode;
  /** What it means and what to do, as a sentence for the author. */
  readonly message: string;
}

const GOOGLE_TYPE = /^application\/vnd\.google-apps\./;
/** Documents of Google's own that Drive makes a PDF of. */
const EXPORTABLE = new Set(['document', 'spreadsheet', 'presentation', 'drawing'].map((kind) => `application/vnd.google-apps.${kind}`));

/** Why a file in a synced folder is not taken; null when it is. */
export function skipReasonOf(file: ListedDriveFile): SkipReason | null {
  if (file.isShortcut) return { code: 'Shortcut', message: 'This is a shortcut. Put the file itself into the folder.' };
  if (file.folder === 'videos_final' && !file.mimeType.startsWith('video/')) return { code: 'NoVideo', message: 'This folder takes videos only. Move the file to files_final.' };
  if (GOOGLE_TYPE.test(file.mimeType)) {
    if (EXPORTABLE.has(file.mimeType)) return null;
    return { code: 'Export', message: 'A document of this kind cannot be exported from Google Drive. Download it in a common format and put that into the folder.' };
  }
  if (file.md5 === null || file.size === null) return { code: 'NoContent', message: 'Google Drive has no content for this file. Upload it again.' };
  if (file.downloadLink === null) return { code: 'NotDownloadable', message: 'Google Drive does not let us download this file. Allow downloads in its sharing settings.' };
  return null;
}

/** Whether a file is a document of Google's own, of which a PDF is taken. */
export function isGoogleDocument(mimeType: string): boolean {
  return EXPORTABLE.has(mimeType);
}

/** What a file is in the bucket: of Google’s own documents their PDF, of others themselves. */
export function storedFormOf(file: { readonly name: string; readonly mimeType: string }): { readonly name: string; readonly mimeType: string } {
  return isGoogleDocument(file.mimeType) ? { name: `${file.name}.pdf`, mimeType: 'application/pdf' } : { name: file.name, mimeType: file.mimeType };
}

/** Videos are transcoded only from the folder for videos; elsewhere they are files like others. */
export function isDriveVideo(file: { readonly folder: DriveSyncFolder; readonly mimeType: string }): boolean {
  return file.folder === 'videos_final' && file.mimeType.startsWith('video/');
}

/** A name and its last extension, which begins with its dot; a dot at the beginning begins none. */
export function splitName(name: string): { readonly base: string; readonly extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { base: name, extension: '' } : { base: name.slice(0, dot), extension: name.slice(dot) };
}

/** Where a file's bytes lie, but for its name: a folder with a slash at its end. Videos have one each. */
export function keyPrefixOf(file: { readonly fileId: string; readonly folder: DriveSyncFolder; readonly mimeType: string }, site: { readonly name: string; readonly rootPath: string }, videoPrefix: string): string {
  return isDriveVideo(file) ? `${joinPath(videoPrefix, site.name, file.fileId)}/` : `${joinPath(site.rootPath, site.name)}/`;
}

/** The folders in which all files of a site lie, with a slash at their ends. */
export function keyPrefixesOf(site: { readonly name: string; readonly rootPath: string }, videoPrefix: string): readonly string[] {
  return [...new Set([site.rootPath, videoPrefix].map((root) => `${joinPath(root, site.name)}/`))];
}

/**
 * A key for a file's bytes that is nobody's: its name as a slug with its extension in small letters, and the first free number from 2 on.
 * @param prefix with a slash at its end
 */
export function keyFor(prefix: string, name: string, isTaken: (key: string) => boolean): string {
  const { base, extension } = splitName(name);
  // A name of nothing but signs still has to be one.
  const slug = slugify(base, { allowUnicode: true }) || 'file';
  const suffix = cleanExtension(extension);
  for (let number = 1; ; number += 1) {
    const key = `${prefix}${slug}${number === 1 ? '' : number}${suffix}`;
    if (!isTaken(key)) return key;
  }
}

/** An extension as it ends a key: small letters, and nothing an address would have to escape. */
function cleanExtension(extension: string): string {
  const letters = slugify(extension.slice(1), { allowUnicode: true });
  return letters === '' ? '' : `.${letters}`;
}

export type ResourceType = 'Image' | 'Video' | 'Document' | 'Other';

const DOCUMENT_EXTENSIONS = new Set(['pdf', 'htm', 'html', 'txt', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'xml', 'json', 'rtf', 'ps', 'odt', 'epub', 'mobi']);

/** What kind of resource a file is, by what it is in the bucket. */
export function resourceTypeOf(file: { readonly folder: DriveSyncFolder; readonly mimeType: string; readonly name: string }): ResourceType {
  const extension = splitName(file.name).extension.slice(1).toLowerCase();
  if (file.mimeType.startsWith('image/')) return 'Image';
  if (isDriveVideo(file)) return 'Video';
  if (extension === 'vtt' || extension === 'webvtt') return 'Other';
  return file.mimeType.startsWith('text/') || DOCUMENT_EXTENSIONS.has(extension) ? 'Document' : 'Other';
}

/** The name of a resource's file, which tells files of one name and several kinds apart: `word.docx` is `word_docx`. */
export function resourceFilename(name: string, isTaken: (filename: string) => boolean): string {
  const { base, extension } = splitName(name);
  // Of the section pages' own names none may come out of it, with whatever signs round it.
  const slug = slugify(base, { allowUnicode: true });
  const own = slug === 'index' ? 'index-resource' : base;
  return filenameFor({ title: extension === '' ? own : `${own}_${extension.slice(1)}`, type: 'resource', isTaken });
}

/** What a resource is called: its PDF's own title, unless that is empty or the file is a transcript; else the file's name. */
export function resourceTitle(name: string, pdfTitle: string | null): string {
  const title = pdfTitle?.trim() ?? '';
  return title === '' || /_transcript/i.test(name) ? name : title;
}

export interface TrackName {
  readonly kind: 'captions' | 'transcript';
  /** The name of the video without its extension. */
  readonly base: string;
  /** Small letters; null when the name says none. */
  readonly language: string | null;
  /** Capital letters; null when the name says none. */
  readonly locale: string | null;
}

/** Which video a file is captions or a transcript of, by its name; null when it is neither. */
export function trackNameOf(name: string): TrackName | null {
  const found = /^(.+)_(captions|transcript)(?:-([a-z]{2,3})(?:-([a-z]{2}))?)?\.([a-z]+)$/i.exec(name);
  const [, base, kind, language, locale, extension] = found ?? [];
  if (base === undefined || kind === undefined || extension === undefined) return null;
  const isCaptions = kind.toLowerCase() === 'captions';
  if (!(isCaptions ? ['vtt', 'webvtt'] : ['pdf']).includes(extension.toLowerCase())) return null;
  return { kind: isCaptions ? 'captions' : 'transcript', base, language: language?.toLowerCase() ?? null, locale: locale?.toUpperCase() ?? null };
}

/** What a listing says of one file. */
export type DriveChange =
  | { readonly kind: 'new' | 'changed' | 'renamed' | 'unchanged'; readonly file: ListedDriveFile }
  /** Put again under the name of one that is gone: it takes that one's resource. */
  | { readonly kind: 'replaced'; readonly file: ListedDriveFile; readonly replaces: string }
  | { readonly kind: 'skipped'; readonly file: ListedDriveFile; readonly reason: SkipReason };

export interface DriveComparison {
  /** One for each file that is listed, in the order of the listing. */
  readonly changes: readonly DriveChange[];
  /** Drive's ids of files that are known and not listed, but for those that were replaced. Empty unless both listings are complete. */
  readonly missing: readonly string[];
  /** Whether so many are missing that a person has to say that they shall go. */
  readonly needsConfirmation: boolean;
}

const MASS_FILES = 10;
const MASS_SHARE = 0.25;

/**
 * Compares what both folders of a site hold with what the studio knows of it.
 * @param isComplete whether both were listed to their ends; only then is anything missing.
 */
export function compareDriveFiles(listed: readonly ListedDriveFile[], known: readonly KnownDriveFile[], isComplete: boolean): DriveComparison {
  const knownById = new Map(known.map((file) => [file.fileId, file]));
  const present = known.filter((file) => file.state !== 'trashed');
  const listedIds = new Set(listed.map((file) => file.id));
  const gone = isComplete ? present.filter((file) => !listedIds.has(file.fileId)) : [];
  const goneByPlace = new Map<string, KnownDriveFile[]>();
  for (const file of gone) goneByPlace.set(placeOf(file), [...(goneByPlace.get(placeOf(file)) ?? []), file]);
  const timesListed = new Map<string, number>();
  for (const file of listed) timesListed.set(placeOf(file), (timesListed.get(placeOf(file)) ?? 0) + 1);
  const replaced = new Set<string>();
  const changes = listed.map((file): DriveChange => {
    const reason = skipReasonOf(file);
    if (reason !== null) return { kind: 'skipped', file, reason };
    const row = knownById.get(file.id);
    if (row === undefined || row.state === 'trashed' || row.state === 'skipped') {
      const candidates = goneByPlace.get(placeOf(file)) ?? [];
      const [old] = candidates;
      // Where a name stands twice, nobody can say which one became which.
      if (row === undefined && old !== undefined && candidates.length === 1 && timesListed.get(placeOf(file)) === 1) {
        replaced.add(old.fileId);
        return { kind: 'replaced', file, replaces: old.fileId };
      }
      return { kind: 'new', file };
    }
    // Also what a worker left half done is taken up again: only what has its resource is done.
    if (row.state !== 'complete' || !isStoredState(file, row)) return { kind: 'changed', file };
    return { kind: row.name === file.name && row.path === file.path && row.folder === file.folder ? 'unchanged' : 'renamed', file };
  });
  const missing = gone.filter((file) => !replaced.has(file.fileId)).map((file) => file.fileId);
  // What was skipped has nothing that could be lost.
  const counts = (file: KnownDriveFile): boolean => file.state !== 'skipped' && file.isDecided !== true;
  const lost = gone.filter((file) => !replaced.has(file.fileId) && counts(file)).length;
  return { changes, missing, needsConfirmation: isMassDeletion(lost, present.filter(counts).length) };
}

/** Whether the bytes that are stored are those Drive has. Google's own documents have no sum, only a time. */
function isStoredState(file: ListedDriveFile, row: KnownDriveFile): boolean {
  return file.md5 === null ? row.modifiedAt === file.modifiedAt : row.storedMd5 === file.md5;
}

/** Whether that many of a site's files are too many to go without a person's word. */
export function isMassDeletion(missing: number, known: number): boolean {
  return missing > Math.max(MASS_FILES, known * MASS_SHARE);
}

function placeOf(file: { readonly folder: string; readonly path: string; readonly name: string }): string {
  return `${file.folder}/${file.path}/${file.name}`;
}
