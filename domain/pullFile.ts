import { type ReadResult, readContentFile, type SiteContext } from './contentFile.ts';
import type { SiteConfig } from './siteConfig.ts';

/** One file of a commit, as it was read. */
export interface CommitFile {
  readonly path: string;
  /** Git's name of its content. */
  readonly blob: string;
  /** Its text; null when it has none. */
  readonly text: string | null;
  /** Why it has no text: `kept` is nothing for the studio, `unreadable` may have been. */
  readonly fault?: { readonly kind: 'kept' | 'unreadable'; readonly reason: string };
}

/** One file of the repository as a pull sees it. */
export interface PullFile {
  readonly path: string;
  readonly blob: string;
  readonly read: ReadResult | { readonly kind: 'unreadable'; readonly reason: string };
  /** The uid a file that is no item names all the same: its item is not missing, its file is damaged. */
  readonly claims: string | null;
}

/** Sorts one file of a commit into item, kept and unreadable. */
export function readPullFile(file: CommitFile, config: SiteConfig, site: Pick<SiteContext, 'name' | 'urlPath'>): PullFile {
  const { path, blob, text } = file;
  if (text === null) return { path, blob, claims: null, read: file.fault ?? { kind: 'unreadable', reason: 'it could not be read' } };
  const read = readContentFile({ path, text, config, site });
  return { path, blob, read, claims: read.kind === 'item' ? null : uidIn(text) };
}

function uidIn(text: string): string | null {
  return /^uid:[ \t]*['"]?([^\s'"]+)/m.exec(text)?.[1] ?? null;
}
