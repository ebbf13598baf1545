import { isRecord } from './fieldPaths.ts';
import { maxNameLength, relationTargets } from './references.ts';
import type { ConfigField } from './siteConfig.ts';

type FieldOf<W extends ConfigField['widget']> = Extract<ConfigField, { widget: W }>;

/** Whether nobody filled a field in: older systems left `''`, `[]` or null there. A text of spaces is none. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0;
}

/**
 * What the starter does not allow about the value of a field, in sentences for an author. A field that is not asked for
 * may be empty, but what it has must fit all the same: it is written to the site's files.
 */
export function valueFaults(given: ConfigField, value: unknown, isAsked: boolean): string[] {
  const field = isAsked ? given : { ...given, required: false, min: undefined };
  switch (field.widget) {
    case 'string':
    case 'text':
    case 'markdown':
      return textFaults(field, value);
    case 'boolean':
      // A blank is read as false, by Hugo as by us; it is no missing answer.
      return value === undefined || value === null || value === '' || typeof value === 'boolean' ? [] : [`‘${field.label}’ must be true or false.`];
    case 'select':
      return selectFaults(field, value);
    case 'hidden':
      return [];
    case 'file':
      return requiredFaults(field, isBlank(value));
    case 'object':
      return isBlank(value) || isRecord(value) ? [] : [`‘${field.label}’ must be a group of fields.`];
    case 'relation':
      return relationFaults(field, value);
    case 'menu':
      return menuFaults(field, value);
    case 'hierarchical-select':
      return hierarchyFaults(field, value);
    case 'website-collection':
      return websiteFaults(field, value);
  }
}

function requiredFaults(field: ConfigField, isMissing: boolean): string[] {
  return field.required === true && isMissing ? [`‘${field.label}’ is required.`] : [];
}

/** Bounds of a list; whether a single value is there is for `required` alone to say. */
function countFaults(field: ConfigField & { readonly min?: number | undefined; readonly max?: number | undefined }, count: number): string[] {
  if (field.required === true && count === 0) return requiredFaults(field, true);
  if (field.min !== undefined && count < field.min) return [`‘${field.label}’ must have at least ${entries(field.min)}.`];
  return field.max !== undefined && count > field.max ? [`‘${field.label}’ must have at most ${entries(field.max)}.`] : [];
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function textFaults(field: ConfigField, value: unknown): string[] {
  if (value !== undefined && value !== null && typeof value !== 'string') return [`‘${field.label}’ must be a text.`];
  return requiredFaults(field, isBlank(value));
}

function selectFaults(field: FieldOf<'select'>, value: unknown): string[] {
  const isEmpty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  if (field.multiple !== true) {
    if (isEmpty) return requiredFaults(field, true);
    return isOption(field, value) ? [] : [`‘${field.label}’ must be one of: ${optionsOf(field)}`];
  }
  if (isEmpty) return countFaults(field, 0);
  if (!Array.isArray(value)) return [`‘${field.label}’ must be a list.`];
  const chosen: readonly unknown[] = value;
  const unknown = chosen.filter((entry) => !isOption(field, entry));
  return unknown.length === 0 ? countFaults(field, chosen.length) : unknown.map((entry) => `‘${field.label}’ has no option ‘${shown(entry)}’; it may have: ${optionsOf(field)}`);
}

function isOption(field: FieldOf<'select'>, value: unknown): boolean {
  return field.options.some((option) => (typeof option === 'string' ? option : option.value) === value);
}

/** So many options are named in a sentence; some lists have fifty. */
const NAMED_OPTIONS = 10;

function optionsOf(field: FieldOf<'select'>): string {
  const labels = field.options.map((option) => (typeof option === 'string' ? option : option.label));
  return `${labels.slice(0, NAMED_OPTIONS).join(', ')}${labels.length > NAMED_OPTIONS ? ', …' : '.'}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function relationFaults(field: FieldOf<'relation'>, value: unknown): string[] {
  if (!isRelationShape(value, field.cross_site === true)) return [`‘${field.label}’ must name its entries by their ids.`];
  const targets = relationTargets(value, field.website ?? null);
  const stranger = field.website === undefined ? undefined : targets.find((target) => target.site !== field.website);
  if (stranger !== undefined) return [`‘${field.label}’ takes entries of the site ‘${field.website ?? ''}’ only.`];
  const files = Array.isArray(value) ? value.filter(isRecord).length : 0;
  const count = targets.length + files;
  if (field.multiple === true || field.sortable === true || field.cross_site === true) return countFaults(field, count);
  return count > 1 ? [`‘${field.label}’ takes one entry only.`] : requiredFaults(field, count === 0);
}

function isRelationShape(value: unknown, isCrossSite: boolean): boolean {
  // Files carry the captions of a video in place of the items they are in.
  const isEntry = (entry: unknown): boolean => isName(entry) || (isCrossSite && isPair(entry));
  if (Array.isArray(value)) return value.every((entry) => isEntry(entry) || (isRecord(entry) && typeof entry['file'] === 'string'));
  if (!isRecord(value)) return value === undefined || value === null || value === '' || isName(value);
  const content = value['content'];
  const website = value['website'];
  if (website !== undefined && website !== null && website !== '' && !isName(website)) return false;
  return Array.isArray(content) ? content.every(isEntry) : content === undefined || content === null || content === '' || isName(content);
}

function isPair(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [id, site] = entry as unknown[];
  return isName(id) && (site === null || site === '' || isName(site));
}

/** A text that can be the id of an item or the name of a site. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength;
}

function menuFaults(field: FieldOf<'menu'>, value: unknown): string[] {
  if (isBlank(value)) return requiredFaults(field, true);
  if (!Array.isArray(value) || !value.every(isRecord)) return [`‘${field.label}’ must be a list of menu entries.`];
  const faults: string[] = [];
  const parents = new Map<string, unknown>();
  const names = new Map<string, string>();
  value.forEach((entry, index) => {
    const { identifier, weight } = entry;
    const name = typeof entry['name'] === 'string' && entry['name'].trim() !== '' ? `‘${entry['name']}’` : null;
    const called = `${name ?? `Entry ${index + 1}`} in ‘${field.label}’`;
    if (name === null) faults.push(`${called} needs a name.`);
    if (!isName(identifier)) faults.push(`${called} needs an identifier.`);
    else if (parents.has(identifier)) faults.push(`${called} is there twice.`);
    else {
      parents.set(identifier, entry['parent']);
      names.set(identifier, called);
    }
    // Hugo takes 0 for no weight at all.
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 1) faults.push(`${called} needs a weight of 1 or more.`);
    if ([entry['url'], entry['pageRef']].some((address) => address !== undefined && address !== null && typeof address !== 'string')) faults.push(`${called} needs a text as its address.`);
  });
  return [...faults, ...parentFaults(parents, names)];
}

/** Every parent is there, and the way up from an entry ends. */
function parentFaults(parents: ReadonlyMap<string, unknown>, names: ReadonlyMap<string, string>): string[] {
  const rooted = new Set<string>();
  return [...parents].flatMap(([identifier, parent]) => {
    const way = new Set<string>();
    for (let at: unknown = identifier; typeof at === 'string' && at !== '' && !rooted.has(at); at = parents.get(at)) {
      if (way.has(at)) return [`${names.get(identifier) ?? ''} lies under itself or in a circle.`];
      way.add(at);
    }
    for (const at of way) rooted.add(at);
    return isBlank(parent) || (typeof parent === 'string' && parents.has(parent)) ? [] : [`${names.get(identifier) ?? ''} lies under an entry that is not there: ‘${shown(parent)}’.`];
  });
}

function hierarchyFaults(field: FieldOf<'hierarchical-select'>, value: unknown): string[] {
  if (isBlank(value)) return countFaults(field, 0);
  if (!Array.isArray(value)) return [`‘${field.label}’ must be a list.`];
  const unknown = (value as unknown[]).find((path) => !isHierarchyPath(field, path));
  if (unknown !== undefined) return [`‘${field.label}’ has no entry ‘${Array.isArray(unknown) ? unknown.map(shown).join(' - ') : shown(unknown)}’.`];
  return countFaults(field, value.length);
}

/** A path leads down the map level by level and may end above the last. */
function isHierarchyPath(field: FieldOf<'hierarchical-select'>, path: unknown): boolean {
  if (!Array.isArray(path) || path.length === 0 || path.length > field.levels.length) return false;
  let node: unknown = field.options_map;
  for (const step of path as unknown[]) {
    if (typeof step !== 'string') return false;
    if (Array.isArray(node)) {
      if (!node.includes(step)) return false;
      node = [];
    } else if (isRecord(node) && Object.hasOwn(node, step)) node = node[step];
    else return false;
  }
  return true;
}

function websiteFaults(field: FieldOf<'website-collection'>, value: unknown): string[] {
  if (isBlank(value)) return requiredFaults(field, true);
  const isEntry = (entry: unknown): boolean => isRecord(entry) && isName(entry['id']) && (entry['title'] === undefined || entry['title'] === null || typeof entry['title'] === 'string');
  return Array.isArray(value) && value.every(isEntry) ? [] : [`‘${field.label}’ must be a list of sites.`];
}
