import { configItem } from '#domain/siteConfig.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { type DraftPlace, type DraftRow, endDraft, findDraft, keepDraft, type SentDraft } from '#db/queries/itemDrafts.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import { noSuchItem } from '../contentWriter.ts';
import type { Draft } from '../contracts/drafts.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { type SiteContent, siteContent } from '../siteContent.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/items/:item/draft'
  | 'PUT /api/v1/sites/:site/items/:item/draft'
  | 'DELETE /api/v1/sites/:site/items/:item/draft'
  | 'GET /api/v1/sites/:site/kinds/:kind/draft'
  | 'PUT /api/v1/sites/:site/kinds/:kind/draft'
  | 'DELETE /api/v1/sites/:site/kinds/:kind/draft'
>;

/** What people have typed and not saved: each for themselves, beside the content and never part of it. */
export function draftRoutes(deps: Pick<ApiDeps, 'db'>): Routes {
  const { db } = deps;

  async function ofItem(params: { readonly site: string; readonly item: string }, who: Principal): Promise<DraftPlace> {
    const content = await siteContent(deps, params.site, who);
    const item = await findContentItem(db, content.site.id, params.item);
    if (item === undefined) throw noSuchItem(content, params.item);
    return own(content, who, item.id, item.type);
  }

  async function ofKind(params: { readonly site: string; readonly kind: string }, who: Principal): Promise<DraftPlace> {
    const content = await siteContent(deps, params.site, who);
    if (content.config === null || configItem(content.config, params.kind) === undefined) throw new ApiError('notFound', `The starter of ‘${content.site.title}’ has no kind of content named ‘${params.kind}’.`);
    return own(content, who, null, params.kind);
  }

  function own({ site }: SiteContent, who: Principal, itemId: string | null, type: string): DraftPlace {
    if (who.userId === null || !sitePolicy.keepDraft(who, site.id, type)) throw new ApiError('forbidden', 'A draft is kept for who may write this, and for nobody in another’s name.');
    return { userId: who.userId, siteId: site.id, itemId, type };
  }

  const read = async (place: DraftPlace): Promise<{ draft: Draft | null }> => ({ draft: presentDraft(await findDraft(db, place)) });

  async function keep(place: DraftPlace, sent: SentDraft): Promise<{ edit: string; counter: number; keptAt: string }> {
    const result = await db.transaction((trx) => keepDraft(trx, place, sent));
    if (result.kind === 'ended') throw new ApiError('draftConflict', 'This edit was saved or put away meanwhile, so no draft of it is kept.', undefined, { draft: null });
    if (result.kind === 'elsewhere') throw new ApiError('draftConflict', 'You edit this in another tab, too, and the draft of that is kept. Nothing of this one was.', undefined, { draft: presentDraft(result.draft) });
    const { edit, counter, keptAt } = result.draft;
    return { edit, counter, keptAt: keptAt.toISOString() };
  }

  const end = async (place: DraftPlace, edit: string | undefined): Promise<{ wasThere: boolean }> => ({ wasThere: await db.transaction((trx) => endDraft(trx, place, edit ?? null)) });

  return {
    'GET /api/v1/sites/:site/items/:item/draft': async ({ params, who }) => read(await ofItem(params, who)),
    'PUT /api/v1/sites/:site/items/:item/draft': async ({ params, body, who }) => keep(await ofItem(params, who), { ...body, over: body.over ?? null }),
    'DELETE /api/v1/sites/:site/items/:item/draft': async ({ params, query, who }) => end(await ofItem(params, who), query.edit),
    'GET /api/v1/sites/:site/kinds/:kind/draft': async ({ params, who }) => read(await ofKind(params, who)),
    'PUT /api/v1/sites/:site/kinds/:kind/draft': async ({ params, body, who }) => keep(await ofKind(params, who), { ...body, over: body.over ?? null, revision: null }),
    'DELETE /api/v1/sites/:site/kinds/:kind/draft': async ({ params, query, who }) => end(await ofKind(params, who), query.edit),
  };
}

function presentDraft(row: DraftRow | undefined): Draft | null {
  if (row === undefined || row.fields === null) return null;
  const { edit, counter, revision, fields, keptAt } = row;
  // They were checked when they were sent.
  return { edit, counter, revision, fields, keptAt: keptAt.toISOString() };
}
