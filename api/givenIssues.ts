import type { ContentItem } from '#domain/contentItem.ts';
import { fieldPathsOf } from '#domain/fieldPaths.ts';
import { isSameValue } from '#domain/itemDiff.ts';
import { type ConfigItem, fileFieldOf } from '#domain/siteConfig.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import type { FieldIssue } from '#domain/validateItem.ts';
import type { WritableContent } from './siteContent.ts';

/** Keys of a file's head that are made from the item itself. */
const ITEM_KEYS = ['uid', 'title', 'content_type'];
/** Longest key of S3, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** What a caller may give of an item beside what the starter’s fields say. */
interface Given {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly markdown?: string | null | undefined;
  readonly file?: string | null | undefined;
}

/**
 * Faults of what a caller gives that the fields of the starter cannot tell: what would be written nowhere or twice, and a
 * file that is another site's. What is stored already may be sent back.
 */
export function givenIssues({ config, site }: WritableContent, kind: ConfigItem, given: Given, stored: Pick<ContentItem, 'metadata' | 'markdown' | 'file'>): FieldIssue[] {
  return [...reservedKeyIssues(kind, given.metadata ?? {}, stored.metadata), ...markdownIssues(kind, given, stored), ...fileIssues(kind, given, stored, siteStoragePrefix(config, site))];
}

function reservedKeyIssues(kind: ConfigItem, given: Readonly<Record<string, unknown>>, stored: Readonly<Record<string, unknown>>): FieldIssue[] {
  const hasText = fieldPathsOf(kind).some((at) => at.path === 'markdown');
  const messages = new Map(ITEM_KEYS.map((key) => [key, key === 'title' ? 'The title stands beside the metadata, not in it.' : `‘${key}’ is written from the item itself: leave it out.`]));
  if (hasText) messages.set('body', 'The text stands beside the metadata, not in it: it is the item’s ‘markdown’.');
  return [...messages].filter(([key]) => Object.hasOwn(given, key) && given[key] !== null && !isSameValue(given[key], stored[key])).map(([key, message]) => ({ path: `metadata.${key}`, message }));
}

/** The file of what stands once holds its fields and nothing else. */
function markdownIssues(kind: ConfigItem, { markdown }: Given, stored: Pick<ContentItem, 'markdown'>): FieldIssue[] {
  if (kind.file === null || markdown === undefined || markdown === null || markdown === '' || markdown === stored.markdown) return [];
  return [{ path: 'markdown', message: `‘${kind.label}’ has fields only, and no text beside them.` }];
}

/** A key leads to this site's own files: another's may not be public yet. */
function fileIssues(kind: ConfigItem, { file }: Given, stored: Pick<ContentItem, 'file'>, prefix: string): FieldIssue[] {
  if (file === undefined || file === null || file === stored.file) return [];
  if (fileFieldOf(kind) === undefined) return [{ path: 'file', message: `What is kept under ‘${kind.label}’ has no uploaded file.` }];
  const names = file.startsWith(`${prefix}/`) ? file.slice(prefix.length + 1).split('/') : [''];
  const isOwn = names.every((name) => name !== '' && name !== '.' && name !== '..') && Buffer.byteLength(file) <= MAX_KEY_BYTES;
  return isOwn ? [] : [{ path: 'file', message: `The file must be one of this site’s own: its key begins with ‘${prefix}/’.` }];
}
