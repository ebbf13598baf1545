import type { SiteConfigIssue } from './siteConfigFaults.ts';
import type { ConfigField, SiteConfig } from './siteConfigSchema.ts';

/** What a configuration must hold beyond its form: names, folders, titles, menus, and numbers that fit each other. */
export function siteConfigRules(config: SiteConfig, contentDir: string): SiteConfigIssue[] {
  const issues: SiteConfigIssue[] = [];
  const fault = (path: string, reason: string): void => {
    issues.push({ path, reason });
  };
  const names = new Map<string, string>();
  const claim = (name: string, path: string): void => {
    const first = names.get(name);
    if (first === undefined) names.set(name, path);
    else fault(path, `the name ‘${name}’ stands at ${first} already`);
  };
  config.collections.forEach((collection, index) => {
    const path = `collections.${index}`;
    const { folder, files } = collection;
    if (folder === undefined && files === undefined) fault(path, 'it has neither folder nor files; it needs one of them');
    if (folder !== undefined && files !== undefined) fault(path, 'it has both folder and files; it needs exactly one of them');
    if (folder !== undefined && leavesItsPlace(folder)) fault(`${path}.folder`, `‘${folder}’ must not have . or .. or an empty part`);
    else if (folder !== undefined && folder !== contentDir && !folder.startsWith(`${contentDir}/`)) fault(`${path}.folder`, `‘${folder}’ must be ${contentDir} or a folder under it`);
    claim(collection.name, path);
    issues.push(...fieldFaults(collection.fields ?? [], path));
    files?.forEach((file, fileIndex) => {
      const filePath = `${path}.files.${fileIndex}`;
      if (leavesItsPlace(file.file)) fault(`${filePath}.file`, `‘${file.file}’ must be a path inside the repository, without . or .. or an empty part`);
      claim(file.name, filePath);
      issues.push(...fieldFaults(file.fields ?? [], filePath));
    });
  });
  return issues;
}

function leavesItsPlace(path: string): boolean {
  return path.split('/').some((part) => part === '' || part === '.' || part === '..');
}

function fieldFaults(fields: readonly ConfigField[], path: string): SiteConfigIssue[] {
  const issues: SiteConfigIssue[] = [];
  fields.forEach((field, index) => {
    const at = `${path}.fields.${index}`;
    if (field.name === 'title' && (field.widget !== 'string' || field.required !== true)) issues.push({ path: at, reason: 'a field named title must have the widget string and required: true' });
    issues.push(...countFaults(field, at));
    if (field.widget === 'object') field.fields.forEach((inner, innerIndex) => issues.push(...countFaults(inner, `${at}.fields.${innerIndex}`)));
  });
  const other = fields.find((field) => field.widget !== 'menu');
  if (other !== undefined && fields.some((field) => field.widget === 'menu')) issues.push({ path, reason: `an item with a menu may have menus only, and ‘${other.name}’ is none` });
  return issues;
}

function countFaults(field: ConfigField, path: string): SiteConfigIssue[] {
  const issues: SiteConfigIssue[] = [];
  if ('min' in field && field.min !== undefined && field.max !== undefined && field.min > field.max) issues.push({ path, reason: `its min (${field.min}) is greater than its max (${field.max})` });
  if (field.widget === 'hierarchical-select') issues.push(...mapFaults(field.options_map, `${path}.options_map`));
  return issues;
}

/** Maps inside maps, whose leaves are lists of texts. */
function mapFaults(map: object, path: string): SiteConfigIssue[] {
  return Object.entries(map).flatMap(([key, value]: [string, unknown]) => {
    const at = `${path}.${key}`;
    if (Array.isArray(value)) return value.flatMap((entry: unknown, index) => (typeof entry === 'string' ? [] : [{ path: `${at}.${index}`, reason: 'it must be a text' }]));
    if (typeof value === 'object' && value !== null) return mapFaults(value, at);
    return [{ path: at, reason: 'it must be a list of texts, or a map of the next level; write [] for none' }];
  });
}
