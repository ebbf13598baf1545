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
    if (match[1] !== 'WARN') errors.push(problem);
    else if (!MISSING_INSTRUCTOR.test(match[2])) warnings.push(problem);
  }
  return { errors, warnings };
}

function problemOf(text: string, folders: HugoFolders): Problem {
  const places = [...text.matchAll(PLACE)];
  const page = /render of "([^"]+)" failed/.exec(text)?.[1];
  const place = places.at(-1);
  if (place?.[1] === undefined) return { message: withoutFolders(clean(text), folders) };
  const after = text.slice((place.index ?? 0) + place[0].length).replace(/^:\s*/, '');
  const message = clean(after === '' ? text.slice(0, place.index).replace(/\bat\s*$/, '') : after);
  const inTheme = place[1].startsWith(`${folders.themesDir}/`);
  const renders = inTheme && page !== undefined ? ` (while rendering ${relativeTo(page, folders)})` : '';
  return { message: withoutFolders(message + renders, folders), file: relativeTo(place[1], folders), line: Number(place[2]), ...(inTheme ? { inTheme: true } : {}) };
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
