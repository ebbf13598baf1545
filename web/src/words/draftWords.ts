import type { Present } from '#api/contracts/drafts.ts';
import { relativeTime } from '../lib/time.ts';

const timeOf = (at: Date): string => at.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** A moment as one looks at a clock: "12:03"; of another day "yesterday 12:03". */
export function clockTime(at: Date, now: Date): string {
  return at.toDateString() === now.toDateString() ? timeOf(at) : `${dayOf(at, now)} ${timeOf(at)}`;
}

/** A moment within a sentence: "at 12:03"; of another day "yesterday at 12:03". */
export function atTime(at: Date, now: Date): string {
  return at.toDateString() === now.toDateString() ? `at ${timeOf(at)}` : `${dayOf(at, now)} at ${timeOf(at)}`;
}

/** "of today", "of yesterday", "of March 3". */
export function ofDay(at: Date, now: Date): string {
  return at.toDateString() === now.toDateString() ? 'of today' : `of ${dayOf(at, now)}`;
}

function dayOf(at: Date, now: Date): string {
  const day = relativeTime(at, now);
  // For six hours the evening before is still "3 hours ago" by the clock.
  return /(?:minutes?|hours?) ago$|^just now$/.test(day) ? at.toLocaleDateString('en-US', { month: 'long', day: 'numeric' }) : day;
}

/** Somebody who edits, as the others read it; an admin who acts in somebody’s name is named as such. */
export function presentName({ name, actedBy }: Pick<Present, 'name' | 'actedBy'>): string {
  return actedBy === null ? name : `${actedBy} (an admin, acting as ${name})`;
}

/** "Ben is editing this, too (since 12:03)." */
export function presentSentence(others: readonly Present[], now: Date): string {
  const [first] = others;
  if (first === undefined) return '';
  const named = others.map((other) => `${presentName(other)} (since ${clockTime(new Date(other.since), now)})`);
  return others.length === 1 ? `${presentName(first)} is editing this, too (since ${clockTime(new Date(first.since), now)}).` : `${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''} are editing this, too.`;
}

/** A field as people read it: `['metadata', 'image_metadata', 'caption']` is "image_metadata, caption" unless it has a label. */
export function fieldName(path: readonly string[], labels: ReadonlyMap<string, string>): string {
  const known = labels.get(path.join('.'));
  if (known !== undefined) return known;
  const [first = '', ...rest] = path;
  return first === 'metadata' ? rest.join(', ') : ({ title: 'Title', markdown: 'Text', file: 'File', dirpath: 'Folder', filename: 'File name', type: 'Kind' }[first] ?? path.join(', '));
}

/** A value of a field in words. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '(nothing)';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.length === 0 ? '(nothing)' : value.join(', ');
  return JSON.stringify(value, null, 2);
}
