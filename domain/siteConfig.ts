import { z } from 'zod';
import { loadPyYaml } from './pyYaml.ts';

/**
 * The starter configuration, `ocw-studio.yaml`: which kinds of content a site has, where their files lie and which fields
 * they carry. Keys are strict at every level: an unknown one is a fault, because it is almost always a misspelled one.
 */

const conditionSchema = z.strictObject({ field: z.string(), equals: z.string() });
const common = {
  name: z.string().min(1),
  label: z.string(),
  required: z.boolean().optional(),
  help: z.string().nullish(),
  default: z.unknown().optional(),
  condition: conditionSchema.optional(),
};
const count = z.number().int().min(0).optional();
const optionSchema = z.union([z.string(), z.strictObject({ label: z.string(), value: z.string() })]);

const simpleField = <W extends string>(widget: W) => z.strictObject({ ...common, widget: z.literal(widget) });
const leafFieldSchema = z.discriminatedUnion('widget', [
  z.strictObject({ ...common, widget: z.literal('string'), readOnly: z.boolean().optional() }),
  simpleField('text'),
  z.strictObject({
    ...common,
    widget: z.literal('markdown'),
    minimal: z.union([z.boolean(), z.literal('with-math')]).optional(),
    link: z.array(z.string()).optional(),
    embed: z.array(z.string()).optional(),
    allowed_html: z.array(z.string()).optional(),
  }),
  simpleField('boolean'),
  z.strictObject({ ...common, widget: z.literal('select'), options: z.array(optionSchema), multiple: z.boolean().optional(), min: count, max: count }),
  simpleField('hidden'),
  simpleField('file'),
  z.strictObject({
    ...common,
    widget: z.literal('relation'),
    collection: z.union([z.string(), z.array(z.string())]).optional(),
    collections: z.array(z.string()).optional(),
    display_field: z.string(),
    multiple: z.boolean().optional(),
    sortable: z.boolean().optional(),
    min: count,
    max: count,
    filter: z.strictObject({ field: z.string(), filter_type: z.literal('equals'), value: z.string() }).optional(),
    website: z.string().optional(),
    cross_site: z.boolean().optional(),
  }),
  z.strictObject({ ...common, widget: z.literal('menu'), collections: z.array(z.string()).optional() }),
  z.strictObject({
    ...common,
    widget: z.literal('hierarchical-select'),
    levels: z.array(z.strictObject({ name: z.string(), label: z.string() })),
    options_map: z.record(z.string(), z.unknown()),
    min: count,
    max: count,
  }),
  simpleField('website-collection'),
]);
const objectFieldSchema = z.strictObject({ ...common, widget: z.literal('object'), fields: z.array(leafFieldSchema) });
const fieldSchema = z.discriminatedUnion('widget', [...leafFieldSchema.options, objectFieldSchema]);
export type ConfigField = z.infer<typeof fieldSchema>;

const fileItemSchema = z.strictObject({ name: z.string().min(1), label: z.string(), file: z.string().min(1), fields: z.array(fieldSchema).optional() });
const collectionSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string(),
  category: z.string(),
  label_singular: z.string().optional(),
  slug: z.string().optional(),
  folder: z.string().min(1).optional(),
  files: z.array(fileItemSchema).optional(),
  fields: z.array(fieldSchema).optional(),
});
const siteConfigSchema = z.strictObject({
  'root-url-path': z.string().nullish().transform((path) => (path ?? '').replace(/^\/+|\/+$/g, '')),
  'site-url-format': z.string().optional(),
  'content-dir': z.string().optional(),
  collections: z.array(collectionSchema),
});
export type SiteConfig = z.infer<typeof siteConfigSchema>;

export interface SiteConfigIssue {
  /** Such as `collections.1.files.0`. */
  readonly path: string;
  readonly reason: string;
}

/** Every fault of a configuration, each with its path. */
export class SiteConfigError extends Error {
  override readonly name = 'SiteConfigError';
  readonly issues: readonly SiteConfigIssue[];
  constructor(issues: readonly SiteConfigIssue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.reason}`).join('; '));
    this.issues = issues;
  }
}

/**
 * Reads and checks a configuration.
 * @throws {SiteConfigError} with every fault found.
 */
export function parseSiteConfig(text: string): SiteConfig {
  let raw: unknown;
  try {
    raw = loadPyYaml(text);
  } catch (error) {
    throw new SiteConfigError([{ path: '(file)', reason: `it is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}` }]);
  }
  const parsed = siteConfigSchema.safeParse(raw);
  if (!parsed.success) throw new SiteConfigError(parsed.error.issues.flatMap((issue) => issuesOf(issue, [])));
  const issues = extraRules(parsed.data);
  if (issues.length > 0) throw new SiteConfigError(issues);
  return parsed.data;
}

function issuesOf(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): SiteConfigIssue[] {
  const path = [...prefix, ...issue.path].map(String).join('.') || '(root)';
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path, reason: `the key ‘${key}’ is not known` }));
  return [{ path, reason: issue.message }];
}

function extraRules(config: SiteConfig): SiteConfigIssue[] {
  const issues: SiteConfigIssue[] = [];
  const contentDir = contentDirOf(config);
  const names = new Map<string, string>();
  const claim = (name: string, path: string): void => {
    const first = names.get(name);
    if (first === undefined) names.set(name, path);
    else issues.push({ path, reason: `the name ‘${name}’ stands at ${first} already` });
  };
  const checkFields = (fields: readonly ConfigField[] | undefined, path: string): void => {
    const list = fields ?? [];
    list.forEach((field, index) => {
      if (field.name === 'title' && (field.widget !== 'string' || field.required !== true)) issues.push({ path: `${path}.fields.${index}`, reason: 'a field named title must be a required string' });
    });
    if (list.some((field) => field.widget === 'menu') && list.some((field) => field.widget !== 'menu')) issues.push({ path, reason: 'an item with a menu field may have menu fields only' });
  };
  config.collections.forEach((collection, index) => {
    const path = `collections.${index}`;
    if ((collection.folder === undefined) === (collection.files === undefined)) issues.push({ path, reason: 'it needs exactly one of folder and files' });
    if (collection.folder !== undefined && collection.folder !== contentDir && !collection.folder.startsWith(`${contentDir}/`)) issues.push({ path, reason: `its folder must be ${contentDir} or under it` });
    claim(collection.name, path);
    checkFields(collection.fields, path);
    collection.files?.forEach((file, fileIndex) => {
      claim(file.name, `${path}.files.${fileIndex}`);
      checkFields(file.fields, `${path}.files.${fileIndex}`);
    });
  });
  return issues;
}

export function contentDirOf(config: SiteConfig): string {
  return config['content-dir'] ?? 'content';
}

/** One kind of content: a repeatable one with a folder, or a singleton with a file. */
export interface ConfigItem {
  readonly name: string;
  readonly label: string;
  readonly category: string;
  /** What one item of it is called; null when the starter does not say. */
  readonly labelSingular: string | null;
  /** The field whose value names a new item's file; null means its title. */
  readonly slug: string | null;
  readonly folder: string | null;
  readonly file: string | null;
  readonly fields: readonly ConfigField[];
}

/** Every kind of content of a configuration, singletons included, in its order. */
export function configItems(config: SiteConfig): ConfigItem[] {
  return config.collections.flatMap((collection): ConfigItem[] =>
    collection.folder !== undefined
      ? [{ name: collection.name, label: collection.label, category: collection.category, labelSingular: collection.label_singular ?? null, slug: collection.slug ?? null, folder: collection.folder, file: null, fields: collection.fields ?? [] }]
      : (collection.files ?? []).map((file) => ({ name: file.name, label: file.label, category: collection.category, labelSingular: null, slug: null, folder: null, file: file.file, fields: file.fields ?? [] })),
  );
}

export function configItem(config: SiteConfig, name: string): ConfigItem | undefined {
  return configItems(config).find((item) => item.name === name);
}

/** The singleton kept in this file. */
export function configItemByFile(config: SiteConfig, path: string): ConfigItem | undefined {
  return configItems(config).find((item) => item.file === path);
}

/** Name of the field that holds an uploaded file; the first one counts. */
export function fileFieldOf(item: ConfigItem): string | undefined {
  return item.fields.find((field) => field.widget === 'file')?.name;
}

export function menuFieldsOf(item: ConfigItem): string[] {
  return item.fields.filter((field) => field.widget === 'menu').map((field) => field.name);
}
