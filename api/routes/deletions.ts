import { type ContentDeletionRow, type DeletionState, deletionStates, insertContentDeletions, listContentDeletions, listDeletionsOfRequest, lockContentDeletion, lockDeletionsOfRequest, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { type DeletedItemRow, listDeletedItems } from '#db/queries/deletedItems.ts';
import { findContentItem, lockContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findDriveFileOfItem, noteDriveFileReason } from '#db/queries/driveFiles.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { lockSite, type SiteRow } from '#db/queries/sites.ts';
import type { Db } from '#db/knex.ts';
import { archivedFault } from '#domain/archivedSites.ts';
import { UNDONE } from '#domain/contentDeletions.ts';
import { trackIdsOf } from '#domain/driveTracks.ts';
import { configItem } from '#domain/siteConfig.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { ApiError } from '../apiError.ts';
import { assertDeletable } from '../assertDeletable.ts';
import type { Principal } from '../auth/principal.ts';
import type { DeletedItem, Deletion } from '../contracts/deletions.ts';
import { MAX_REFERRERS, type Referenced } from '../contracts/items.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { presentReferrers } from '../presenters/items.ts';
import type { Call, Handlers } from '../router.ts';
import { siteContent, writable } from '../siteContent.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<Handlers, 'GET /api/v1/admin/deleted-items' | 'GET /api/v1/sites/:site/deletions' | 'POST /api/v1/sites/:site/items/:item/deletion' | 'POST /api/v1/sites/:site/deletions/undo' | 'POST /api/v1/sites/:site/deletions/now'>;
type Chosen = Call<'POST /api/v1/sites/:site/deletions/undo'>['body'];

const STATES: Readonly<Record<'open' | 'ended' | 'all', readonly DeletionState[]>> = { open: ['pending', 'going', 'undoing'], ended: ['done', 'kept', 'undone'], all: deletionStates };
const UNDOABLE: readonly DeletionState[] = ['pending', 'going', 'done'];

export function deletionRoutes(deps: ApiDeps): Routes {
  const { config, db } = deps;

  function present(row: ContentDeletionRow, who: Principal): Deletion {
    const isAdmin = sitePolicy.decideDeletions(who, row.siteId);
    return {
      id: row.id,
      request: row.requestId,
      item: row.textId === null ? null : { textId: row.textId, title: row.title },
      fileName: row.fileName,
      cause: row.cause,
      dueAt: row.dueAt.toISOString(),
      state: row.state,
      reason: row.reason,
      requestedBy: row.requestedByName,
      can: { undo: isAdmin && UNDOABLE.includes(row.state), hasten: isAdmin && isHastened(row) },
    };
  }

  /** Refuses what must not go. @throws {ApiError} wrongState, referenced. */
  async function assertMayGo(trx: Db, site: SiteRow, item: StoredContentItem, who: Principal, doomed: ReadonlySet<string>): Promise<void> {
    const name = item.title ?? item.textId;
    if (item.deletedAt !== null) throw new ApiError('wrongState', `‘${name}’ was deleted already.`);
    const referrers = (await presentReferrers(trx, site, item.textId, who)).filter((referrer) => referrer.site !== site.name || !doomed.has(referrer.textId));
    if (referrers.length === 0) return;
    const details: Referenced = { total: referrers.length, referrers: referrers.slice(0, MAX_REFERRERS) };
    throw new ApiError('referenced', `‘${name}’ cannot be deleted: ${referrers.length === 1 ? 'one place names' : `${referrers.length.toLocaleString('en-US')} places name`} it. Take it out there first.`, undefined, details);
  }

  /** What the caller chose, held. @throws {ApiError} notFound when one of it is not there. */
  async function hold(trx: Db, site: SiteRow, chosen: Chosen): Promise<ContentDeletionRow[]> {
    const rows = 'request' in chosen ? await lockDeletionsOfRequest(trx, site.id, chosen.request) : await Promise.all([...chosen.ids].sort().map((id) => lockContentDeletion(trx, site.id, id)));
    const held = rows.filter((row): row is ContentDeletionRow => row !== undefined);
    if (held.length === 0 || held.length < rows.length) throw new ApiError('notFound', `The site ‘${site.title}’ has no such deletion.`);
    return held;
  }

  /** Changes what the caller chose, and tells the engine where it has something to do. */
  async function change(call: Pick<Call<'POST /api/v1/sites/:site/deletions/undo'>, 'params' | 'body' | 'who' | 'note'>, act: { readonly step: string; readonly may: (row: ContentDeletionRow) => boolean; readonly refusal: string; readonly move: (trx: Db, row: ContentDeletionRow) => Promise<boolean> }): Promise<{ changed: number }> {
    const { who } = call;
    call.note({ step: act.step });
    const site = await visibleSite(deps, call.params.site, who);
    if (!sitePolicy.decideDeletions(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may decide about deletions. Ask one of them.');
    const { changed, requestId } = await db.transaction(async (trx) => {
      await lockSite(trx, site.id);
      const rows = await hold(trx, site, call.body);
      const chosen = rows.filter(act.may);
      call.note(titlesOf(rows));
      if (chosen.length === 0 || (!('request' in call.body) && chosen.length < rows.length)) throw new ApiError('wrongState', act.refusal);
      let isWork = false;
      for (const row of chosen) isWork = (await act.move(trx, row)) || isWork;
      return { changed: chosen.length, requestId: isWork ? (await insertRunRequest(trx, { process: deleteContentContract.process, siteId: site.id, requestedBy: who.userId })).id : null };
    });
    if (requestId !== null) await deps.engine.deliver(requestId);
    return { changed };
  }

  return {
    'GET /api/v1/admin/deleted-items': async ({ query, who }) => {
      if (!studioPolicy.administerSites(who)) throw new ApiError('forbidden', 'Only a global admin may look at what is deleted in all sites. Each site has a list of its own.');
      const { total, items } = await listDeletedItems(db, query, query);
      return { total, items: items.map(presentDeletedItem) };
    },

    'GET /api/v1/sites/:site/deletions': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { total, deletions } = await listContentDeletions(db, site.id, STATES[query.state], query);
      return { total, deletions: deletions.map((row) => present(row, who)) };
    },

    'POST /api/v1/sites/:site/items/:item/deletion': async ({ params, who, note }) => {
      await assertDeletable(deps, who);
      const { site, config: siteConfig } = writable(await siteContent(deps, params.site, who));
      const requestId = await db.transaction(async (trx) => {
        await lockSite(trx, site.id);
        const item = await lockContentItem(trx, site.id, params.item, 'save');
        if (item === undefined) throw new ApiError('notFound', `The site ‘${site.title}’ has no item ‘${params.item}’.`);
        note({ title: item.title ?? item.textId, type: item.type, withFile: true });
        if (configItem(siteConfig, item.type)?.file != null) throw new ApiError('wrongState', `‘${item.title ?? item.textId}’ is the only one of its kind, and the site needs it. Change it instead.`);
        const tracks = await Promise.all(trackIdsOf(item.metadata, site.name).map((textId) => findContentItem(trx, site.id, textId)));
        const own = tracks.filter((track): track is StoredContentItem => track !== undefined && track.deletedAt === null && track.id !== item.id);
        if (own.length > 0) note({ tracks: own.map((one) => one.title ?? one.textId) });
        const doomed = new Set([item, ...own].map(({ textId }) => textId));
        for (const one of [item, ...own]) {
          if (!sitePolicy.deleteItem(who, site.id, one)) throw new ApiError('forbidden', `An editor may delete only what they added themselves, which ‘${one.title ?? one.textId}’ is not. Ask an owner or admin of the site.`);
          await assertMayGo(trx, site, one, who, doomed);
        }
        const request = await insertRunRequest(trx, { process: deleteContentContract.process, siteId: site.id, requestedBy: who.userId });
        const added = await insertContentDeletions(
          trx,
          await Promise.all(
            [item, ...own].map(async (one) => {
              const file = await findDriveFileOfItem(trx, one.id);
              return { requestId: request.id, siteId: site.id, itemId: one.id, driveFileId: file?.id ?? null, cause: 'person' as const, s3Key: file?.s3Key ?? one.file?.replace(/^\/+/, '') ?? null, s3VersionId: file?.s3VersionId ?? null, requestedBy: who.userId };
            }),
          ),
          config.contentDeletionGraceDays,
        );
        if (added === 0) throw new ApiError('wrongState', `‘${item.title ?? item.textId}’ is on its way out already.`);
        return request.id;
      });
      await deps.engine.deliver(requestId);
      const rows = await listDeletionsOfRequest(db, requestId);
      return { request: requestId, deletions: rows.map((row) => present(row, who)) };
    },

    'POST /api/v1/sites/:site/deletions/undo': (call) =>
      change(call, {
        step: 'undo them',
        may: (row) => UNDOABLE.includes(row.state),
        refusal: 'There is nothing to undo: it was kept, or undone before.',
        // Before it is due nothing has happened, so there is nothing to bring back.
        move: async (trx, row) => {
          await moveContentDeletion(trx, row.id, { state: row.state === 'pending' ? 'undone' : 'undoing' });
          if (row.state === 'pending' && row.driveFileId !== null) await noteDriveFileReason(trx, row.driveFileId, UNDONE);
          return row.state !== 'pending';
        },
      }),

    'POST /api/v1/sites/:site/deletions/now': (call) =>
      change(call, {
        step: 'do them at once',
        may: isHastened,
        refusal: 'There is nothing to do at once: it has gone, was kept or undone, or is being done.',
        move: async (trx, row) => {
          await moveContentDeletion(trx, row.id, { state: row.state, ...(row.state === 'pending' ? { isNow: true } : {}) });
          return true;
        },
      }),
  };
}

/** Whether doing it at once changes anything: it waits for its day, or for somebody to let it go on. */
function isHastened(row: ContentDeletionRow): boolean {
  return row.state === 'pending' || ((row.state === 'going' || row.state === 'undoing') && row.reason !== null);
}

/** Titles the audit log names of what was chosen, and how many there are. */
function titlesOf(rows: readonly ContentDeletionRow[]): { items: number; titles: string[] } {
  return { items: rows.length, titles: rows.slice(0, 20).map((row) => row.title ?? row.fileName ?? row.id) };
}

function presentDeletedItem(row: DeletedItemRow): DeletedItem {
  const { deletion } = row;
  const item = row.textId === null || row.type === null ? null : { textId: row.textId, type: row.type, title: row.title };
  const back = row.isSiteArchived || deletion?.state === 'undoing' ? null : deletion !== null ? 'undo' : item === null ? null : 'undelete';
  return {
    site: { name: row.site, title: row.siteTitle, isArchived: row.isSiteArchived },
    item,
    fileName: row.fileName,
    at: row.at.toISOString(),
    by: row.byName,
    deletion: deletion === null ? null : { id: deletion.id, state: deletion.state === 'pending' || deletion.state === 'going' || deletion.state === 'done' ? deletion.state : 'undoing', dueAt: deletion.dueAt.toISOString() },
    isGone: row.isGone,
    back,
    whyNotBack: row.isSiteArchived ? archivedFault(row.siteTitle) : deletion?.state === 'undoing' ? 'It is being brought back.' : null,
    until: deletion === null ? 'For good: its history is kept.' : row.isGone ? 'While the file store keeps what was in it; its texts are kept for good.' : 'Until it is due nothing has happened to it.',
  };
}
