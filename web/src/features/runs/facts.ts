import type { Run } from '#api/contracts/runs.ts';
import { formatBytes } from '#domain/manifest.ts';
import { count } from '../../lib/numbers.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Names of outcomes and counts that read badly when only taken apart. */
const names: Readonly<Record<string, string>> = {
  bytes: 'Size',
  changed: 'Changed files',
  removed: 'Removed files',
  unchanged: 'Unchanged files',
  uploadedBytes: 'Uploaded',
  kept: 'Files kept as they are',
  imported: 'Items imported',
  written: 'Written files',
  files: 'Files',
};

/** Counts and outcomes by their keys, as names and values people read; what is no number or short text stays out. */
export function factsOf(values: Readonly<Record<string, unknown>>): Fact[] {
  return Object.entries(values).flatMap(([key, value]) => {
    // The address is a link of its own on the page.
    if (key === 'url') return [];
    if (typeof value === 'number') return [{ name: nameOf(key), value: /bytes$/i.test(key) ? formatBytes(value) : count(value) }];
    if (typeof value === 'string' && value !== '' && value.length <= 120) return [{ name: nameOf(key), value }];
    if (Array.isArray(value)) return value.length === 0 ? [] : [{ name: nameOf(key), value: count(value.length) }];
    return [];
  });
}

function nameOf(key: string): string {
  const known = names[key];
  if (known !== undefined) return known;
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The sum of a run's tries beyond the first of each phase. */
export function extraTries(run: Pick<Run, 'phases'>): number {
  return run.phases.reduce((sum, phase) => sum + Math.max(0, phase.attempt - 1), 0);
}
