import { isRecord } from './fieldPaths.ts';
import { relationTargets } from './references.ts';
import type { ConfigField } from './siteConfig.ts';

type FieldOf<W extends ConfigField['widget']> = Extract<ConfigField, { widget: W }>;

/** Whether there is nothing in a field: older systems left `''`, `[]` or null in one that nobody filled in. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.length === 0;
}

/** What the starter does not allow about the value of a field, in sentences for an author. */
export function valueFaults(field: ConfigField, value: unknown): string[] {
  switch (field.widget) {
    case 'string':
    case 'text':
    case 'markdown':
      return textFaults(field, value);
    case 'boolean':
      // A blank is read as false, by Hugo as by us; it is no missing answer.
      return isBlank(value) || typeof value === 'boolean' ? [] : [`‘${field.label}’ must be true or false.`];
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

/** Bounds of a list; a single value knows only whether it is required. */
function countFaults(field: ConfigField & { readonly min?: number | undefined; readonly max?: number | undefined }, count: number): string[] {
  if (field.min !== undefined && count < field.min) return [`‘${field.label}’ must have at least ${entries(field.min)}.`];
  if (field.max !== undefined && count > field.max) return [`‘${field.label}’ must have at most ${entries(field.max)}.`];
  return requiredFaults(field, count === 0);
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function textFaults(field: ConfigField, value: unknown): string[] {
  if (value !== undefined && value !== null && typeof value !== 'string') return [`‘${field.label}’ must be a text.`];
  return requiredFaults(field, isBlank(value));
}

function selectFaults(field: FieldOf<'select'>, value: unknown): string[] {
  if (field.multiple === true) {
    if (!isBlank(value) && !Array.isArray(value)) return [`‘${field.label}’ must be a list.`];
    const chosen: readonly unknown[] = Array.isArray(value) ? value : [];
    const unknown = chosen.filter((entry) => !isOption(field, entry));
    return unknown.length > 0 ? [optionSentence(field)] : countFaults(field, chosen.length);
  }
  if (isBlank(value)) return requiredFaults(field, true);
  return isOption(field, value) ? [] : [optionSentence(field)];
}

function isOption(field: FieldOf<'select'>, value: unknown): boolean {
  return field.options.some((option) => (typeof option === 'string' ? option : option.value) === value);
}

const NAMED_OPTIONS = 10;

function optionSentence(field: FieldOf<'select'>): string {
  const labels = field.options.map((option) => (typeof option === 'string' ? option : option.label));
  const named = labels.slice(0, NAMED_OPTIONS).join(', ');
  return `‘${field.label}’ ${field.multiple === true ? 'may only have' : 'must be one of'}: ${named}${labels.length > NAMED_OPTIONS ? ' …' : '.'}`;
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
  const isEntry = (entry: unknown): boolean => (typeof entry === 'string' && entry !== '') || (isCrossSite && isPair(entry));
  if (Array.isArray(value)) return value.every((entry) => isEntry(entry) || (isRecord(entry) && typeof entry['file'] === 'string'));
  if (!isRecord(value)) return value === undefined || value === null || typeof value === 'string';
  const content = value['content'];
  const website = value['website'];
  if (website !== undefined && website !== null && typeof website !== 'string') return false;
  return Array.isArray(content) ? content.every(isEntry) : content === undefined || content === null || typeof content === 'string';
}

function isPair(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [id, site] = entry as unknown[];
  return typeof id === 'string' && id !== '' && (site === null || typeof site === 'string');
}

function menuFaults(field: FieldOf<'menu'>, value: unknown): string[] {
  if (isBlank(value)) return requiredFaults(field, true);
  if (!Array.isArray(value) || !value.every(isRecord)) return [`‘${field.label}’ must be a list of menu entries.`];
  const faults: string[] = [];
  const parents = new Map<string, unknown>();
  value.forEach((entry, index) => {
    const name = typeof entry['name'] === 'string' && entry['name'].trim() !== '' ? `‘${entry['name']}’` : `number ${index + 1}`;
    const identifier = entry['identifier'];
    if (name.startsWith('number')) faults.push(`Entry ${name} of ‘${field.label}’ needs a name.`);
    if (typeof identifier !== 'string' || identifier === '') faults.push(`Entry ${name} of ‘${field.label}’ needs an identifier.`);
    else if (parents.has(identifier)) faults.push(`Entry ${name} of ‘${field.label}’ has the identifier of another one.`);
    else parents.set(identifier, entry['parent']);
    // Hugo takes 0 for no weight at all.
    if (!Number.isInteger(entry['weight']) || Number(entry['weight']) < 1) faults.push(`Entry ${name} of ‘${field.label}’ needs a weight of 1 or more.`);
  });
  return [...faults, ...parentFaults(field, parents)];
}

function parentFaults(field: ConfigField, parents: ReadonlyMap<string, unknown>): string[] {
  return [...parents].flatMap(([identifier, parent]) => {
    if (isBlank(parent)) return [];
    if (typeof parent !== 'string' || !parents.has(parent)) return [`An entry of ‘${field.label}’ lies under one that is not there: ‘${String(parent)}’.`];
    const seen = new Set([identifier]);
    for (let at: unknown = parent; typeof at === 'string' && at !== ''; at = parents.get(at)) {
      if (seen.has(at)) return [`Entries of ‘${field.label}’ lie under each other: ‘${identifier}’.`];
      seen.add(at);
    }
    return [];
  });
}

function hierarchyFaults(field: FieldOf<'hierarchical-select'>, value: unknown): string[] {
  if (isBlank(value)) return countFaults(field, 0);
  if (!Array.isArray(value)) return [`‘${field.label}’ must be a list.`];
  const unknown = (value as unknown[]).find((path) => !isHierarchyPath(field, path));
  if (unknown !== undefined) return [`‘${field.label}’ has no entry ‘${Array.isArray(unknown) ? unknown.map(String).join(' - ') : JSON.stringify(unknown)}’.`];
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
  const isEntry = (entry: unknown): boolean => isRecord(entry) && typeof entry['id'] === 'string' && entry['id'] !== '' && (entry['title'] === undefined || entry['title'] === null || typeof entry['title'] === 'string');
  return Array.isArray(value) && value.every(isEntry) ? [] : [`‘${field.label}’ must be a list of sites.`];
}
