import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { findImportedItems } from '#db/queries/importedItems.ts';
import { counted } from '#domain/counted.ts';
import { hugoShortcodes, preflightFindings, shortcodeName, singletonFiles, themesOfHugoConfig, type TreeFile } from '#domain/preflight.ts';
import type { Problem } from '#domain/runs.ts';
import { contentDirOf } from '#domain/siteConfig.ts';
import type { BuildSource } from './buildSource.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import { missingInstructors } from './instructors.ts';
import { staticApiBaseUrl } from './places.ts';
import { StepError } from './stepError.ts';

/** Files read at once. */
const WIDTH = 16;
/** Folders of a theme or site that hold templates of shortcodes. */
const SHORTCODE_FOLDERS = ['layouts/shortcodes', 'layouts/_shortcodes'];

export interface PreflightOf {
  readonly source: BuildSource;
  /** The checkout of the commit. */
  readonly siteDir: string;
  /** Hugo's configurations of every output of the build. */
  readonly hugoConfigs: readonly string[];
}

/**
 * Finds what would make Hugo fail in words nobody understands, or readers of the live site meet holes, before Hugo runs.
 * A draft is built all the same: there it only warns.
 * @returns warnings.
 * @throws {StepError} PreflightFailed or InstructorsMissing, with each problem and its item.
 */
export async function preflight(deps: Pick<ActivityDeps, 'config' | 'db'>, of: PreflightOf): Promise<Problem[]> {
  const { source, siteDir } = of;
  const isDraft = source.version === 'draft';
  const [files, shortcodes, instructors] = await Promise.all([readTree(source, siteDir), shortcodesOf(of), instructorProblems(deps, of)]);
  const found = preflightFindings({ site: source.site, config: source.starterConfig, files, shortcodes, buildDrafts: isDraft });
  const { untouched, deleted } = found.some(({ target }) => target !== null) ? await findImportedItems(deps.db, source.site.id) : { untouched: new Set<string>(), deleted: new Set<string>() };
  // What came with an import and leads to something the studio never had has been so for readers all along.
  const isOld = ({ target, problem }: (typeof found)[number]): boolean => target !== null && problem.item !== undefined && untouched.has(problem.item.textId.toLowerCase()) && !deleted.has(target.toLowerCase());
  const stopping = isDraft ? [] : found.filter((finding) => !isOld(finding)).map(({ problem }) => problem);
  const fatalInstructors = source.declaration.missingInstructors === 'fail' ? instructors : [];
  if (stopping.length > 0) {
    const [first] = stopping;
    const all = [...stopping, ...fatalInstructors];
    const where = first?.file === undefined ? '' : ` ${first.file}${first.line === undefined ? '' : `:${first.line}`}:`;
    throw new StepError('PreflightFailed', `The live site was not built, for ${all.length === 1 ? 'one thing has' : `${counted(all.length, 'thing')} have`} to be mended first.${where} ${first?.message ?? ''} Mend it and publish again; the draft site can be published as it is.`, all);
  }
  if (fatalInstructors.length > 0) {
    throw new StepError('InstructorsMissing', `The theme cannot build a course whose instructors are missing, and ${fatalInstructors.length === 1 ? 'one is' : `${fatalInstructors.length} are`}. Add them to ‘${deps.config.rootWebsiteName}’ and publish it, then retry.`, fatalInstructors);
  }
  return [...found.map(({ problem }) => problem), ...instructors];
}

async function instructorProblems({ config }: Pick<ActivityDeps, 'config'>, { source, siteDir }: PreflightOf): Promise<Problem[]> {
  const missing = await missingInstructors(siteDir, staticApiBaseUrl(config, { siteName: source.site.name, version: source.version }));
  const isFatal = source.declaration.missingInstructors === 'fail';
  return missing.map((uuid) => ({
    message: `The root site does not publish the instructor ${uuid}${isFatal ? '' : ': the page will not name them'}. Add the instructor to ‘${config.rootWebsiteName}’ and publish it.`,
    file: 'data/course.json',
    item: { site: source.site.name, textId: 'sitemetadata', title: null },
  }));
}

/** The files of a checkout that the studio's rules speak of. */
async function readTree(source: BuildSource, siteDir: string): Promise<TreeFile[]> {
  const pages = (await filesIn(siteDir, contentDirOf(source.starterConfig))).filter((path) => path.endsWith('.md'));
  const paths = [...pages.sort(), ...singletonFiles(source.starterConfig)];
  const files: (TreeFile | null)[] = paths.map(() => null);
  await inParallel(paths, WIDTH, async (path, index) => {
    const text = await readFile(join(siteDir, path), 'utf8').catch(nullWhereMissing);
    if (text !== null) files[index] = { path, text };
  });
  return files.filter((file) => file !== null);
}

/** Names of the shortcodes that every theme of the build has; null where a Hugo configuration does not tell. */
async function shortcodesOf({ source, siteDir, hugoConfigs }: PreflightOf): Promise<ReadonlySet<string> | null> {
  const own = await shortcodesIn(siteDir);
  let common: ReadonlySet<string> | null = null;
  for (const file of hugoConfigs) {
    const themes = themesOfHugoConfig(await readHugoConfig(file));
    if (themes === null) return null;
    const names = new Set([...hugoShortcodes, ...own, ...(await Promise.all(themes.map((theme) => shortcodesIn(join(source.themesDir, theme))))).flat()]);
    common = common === null ? names : intersection(common, names);
  }
  return common;
}

function intersection(first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...first].filter((name) => second.has(name)));
}

/** A configuration that is no YAML tells nothing here: Hugo says what is wrong with it. */
async function readHugoConfig(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return parseYaml(text);
  } catch {
    return null;
  }
}

async function shortcodesIn(directory: string): Promise<string[]> {
  return (await Promise.all(SHORTCODE_FOLDERS.map(async (folder) => (await filesIn(directory, folder)).map((path) => shortcodeName(path.slice(folder.length + 1)))))).flat();
}

/** Paths, with slashes, of every file below a folder; none where there is no folder. */
async function filesIn(directory: string, folder: string): Promise<string[]> {
  const entries = (await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(nullWhereMissing)) ?? [];
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function nullWhereMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
