import { maxFilenameBytes, maxFilenameCharacters, utf8Bytes } from './filename.ts';
import type { ConfigItem } from './siteConfig.ts';

/** Longest folder of an item, in characters (code points). */
const maxDirpathCharacters = 300;
/** Longest name of one folder, in bytes of UTF-8. */
const maxSegmentBytes = 255;

/** Why an item of a kind may not lie in this folder of the repository; empty when it may. */
export function dirpathFaults(kind: Pick<ConfigItem, 'folder' | 'file'>, dirpath: string): string[] {
  if (kind.folder === null) {
    const folder = folderOf(kind.file ?? '');
    return dirpath === folder ? [] : [`It must lie in ${folder === '' ? 'the root of the repository' : `‘${folder}’`}.`];
  }
  if (dirpath !== kind.folder && !dirpath.startsWith(`${kind.folder}/`)) return [`The folder must be ‘${kind.folder}’ or a folder in it.`];
  if ([...dirpath].length > maxDirpathCharacters) return [`The folder’s path may have ${maxDirpathCharacters} characters.`];
  const inner = dirpath.slice(kind.folder.length).split('/').slice(1);
  return inner.some((segment) => !isPlainSegment(segment)) ? ['The names of folders may not be empty, begin with a dot, or hold a backslash, a control character or accents in decomposed form.'] : [];
}

/** Why a file of a kind may not have this name (without extension); empty when it may. */
export function filenameFaults(kind: Pick<ConfigItem, 'folder' | 'file'>, filename: string): string[] {
  if (kind.folder === null) {
    const name = (kind.file ?? '').slice(folderOf(kind.file ?? '').length).replace(/^\//, '').replace(/\.[^.]*$/, '');
    return filename === name ? [] : [`Its file must be ‘${kind.file ?? ''}’.`];
  }
  if (filename === '') return ['The file must have a name.'];
  if (!isPlainSegment(filename) || /[./]/.test(filename) || filename.trim() !== filename) return ['The name of a file may not hold dots, slashes, backslashes, control characters or accents in decomposed form.'];
  return [...filename].length > maxFilenameCharacters || utf8Bytes(filename) > maxFilenameBytes ? [`The name of a file may have ${maxFilenameCharacters} characters and ${maxFilenameBytes} bytes.`] : [];
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Not empty, not hidden (and so neither `.` nor `..`), the same on every file system. */
function isPlainSegment(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.') && !/[\\\p{Cc}]/u.test(segment) && segment.normalize('NFC') === segment && utf8Bytes(segment) <= maxSegmentBytes;
}
