import { z } from 'zod';

/**
 * The language of `ocw-studio.yaml`. Keys are strict at every level: an unknown one is a fault, because it is almost
 * always a misspelled one.
 */

const bareSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/** A field is shown only while another field of the same form has this text. */
const conditionSchema = z.strictObject({ field: z.string().min(1), equals: z.string() });
const common = {
  name: z.string().min(1),
  label: z.string(),
  required: z.boolean().optional(),
  help: z.string().nullish(),
  // Anything goes, null too: `default:` with nothing behind it stands in real configurations.
  default: z.unknown().optional(),
  condition: conditionSchema.optional(),
};
const count = z.number().int().min(0).optional();
const types = z.array(z.string().min(1));
const optionSchema = z.union([z.string(), z.strictObject({ label: z.string(), value: z.string() })]);

/** The widgets a field of an object may have: all but the object itself. */
const leafSchemas = [
  z.strictObject({ ...common, widget: z.literal('string'), readOnly: z.boolean().optional() }),
  z.strictObject({ ...common, widget: z.literal('text') }),
  z.strictObject({
    ...common,
    widget: z.literal('markdown'),
    minimal: z.union([z.boolean(), z.literal('with-math')]).optional(),
    link: types.optional(),
    embed: types.optional(),
    allowed_html: z.array(z.enum(['sub', 'sup'])).optional(),
  }),
  z.strictObject({ ...common, widget: z.literal('boolean') }),
  z.strictObject({ ...common, widget: z.literal('select'), options: z.array(optionSchema), multiple: z.boolean().optional(), min: count, max: count }),
  z.strictObject({ ...common, widget: z.literal('hidden') }),
  z.strictObject({ ...common, widget: z.literal('file') }),
  z.strictObject({
    ...common,
    widget: z.literal('relation'),
    collection: z.union([z.string(), types]).optional(),
    collections: types.optional(),
    display_field: z.string().min(1),
    multiple: z.boolean().optional(),
    sortable: z.boolean().optional(),
    min: count,
    max: count,
    filter: z.strictObject({ field: z.string().min(1), filter_type: z.literal('equals'), value: z.string() }).optional(),
    website: z.string().min(1).optional(),
    cross_site: z.boolean().optional(),
  }),
  z.strictObject({ ...common, widget: z.literal('menu'), collections: types.optional() }),
  z.strictObject({
    ...common,
    widget: z.literal('hierarchical-select'),
    levels: z.array(z.strictObject({ name: z.string().min(1), label: z.string() })).min(1),
    options_map: z.record(z.string(), z.unknown()),
    min: count,
    max: count,
  }),
  z.strictObject({ ...common, widget: z.literal('website-collection') }),
] as const;
const leafFieldSchema = z.discriminatedUnion('widget', leafSchemas);
const objectFieldSchema = z.strictObject({ ...common, widget: z.literal('object'), fields: z.array(leafFieldSchema) });
/** A field of a kind of content. */
export const fieldSchema = z.discriminatedUnion('widget', [...leafSchemas, objectFieldSchema]);
export type ConfigField = z.infer<typeof fieldSchema>;

const fileItemSchema = z.strictObject({ name: z.string().min(1), label: z.string(), file: z.string().min(1), fields: z.array(fieldSchema).optional() });
const collectionSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string(),
  category: z.string(),
  label_singular: z.string().optional(),
  slug: z.string().min(1).optional(),
  folder: z.string().min(1).transform(bareSlashes).optional(),
  files: z.array(fileItemSchema).optional(),
  fields: z.array(fieldSchema).optional(),
});
export const siteConfigSchema = z.strictObject({
  'root-url-path': z.string().transform(bareSlashes),
  'site-url-format': z.string().optional(),
  'content-dir': z.string().min(1).transform(bareSlashes).optional(),
  /** The version of Hugo that builds sites of the starter, such as 0.142.0. */
  'hugo-version': z.string().regex(/^\d+\.\d+\.\d+$/, 'it is no version such as 0.142.0').optional(),
  collections: z.array(collectionSchema),
});
export type SiteConfig = z.infer<typeof siteConfigSchema>;

/** The keys of each widget's fields, by widget. */
export const widgetKeys: ReadonlyMap<string, readonly string[]> = new Map([...leafSchemas, objectFieldSchema].map((schema) => [schema.shape.widget.value, Object.keys(schema.shape)]));

/** The keys of what is not a field, by the key it stands under; the root's stand under nothing. */
export const partKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(siteConfigSchema.shape),
  collections: Object.keys(collectionSchema.shape),
  files: Object.keys(fileItemSchema.shape),
  condition: Object.keys(conditionSchema.shape),
  options: ['label', 'value'],
  filter: ['field', 'filter_type', 'value'],
  levels: ['name', 'label'],
};
