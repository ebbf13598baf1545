import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type Koa from 'koa';
import type { Item } from '#api/contracts/items.ts';
import type { SiteKinds } from '#api/contracts/kinds.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { type Caller, startApi } from '../../api/support/testApi.ts';
import { filesBelow } from '../../support/corpus.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { EditorTab } from '../../web/support/editorTab.ts';
import { editFault } from '../editFault.ts';
import { importRepository, menuTargets, repositoriesOf, starterOf, writeAll } from '../runConformance.ts';
import { chooseField, type FieldChange, wayOf } from './chooseField.ts';
import { numberOf } from './chooseText.ts';

export interface FormOptions {
  /** Migrated and empty. */
  readonly database: TestDatabase;
  readonly chromium: string;
  /** Folder of repositories. */
  readonly corpus: string;
  /** Folder of starters. */
  readonly projects: string;
  /** Which of the Markdown files, by their place in the list, are changed; all without it. */
  readonly isChosen?: (index: number) => boolean;
  readonly progress?: (done: number, of: number) => void;
}

/** What was tried with one field of the form of each Markdown file. */
export interface FormReport {
  /** Markdown files that were looked at. */
  readonly files: number;
  /** Files of which one field was changed in its form and saved. */
  readonly changed: number;
  /** Files that belong to no item, so that the studio shows no form for them. */
  readonly noItem: number;
  /** Items whose form has no text, choice or yes and no that the file has. */
  readonly noField: number;
  /** How many fields of each widget were changed. */
  readonly widgets: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly path: string; readonly what: 'field'; readonly reason: string }[];
}

type Api = Awaited<ReturnType<typeof startApi>>;

/** Passes on what a page asks the API, as somebody who is signed in there. */
function passOn(api: Api, who: Caller): Koa.Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/api/')) {
      await next();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = await api.send(ctx.method, ctx.url, { headers: { ...who.headers, ...(body.length === 0 ? {} : { 'content-type': 'application/json' }) }, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) });
    ctx.status = answer.status;
    ctx.type = answer.headers.get('content-type') ?? 'text/plain';
    ctx.body = answer.text;
  };
}

/**
 * Imports every repository of a folder, opens each Markdown file’s item in the real form in Chromium, changes one field of it by its
 * widget, saves through the API what the form would send, writes every file as a publish would, and says what else changed.
 */
export async function runFormConformance(options: FormOptions): Promise<FormReport> {
  const api = await startApi({}, options.database);
  try {
    const who = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const editor = await EditorTab.start(options.chromium, {}, passOn(api, who));
    try {
      return await changeAll(options, { api, who, editor });
    } finally {
      await editor.stop();
    }
  } finally {
    await api.stop();
  }
}

async function changeAll(options: FormOptions, { api, who, editor }: { api: Api; who: Caller; editor: EditorTab }): Promise<FormReport> {
  const counts = { files: 0, changed: 0, noItem: 0, noField: 0 };
  const widgets: Record<string, number> = {};
  const failures: FormReport['failures'][number][] = [];
  const repositories = repositoriesOf(options.corpus).map((folder) => ({ folder, files: filesBelow(folder).filter(({ path }) => !path.startsWith('.git/')) }));
  const total = repositories.reduce((sum, { files }) => sum + files.filter(({ path }) => path.endsWith('.md')).length, 0);
  let place = -1;
  for (const { folder, files } of repositories) {
    const starter = starterOf(folder);
    const config = parseSiteConfig(readFileSync(join(options.projects, starter, 'ocw-studio.yaml'), 'utf8'));
    const { site } = await importRepository(options.database.db, { folder, starter, config, files });
    const written = await writeAll(options.database.db, site, config);
    const itemAt = new Map(written.map(({ path, item }) => [path, item.textId]));
    const inMenus = menuTargets(written.map(({ item }) => item));
    const { kinds } = (await api.call('GET /api/v1/sites/:site/kinds', who, { params: { site: site.name } })).json as SiteKinds;
    const changes = new Map<string, FieldChange>();
    const fail = (path: string, reason: string): void => void failures.push({ path: `${basename(folder)}/${path}`, what: 'field', reason });

    for (const { path } of files.filter((file) => file.path.endsWith('.md'))) {
      place += 1;
      if (options.isChosen?.(place) === false) continue;
      counts.files += 1;
      options.progress?.(counts.files, total);
      const textId = itemAt.get(path);
      const params = { site: site.name, item: textId ?? '' };
      if (textId === undefined) {
        counts.noItem += 1;
        continue;
      }
      const item = (await api.call('GET /api/v1/sites/:site/items/:item', who, { params })).json as Item;
      const kind = kinds.find(({ name }) => name === item.type);
      const change = kind === undefined ? undefined : chooseField(kind, item, numberOf(path), { titleToo: !inMenus.has(item.textId) });
      if (kind === undefined || change === undefined) {
        counts.noField += 1;
        continue;
      }
      counts.changed += 1;
      const widget = wayOf(change);
      widgets[widget] = (widgets[widget] ?? 0) + 1;
      const outcome = await inForm(editor, site.name, kind, item, change).catch((error: unknown) => String(error).split('\n')[0] ?? '');
      // There is no bucket behind the API: pictures of resources do not come.
      const complaint = editor.complaints.splice(0).filter((line) => !line.startsWith('Failed to load resource')).join('; ');
      if (typeof outcome === 'string' || complaint !== '') {
        fail(path, typeof outcome === 'string' ? outcome : `the browser told of ${complaint}`);
        continue;
      }
      // The name of a page’s file is no field of it.
      const saved = await api.call('PATCH /api/v1/sites/:site/items/:item', who, { params, body: { revision: item.revision, ...outcome, ...(change.path === 'title' ? { rename: false } : {}) } });
      if (saved.status === 200) changes.set(path, change);
      else fail(path, `it was not saved: ${saved.text}`);
    }

    const sources = new Map(files.map(({ path, bytes }) => [path, bytes.toString('utf8')]));
    for (const { path, text } of await writeAll(options.database.db, site, config)) {
      const before = sources.get(path) ?? '';
      const change = changes.get(path);
      const reason = change === undefined ? (before === text ? undefined : 'it changed although no field of it did') : editFault(path, before, text, { path: change.keys, value: change.value, body: {} });
      if (reason !== undefined) fail(path, `${change === undefined ? '' : `${change.path}: `}${reason}`);
    }
  }
  return { ...counts, widgets, failures };
}

/** Changes a field in the form. @returns what a save would send, or in words what is wrong with it. */
async function inForm(editor: EditorTab, site: string, kind: SiteKinds['kinds'][number], item: Item, change: FieldChange): Promise<string | Record<string, unknown>> {
  await editor.openForm(site, kind, item);
  const untouched = await editor.formChanges();
  if (Object.keys(untouched).length > 0) return `opened and left alone, the form would save ${JSON.stringify(untouched)}`;
  const row = editor.tab.locator(`[id="${await editor.fieldId(change.path)}-row"]`);
  const { step } = change;
  if (step.kind === 'choose') await row.locator('select').selectOption(step.value);
  else if (step.kind === 'press') await row.locator('label').filter({ has: editor.tab.locator('input'), hasText: exactly(step.label) }).locator('input').click();
  else {
    await row.locator('input, textarea').press('Control+End');
    await editor.tab.keyboard.type(step.added);
  }
  const sent = await editor.formChanges();
  const [key = '', inner] = change.keys;
  const wanted = change.path === 'title' ? { title: change.value } : { metadata: { [key]: inner === undefined ? change.value : { [inner]: change.value } } };
  return isDeepStrictEqual(sent, wanted) ? sent : `${change.path}: the form would save ${JSON.stringify(sent)}, not ${JSON.stringify(wanted)}`;
}

const exactly = (text: string): RegExp => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);

/** The report as lines, the failures first. */
export function formReportLines({ files, changed, noItem, noField, widgets, failures }: FormReport): string[] {
  const failed = new Set(failures.map(({ path }) => path)).size;
  return [
    ...failures.map(({ path, what, reason }) => `${path}: ${what}: ${reason}`),
    `one field of a form: ${changed - failed} of ${changed} changed there only (${Object.entries(widgets).map(([widget, count]) => `${widget} ${count}`).join(', ') || 'none'}); of ${files} files ${noItem} are no item, ${noField} have no such field`,
  ];
}
