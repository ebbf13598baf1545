import { basename } from 'node:path';
import { activitiesOf, exportedValues, parse } from './source.ts';
import { files, read, root, sources } from './tree.ts';

export const MAX_LINES = 600;

/** Source files that are too long to be read, each in a sentence. */
export function longFiles(at: string = root): string[] {
  return sources(at).flatMap((path) => {
    const lines = read(path, at).trimEnd().split('\n').length;
    return lines > MAX_LINES ? [`${path} has ${String(lines)} lines; split it so that no file has over ${String(MAX_LINES)}.`] : [];
  });
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const camel = (name: string): string => name.replace(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase());

/** The words of a camelCase name, without the plural. */
const words = (name: string): string[] => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/\W+/).map((word) => word.replace(/(?:es|s)$/, ''));

/** Files with one value to offer whose name says something else, each in a sentence. */
export function misnamedFiles(at: string = root): string[] {
  const judged = /^(?:domain|temporal|workflows|activities|clients|db|config|api|worker|cli)\/.*\.ts$/;
  // Migrations are named for their order; entries and indexes for their part.
  const exempt = /^db\/migrations\/|(?:^|\/)(?:main|index)\.ts$/;
  return sources(at).flatMap((path) => {
    if (!judged.test(path) || exempt.test(path)) return [];
    const values = exportedValues(parse(path, at));
    const only = values[0];
    if (only === undefined || values.length > 1) return [];
    const name = camel(basename(path, '.ts'));
    const shared = words(only.name).some((word) => words(name).some((other) => word.startsWith(other.slice(0, 6)) || other.startsWith(word.slice(0, 6))));
    return shared ? [] : [`${path} exports ${only.name} alone, and its name does not say so: name the file ${only.name}.ts.`];
  });
}

/** Activities without what a reader of a crash needs to know, each in a sentence. */
export function undocumentedActivities(at: string = root): string[] {
  const complaints: string[] = [];
  const homes = new Map<string, string>();
  for (const path of sources(at).filter((file) => /^activities\/[^/]+\.ts$/.test(file))) {
    const expected = `create${capital(basename(path, '.ts'))}Activities`;
    const creators = exportedValues(parse(path, at)).filter((value) => /^create\w+Activities$/.test(value.name) && value.name !== 'createActivities');
    for (const creator of creators) if (creator.name !== expected) complaints.push(`${path} exports ${creator.name}; a file of activities is named for its capability, so it must be ${expected}.`);
    const found = activitiesOf(path, at);
    if (creators.length > 0 && path !== 'activities/index.ts' && found.length === 0) complaints.push(`${path}: ${expected} must return an object literal of activities, so that they can be found and checked.`);
    for (const activity of found) {
      const where = `${activity.file}: ${activity.name}`;
      const other = homes.get(activity.name);
      if (other !== undefined) complaints.push(`${where} has the name of an activity of ${other}; names are unique across the worker.`);
      homes.set(activity.name, path);
      if (!/^[a-z]+[A-Z]\w*$/.test(activity.name)) complaints.push(`${where} must be named verb and noun, in camelCase.`);
      const lines = activity.doc.split('\n');
      if (!lines.some((line) => /^Idempotent because \S/.test(line))) complaints.push(`${where} needs a line in its docblock that begins ‘Idempotent because’.`);
      if (!lines.some((line) => /^Kill points: \S/.test(line))) complaints.push(`${where} needs a line in its docblock that begins ‘Kill points:’ and names where a worker may die in it.`);
    }
  }
  return complaints;
}

/** How many activities there are: a check that finds none has lost its way. */
export function activityCount(at: string = root): number {
  return sources(at)
    .filter((file) => /^activities\/[^/]+\.ts$/.test(file))
    .flatMap((file) => activitiesOf(file, at)).length;
}

const isText = (path: string): boolean => /\.(?:ts|mjs|cjs|svelte|md|json|ya?ml|html|css|txt|toml|sh|snap)$|(?:^|\/)(?:run|LICENSE|HASHES|\.npmrc|\.env\.example|\.gitignore)$/.test(path);

// Spelled in pieces, so that this file does not find itself.
const forbidden: readonly { readonly pattern: RegExp; readonly why: string; readonly except?: RegExp }[] = [
  { pattern: new RegExp(['/wo', 'rk/(?:main|shared|\\.)'].join('')), why: 'a path of one machine' },
  { pattern: new RegExp(['/fa', 'rm\\b'].join('')), why: 'a path of one machine' },
  { pattern: new RegExp(['/home/', '(?!runner|user|you)\\w+/'].join('')), why: 'a path of one person’s machine' },
  { pattern: new RegExp(['"resolved": ', '"https?:'].join('')), why: 'the address of a package registry', except: /^test\// },
  { pattern: new RegExp(['(?:index', '-url|registry)\\s*=\\s*https?:'].join('')), why: 'the address of a package registry' },
];
// Somebody else's words, kept as they are.
const quoted = /^test\/(?:fixtures|histories|golden)\/|^LICENSE$/;

/** Places that name one machine, hide a fault or focus a test, each in a sentence. */
export function forbiddenText(at: string = root): string[] {
  return files(at)
    .filter((path) => isText(path) && !quoted.test(path))
    .flatMap((path) => {
      const text = read(path, at);
      const lines = text.split('\n');
      const complaints = forbidden.flatMap(({ pattern, why, except }) =>
        except?.test(path) === true ? [] : lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${String(index + 1)} holds ${why}; say it in a way that is true everywhere.`] : [])),
      );
      if (!/\.(?:ts|mjs|cjs|svelte)$/.test(path)) return complaints;
      if (/\b(?:TODO|FIXME|XXX)\b/.test(text) && path !== 'test/house/support/codeRules.ts') complaints.push(`${path} holds a note to do something later; do it, or open an issue.`);
      if (path.endsWith('.test.ts') && path !== 'test/house/imports.test.ts') {
        if (/\bvi\.(?:mock|doMock)\(/.test(text)) complaints.push(`${path} mocks a module; let a stand-in answer over HTTP, so that the real code runs.`);
        if (/\b(?:test|it|describe|suite)(?:\.\w+)*\.only\(/.test(text)) complaints.push(`${path} focuses one test, which hides the others.`);
      }
      return complaints;
    });
}
