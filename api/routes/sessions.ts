import { announceRights } from '#db/changes.ts';
import { findPerson } from '#db/queries/people.ts';
import { deleteSession, deleteSessionsOf, findSessionOwner, listSessions } from '#db/queries/sessions.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { accountPolicy, studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

type Routes = Pick<Handlers, 'GET /api/v1/sessions' | 'DELETE /api/v1/sessions/:session' | 'POST /api/v1/sessions/end-others' | 'GET /api/v1/people/:person/sessions' | 'POST /api/v1/people/:person/sessions/end'>;

/** Said to an admin who acts as somebody, and to machines, which have no account. */
export function assertOwnAccount(who: Principal): string {
  if (who.userId !== null && accountPolicy.change(who)) return who.userId;
  throw new ApiError('forbidden', who.impersonator === null ? 'Only a person who is signed in has an account.' : `You act as ${who.name}, and their account is theirs. Stop acting as them first.`);
}

export function sessionRoutes({ db, config }: ApiDeps): Routes {
  async function sessionsOf(userId: string, who: Principal) {
    const sessions = await listSessions(db, userId, config.sessionIdleHours);
    return {
      sessions: sessions.map((session) => ({
        id: session.id,
        isThis: session.id === who.sessionId,
        beganAt: session.beganAt.toISOString(),
        beganFrom: session.beganFrom,
        usedAt: session.usedAt.toISOString(),
        usedFrom: session.usedFrom,
        expiresAt: session.expiresAt.toISOString(),
        actedBy: session.impersonatorName,
      })),
    };
  }

  async function personFor(id: string, who: Principal): Promise<string> {
    if (!studioPolicy.closePeople(who)) throw new ApiError('forbidden', 'Only a global admin sees or ends the sessions of others.');
    if ((await findPerson(db, id)) === undefined) throw new ApiError('notFound', 'There is no such person.');
    return id;
  }

  /** Ends them and tells every open event stream of theirs. */
  async function endAll(userId: string, butId: string | null): Promise<{ ended: number }> {
    const ended = await db.transaction(async (trx) => {
      const owners = await deleteSessionsOf(trx, userId, butId);
      for (const owner of new Set(owners)) await announceRights(trx, owner);
      return owners.length;
    });
    return { ended };
  }

  return {
    'GET /api/v1/sessions': ({ who }) => (who.userId === null ? Promise.resolve({ sessions: [] }) : sessionsOf(who.userId, who)),

    'DELETE /api/v1/sessions/:session': async ({ params, who, note }) => {
      const owner = await findSessionOwner(db, params.session);
      const isOwn = owner !== undefined && owner === who.userId;
      if (isOwn) assertOwnAccount(who);
      // Whose session it is, and whether there is one, is nobody's business but the person's and the admins'.
      else if (!studioPolicy.closePeople(who)) throw new ApiError('notFound', 'You have no such session.');
      if (owner === undefined) throw new ApiError('notFound', 'There is no such session; it has ended.');
      note({ person: owner });
      await db.transaction(async (trx) => {
        await deleteSession(trx, params.session);
        await announceRights(trx, owner);
      });
      return { ended: 1 };
    },

    'POST /api/v1/sessions/end-others': async ({ who }) => endAll(assertOwnAccount(who), who.sessionId),

    'GET /api/v1/people/:person/sessions': async ({ params, who }) => sessionsOf(await personFor(params.person, who), who),

    'POST /api/v1/people/:person/sessions/end': async ({ params, who }) => endAll(await personFor(params.person, who), who.sessionId),
  };
}
