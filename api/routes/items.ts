import { v4 as uuidv4 } from 'uuid';
import type { ContentItem } from '#domain/contentItem.ts';
import { withDefaultValues } from '#domain/defaultValues.ts';
import { slugValueOf } from '#domain/filename.ts';
import { type ConfigItem, configItem } from '#domain/siteConfig.ts';
import { validateItem } from '#domain/validateItem.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { listTargets, rebuildReferences } from '#db/queries/contentReferences.ts';
import { findExternalResource, listItems } from '#db/queries/itemLists.ts';
import { ApiError } from '../apiError.ts';
import { invalidFields, noSuchItem, writeContent } from '../contentWriter.ts';
import type { ApiDeps } from '../deps.ts';
import { endSavedDraft } from '../endSavedDraft.ts';
import { givenIssues } from '../givenIssues.ts';
import { listOf } from '../listOf.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { presentItem, presentItemSummaries, presentReferrers } from '../presenters/items.ts';
import type { Call, Handlers } from '../router.ts';
import { type SiteContent, siteContent, writable } from '../siteContent.ts';
import { uploadedFacts } from '../uploadedFacts.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/items'
  | 'POST /api/v1/sites/:site/items'
  | 'GET /api/v1/sites/:site/items/:item'
  | 'GET /api/v1/sites/:site/items/:item/references'
  | 'POST /api/v1/sites/:site/references/rebuild'
>;
type NewItem = Call<'POST /api/v1/sites/:site/items'>['body'];

/** Kind of what stands for an address outside; one address has one item. */
const EXTERNAL_RESOURCE = 'external-resource';

export function itemRoutes(deps: ApiDeps): Routes {
  const { db } = deps;

  /** A new item as it was asked for; a page's file has its name yet to get. */
  function newItem(kind: ConfigItem, body: NewItem): ContentItem {
    const isSingleton = kind.file !== null;
    if (isSingleton && body.textId !== undefined && body.textId !== kind.name) throw invalidFields([{ path: 'textId', message: `‘${kind.label}’ is the only one of its kind: its text id is ${kind.name}.` }]);
    const file = kind.file ?? '';
    const slash = file.lastIndexOf('/');
    const place = isSingleton
      ? { textId: kind.name, dirpath: file.slice(0, Math.max(0, slash)), filename: file.slice(slash + 1, file.lastIndexOf('.')) }
      : { textId: body.textId ?? uuidv4(), dirpath: body.dirpath?.replace(/^\/+|\/+$/g, '') ?? kind.folder ?? '', filename: '' };
    return withDefaultValues(kind, {
      ...place,
      type: kind.name,
      title: body.title ?? null,
      isPageContent: !isSingleton,
      metadata: body.metadata ?? {},
      markdown: body.markdown ?? (isSingleton ? null : ''),
      file: body.file ?? null,
    });
  }

  async function itemOf(content: SiteContent, textId: string) {
    const item = await findContentItem(db, content.site.id, textId);
    if (item === undefined) throw noSuchItem(content, textId);
    return item;
  }

  return {
    'GET /api/v1/sites/:site/items': async ({ params, query, who }) => {
      const content = await siteContent(deps, params.site, who);
      const { total, items } = await listItems(
        db,
        {
          siteId: content.site.id,
          types: listOf(query.type),
          search: query.search,
          resourceGroup: query.resourcetype,
          isDraft: query.draft === undefined ? undefined : query.draft === 'true',
          deleted: query.deleted === 'true',
          sort: query.sort,
        },
        query,
      );
      return { total, items: await presentItemSummaries(db, content, items) };
    },

    'POST /api/v1/sites/:site/items': async ({ params, body, who }) => {
      const content = writable(await siteContent(deps, params.site, who));
      const { site } = content;
      if (!sitePolicy.editItem(who, site.id, body.type)) throw new ApiError('forbidden', 'Only an owner or admin of the site may write its metadata. Ask one of them.');
      const kind = configItem(content.config, body.type);
      if (kind === undefined) throw invalidFields([{ path: 'type', message: `The starter has no kind of content named ‘${body.type}’.` }]);
      // The id of what stands once is kept for it, also before it is there.
      if (kind.file === null && body.textId !== undefined && configItem(content.config, body.textId)?.file != null) throw invalidFields([{ path: 'textId', message: `‘${body.textId}’ is the text id of what the site has once. Choose another, or leave it out.` }]);
      const asked = newItem(kind, body);
      const { item, isNew } = await writeContent(deps, content, who.userId, async (writer, trx) => {
        const url = asked.type === EXTERNAL_RESOURCE ? asked.metadata['external_url'] : undefined;
        const standing = typeof url === 'string' && url !== '' ? await findExternalResource(trx, site.id, url) : undefined;
        if (standing !== undefined) return { item: await writer.hold(standing, 'save'), isNew: false };
        const before = await findContentItem(trx, site.id, asked.textId);
        if (before !== undefined) {
          const how = before.deletedAt === null ? 'Change it instead.' : 'It was deleted: bring it back instead.';
          throw new ApiError('conflict', `The site has an item ‘${asked.textId}’ already. ${how}`, undefined, { textId: before.textId, revision: before.revision, isDeleted: before.deletedAt !== null });
        }
        const taken = { ...asked, metadata: { ...asked.metadata, ...(await uploadedFacts(trx, site.id, body.file, null)) } };
        const made = kind.file === null ? { ...taken, filename: await writer.nameFor(slugValueOf(kind, taken), taken) } : taken;
        const issues = [...givenIssues(content, kind, made, { metadata: {}, markdown: null, file: null }), ...validateItem({ kind, config: content.config, item: made })];
        if (issues.length > 0) throw invalidFields(issues);
        const created = await writer.create(made);
        await endSavedDraft(trx, content, who, { itemId: null, type: made.type }, body.draft);
        return { item: created, isNew: true };
      });
      return { ...(await presentItem(db, content, item, who)), isNew };
    },

    'GET /api/v1/sites/:site/items/:item': async ({ params, who }) => {
      const content = await siteContent(deps, params.site, who);
      const [item, features] = await Promise.all([presentItem(db, content, await itemOf(content, params.item), who), deps.analytics.features(who)]);
      return { ...item, can: { ...item.can, delete: item.can.delete && features.OCW_STUDIO_CONTENT_DELETABLE } };
    },

    'GET /api/v1/sites/:site/items/:item/references': async ({ params, who }) => {
      const content = await siteContent(deps, params.site, who);
      const item = await itemOf(content, params.item);
      const targets = await listTargets(db, content.site, item.id);
      return {
        names: targets.map(({ field, kind, site, siteId, textId, title, isMissing }) => ({ field, kind, site, textId, title: siteId !== null && sitePolicy.see(who, siteId) ? title : null, isMissing })),
        namedBy: await presentReferrers(db, content.site, item.textId, who),
      };
    },

    'POST /api/v1/sites/:site/references/rebuild': async ({ params, who, note }) => {
      const { site, config: siteConfig } = writable(await siteContent(deps, params.site, who));
      if (!sitePolicy.rebuildReferences(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may have its references made anew. Ask one of them.');
      const references = await rebuildReferences(db, site.id, siteConfig);
      note({ references });
      return { references };
    },
  };
}
