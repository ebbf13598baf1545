import type { ContentItem } from '#domain/contentItem.ts';
import { filenameFor } from '#domain/filename.ts';
import { renameInMenus } from '#domain/renameInMenus.ts';
import { type ContentReference, referencesOf } from '#domain/references.ts';
import { configItems, contentDirOf, menuFieldsOf } from '#domain/siteConfig.ts';
import type { Db } from '#db/knex.ts';
import { changeContentItem, type ContentFields, createContentItem } from '#db/queries/contentChanges.ts';
import { listContentItemsOfTypes, lockContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { holdTargets } from '#db/queries/contentReferences.ts';
import { lockSite, setSiteTitle } from '#db/queries/sites.ts';
import { takenFilenames } from '#db/queries/takenFilenames.ts';
import { ApiError } from './apiError.ts';
import { askForAdoption } from './askForAdoption.ts';
import { noteContentSaved, noteRequested } from './contentSaved.ts';
import type { ApiDeps } from './deps.ts';
import type { WritableContent } from './siteContent.ts';

/** Kind of the item that says what the whole site is. */
const SITE_METADATA = 'sitemetadata';

export type ContentWriter = ReturnType<typeof createContentWriter>;

/** What people's saves have in common, inside one transaction that holds the site. */
function createContentWriter(trx: Db, deps: Pick<ApiDeps, 'config'>, content: WritableContent, by: string | null) {
  const { site, config } = content;
  /** Ids of requests that the saves made. */
  const requests: string[] = [];
  const contentDir = contentDirOf(config);

  /**
   * What an item names from now on. What it named before stays as it is, even when it leads nowhere; nothing new may lead
   * to what was deleted.
   * @throws {ApiError} invalidFields.
   */
  async function referencesFor(item: ContentItem, before: ContentItem | null): Promise<ContentReference[]> {
    const references = referencesOf(item, config);
    const keyOf = (reference: ContentReference): string => `${reference.targetSite ?? ''}\n${reference.targetTextId ?? ''}`;
    const known = new Set(before === null ? [] : referencesOf(before, config).map(keyOf));
    const gone = await holdTargets(trx, site, references.filter((reference) => !known.has(keyOf(reference))));
    if (gone.length > 0) {
      const issues = gone.map(({ field, targetTextId }) => ({ path: field, message: `It names the item ${targetTextId ?? ''}, which was deleted. Take it out, or bring the item back first.` }));
      throw invalidFields(issues);
    }
    return references;
  }

  async function followTitle(before: StoredContentItem, after: StoredContentItem): Promise<void> {
    if (before.title === null || after.title === null || before.title === after.title || !after.isPageContent) return;
    const kinds = configItems(config).filter((kind) => menuFieldsOf(kind).length > 0);
    for (const menus of await listContentItemsOfTypes(trx, site.id, kinds.map(({ name }) => name))) {
      const kind = kinds.find(({ name }) => name === menus.type);
      const metadata = kind === undefined ? null : renameInMenus(kind, menus.metadata, { textId: after.textId, before: before.title, after: after.title });
      if (metadata !== null) await changeContentItem(trx, { siteId: site.id, textId: menus.textId, fromRevision: null, set: { metadata }, by, reason: 'page renamed' });
    }
  }

  async function followSiteTitle(item: ContentItem): Promise<void> {
    if (item.type !== SITE_METADATA) return;
    const title = item.metadata[deps.config.fieldMetadataTitle];
    if (typeof title === 'string' && title.trim() !== '') await setSiteTitle(trx, site.id, title.trim());
  }

  async function followVideo(before: StoredContentItem | null, after: StoredContentItem): Promise<void> {
    const request = await askForAdoption(trx, { siteId: site.id, before, after, by });
    if (request !== null) requests.push(request);
  }

  return {
    requests,

    /**
     * Holds an item until the end.
     * @throws {ApiError} notFound.
     */
    async hold(textId: string, purpose: 'save' | 'delete'): Promise<StoredContentItem> {
      const item = await lockContentItem(trx, site.id, textId, purpose);
      if (item === undefined) throw noSuchItem(content, textId);
      return item;
    },

    /**
     * A free name for the file of a page, from the words that name it. The names and the old addresses of other pages
     * that are there are taken.
     */
    async nameFor(words: string, item: Pick<ContentItem, 'textId' | 'type' | 'dirpath'>, wanted?: string): Promise<string> {
      const isTaken = await takenFilenames(trx, { siteId: site.id, dirpath: item.dirpath, contentDir, butTextId: item.textId });
      return wanted !== undefined && !isTaken(wanted) ? wanted : filenameFor({ title: words, type: item.type, isTaken });
    },

    async create(item: ContentItem): Promise<StoredContentItem> {
      const references = await referencesFor(item, null);
      const created = await createContentItem(trx, { siteId: site.id, item, by, reason: 'created', references });
      await followSiteTitle(created);
      await followVideo(null, created);
      return created;
    },

    /** Saves an item that is held, with everything that follows from it: what it names, menus, the site's title, its video on YouTube. */
    async save(before: StoredContentItem, change: { readonly set: Partial<ContentFields>; readonly deleted?: boolean; readonly reason: string; readonly mayNameDeleted?: boolean }): Promise<StoredContentItem> {
      const { set, deleted, reason } = change;
      const next: ContentItem = { ...before, ...set };
      const references = change.mayNameDeleted === true ? referencesOf(next, config) : await referencesFor(next, before);
      const result = await changeContentItem(trx, { siteId: site.id, textId: before.textId, fromRevision: before.revision, set, ...(deleted === undefined ? {} : { deleted }), by, reason, references });
      if (result.kind === 'missing' || result.kind === 'conflict') throw new Error(`Item ${before.id} changed while it was held`);
      await followTitle(before, result.item);
      await followSiteTitle(result.item);
      await followVideo(before, result.item);
      return result.item;
    },
  };
}

/** Times a save is tried whose path or lock somebody else was quicker to take. */
const MAX_TRIES = 4;

/** A path or text id that was free a moment ago, or two that waited for each other. */
function isLostRace(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const constraint = 'constraint' in error ? error.constraint : undefined;
  return error.code === '40P01' || (error.code === '23505' && (constraint === 'content_items_path' || constraint === 'content_items_site_id_text_id_key'));
}

/** Runs one person's save in a transaction that holds the site; a lost race is run again, on what the winner left. What was saved is committed soon. */
export async function writeContent<T>(deps: Pick<ApiDeps, 'db' | 'config' | 'engine' | 'log'>, content: WritableContent, by: string | null, work: (writer: ContentWriter, trx: Db) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { done, requests } = await deps.db.transaction(async (trx) => {
        await lockSite(trx, content.site.id);
        const writer = createContentWriter(trx, deps, content, by);
        return { done: await work(writer, trx), requests: writer.requests };
      });
      noteContentSaved(deps, content.site);
      noteRequested(deps, requests);
      return done;
    } catch (error) {
      if (attempt === MAX_TRIES || !isLostRace(error)) throw error;
    }
  }
}

export function noSuchItem(content: Pick<WritableContent, 'site'>, textId: string): ApiError {
  return new ApiError('notFound', `The site ‘${content.site.title}’ has no item ‘${textId}’.`);
}

/** The refusal of what the starter does not allow, field by field. */
export function invalidFields(issues: readonly { readonly path: string; readonly message: string }[]): ApiError {
  const [first] = issues;
  const more = issues.length - 1;
  return new ApiError('invalidFields', `Nothing was saved. ${first?.message ?? ''}${more === 0 ? '' : ` And ${more} more to mend.`}`, issues);
}
