import { loadPyYaml } from './pyYaml.ts';
import { type SiteConfigIssue, siteConfigFaults } from './siteConfigFaults.ts';
import { siteConfigRules } from './siteConfigRules.ts';
import { type ConfigField, type SiteConfig, siteConfigSchema } from './siteConfigSchema.ts';

/**
 * The starter configuration, `ocw-studio.yaml`: which kinds of content a site has, where their files lie and which fields
 * they carry.
 */

export type { ConfigField, SiteConfig };

/** Every fault of a configuration, each with its path. */
export class SiteConfigError extends Error {
  override readonly name = 'SiteConfigError';
  readonly issues: readonly SiteConfigIssue[];
  constructor(issues: readonly SiteConfigIssue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.reason}`).join('; '));
    this.issues = issues;
  }
}

/** The largest real one has 60 KB; what is far larger is no configuration. */
const MAX_CHARACTERS = 1024 * 1024;
/** Values after every alias is unfolded; the largest real configuration has some 4,000. */
const MAX_VALUES = 200_000;

/**
 * Reads and checks a configuration. Anchors, aliases and merge keys are unfolded.
 * @throws {SiteConfigError} with every fault found.
 */
export function parseSiteConfig(text: string): SiteConfig {
  const raw = readYaml(text);
  const parsed = siteConfigSchema.safeParse(raw);
  if (!parsed.success) throw new SiteConfigError(siteConfigFaults(parsed.error.issues, raw));
  const issues = siteConfigRules(parsed.data, contentDirOf(parsed.data));
  if (issues.length > 0) throw new SiteConfigError(issues);
  return parsed.data;
}

function readYaml(text: string): unknown {
  const refuse = (reason: string): never => {
    throw new SiteConfigError([{ path: '(file)', reason }]);
  };
  if (text.length > MAX_CHARACTERS) return refuse('it is larger than 1 MiB');
  const unfoldsTooFar = 'its aliases unfold into more than a configuration can hold';
  let raw: unknown;
  try {
    raw = loadPyYaml(text);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '').replace(/:$/, '') : String(error);
    return refuse(/excessive alias count/i.test(message) ? unfoldsTooFar : `it is not YAML: ${message}`);
  }
  if (raw === null || raw === undefined) return refuse('it is empty');
  // An alias is one value in many places: it must be counted, and may hold itself.
  return countValues(raw, MAX_VALUES) > MAX_VALUES ? refuse(unfoldsTooFar) : raw;
}

/** How many values there are when every alias is unfolded; it stops counting beyond `limit`. */
function countValues(value: unknown, limit: number): number {
  let counted = 0;
  const waiting = [value];
  while (waiting.length > 0 && counted <= limit) {
    const next = waiting.pop();
    counted += 1;
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next) as unknown[]) waiting.push(inner);
  }
  return counted;
}

/** Where pages lie in the repository. */
export function contentDirOf(config: SiteConfig): string {
  return config['content-dir'] ?? 'content';
}

/** One kind of content: a repeatable one with a folder, or a singleton with a file. */
export interface ConfigItem {
  readonly name: string;
  readonly label: string;
  /** What one of it is called; null when the configuration does not say. */
  readonly labelSingular: string | null;
  readonly category: string;
  /** The field whose value names the file of a new item; null means its title. */
  readonly slug: string | null;
  readonly folder: string | null;
  readonly file: string | null;
  readonly fields: readonly ConfigField[];
}

/** Every kind of content of a configuration, singletons included, in its order. */
export function configItems(config: SiteConfig): ConfigItem[] {
  return config.collections.flatMap((collection): ConfigItem[] => {
    const { category } = collection;
    if (collection.folder === undefined) {
      return (collection.files ?? []).map((file) => ({ name: file.name, label: file.label, labelSingular: null, category, slug: null, folder: null, file: file.file, fields: file.fields ?? [] }));
    }
    return [{ name: collection.name, label: collection.label, labelSingular: collection.label_singular ?? null, category, slug: collection.slug ?? null, folder: collection.folder, file: null, fields: collection.fields ?? [] }];
  });
}

/** The kind of this name. */
export function configItem(config: SiteConfig, name: string): ConfigItem | undefined {
  return configItems(config).find((item) => item.name === name);
}

/** The kind of the items by which the root site lists sites. */
export const LISTING_TYPE = 'website';

const listingKind: ConfigItem = { name: LISTING_TYPE, label: 'Websites', labelSingular: 'Website', category: 'Content', slug: null, folder: 'content/websites', file: null, fields: [] };

/** The kind of this name as files know it: listings of sites are the studio's own, and no starter declares them. */
export function fileKind(config: SiteConfig, name: string): ConfigItem | undefined {
  return configItem(config, name) ?? (name === LISTING_TYPE ? listingKind : undefined);
}

/** The singleton kept in this file. */
export function configItemByFile(config: SiteConfig, path: string): ConfigItem | undefined {
  return configItems(config).find((item) => item.file === path);
}

/** Name of the field that holds an uploaded file; the first one counts. */
export function fileFieldOf(item: Pick<ConfigItem, 'fields'>): string | undefined {
  return item.fields.find((field) => field.widget === 'file')?.name;
}

/** Names of the fields that hold a menu. */
export function menuFieldsOf(item: ConfigItem): string[] {
  return item.fields.filter((field) => field.widget === 'menu').map((field) => field.name);
}
