import { lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileExists } from '#clients/fileExists.ts';
import { GitError } from '#clients/git.ts';
import { listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { fileKind, type SiteConfig } from '#domain/siteConfig.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import { repositoryUrl } from './repositoryUrl.ts';
import { serializedItem } from './serializedItem.ts';
import { siteContext } from './siteContext.ts';
import { StepError } from './stepError.ts';

/** Files written at once. */
const WIDTH = 16;

/** What somebody writes and has not saved. */
export type UnsavedFields = Pick<ContentItem, 'title' | 'markdown' | 'file' | 'metadata'>;

/** A text that only the preview has, and whose it is. */
export interface Unsaved {
  readonly textId: string;
  readonly userId: string;
  readonly name: string;
  readonly fields: UnsavedFields;
}

/** An item that cannot be written as the file it would be. */
export class UnwritableItem extends Error {
  override readonly name = 'UnwritableItem';
}

/**
 * The folder Hugo reads for a preview: what main holds, over it every item as the database has it now, as its commit would write it, and over that
 * what people write and have not saved. Nothing goes back from here: neither to the repository nor to the database.
 */
export async function openPreviewTree(deps: Pick<ActivityDeps, 'config' | 'db' | 'git' | 'workspace' | 'log'>, given: { readonly site: SiteRow; readonly directory: string; readonly abortSignal: AbortSignal }) {
  const { config, db, git, workspace } = deps;
  const { site, directory, abortSignal } = given;
  await mkdir(directory, { recursive: true });
  await exportMain();
  const root = await realpath(directory);

  let content: { readonly items: readonly StoredContentItem[]; readonly config: SiteConfig; readonly site: SiteRow } | undefined;
  /** Path -> text, as this folder holds it. */
  let held = new Map<string, string>();
  const unsaved = new Map<string, Unsaved>();
  // One change of the folder after the other.
  let turn: Promise<unknown> = Promise.resolve();

  /** What is no item of the studio is only in the repository; a site that has none yet goes without. */
  async function exportMain(): Promise<void> {
    const url = repositoryUrl(config, site);
    const mirror = workspace.mirrorDir(url);
    await workspace.exclusive(mirror, async () => {
      try {
        await git.updateMirror(url, mirror, { abortSignal });
      } catch (error) {
        if (!(error instanceof GitError) || !['missing', 'unavailable'].includes(error.kind)) throw error;
        deps.log.info({ site: site.name, kind: error.kind }, 'A preview goes on without the newest state of the repository');
        if (!(await fileExists(mirror))) return;
      }
      const head = await git.headOf(mirror, config.gitBranchMain, { abortSignal });
      if (head !== null) await git.exportTree(mirror, head, directory, { abortSignal });
    });
  }

  async function read(): Promise<NonNullable<typeof content>> {
    return db.transaction(
      async (trx) => {
        const now = await findSite(trx, site.id);
        if (now === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
        const starter = now.starterId === null ? undefined : await findStarter(trx, now.starterId);
        if (starter?.config == null) throw new StepError('StarterMissing', `The site ‘${now.title}’ has no starter that says which content it has. Give it one, then open the preview again.`);
        return { site: now, config: starter.config as SiteConfig, items: await listContentItems(trx, now.id) };
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  }

  /** @throws {UnwritableItem} where what somebody is writing just now cannot be a file. */
  function fileOf({ config: siteConfig }: NonNullable<typeof content>, context: ReturnType<typeof siteContext>, item: StoredContentItem, justWritten: string | null): { readonly path: string; readonly text: string } | null {
    if (fileKind(siteConfig, item.type) === undefined) return null;
    const over = unsaved.get(item.textId);
    if (over === undefined) return serializedItem(item, siteConfig, context, item.writtenForm);
    try {
      return serializedItem({ ...item, ...over.fields }, siteConfig, context, item.writtenForm);
    } catch (error) {
      if (justWritten !== item.textId) return serializedItem(item, siteConfig, context, item.writtenForm);
      throw new UnwritableItem(`What ${over.name} writes in ‘${item.title ?? item.textId}’ cannot be written as a file: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  /** Brings the folder to what it should hold. @returns how many files changed. */
  async function writeOut(now: NonNullable<typeof content>, { told, justWritten = null }: { readonly told?: ((files: number) => void) | undefined; readonly justWritten?: string | null } = {}): Promise<number> {
    const live = now.items.filter((item) => item.deletedAt === null);
    // Menus name pages as they are saved: a title that somebody is still writing is no menu’s yet.
    const context = siteContext(now.site, live);
    const wanted = new Map<string, string>();
    for (const item of live) {
      const file = fileOf(now, context, item, justWritten);
      if (file !== null) wanted.set(file.path, file.text);
    }
    const gone = new Set([...held.keys(), ...(content === undefined ? now.items.flatMap((item) => item.writtenPath ?? []) : [])].filter((path) => !wanted.has(path)));
    // What the starter has no place for any more stays as the repository has it, as it does in a publish.
    for (const item of live) if (item.writtenPath !== null && fileKind(now.config, item.type) === undefined) gone.delete(item.writtenPath);
    const changed = [...wanted].filter(([path, text]) => held.get(path) !== text);
    for (const path of gone) await removeInside(path);
    let written = 0;
    await inParallel(changed, WIDTH, async ([path, text]) => {
      abortSignal.throwIfAborted();
      await writeInside(path, text);
      written += 1;
      told?.(written);
    });
    held = wanted;
    content = now;
    return changed.length + gone.size;
  }

  /** The place of a file, after a look that nothing on the way leads out of the folder. */
  async function placeOf(path: string): Promise<string> {
    const place = join(root, path);
    await mkdir(dirname(place), { recursive: true });
    const within = relative(root, await realpath(dirname(place)));
    if (within === '..' || within.startsWith(`..${sep}`)) throw new StepError('PathNotOurs', `The file ${path} would lie outside of the site.`);
    return place;
  }

  async function writeInside(path: string, text: string): Promise<void> {
    const place = await placeOf(path);
    const there = await lstat(place).catch(() => null);
    // A link in the repository could lead anywhere.
    if (there !== null && !there.isFile()) await rm(place, { recursive: true });
    await writeFile(place, text);
  }

  async function removeInside(path: string): Promise<void> {
    await rm(await placeOf(path), { force: true });
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  }

  return {
    /** The revision of the site’s content that is shown; null before it is read. */
    revision: (): number | null => content?.site.contentRevision ?? null,

    /** Writes what is saved by now. @returns how many files changed. */
    sync: (told?: (files: number) => void): Promise<number> => inTurn(async () => writeOut(await read(), { told })),

    /**
     * Shows what somebody writes in an item; whoever wrote in it before is not shown any more.
     * @returns how many files changed.
     * @throws {UnwritableItem}
     */
    show: (over: Unsaved): Promise<number> =>
      inTurn(async () => {
        if (content === undefined) throw new Error('The folder is filled before anybody writes');
        const before = unsaved.get(over.textId);
        unsaved.set(over.textId, over);
        try {
          return await writeOut(content, { justWritten: over.textId });
        } catch (error) {
          if (before === undefined) unsaved.delete(over.textId);
          else unsaved.set(over.textId, before);
          throw error;
        }
      }),

    /** Shows what is saved again, where it was these people’s text that was shown instead. @returns how many files changed. */
    forget: (which: (over: Unsaved) => boolean): Promise<number> =>
      inTurn(async () => {
        const gone = [...unsaved.values()].filter(which);
        if (gone.length === 0) return 0;
        for (const { textId } of gone) unsaved.delete(textId);
        return writeOut(await read());
      }),

    /** Everything that is shown and not saved. */
    unsaved: (): { readonly textId: string; readonly title: string | null; readonly userId: string; readonly name: string }[] => [...unsaved.values()].map(({ textId, userId, name }) => ({ textId, userId, name, title: content?.items.find((item) => item.textId === textId)?.title ?? null })),
  };
}
