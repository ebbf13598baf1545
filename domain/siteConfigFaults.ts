import type { z } from 'zod';
import { nearestWord } from './nearestWord.ts';
import { partKeys, widgetKeys } from './siteConfigSchema.ts';

export interface SiteConfigIssue {
  /** Such as `collections.1.files.0`. */
  readonly path: string;
  readonly reason: string;
}

type Path = readonly PropertyKey[];

/** What the schema complains about, in sentences that name place and reason; `raw` is the configuration as it was read. */
export function siteConfigFaults(issues: readonly z.core.$ZodIssue[], raw: unknown): SiteConfigIssue[] {
  return issues.flatMap((issue) => faultsOf(issue, [], raw));
}

function faultsOf(issue: z.core.$ZodIssue, prefix: Path, raw: unknown): SiteConfigIssue[] {
  const at = [...prefix, ...issue.path];
  const path = showPath(at);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path, reason: unknownKey(key, at, raw) }));
    case 'invalid_union': {
      // No branch was tried: the widget, which chooses between them, is none.
      if (issue.errors.length === 0) return [widgetFault(at, raw)];
      // The form that was meant is the one whose type fits; its faults say more than that no form fits.
      const meant = issue.errors.find((branch) => !branch.some((inner) => inner.path.length === 0 && inner.code !== 'unrecognized_keys'));
      if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, at, raw));
      return [{ path, reason: mustBe(issue.errors.flatMap((branch) => branch.map((inner) => expectedOf(inner))), valueAt(raw, at)) }];
    }
    case 'too_small':
      return [{ path, reason: issue.origin === 'string' ? 'it is empty' : issue.origin === 'array' ? 'the list is empty; it needs at least one entry' : `it is ${show(valueAt(raw, at))}; it must not be below ${String(issue.minimum)}` }];
    default:
      return [{ path, reason: mustBe([expectedOf(issue)], valueAt(raw, at)) }];
  }
}

function showPath(path: Path): string {
  return path.map(String).join('.') || '(root)';
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined), raw);
}

const TYPES: Readonly<Record<string, string>> = { string: 'a text', boolean: 'true or false', number: 'a whole number', int: 'a whole number', array: 'a list', object: 'a map of keys and values', record: 'a map of keys and values' };

function expectedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map((value) => `‘${String(value)}’`).join(' or ');
  return issue.message;
}

function mustBe(expected: readonly string[], value: unknown): string {
  const wish = [...new Set(expected)].join(' or ');
  if (value === undefined) return `it is missing; it must be ${wish}`;
  const isBareText = wish.includes('a text') && (typeof value === 'number' || typeof value === 'boolean');
  return `it must be ${wish}, not ${show(value)}${isBareText ? '; put it in quotes to make it a text' : ''}`;
}

/** A value in a few words. */
function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ‘${value.length > 60 ? `${value.slice(0, 59)}…` : value}’`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a map';
}

/** The keys that may stand in the map at this place, with what that map is called. */
function knownAt(path: Path, raw: unknown): { readonly of: string; readonly keys: readonly string[]; readonly widget: string | null } {
  const [parent, last] = [path.at(-2), path.at(-1)].map((key) => (key === undefined ? '' : String(key)));
  const widget = parent === 'fields' ? valueAt(raw, [...path, 'widget']) : undefined;
  if (typeof widget === 'string') return { of: `a field with the widget ‘${widget}’`, keys: widgetKeys.get(widget) ?? [], widget };
  const part = parent !== undefined && parent in partKeys && typeof path.at(-1) === 'number' ? parent : (last ?? '');
  const names: Readonly<Record<string, string>> = { '': 'the configuration', collections: 'a collection', files: 'a file of a collection', condition: 'a condition', options: 'an option', filter: 'a filter', levels: 'a level' };
  return { of: names[part] ?? 'this map', keys: partKeys[part] ?? [], widget: null };
}

function unknownKey(key: string, path: Path, raw: unknown): string {
  const { of, keys, widget } = knownAt(path, raw);
  const others = widget === null ? [] : [...widgetKeys].filter(([, known]) => known.includes(key)).map(([name]) => name);
  if (others.length > 0) return `the key ‘${key}’ is not for ${of}; it is for ${others.join(', ')}`;
  const meant = nearestWord(key, keys);
  return meant === undefined ? `the key ‘${key}’ is not known; ${of} has ${keys.join(', ')}` : `the key ‘${key}’ is not known; did you mean ‘${meant}’?`;
}

/** `path` ends in the field’s `widget`. */
function widgetFault(path: Path, raw: unknown): SiteConfigIssue {
  const widget = valueAt(raw, path);
  const isInObject = path.filter((key) => key === 'fields').length > 1;
  const known = [...widgetKeys.keys()].filter((name) => !isInObject || name !== 'object');
  const choices = `known are ${known.join(', ')}`;
  const reason = (): string => {
    if (widget === undefined) return `it is missing; ${choices}`;
    if (widget === 'object') return 'an object cannot hold another object';
    if (typeof widget !== 'string') return `${mustBe(['a text'], widget)}; ${choices}`;
    const meant = nearestWord(widget, known);
    return `the widget ‘${widget}’ is not known; ${meant === undefined ? '' : `did you mean ‘${meant}’? `}${meant === undefined ? choices : `K${choices.slice(1)}`}`;
  };
  return { path: showPath(path), reason: reason() };
}
