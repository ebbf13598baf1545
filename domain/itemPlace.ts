import { maxFilenameBytes, maxFilenameCharacters, utf8Bytes } from './filename.ts';
import type { ConfigItem } from './siteConfig.ts';

/** Longest folder of an item, in characters (code points). */
const maxDirpathCharacters = 300;
/** Longest name of one folder, in bytes of UTF-8. */
const maxSegmentBytes = 255;
/** Never hidden, so neither `.` nor `..` nor `.git`; what stands in an address without being escaped into something else. */
const FOLDER_NAME = /^[\p{L}\p{M}\p{N}_-][\p{L}\p{M}\p{N}_.-]*$/u;
/** Without dots: what follows one is taken for an extension. */
const FILE_NAME = /^[\p{L}\p{M}\p{N}_-]+$/u;

/** Why an item of a kind may not lie in this folder of the repository; empty when it may. */
export function dirpathFaults(kind: Pick<ConfigItem, 'folder' | 'file'>, dirpath: string): string[] {
  if (kind.folder === null) {
    const folder = folderOf(kind.file ?? '');
    return dirpath === folder ? [] : [`It must lie in ${folder === '' ? 'the root of the repository' : `‘${folder}’`}.`];
  }
  if (dirpath !== kind.folder && !dirpath.startsWith(`${kind.folder}/`)) return [`The folder must be ‘${kind.folder}’ or one in it.`];
  if ([...dirpath].length > maxDirpathCharacters) return [`The path of the folder may have at most ${maxDirpathCharacters} characters.`];
  const inner = dirpath.slice(kind.folder.length).split('/').slice(1);
  const wrong = inner.find((segment) => !FOLDER_NAME.test(segment) || segment.normalize('NFC') !== segment || utf8Bytes(segment) > maxSegmentBytes);
  return wrong === undefined ? [] : [`‘${wrong}’ cannot be the name of a folder: it may have letters, digits, dots, dashes and underscores, and does not begin with a dot.`];
}

/** Why a file of a kind may not have this name (without extension); empty when it may. */
export function filenameFaults(kind: Pick<ConfigItem, 'folder' | 'file'>, filename: string): string[] {
  if (kind.folder === null) {
    const name = (kind.file ?? '').slice(folderOf(kind.file ?? '').length).replace(/^\//, '').replace(/\.[^.]*$/, '');
    return filename === name ? [] : [`Its file must be ‘${kind.file ?? ''}’.`];
  }
  if (!FILE_NAME.test(filename) || filename.normalize('NFC') !== filename) return [`‘${filename}’ cannot be the name of a file: it may have letters, digits, dashes and underscores.`];
  const isTooLong = [...filename].length > maxFilenameCharacters || utf8Bytes(filename) > maxFilenameBytes;
  return isTooLong ? [`The name of a file may have at most ${maxFilenameCharacters} characters and ${maxFilenameBytes} bytes.`] : [];
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
