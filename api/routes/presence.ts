import { findContentItem } from '#db/queries/contentItems.ts';
import { endPresence, listPresent, notePresence } from '#db/queries/itemPresences.ts';
import { findPeople } from '#db/queries/people.ts';
import { ApiError } from '../apiError.ts';
import { noSuchItem } from '../contentWriter.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { personIn } from '../presenters/items.ts';
import type { Handlers } from '../router.ts';
import { siteContent } from '../siteContent.ts';

/** Who edits an item now, told to each other. */
export function presenceRoutes(deps: Pick<ApiDeps, 'db'>): Pick<Handlers, 'POST /api/v1/sites/:site/items/:item/presence'> {
  const { db } = deps;
  return {
    'POST /api/v1/sites/:site/items/:item/presence': async ({ params, body, who }) => {
      const content = await siteContent(deps, params.site, who);
      const item = await findContentItem(db, content.site.id, params.item);
      if (item === undefined) throw noSuchItem(content, params.item);
      if (who.userId === null || !sitePolicy.editWithOthers(who, content.site.id, item.type)) throw new ApiError('forbidden', 'Who edits an item is told to those who may write it.');
      const presence = { edit: body.edit, itemId: item.id, userId: who.userId, impersonatorId: who.impersonator?.userId ?? null };
      await db.transaction((trx) => (body.isOver === true ? endPresence(trx, presence, content.site.name) : notePresence(trx, presence, content.site.name)));
      const present = await listPresent(db, item.id, presence.userId, presence.impersonatorId);
      const people = await findPeople(db, [...present.flatMap(({ userId, impersonatorId }) => (impersonatorId === null ? [userId] : [userId, impersonatorId])), ...(item.updatedBy === null ? [] : [item.updatedBy])]);
      return {
        others: present.flatMap(({ userId, impersonatorId, since }) => {
          const person = personIn(people, userId);
          return person === null ? [] : [{ ...person, since: since.toISOString(), actedBy: impersonatorId === null ? null : (people.get(impersonatorId)?.name ?? null) }];
        }),
        item: { revision: item.revision, updatedAt: item.updatedAt.toISOString(), updatedBy: personIn(people, item.updatedBy), isDeleted: item.deletedAt !== null },
      };
    },
  };
}
