import { announceRights } from '#db/changes.ts';
import { listAccessRequestsOf } from '#db/queries/accessRequests.ts';
import { revokeTokensOf } from '#db/queries/apiTokens.ts';
import { findPerson, listPeople, type ListedPersonRow, listSitesOfPerson, setActive } from '#db/queries/people.ts';
import { countGlobalAdmins } from '#db/queries/roleGrants.ts';
import { deleteSessionsOf } from '#db/queries/sessions.ts';
import { findSiteByName } from '#db/queries/sites.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { listWaitingOn } from '#db/queries/waitingOn.ts';
import { processById } from '#domain/processes.ts';
import { ApiError } from '../apiError.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import type { ListedPerson, PersonDetail } from '../contracts/accounts.ts';
import { globalRoles } from '../contracts/people.ts';
import type { ApiDeps } from '../deps.ts';
import { makeOwner } from '../makeOwner.ts';
import { accountPolicy, studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/account'
  | 'GET /api/v1/people'
  | 'GET /api/v1/people/:person'
  | 'POST /api/v1/people/:person/close'
  | 'POST /api/v1/people/:person/open'
  | 'POST /api/v1/people/:person/hand-over'
  | 'POST /api/v1/people/:person/impersonation'
  | 'DELETE /api/v1/impersonation'
>;

/** Own requests for access that the account page shows. */
const SHOWN_REQUESTS = 20;
/** Lines of what waits on a person. */
const SHOWN_WAITING = 100;

export function accountRoutes(deps: ApiDeps, authentication: Authentication): Routes {
  const { db, engine } = deps;

  async function personFor(id: string, who: Principal): Promise<ListedPersonRow> {
    if (!studioPolicy.seePeople(who)) throw new ApiError('forbidden', 'Only a global admin may see the people of the studio.');
    const person = await findPerson(db, id);
    if (person === undefined) throw new ApiError('notFound', 'There is no such person.');
    return person;
  }

  const present = (person: ListedPersonRow): ListedPerson => ({
    id: person.id,
    name: person.name,
    email: person.email,
    roles: globalRoles.filter((role) => person.globalRoles.includes(role)),
    siteCount: person.siteCount,
    state: !person.isActive ? 'closed' : person.hasSignedIn ? 'active' : 'invited',
    lastSignInAt: person.lastSignInAt?.toISOString() ?? null,
  });

  async function detailOf(id: string, who: Principal): Promise<PersonDetail> {
    const person = await personFor(id, who);
    const [sites, { total, waiting }] = await Promise.all([listSitesOfPerson(db, id), listWaitingOn(db, id, SHOWN_WAITING)]);
    const isSelf = person.id === who.userId;
    return {
      ...present(person),
      sites,
      waiting: { total, list: waiting.map((one) => ({ kind: one.kind, site: one.site, runId: one.runId, what: one.process === null ? null : (processById(one.process)?.title ?? one.process), since: one.since.toISOString(), others: one.others })) },
      can: {
        close: studioPolicy.closePeople(who) && person.isActive && !isSelf,
        open: studioPolicy.closePeople(who) && !person.isActive,
        impersonate: studioPolicy.impersonate(who) && person.isActive && !isSelf && !person.globalRoles.includes('global_admin'),
      },
    };
  }

  return {
    'GET /api/v1/account': async ({ who }) => {
      const [sites, requests] = who.userId === null ? [[], []] : await Promise.all([listSitesOfPerson(db, who.userId), listAccessRequestsOf(db, who.userId, SHOWN_REQUESTS)]);
      return {
        sites,
        requests: requests.map((request) => ({ site: request.siteName, message: request.message, state: request.state, answer: request.answer, askedAt: request.askedAt.toISOString() })),
        can: { change: accountPolicy.change(who), manageTokens: studioPolicy.manageTokens(who) },
      };
    },

    'GET /api/v1/people': async ({ query, who }) => {
      if (!studioPolicy.seePeople(who)) throw new ApiError('forbidden', 'Only a global admin may see the people of the studio.');
      const { total, people } = await listPeople(db, { search: query.search, role: query.role, isActive: query.state === undefined ? undefined : query.state === 'open' }, query);
      return { total, people: people.map(present) };
    },

    'GET /api/v1/people/:person': ({ params, who }) => detailOf(params.person, who),

    'POST /api/v1/people/:person/close': async ({ params, who, note }) => {
      if (!studioPolicy.closePeople(who)) throw new ApiError('forbidden', 'Only a global admin may close an account.');
      const person = await personFor(params.person, who);
      if (person.id === who.userId) throw new ApiError('conflict', 'Your own account is closed by another global admin, so that nobody shuts themselves out.');
      const ended = await db.transaction(async (trx) => {
        // The rows of all admins are locked before one is shut out, so that two cannot close each other.
        await countGlobalAdmins(trx);
        await setActive(trx, person.id, false);
        if (person.globalRoles.includes('global_admin') && (await countGlobalAdmins(trx)) === 0) throw new ApiError('conflict', 'This is the last global admin whose account is open. Give the role to somebody else first.');
        const owners = await deleteSessionsOf(trx, person.id);
        for (const owner of new Set(owners)) await announceRights(trx, owner);
        return { sessionsEnded: owners.length, tokensRevoked: await revokeTokensOf(trx, person.id) };
      });
      note(ended);
      return { ...ended, person: await detailOf(person.id, who) };
    },

    'POST /api/v1/people/:person/open': async ({ params, who }) => {
      if (!studioPolicy.closePeople(who)) throw new ApiError('forbidden', 'Only a global admin may open an account again.');
      const person = await personFor(params.person, who);
      await db.transaction((trx) => setActive(trx, person.id, true));
      return detailOf(person.id, who);
    },

    'POST /api/v1/people/:person/hand-over': async ({ params, body, who, note }) => {
      note({ email: body.email });
      if (!studioPolicy.closePeople(who)) throw new ApiError('forbidden', 'Only a global admin may hand over what waits on somebody.');
      const person = await personFor(params.person, who);
      const owned = (await listSitesOfPerson(db, person.id)).filter((site) => site.role === 'owner');
      const sites = await db.transaction(async (trx) => {
        const heir = await ensureUserByEmail(trx, body.email);
        if (heir.id === person.id) throw new ApiError('conflict', 'That is the same person. Name somebody else.');
        if (!heir.isActive) throw new ApiError('conflict', `The account of ${heir.email} is closed. Name somebody whose account is open.`);
        const names: string[] = [];
        // By name, so that no two of these wait for each other.
        for (const { name } of [...owned].sort((a, b) => (a.name < b.name ? -1 : 1))) {
          const site = await findSiteByName(trx, name);
          if (site === undefined) continue;
          await makeOwner(trx, site, heir, who);
          names.push(name);
        }
        return names;
      });
      await engine.mailsQueued();
      note({ sites });
      return { sites, person: await detailOf(person.id, who) };
    },

    'POST /api/v1/people/:person/impersonation': async ({ params, who, ctx, note }) => {
      if (!studioPolicy.impersonate(who)) throw new ApiError('forbidden', who.impersonator === null ? 'Only a global admin who is signed in may act as somebody else.' : `You act as ${who.name} already. Stop that first.`);
      const person = await personFor(params.person, who);
      note({ name: person.name });
      if (person.id === who.userId) throw new ApiError('conflict', 'That is you.');
      if (!person.isActive) throw new ApiError('conflict', 'The account is closed; nobody can act as this person.');
      if (person.globalRoles.includes('global_admin')) throw new ApiError('forbidden', 'Nobody acts as a global admin, so that each is responsible for what they do themselves.');
      return { until: (await authentication.beginImpersonation(ctx, who, person.id)).toISOString() };
    },

    'DELETE /api/v1/impersonation': async ({ who, ctx }) => {
      if (who.impersonator === null || who.sessionId === null) throw new ApiError('conflict', 'You act as nobody but yourself.');
      const isSignedIn = await authentication.endImpersonation(ctx, who.sessionId);
      if (who.userId !== null) await announceRights(db, who.userId);
      return { isSignedIn };
    },
  };
}
