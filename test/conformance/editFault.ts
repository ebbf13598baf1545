import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { loadPyYaml } from '#domain/pyYaml.ts';
import type { Edit } from './chooseEdit.ts';

/**
 * What an edit did to a file beside changing its field: the fault in words, or undefined when only lines of that field
 * differ and everything else is read as before. It looks at lines and values only, and knows nothing of how files are written.
 */
export function editFault(path: string, before: string, after: string, edit: Edit): string | undefined {
  if (edit.path.length === 0) {
    const [head, body] = splitBody(before);
    const text = String(edit.value);
    if (after !== head + text) return 'something else than the body changed';
    return text.startsWith(body) ? undefined : 'the body was replaced';
  }
  const [headBefore, bodyBefore] = path.endsWith('.md') ? splitBody(before) : [before, ''];
  const [headAfter, bodyAfter] = path.endsWith('.md') ? splitBody(after) : [after, ''];
  if (bodyBefore !== bodyAfter) return 'the body changed';
  return valueFault(path, headBefore, headAfter, edit) ?? lineFault(headBefore.split('\n'), headAfter.split('\n'), edit.path);
}

function splitBody(text: string): [string, string] {
  const end = text.indexOf('\n---', 3) + '\n---'.length;
  const lineEnd = text.indexOf('\n', end);
  return lineEnd === -1 ? [text, ''] : [text.slice(0, lineEnd + 1), text.slice(lineEnd + 1)];
}

function valueFault(path: string, before: string, after: string, edit: Edit): string | undefined {
  const read = (text: string): unknown => (path.endsWith('.json') ? JSON.parse(text) : loadPyYaml(text.replace(/^\uFEFF?---[ \t]*\r?\n|\n---[ \t]*\r?\n?$/g, '\n')));
  const wanted = read(before);
  if (!isDeepStrictEqual(put(wanted, edit.path, edit.value), read(after))) return `what is read is not what was there with ${edit.path.join('.')} changed`;
  // Hugo reads YAML 1.2 as far as texts go: the new value must be the same there.
  return path.endsWith('.json') || isDeepStrictEqual(at(parse(after.replace(/^\uFEFF?---[ \t]*\r?\n|\n---[ \t]*\r?\n?$/g, '\n'), { uniqueKeys: false }), edit.path), edit.value) ? undefined : 'the new value is read otherwise by YAML 1.2';
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], changed: unknown): unknown {
  if (key === undefined) return changed;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === key ? put(item, rest, changed) : item));
  const fields = value as Record<string, unknown>;
  return { ...fields, [key]: put(fields[key], rest, changed) };
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

/** Every line that differs must lie between the line of the field’s key and the next line that is not deeper. */
function lineFault(before: readonly string[], after: readonly string[], path: readonly (string | number)[]): string | undefined {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same += 1;
  let sameAtEnd = 0;
  while (sameAtEnd < shorter - same && before[before.length - 1 - sameAtEnd] === after[after.length - 1 - sameAtEnd]) sameAtEnd += 1;
  const [first, end] = linesOf(before, path);
  if (first === -1) return `${path.join('.')} has no line of its own`;
  return same >= first && before.length - sameAtEnd <= end ? undefined : `lines ${same + 1} to ${before.length - sameAtEnd} differ; ${path.join('.')} has ${first + 1} to ${end}`;
}

const depthOf = (line: string): number => /^\s*(?:- )?/.exec(line)?.[0].length ?? 0;

function linesOf(lines: readonly string[], path: readonly (string | number)[]): [number, number] {
  let first = -1;
  let end = lines.length;
  for (const key of path) {
    if (typeof key === 'number') {
      // The entry of a list: the lines from its dash to the next.
      const dashes = lines.flatMap((line, index) => (index > first && index < end && /^\s*- /.test(line) ? [index] : []));
      const own = dashes[key] ?? -1;
      end = dashes[key + 1] ?? end;
      first = own - 1;
      continue;
    }
    const from = first + 1;
    first = lines.findIndex((line, index) => index >= from && index < end && new RegExp(`^\\s*(?:- )?["']?${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?\\s*:`).test(line));
    if (first === -1) return [-1, -1];
    const depth = depthOf(lines[first] ?? '');
    const next = lines.findIndex((line, index) => index > first && index < end && line.trim() !== '' && depthOf(line) <= depth && !/^\s*- /.test(line));
    end = next === -1 ? end : next;
  }
  return [first, end];
}
