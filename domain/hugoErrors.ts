import type { Problem } from './runs.ts';

/** Folders of a build, so that absolute paths become the author's. */
export interface HugoFolders {
  readonly siteDir: string;
  readonly themesDir: string;
  readonly projectsDir?: string;
}

export interface HugoOutput {
  readonly errors: Problem[];
  readonly warnings: Problem[];
}

/** `"/path/file.md:12:1"`, with or without the column. */
const PLACE = /"([^"\n]+?):(\d+)(?::\d+)?"/g;
const MISSING_INSTRUCTOR = /^instructor-missing ([0-9a-f-]{36})$/;

/**
 * Takes Hugo's output apart into faults with file and line. Only the innermost place of a line counts: Hugo names the
 * page first and the template that met the fault last, or the page alone when the fault is its own.
 */
export function parseHugoOutput(output: string, folders: HugoFolders): HugoOutput {
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  for (const raw of output.split('\n')) {
    const line = raw.replace(/\x1b\[[0-9;]*m/g, '').trim();
    const match = /^(Error:|ERROR|WARN)\s+(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    // "logged 2 error(s)" only counts the lines before it.
    if (/^error building site: logged \d+ error/.test(match[2])) continue;
    const problem = problemOf(match[2], folders);
    // Some faults are logged and then given once more as the reason of the end.
    const list = match[1] === 'WARN' ? warnings : errors;
    if (MISSING_INSTRUCTOR.test(match[2]) || list.some((known) => isSame(known, problem))) continue;
    list.push(problem);
  }
  return { errors, warnings };
}

function isSame(a: Problem, b: Problem): boolean {
  return a.message === b.message && a.file === b.file && a.line === b.line;
}

interface Place {
  readonly path: string;
  readonly line: number;
  /** Where in the text it stands, and where it ends. */
  readonly from: number;
  readonly to: number;
}

function placesOf(text: string): Place[] {
  return [...text.matchAll(PLACE)].map((match) => ({ path: match[1] ?? '', line: Number(match[2]), from: match.index, to: match.index + match[0].length }));
}

function problemOf(text: string, folders: HugoFolders): Problem {
  const places = placesOf(text);
  const place = places.at(-1);
  if (place === undefined) return { message: withoutFolders(clean(text), folders) };
  // Data and settings are read as a stream: its name is Hugo's own, the line is right, and the file is named before it.
  const path = place.path.startsWith('_stream.') ? (places.at(-2)?.path ?? /path "([^"]+)"/.exec(text)?.[1] ?? place.path) : place.path;
  const reference = /REF_NOT_FOUND: Ref "([^"]+)"/.exec(text)?.[1];
  const after = text.slice(place.to).replace(/^:\s*/, '');
  const message = reference === undefined ? clean(after === '' ? text.slice(0, place.from).replace(/\bat\s*$/, '') : after) : `the reference “${reference}” leads to no page`;
  const inTheme = path.startsWith(`${folders.themesDir}/`);
  const page = inTheme ? pageOf(text, places, folders) : undefined;
  return {
    message: withoutFolders(page === undefined ? message : `${message} (while rendering ${page})`, folders),
    file: relativeTo(path, folders),
    line: place.line,
    ...(inTheme ? { inTheme: true } : {}),
  };
}

/** The author's page on which a template failed: with its line when a shortcode there called the template. */
function pageOf(text: string, places: readonly Place[], folders: HugoFolders): string | undefined {
  const inside = places.findLast((place) => place.path.startsWith(`${folders.siteDir}/content/`));
  if (inside !== undefined) return `${relativeTo(inside.path, folders)}:${inside.line}`;
  const page = /render of "([^"]+)" failed/.exec(text)?.[1];
  return page === undefined ? undefined : relativeTo(page, folders);
}

function clean(text: string): string {
  return text
    .replace(/^error building site: /, '')
    .replace(/^execute of template failed: template: [^ ]+ /, '')
    .replace(/^failed to extract shortcode: template for shortcode "([^"]+)" not found$/, 'there is no shortcode “$1”')
    .replace(/^failed to extract shortcode: /, '')
    .trim();
}

function relativeTo(path: string, folders: HugoFolders): string {
  for (const folder of [folders.siteDir, folders.themesDir, folders.projectsDir]) {
    if (folder !== undefined && path.startsWith(`${folder}/`)) return path.slice(folder.length + 1);
  }
  return path;
}

/** Paths of the worker mean nothing to an author. */
function withoutFolders(text: string, folders: HugoFolders): string {
  let result = text;
  for (const folder of [folders.siteDir, folders.themesDir, folders.projectsDir]) if (folder !== undefined) result = result.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
  return result;
}
