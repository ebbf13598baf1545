import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { insertImportedItems } from '#activities/insertImportedItems.ts';
import { siteContext } from '#activities/siteContext.ts';
import { blobId } from '#clients/git.ts';
import type { Db } from '#db/knex.ts';
import { listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findSite, insertSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { readContentFile, writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { planImport } from '#domain/importPlan.ts';
import { configItem, parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { startApi } from '../api/support/testApi.ts';
import { filesBelow } from '../support/corpus.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { chooseEdit, type Edit } from './chooseEdit.ts';
import { editFault } from './editFault.ts';

/**
 * Whether what was imported is written back byte for byte, and an edit touches the lines of its field only. Everything
 * goes the product’s own way: its import fills an empty database, its serializer writes what is read from there, its API
 * makes the edits.
 */

export interface ConformanceOptions {
  /** Migrated and empty. */
  readonly database: TestDatabase;
  /** Folder of repositories. */
  readonly corpus: string;
  /** Folder of starters. */
  readonly projects: string;
  /** Only each so-manieth item is edited; 1 edits all. */
  readonly editEvery?: number;
}

export interface Finding {
  readonly path: string;
  readonly reason: string;
}

export interface RepositoryReport {
  readonly repository: string;
  readonly starter: string;
  readonly files: number;
  readonly identical: number;
  /** Number of files no promise is made of, by rule. */
  readonly excepted: Readonly<Record<string, number>>;
  readonly different: readonly Finding[];
  readonly edited: number;
  readonly editedClean: number;
  readonly editedUnclean: readonly Finding[];
  /** Files whose whole text stands somewhere in the database. */
  readonly copies: readonly string[];
  /** Characters of source lines that are remembered, beside those of all items’ files. */
  readonly remembered: number;
  readonly characters: number;
}

/** The share of files that rules may except. */
export const MAX_EXCEPTED = 0.02;

/** Imports, writes, edits and writes again every repository of a folder. */
export async function runConformance(options: ConformanceOptions): Promise<RepositoryReport[]> {
  const repositories = repositoriesOf(options.corpus);
  if (repositories.length === 0) throw new Error(`${options.corpus} holds no repository: a folder with content/ or data/ in it.`);
  const api = await startApi({}, options.database);
  try {
    const admin = await api.token();
    const reports: RepositoryReport[] = [];
    for (const folder of repositories) {
      const edit = async (site: SiteRow, item: StoredContentItem, change: Edit): Promise<void> => {
        // The name of a page’s file is no field of it.
        const body = { revision: item.revision, ...change.body, ...(change.body.title === undefined ? {} : { rename: false }) };
        const answer = await api.call('PATCH /api/v1/sites/:site/items/:item', admin, { params: { site: site.name, item: item.textId }, body });
        if (answer.status !== 200) throw new Error(`${item.textId} of ${site.name} was not saved: ${answer.text}`);
      };
      reports.push(await checkRepository(options, folder, edit));
    }
    return reports;
  } finally {
    await api.stop();
  }
}

/** Whether every promise holds. */
export function isKept(reports: readonly RepositoryReport[]): boolean {
  const sum = (count: (report: RepositoryReport) => number): number => reports.reduce((total, report) => total + count(report), 0);
  const excepted = sum((report) => Object.values(report.excepted).reduce((total, count) => total + count, 0));
  return sum((report) => report.different.length + report.editedUnclean.length + report.copies.length) === 0 && excepted <= sum((report) => report.files) * MAX_EXCEPTED;
}

/** The repositories of a folder: each folder in it that has content or data. */
export function repositoriesOf(corpus: string): string[] {
  const isRepository = (folder: string): boolean => existsSync(join(folder, 'content')) || existsSync(join(folder, 'data'));
  return readdirSync(corpus, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isRepository(join(corpus, entry.name)))
    .map((entry) => join(corpus, entry.name))
    .sort();
}

/** The root site has what no course has. */
export function starterOf(folder: string): string {
  return ['data/homepage.yaml', 'content/instructors', 'content/course-lists'].some((path) => existsSync(join(folder, path))) ? 'ocw-www' : 'ocw-course-v2';
}

async function checkRepository(options: ConformanceOptions, folder: string, edit: (site: SiteRow, item: StoredContentItem, change: Edit) => Promise<void>): Promise<RepositoryReport> {
  const { db } = options.database;
  const starter = starterOf(folder);
  const config = parseSiteConfig(readFileSync(join(options.projects, starter, 'ocw-studio.yaml'), 'utf8'));
  const files = filesBelow(folder).filter(({ path }) => !path.startsWith('.git/'));
  const sources = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const { site, kept } = await importRepository(db, { folder, starter, config, files });

  const written = await writeAll(db, site, config);
  const different: Finding[] = [];
  let identical = 0;
  for (const { path, text, item } of written) {
    const source = sources.get(path);
    if (source === undefined) different.push({ path, reason: 'the repository has no such file' });
    else if (!source.equals(Buffer.from(text))) different.push({ path, reason: `it differs from character ${firstDifference(source.toString(), text) + 1} on` });
    else if (item.writtenSha256 !== createHash('sha256').update(source).digest('hex') || item.writtenBlob !== blobId(source)) different.push({ path, reason: 'its baseline is another, so it would be committed' });
    else identical += 1;
  }

  const inMenus = menuTargets(written.map(({ item }) => item));
  const chosen = written.filter((_file, index) => index % (options.editEvery ?? 1) === 0).flatMap(({ item }) => {
    const kind = configItem(config, item.type);
    const change = kind === undefined ? undefined : chooseEdit(item, kind, { titleToo: !inMenus.has(item.textId) });
    return change === undefined ? [] : [{ item, change }];
  });
  for (const { item, change } of chosen) await edit(site, item, change);
  const changes = new Map(chosen.map(({ item, change }) => [item.id, change]));
  const editedUnclean: Finding[] = [];
  for (const { item, path, text } of await writeAll(db, site, config)) {
    const change = changes.get(item.id);
    const source = sources.get(path)?.toString() ?? '';
    if (change === undefined && source !== text) editedUnclean.push({ path, reason: 'it changed although it was not edited' });
    const reason = change === undefined ? undefined : editFault(path, source, text, change);
    if (reason !== undefined) editedUnclean.push({ path, reason });
  }

  const texts = new Map([...sources].filter(([path]) => !kept.has(path)).map(([path, bytes]) => [path, bytes.toString()]));
  return {
    repository: basename(folder),
    starter,
    files: files.length,
    identical,
    excepted: countRules(kept.values()),
    different,
    edited: chosen.length,
    editedClean: chosen.length - new Set(editedUnclean.map(({ path }) => path)).size,
    editedUnclean,
    copies: await copiesIn(db, texts),
    remembered: written.reduce((sum, { item }) => sum + rememberedOf(item.writtenForm), 0),
    characters: [...texts.values()].reduce((sum, text) => sum + text.length, 0),
  };
}

/** Stores a repository as the import’s own step does. @returns the site, and the rule by which each file that is no item is excepted. */
export async function importRepository(db: Db, given: { folder: string; starter: string; config: SiteConfig; files: ReturnType<typeof filesBelow> }): Promise<{ site: SiteRow; kept: Map<string, string> }> {
  const { starter, config } = given;
  await upsertStarter(db, { slug: starter, path: starter, commit: '0'.repeat(40), config });
  const starterId = (await findStarterBySlug(db, starter))?.id ?? '';
  const siteId = uuidv7();
  const plan = planImport({ files: given.files.map((file) => ({ ...file, blob: blobId(file.bytes) })), config, folderName: basename(given.folder), siteId });
  const site = await db.transaction(async (trx) => {
    await insertSite(trx, { id: siteId, ...plan.site, starterId, ownerId: null });
    const row = await findSite(trx, siteId);
    if (row === undefined) throw new Error(`The site of ${given.folder} vanished`);
    await insertImportedItems(trx, row, plan.items, config);
    return row;
  });
  const texts = new Map(given.files.map(({ path, bytes }) => [path, bytes.toString()]));
  return { site, kept: new Map(plan.kept.map((path) => [path, ruleOf(path, texts.get(path) ?? '', config, plan.site)])) };
}

/** Why a file is no item: it is not content at all, or content that the studio cannot take. */
function ruleOf(path: string, text: string, config: SiteConfig, site: { name: string; urlPath: string | null }): string {
  const read = readContentFile({ path, text, config, site });
  if (read.kind === 'item') return 'sameUid';
  return read.reason === 'outside of the content model' ? 'notContent' : 'notReadable';
}

function countRules(rules: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const rule of rules) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

/** Every file of a site as a publish would write it now. */
export async function writeAll(db: Db, site: SiteRow, config: SiteConfig): Promise<{ item: StoredContentItem; path: string; text: string }[]> {
  const items = await listContentItems(db, site.id);
  const context = siteContext(site, items);
  return items.map((item) => ({ item, ...writeContentFile(item, config, context, item.writtenForm) }));
}

/** What menus name: a new title of it would, as it should, change the menu’s file too. */
export function menuTargets(items: readonly ContentItem[]): Set<unknown> {
  const lists = items.filter((item) => !item.isPageContent).flatMap((item) => Object.values(item.metadata).filter((value) => Array.isArray(value)));
  return new Set(lists.flat().map((entry: unknown) => (typeof entry === 'object' && entry !== null && 'identifier' in entry ? entry.identifier : undefined)));
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** Files whose text stands in a column of any table, alone or within a longer one. */
async function copiesIn(db: Db, texts: ReadonlyMap<string, string>): Promise<string[]> {
  const { rows: tables } = await db.raw<{ rows: { tablename: string }[] }>(`select tablename from pg_tables where schemaname = 'public'`);
  const found: string[] = [];
  for (const { tablename } of tables) {
    const rows = (await db(tablename).select('*')) as unknown[];
    // What is shorter than a file cannot hold it, so few pairs are compared.
    const strings = [...stringsOf(rows)].sort((a, b) => b.length - a.length);
    for (const [path, text] of texts) {
      for (const one of strings) {
        if (one.length < text.length) break;
        if (one.includes(text)) {
          found.push(path);
          break;
        }
      }
    }
  }
  return found;
}

function stringsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) stringsOf(inner, found);
  return found;
}

/** Length of all source lines that a form remembers. */
function rememberedOf(form: unknown): number {
  if (typeof form !== 'object' || form === null) return 0;
  return Object.entries(form).reduce((sum, [key, inner]) => sum + (key === 'written' && typeof inner === 'string' ? inner.length : rememberedOf(inner)), 0);
}
