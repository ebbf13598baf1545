import { bodyDiff } from '#domain/bodyDiff.ts';
import { fieldDifferences } from '#domain/itemDiff.ts';
import { findContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findRevision, listRevisions, type RevisionRow } from '#db/queries/contentRevisions.ts';
import { findPeople } from '#db/queries/people.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import { noSuchItem } from '../contentWriter.ts';
import type { ApiDeps } from '../deps.ts';
import { presentRevision } from '../presenters/items.ts';
import type { Handlers } from '../router.ts';
import { siteContent } from '../siteContent.ts';

export function itemRevisionRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/items/:item/revisions' | 'GET /api/v1/sites/:site/items/:item/revisions/:revision'> {
  const { db } = deps;

  async function itemOf(params: { site: string; item: string }, who: Principal): Promise<StoredContentItem> {
    const content = await siteContent(deps, params.site, who);
    const item = await findContentItem(db, content.site.id, params.item);
    if (item === undefined) throw noSuchItem(content, params.item);
    return item;
  }

  async function revisionOf(item: StoredContentItem, revision: number): Promise<RevisionRow> {
    const found = await findRevision(db, item.id, revision);
    if (found === undefined) throw new ApiError('notFound', `‘${item.title ?? item.textId}’ has no revision ${revision}.`);
    return found;
  }

  return {
    'GET /api/v1/sites/:site/items/:item/revisions': async ({ params, query, who }) => {
      const item = await itemOf(params, who);
      const { total, revisions } = await listRevisions(db, item.id, query);
      const people = await findPeople(db, revisions.flatMap(({ savedBy }) => savedBy ?? []));
      return { total, revisions: revisions.map((row) => presentRevision(row, people)) };
    },

    'GET /api/v1/sites/:site/items/:item/revisions/:revision': async ({ params, query, who }) => {
      const item = await itemOf(params, who);
      const revision = await revisionOf(item, params.revision);
      // The first one has none before it to differ from.
      const against = query.against ?? (params.revision > 1 ? params.revision - 1 : null);
      const other = against === null ? null : await revisionOf(item, against);
      const people = await findPeople(db, revision.savedBy === null ? [] : [revision.savedBy]);
      const { type, dirpath, filename, metadata, markdown, file } = revision;
      return {
        revision: { ...presentRevision(revision, people), type, dirpath, filename, metadata: { ...metadata }, markdown, file },
        against,
        differences: other === null ? [] : fieldDifferences(other, revision).filter(({ field }) => field !== 'markdown'),
        bodyDiff: other === null ? '' : bodyDiff({ name: `revision ${other.revision}`, body: other.markdown ?? '' }, { name: `revision ${revision.revision}`, body: revision.markdown ?? '' }),
      };
    },
  };
}
