import type { Run } from '#api/contracts/runs.ts';
import { formatBytes } from '#domain/manifest.ts';
import { count } from '../../lib/numbers.ts';
import { facts as texts } from '../../words/runs.ts';

export interface Fact {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** Names of outcomes and counts that read badly when only taken apart. */
const names: Readonly<Record<string, string>> = texts.names;

/** What some processes count is another thing than elsewhere: files, where the same words are of items. */
const namesOfProcess: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'publish-site': texts.publishSite,
  'sync-drive-folder': texts.syncDriveFolder,
};

/** Shown on the page in another way: the address as a link, what is left to do as a list that names the line for the CDN. */
const shownElsewhere = new Set(['url', 'byHand', 'redirectLine', 'builder']);

/** Numbers that name something, so that nobody counts with them. */
const numbersOfThings = new Set(['buildId']);

/** Counts and outcomes of a run by their keys, as names and values people read; what is no number or short text stays out. */
export function factsOf(run: { readonly process: string; readonly result: Readonly<Record<string, unknown>> | null }): Fact[] {
  const values = run.result ?? {};
  return Object.entries(values).flatMap(([key, value]): Fact[] => {
    // A list that is cut short has the number of all beside it.
    if (shownElsewhere.has(key) || (Array.isArray(value) && `${key}Files` in values)) return [];
    const name = nameOf(key, run.process);
    if (typeof value === 'number') return [{ key, name, value: numbersOfThings.has(key) ? String(value) : /bytes$/i.test(key) ? formatBytes(value) : count(value) }];
    if (typeof value === 'string' && value !== '' && value.length <= 120) return [{ key, name, value }];
    if (Array.isArray(value)) return value.length === 0 ? [] : [{ key, name, value: count(value.length) }];
    return [];
  });
}

/** What a run leaves to people, as sentences. */
export function leftToDo(run: Pick<Run, 'result'>): string[] {
  const left = run.result?.['byHand'];
  return Array.isArray(left) ? left.filter((sentence): sentence is string => typeof sentence === 'string') : [];
}

function nameOf(key: string, process: string): string {
  const known = namesOfProcess[process]?.[key] ?? names[key];
  if (known !== undefined) return known;
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The sum of a run's tries beyond the first of each phase. */
export function extraTries(run: Pick<Run, 'phases'>): number {
  return run.phases.reduce((sum, phase) => sum + Math.max(0, phase.attempt - 1), 0);
}
