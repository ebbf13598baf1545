import type { ConfigField, ConfigItem } from '../siteConfig.ts';
import type { TextField } from './cleanupRule.ts';

type LeafField = Exclude<ConfigField, { widget: 'object' }>;

/** Fields that older items carry although no starter has them any more; the themes still show them as Markdown. */
const FORMER_FIELDS = ['optional_text', 'related_resources_text'];

/** Every field of a kind that holds text: its Markdown and plain text widgets, and fields of old that the themes still show. */
export function textFieldsOf(kind: ConfigItem): TextField[] {
  const known = kind.fields.flatMap((field) =>
    field.widget === 'object' ? field.fields.flatMap((inner) => textFieldOf(inner, `metadata.${field.name}.${inner.name}`)) : textFieldOf(field, field.name === 'body' && field.widget === 'markdown' ? 'markdown' : `metadata.${field.name}`),
  );
  const paths = new Set(known.map((field) => field.path));
  const former = FORMER_FIELDS.map((name): TextField => ({ path: `metadata.${name}`, widget: 'markdown', allowedHtml: new Set() })).filter((field) => !paths.has(field.path));
  return [...known, ...former];
}

function textFieldOf(field: LeafField, path: string): TextField[] {
  if (field.widget === 'markdown') return [{ path, widget: 'markdown', allowedHtml: new Set(field.allowed_html ?? []) }];
  return field.widget === 'text' ? [{ path, widget: 'text', allowedHtml: new Set() }] : [];
}
