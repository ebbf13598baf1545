import type { ContentItem } from './contentItem.ts';
import { fieldPathsOf, fieldValue, isFieldActive, isRecord } from './fieldPaths.ts';
import type { ConfigItem } from './siteConfig.ts';

/**
 * A new item with the starter's default in each field that was not given. A field whose condition does not hold gets
 * none; nothing else is made up, so that a file has the keys somebody meant.
 */
export function withDefaultValues(kind: ConfigItem, item: ContentItem): ContentItem {
  let made = item;
  for (const at of fieldPathsOf(kind)) {
    const { default: value } = at.field;
    if (value === undefined || value === null || fieldValue(made, at) != null || hasKey(made.metadata, at.keys) || !isFieldActive(made, at)) continue;
    if (at.path === 'title') made = { ...made, title: typeof value === 'string' ? value : made.title };
    else if (at.path === 'markdown') made = { ...made, markdown: typeof value === 'string' ? value : made.markdown };
    else if (at.keys.length > 0) made = { ...made, metadata: withValue(made.metadata, at.keys, structuredClone(value)) };
  }
  return made;
}

/** Whether a key is there, whatever it holds: null was given too. */
function hasKey(metadata: unknown, keys: readonly string[]): boolean {
  const [key, ...rest] = keys;
  if (key === undefined || !isRecord(metadata) || !Object.hasOwn(metadata, key)) return false;
  return rest.length === 0 ? true : !isRecord(metadata[key]) || hasKey(metadata[key], rest);
}

function withValue(metadata: Readonly<Record<string, unknown>>, [key = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const inner = metadata[key];
  return { ...metadata, [key]: rest.length === 0 ? value : withValue(isRecord(inner) ? inner : {}, rest, value) };
}
