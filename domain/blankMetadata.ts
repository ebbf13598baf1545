import { isRecord } from './fieldPaths.ts';
import { type ConfigField, type ConfigItem, fileFieldOf } from './siteConfig.ts';

/** Names of an item's own columns; a field of such a name is no metadata. */
const COLUMNS = new Set(['id', 'text_id', 'title', 'type', 'markdown', 'metadata', 'parent', 'is_page_content', 'dirpath', 'filename', 'file', 'website', 'owner', 'updated_by', 'created_on', 'updated_on', 'deleted']);

/**
 * The metadata of an item nobody has filled in yet, one key per field of its kind: a given value, else the starter's
 * default where these are asked for, else a blank. Blanks are those that existing items have, so that files keep their
 * shape: `''`, for what takes several `[]`, relations included. Only a boolean differs: it is `false`, for a draft that is
 * `''` is neither published nor a draft to whoever compares. `values` has the form of metadata: what belongs to an object
 * lies inside of it. The body, a column since, keeps its empty key in old files and gets one here too.
 */
export function blankMetadata(kind: ConfigItem, options: { readonly useDefaults?: boolean; readonly values?: Readonly<Record<string, unknown>> } = {}): Record<string, unknown> {
  const fileField = fileFieldOf(kind);
  return blankFields(kind.fields.filter((field) => field.name !== fileField && !COLUMNS.has(field.name)), options.useDefaults === true, options.values ?? {});
}

function blankFields(fields: readonly ConfigField[], useDefaults: boolean, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, blankOf(field, useDefaults, Object.hasOwn(values, field.name) ? values[field.name] : undefined)]));
}

function blankOf(field: ConfigField, useDefaults: boolean, value: unknown): unknown {
  if (field.widget === 'object') return blankFields(field.fields, useDefaults, isRecord(value) ? value : {});
  if (value !== undefined) return value;
  if (useDefaults && field.default !== undefined && field.default !== null) return structuredClone(field.default);
  if (field.widget === 'boolean') return false;
  return 'multiple' in field && field.multiple === true ? [] : '';
}
