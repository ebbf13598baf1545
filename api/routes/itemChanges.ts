import { withAlias } from '#domain/aliases.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { filenameFor } from '#domain/filename.ts';
import { fieldDifferences } from '#domain/itemDiff.ts';
import { pageUrl } from '#domain/menus.ts';
import { mergeMetadata } from '#domain/mergeMetadata.ts';
import { type ConfigItem, configItem, contentDirOf } from '#domain/siteConfig.ts';
import { type FieldIssue, validateItem } from '#domain/validateItem.ts';
import type { Db } from '#db/knex.ts';
import type { ContentFields } from '#db/queries/contentChanges.ts';
import { isDeletedWithFile } from '#db/queries/contentDeletions.ts';
import type { StoredContentItem } from '#db/queries/contentItems.ts';
import { findRevision } from '#db/queries/contentRevisions.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { ApiError } from '../apiError.ts';
import { assertDeletable } from '../assertDeletable.ts';
import type { Principal } from '../auth/principal.ts';
import { type ContentWriter, invalidFields, writeContent } from '../contentWriter.ts';
import { MAX_REFERRERS, type Referenced, type RevisionConflict } from '../contracts/items.ts';
import type { ApiDeps } from '../deps.ts';
import { endSavedDraft } from '../endSavedDraft.ts';
import { givenIssues } from '../givenIssues.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { presentItem, presentReferrers } from '../presenters/items.ts';
import type { Call, Handlers } from '../router.ts';
import { siteContent, type WritableContent, writable } from '../siteContent.ts';
import { uploadedFacts } from '../uploadedFacts.ts';

type Routes = Pick<Handlers, 'PATCH /api/v1/sites/:site/items/:item' | 'DELETE /api/v1/sites/:site/items/:item' | 'POST /api/v1/sites/:site/items/:item/undelete' | 'POST /api/v1/sites/:site/items/:item/restore'>;
type Save = Call<'PATCH /api/v1/sites/:site/items/:item'>['body'];

/** The state a change was made from, and what the change would have made of it. */
interface Given {
  readonly revision: number;
  readonly yours?: (base: StoredContentItem) => StoredContentItem | Promise<StoredContentItem>;
}

export function itemChangeRoutes(deps: ApiDeps): Routes {
  const { db } = deps;

  /**
   * The item, held, if the caller may change it and knows its newest state.
   * @throws {ApiError} notFound, forbidden, wrongState, revisionConflict.
   */
  async function held(writer: ContentWriter, trx: Db, content: WritableContent, who: Principal, given: Given & { readonly item: string }): Promise<StoredContentItem> {
    const item = await writer.hold(given.item, 'save');
    assertMayEdit(content, item, who);
    if (item.deletedAt !== null) throw new ApiError('wrongState', `‘${item.title ?? item.textId}’ was deleted. Bring it back first.`);
    if (item.revision !== given.revision) throw await conflict(trx, content, item, who, given);
    return item;
  }

  function assertMayEdit(content: WritableContent, item: StoredContentItem, who: Principal): void {
    if (!sitePolicy.editItem(who, content.site.id, item.type)) throw new ApiError('forbidden', 'Only an owner or admin of the site may write its metadata. Ask one of them.');
  }

  function assertMayDelete(content: WritableContent, item: StoredContentItem, who: Principal): void {
    if (!sitePolicy.deleteItem(who, content.site.id, item)) throw new ApiError('forbidden', 'An editor may delete, and bring back, only what they added themselves. Ask an owner or admin of the site.');
  }

  /** The refusal of a change that was made from an older state, with both. */
  async function conflict(trx: Db, content: WritableContent, current: StoredContentItem, who: Principal, given: Given): Promise<ApiError> {
    const base = given.yours === undefined ? undefined : await findRevision(trx, current.id, given.revision);
    const edited = base === undefined ? undefined : { ...current, ...base, updatedBy: base.savedBy, updatedAt: base.savedAt, deletedAt: base.isDeleted ? base.savedAt : null };
    const details: RevisionConflict = {
      yours: edited === undefined || given.yours === undefined ? null : await presentItem(trx, content, await given.yours(edited), who),
      current: await presentItem(trx, content, current, who),
    };
    const by = details.current.updatedBy?.name ?? 'somebody';
    return new ApiError('revisionConflict', `Nothing was saved: ${by} saved ‘${current.title ?? current.textId}’ meanwhile. Compare the two versions, then save yours anew.`, undefined, details);
  }

  /** The name of a page's file after a save, and whether its old address is kept. */
  async function renamed(writer: ContentWriter, trx: Db, content: WritableContent, kind: ConfigItem, before: StoredContentItem, next: ContentItem, wish: boolean | undefined): Promise<Pick<ContentFields, 'filename' | 'metadata'>> {
    const { metadata } = next;
    const unchanged = { filename: before.filename, metadata };
    const isNamedByTitle = before.isPageContent && kind.folder !== null && (kind.slug === null || kind.slug === 'title') && before.filename !== '_index' && before.filename !== 'index';
    if (before.title === next.title || !isNamedByTitle) return unchanged;
    const wasLive = (await findDeployment(trx, { siteId: content.site.id, version: 'live', theme: '' }))?.firstDeployedAt != null;
    if (!(wish ?? !wasLive)) return unchanged;
    const plain = (title: string | null): string => filenameFor({ title: title ?? '', type: before.type, isTaken: () => false });
    // A title that was only written better names the same file, whatever it is called.
    if (wish !== true && plain(before.title) === plain(next.title)) return unchanged;
    const filename = await writer.nameFor(next.title ?? '', before);
    const contentDir = contentDirOf(content.config);
    return { filename, metadata: wasLive && filename !== before.filename ? withAlias(metadata, pageUrl(before, contentDir), pageUrl({ ...before, filename }, contentDir)) : metadata };
  }

  return {
    'PATCH /api/v1/sites/:site/items/:item': async ({ params, body, who }) => {
      const content = writable(await siteContent(deps, params.site, who));
      const saved = await writeContent(deps, content, who.userId, async (writer, trx) => {
        const yours = (base: StoredContentItem): StoredContentItem => ({ ...base, ...edited(configItem(content.config, base.type) ?? { fields: [] }, base, body) });
        const before = await held(writer, trx, content, who, { item: params.item, revision: body.revision, yours });
        const kind = kindOf(content, before);
        const given = edited(kind, before, body);
        const facts = await uploadedFacts(trx, content.site.id, body.file, before.file);
        const set = Object.keys(facts).length === 0 ? given : { ...given, metadata: { ...(given.metadata ?? before.metadata), ...facts } };
        const next = { ...before, ...set };
        const issues = [...givenIssues(content, kind, body, before), ...changeIssues(content, kind, before, next)];
        if (issues.length > 0) throw invalidFields(issues);
        const place = await renamed(writer, trx, content, kind, before, next, body.rename);
        const after = await writer.save(before, { set: { ...set, ...place }, reason: place.filename === before.filename ? 'edited' : 'renamed' });
        await endSavedDraft(trx, content, who, { itemId: after.id, type: after.type }, body.draft);
        return after;
      });
      return presentItem(db, content, saved, who);
    },

    'DELETE /api/v1/sites/:site/items/:item': async ({ params, query, who, note }) => {
      await assertDeletable(deps, who);
      const content = writable(await siteContent(deps, params.site, who));
      const deleted = await writeContent(deps, content, who.userId, async (writer, trx) => {
        const item = await writer.hold(params.item, 'delete');
        note({ title: item.title ?? item.textId, type: item.type });
        assertMayDelete(content, item, who);
        const name = item.title ?? item.textId;
        if (item.deletedAt !== null) throw new ApiError('wrongState', `‘${name}’ was deleted already.`);
        if (item.revision !== query.revision) throw await conflict(trx, content, item, who, { revision: query.revision });
        if (configItem(content.config, item.type)?.file != null) throw new ApiError('wrongState', `‘${name}’ is the only one of its kind, and the site needs it. Change it instead.`);
        const referrers = await presentReferrers(trx, content.site, item.textId, who);
        if (referrers.length > 0) {
          const details: Referenced = { total: referrers.length, referrers: referrers.slice(0, MAX_REFERRERS) };
          throw new ApiError('referenced', `‘${name}’ cannot be deleted: ${referrers.length === 1 ? 'one place names' : `${referrers.length.toLocaleString('en-US')} places name`} it. Take it out there first.`, undefined, details);
        }
        return writer.save(item, { set: {}, deleted: true, reason: 'deleted', mayNameDeleted: true });
      });
      return presentItem(db, content, deleted, who);
    },

    'POST /api/v1/sites/:site/items/:item/undelete': async ({ params, who, note }) => {
      const content = writable(await siteContent(deps, params.site, who));
      const item = await writeContent(deps, content, who.userId, async (writer, trx) => {
        const before = await writer.hold(params.item, 'save');
        note({ title: before.title ?? before.textId, type: before.type });
        assertMayDelete(content, before, who);
        if (before.deletedAt === null) throw new ApiError('wrongState', `‘${before.title ?? before.textId}’ is not deleted.`);
        if (await isDeletedWithFile(trx, before.id)) throw new ApiError('wrongState', `‘${before.title ?? before.textId}’ was deleted together with its file. Undo that deletion, which brings back both.`);
        const filename = before.isPageContent ? await writer.nameFor(before.filename, before, before.filename) : before.filename;
        // What it named may be gone by now; bringing it back is not refused for that, its references tell.
        return writer.save(before, { set: { filename }, deleted: false, reason: 'undeleted', mayNameDeleted: true });
      });
      return presentItem(db, content, item, who);
    },

    'POST /api/v1/sites/:site/items/:item/restore': async ({ params, body, who }) => {
      const content = writable(await siteContent(deps, params.site, who));
      const restored = await writeContent(deps, content, who.userId, async (writer, trx) => {
        const earlier = async (item: StoredContentItem): Promise<Pick<ContentFields, 'title' | 'markdown' | 'file' | 'metadata'>> => {
          const to = await findRevision(trx, item.id, body.to);
          if (to === undefined) throw new ApiError('notFound', `‘${item.title ?? item.textId}’ has no revision ${body.to}.`);
          return { title: to.title, markdown: to.markdown, file: to.file, metadata: withAliasesOf(item.metadata, to.metadata) };
        };
        const before = await held(writer, trx, content, who, { item: params.item, revision: body.revision, yours: async (base) => ({ ...base, ...(await earlier(base)) }) });
        const set = await earlier(before);
        // What was right once may not be any more: a restore is a save like any other.
        const issues = changeIssues(content, kindOf(content, before), before, { ...before, ...set });
        if (issues.length > 0) throw invalidFields(issues);
        return writer.save(before, { set, reason: `restored from revision ${body.to}` });
      });
      return presentItem(db, content, restored, who);
    },
  };
}

/**
 * What the starter says of an item.
 * @throws {ApiError} invalidFields when it knows nothing of its kind.
 */
function kindOf(content: WritableContent, item: ContentItem): ConfigItem {
  const kind = configItem(content.config, item.type);
  if (kind === undefined) throw invalidFields([{ path: 'type', message: `The starter has no kind of content named ‘${item.type}’ any more, so this item can only be deleted.` }]);
  return kind;
}

/** What the starter does not allow about the fields in which two states of an item differ. */
function changeIssues(content: WritableContent, kind: ConfigItem, before: ContentItem, next: ContentItem): FieldIssue[] {
  return validateItem({ kind, config: content.config, item: next, changed: new Set(fieldDifferences(before, next).map(({ field }) => field)) });
}

/** What a save sets of an item. */
export function edited(kind: Pick<ConfigItem, 'fields'>, base: ContentItem, body: Pick<Save, 'title' | 'markdown' | 'file' | 'metadata'>): Pick<ContentFields, 'title' | 'markdown' | 'file' | 'metadata'> {
  return {
    title: savedText(base.title, body.title),
    markdown: savedText(base.markdown, body.markdown),
    file: body.file === undefined ? base.file : body.file,
    metadata: body.metadata === undefined ? base.metadata : mergeMetadata(kind, base.metadata, body.metadata),
  };
}

/** A text after a save. A form shows nothing and an empty text alike: what sends either back has changed neither. */
function savedText(stored: string | null, given: string | null | undefined): string | null {
  return given === undefined || (given ?? '') === (stored ?? '') ? stored : given;
}

/** Earlier metadata with the present aliases: the address stays, and so must what leads to it. */
function withAliasesOf(present: Readonly<Record<string, unknown>>, earlier: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { aliases: _aliases, ...rest } = earlier;
  return Object.hasOwn(present, 'aliases') ? { ...rest, aliases: present['aliases'] } : rest;
}
