import type { ContentItem } from './contentItem.ts';
import { fieldPathsOf, fieldValue, isFieldActive, isRecord } from './fieldPaths.ts';
import { dirpathFaults, filenameFaults } from './itemPlace.ts';
import { runsSomething } from './markdown/runsSomething.ts';
import { type ConfigItem, fileFieldOf, type SiteConfig } from './siteConfig.ts';
import { isBlank, valueFaults } from './valueFaults.ts';

/** One thing an author has to mend, with the sentence that says so. */
export interface FieldIssue {
  /** `title`, `markdown`, `file`, `dirpath`, `filename`, `metadata.image_metadata.caption`. */
  readonly path: string;
  readonly message: string;
}

/** Longest title, in characters (code points). */
export const maxTitleCharacters = 125;

export interface ValidateInput {
  readonly kind: ConfigItem;
  readonly config?: SiteConfig;
  readonly item: Pick<ContentItem, 'title' | 'metadata' | 'markdown' | 'file' | 'dirpath' | 'filename'>;
  /**
   * Paths of the fields that this save changes, whole fields or parts of them, as `fieldDifferences` names them; old
   * faults of the others do not stand in its way. Absent checks everything.
   */
  readonly changed?: ReadonlySet<string>;
}

/**
 * Everything that the starter does not allow about an item. Fields that the starter does not know are nobody's fault, and
 * forms in which older systems stored a value are accepted.
 */
export function validateItem(input: ValidateInput): FieldIssue[] {
  const { kind, item } = input;
  const isChanged = changeTest(input.changed);
  const issues: FieldIssue[] = [];
  const add = (path: string, messages: readonly string[]): void => void issues.push(...messages.map((message) => ({ path, message })));
  const fields = fieldPathsOf(kind);
  if (isChanged('title')) {
    if (kind.folder !== null && !fields.some((at) => at.path === 'title') && isBlank(item.title)) add('title', ['‘Title’ is required.']);
    add('title', titleFaults(item.title));
  }
  for (const at of fields) {
    // A field that another one has just called for is checked although nobody touched it.
    const isCalledFor = [at.field.condition, at.parent?.field.condition].some((condition) => condition !== undefined && isChanged(topLevelPath(condition.field)));
    if (isChanged(at.path) || isCalledFor) add(at.path, valueFaults(at.field, fieldValue(item, at), isFieldActive(item, at)));
  }
  const fileField = fileFieldOf(kind);
  if (fileField !== undefined && Object.hasOwn(item.metadata, fileField) && isChanged(`metadata.${fileField}`)) add(`metadata.${fileField}`, ['An uploaded file is no part of the metadata: it is the item’s ‘file’.']);
  for (const [path, value] of [['title', item.title], ['markdown', item.markdown], ...Object.entries(item.metadata).map(([key, inner]) => [`metadata.${key}`, inner] as const)] as const) {
    if (isChanged(path) && hasHalfCharacter(value)) add(path, ['It holds half of a character, which cannot be stored; type or paste the text again.']);
    // Themes make links of these, which nothing cleans any more.
    if (isChanged(path) && /[._]url$/.test(path) && typeof value === 'string' && runsSomething(value)) add(path, ['This address would run something where it is opened; write one that begins with https://.']);
    if (isChanged(path) && hasRoundedNumber(value)) add(path, ['It holds a number of more digits than are kept; write it as a text.']);
  }
  if (isChanged('dirpath')) add('dirpath', dirpathFaults(kind, item.dirpath));
  if (isChanged('filename')) add('filename', filenameFaults(kind, item.filename));
  return issues;
}

function topLevelPath(name: string): string {
  if (name === 'title') return 'title';
  return name === 'body' ? 'markdown' : `metadata.${name}`;
}

/** A field is changed when it, a part of it or what it is part of is. */
function changeTest(changed: ReadonlySet<string> | undefined): (path: string) => boolean {
  if (changed === undefined) return () => true;
  const paths = [...changed];
  return (path) => changed.has(path) || paths.some((other) => other.startsWith(`${path}.`) || path.startsWith(`${other}.`));
}

/** Half of a surrogate pair is no character: the database refuses it or makes another of it. */
function hasHalfCharacter(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value);
  if (Array.isArray(value)) return value.some(hasHalfCharacter);
  return isRecord(value) && Object.entries(value).some(([key, inner]) => hasHalfCharacter(key) || hasHalfCharacter(inner));
}

/** Whole numbers beyond 2^53 lose their last digits, here as in every browser. */
function hasRoundedNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  if (Array.isArray(value)) return value.some(hasRoundedNumber);
  return isRecord(value) && Object.values(value).some(hasRoundedNumber);
}

function titleFaults(title: string | null): string[] {
  const length = [...(title ?? '')].length;
  return length > maxTitleCharacters ? [`A title may have at most ${maxTitleCharacters} characters; this one has ${length}.`] : [];
}
