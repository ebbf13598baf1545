import { type ConfigItem, configItems, type SiteConfig } from './siteConfig.ts';

/** What differs between two configurations of a starter. */
export interface StarterDifference {
  /** Sentences, in the order of the newer configuration. */
  readonly sentences: readonly string[];
  /** Kinds of content of which something is another or gone: whose items have to be looked at. */
  readonly kinds: readonly string[];
  /** Whether a setting of the whole is another, which concerns every site. */
  readonly isWhole: boolean;
}

const WHOLE = { 'root-url-path': 'The root path', 'site-url-format': 'The form of new addresses', 'content-dir': 'The folder of pages', 'hugo-version': 'The version of Hugo' } as const;

/** How a value is compared: what was never said is the same as what is said to be nothing. */
const written = (value: unknown): string => JSON.stringify(sorted(value)) ?? '';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

/** What an admin reads about a change of a configuration. */
export function starterDifference(before: SiteConfig | null, after: SiteConfig): StarterDifference {
  if (before === null) return { sentences: ['It was read for the first time.'], kinds: configItems(after).map((kind) => kind.name), isWhole: true };
  const sentences: string[] = [];
  const kinds = new Set<string>();
  let isWhole = false;
  for (const [key, words] of Object.entries(WHOLE)) {
    const [old, made] = [before[key as keyof typeof WHOLE], after[key as keyof typeof WHOLE]];
    if (old === made) continue;
    isWhole = true;
    sentences.push(`${words} is ${said(made)} and was ${said(old)}.`);
  }
  const [old, made] = [new Map(configItems(before).map((kind) => [kind.name, kind])), new Map(configItems(after).map((kind) => [kind.name, kind]))];
  for (const [name, kind] of made) {
    const earlier = old.get(name);
    const changes = earlier === undefined ? [`The kind ‘${kind.label}’ (${name}) is new.`] : kindChanges(earlier, kind);
    if (changes.length > 0) kinds.add(name);
    sentences.push(...changes);
  }
  for (const [name, kind] of old) {
    if (made.has(name)) continue;
    kinds.add(name);
    sentences.push(`The kind ‘${kind.label}’ (${name}) is gone.`);
  }
  return { sentences, kinds: [...kinds], isWhole };
}

const said = (value: string | undefined): string => (value === undefined ? 'not given' : `‘${value}’`);

function kindChanges(before: ConfigItem, after: ConfigItem): string[] {
  const of = `of ‘${after.label}’ (${after.name})`;
  const settings = (['label', 'labelSingular', 'category', 'slug', 'folder', 'file'] as const).filter((key) => before[key] !== after[key]);
  const [old, made] = [new Map(before.fields.map((field) => [field.name, field])), new Map(after.fields.map((field) => [field.name, field]))];
  return [
    ...settings.map((key) => `The ${SETTINGS[key]} ${of} is ${said(after[key] ?? undefined)} and was ${said(before[key] ?? undefined)}.`),
    ...[...made].flatMap(([name, field]) => {
      const earlier = old.get(name);
      if (earlier === undefined) return [`The field ‘${field.label}’ (${name}) ${of} is new${field.required === true ? ' and required' : ''}.`];
      const keys = [...new Set([...Object.keys(earlier), ...Object.keys(field)])].filter((key) => written((earlier as Record<string, unknown>)[key]) !== written((field as Record<string, unknown>)[key]));
      return keys.length === 0 ? [] : [`The field ‘${field.label}’ (${name}) ${of} has another ${keys.join(', ')}.`];
    }),
    ...[...old].flatMap(([name, field]) => (made.has(name) ? [] : [`The field ‘${field.label}’ (${name}) ${of} is gone.`])),
  ];
}

const SETTINGS = { label: 'label', labelSingular: 'label of one', category: 'category', slug: 'field that names files', folder: 'folder', file: 'file' } as const;
