import { closeAccessRequests, countOpenAccessRequests, decideAccessRequest, findAccessRequest, insertAccessRequest, listAccessRequestsOf, listOpenAccessRequests, type AccessRequestRow } from '#db/queries/accessRequests.ts';
import { queueMails } from '#db/queries/mails.ts';
import { listAnsweringFor } from '#db/queries/reviews.ts';
import { listPeopleWithRoles } from '#db/queries/roleGrants.ts';
import { holdSitePeople, listSitePeople, removeSitePerson, setSiteRole, type SitePersonRow } from '#db/queries/sitePeople.ts';
import { findSite, findSiteByName, type SiteRow } from '#db/queries/sites.ts';
import { ensureUserByEmail, type UserRow } from '#db/queries/users.ts';
import type { Db } from '#db/knex.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { SitePerson } from '../contracts/sitePeople.ts';
import type { ApiDeps } from '../deps.ts';
import { invitation, makeOwner } from '../makeOwner.ts';
import { accountPolicy, sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { assertOwnAccount } from './sessions.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/people'
  | 'POST /api/v1/sites/:site/people'
  | 'PATCH /api/v1/sites/:site/people/:person'
  | 'DELETE /api/v1/sites/:site/people/:person'
  | 'PUT /api/v1/sites/:site/owner'
  | 'POST /api/v1/access-requests'
  | 'POST /api/v1/access-requests/:request/approve'
  | 'POST /api/v1/access-requests/:request/refuse'
>;

/** Requests of one person that wait at most, so that nobody asks for names until one answers. */
const OPEN_REQUESTS = 20;
/** How long after a refusal the same site may not be asked for again, milliseconds. */
const ASK_AGAIN_MS = 24 * 60 * 60_000;
/** Earlier requests that are looked through for one. */
const LOOKED_AT = 100;

/** A person as who may change the list sees them. */
function presentPerson(person: SitePersonRow, isManager = true): SitePerson {
  return { id: person.userId, name: person.name, email: isManager ? person.email : null, role: person.role, state: !person.isActive ? 'closed' : person.hasSignedIn ? 'active' : 'invited', since: person.since.toISOString() };
}

export function sitePeopleRoutes(deps: ApiDeps): Routes {
  const { db, engine } = deps;

  async function managed(name: string, who: Principal): Promise<SiteRow> {
    const site = await visibleSite(deps, name, who);
    if (!sitePolicy.managePeople(who, site.id)) throw new ApiError('forbidden', who.impersonator === null ? 'Only an owner or admin of the site decides who works on it. Ask one of them.' : `You act as ${who.name}. Roles are given in one’s own name: stop acting as them first.`);
    return site;
  }

  async function openAccountOf(trx: Db, email: string): Promise<UserRow> {
    const user = await ensureUserByEmail(trx, email);
    if (!user.isActive) throw new ApiError('conflict', `The account of ${user.email} is closed. A global admin can open it again.`);
    return user;
  }

  const onSite = (people: readonly SitePersonRow[], userId: string): SitePersonRow => {
    const person = people.find((one) => one.userId === userId);
    if (person === undefined) throw new ApiError('notFound', 'This person has no role on the site.');
    return person;
  };

  async function presented(siteId: string, userId: string): Promise<SitePerson> {
    return presentPerson(onSite(await listSitePeople(db, siteId), userId));
  }

  /** A request that waits, of a site whose people the caller decides about. To others it does not exist. */
  async function decidable(id: string, who: Principal): Promise<{ request: AccessRequestRow; site: SiteRow }> {
    const request = await findAccessRequest(db, id);
    const site = request?.siteId == null ? undefined : await findSite(db, request.siteId);
    if (request === undefined || site === undefined || !sitePolicy.managePeople(who, site.id)) throw new ApiError('notFound', 'There is no such request, or it is not yours to decide.');
    return { request, site };
  }

  async function decide(given: { request: AccessRequestRow; site: SiteRow }, who: Principal, decision: { state: 'approved' | 'refused'; role?: 'admin' | 'editor'; answer?: string | undefined }): Promise<{ state: 'approved' | 'refused' }> {
    const { request, site } = given;
    await db.transaction(async (trx) => {
      const people = await holdSitePeople(trx, site.id);
      if (!(await decideAccessRequest(trx, request.id, { state: decision.state, answer: decision.answer ?? null, by: who.userId }))) throw new ApiError('wrongState', 'Somebody else has decided this request already.');
      // Who was given a role meanwhile keeps it: a request gives nobody less.
      if (decision.role !== undefined && !people.some((person) => person.userId === request.userId)) await setSiteRole(trx, site.id, request.userId, decision.role);
      await queueMails(trx, [{ kind: 'access-decided', dedupeKey: `access-decided/${request.id}`, userId: request.userId, data: { siteName: site.name, siteTitle: site.title, state: decision.state, role: decision.role ?? '', answer: decision.answer ?? '' } }]);
    });
    await engine.mailsQueued();
    return { state: decision.state };
  }

  return {
    'GET /api/v1/sites/:site/people': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.seePeople(who, site.id)) throw new ApiError('forbidden', 'You may not see who works on this site.');
      const people = await listSitePeople(db, site.id);
      const isManager = sitePolicy.managePeople(who, site.id);
      const requests = isManager ? await listOpenAccessRequests(db, site.id) : [];
      return {
        people: people.map((person) => presentPerson(person, isManager)),
        requests: requests.map((request) => ({ id: request.id, person: { id: request.userId, name: request.userName, email: request.userEmail }, message: request.message, askedAt: request.askedAt.toISOString() })),
        can: { manage: isManager, changeOwner: sitePolicy.changeOwner(who, site.id), leave: accountPolicy.change(who) && people.some((person) => person.userId === who.userId) },
      };
    },

    'POST /api/v1/sites/:site/people': async ({ params, body, who, note }) => {
      note({ email: body.email, role: body.role });
      const site = await managed(params.site, who);
      const userId = await db.transaction(async (trx) => {
        const people = await holdSitePeople(trx, site.id);
        const user = await openAccountOf(trx, body.email);
        if (people.some((person) => person.userId === user.id)) throw new ApiError('conflict', `${user.email} has a role on this site already. Change it in the list.`);
        await setSiteRole(trx, site.id, user.id, body.role);
        await closeAccessRequests(trx, user.id, site.id, who.userId);
        await queueMails(trx, [invitation(site, user.id, body.role, who)]);
        return user.id;
      });
      await engine.mailsQueued();
      return presented(site.id, userId);
    },

    'PATCH /api/v1/sites/:site/people/:person': async ({ params, body, who, note }) => {
      note({ role: body.role });
      const site = await managed(params.site, who);
      await db.transaction(async (trx) => {
        const person = onSite(await holdSitePeople(trx, site.id), params.person);
        if (person.role === 'owner') throw new ApiError('conflict', 'The owner keeps the site until somebody else is made its owner.');
        await setSiteRole(trx, site.id, person.userId, body.role);
      });
      return presented(site.id, params.person);
    },

    'DELETE /api/v1/sites/:site/people/:person': async ({ params, who }) => {
      const isLeaving = params.person === who.userId;
      const site = isLeaving ? await visibleSite(deps, params.site, who) : await managed(params.site, who);
      if (isLeaving) assertOwnAccount(who);
      await db.transaction(async (trx) => {
        const people = await holdSitePeople(trx, site.id);
        const person = onSite(people, params.person);
        if (person.role === 'owner') throw new ApiError('conflict', isLeaving ? 'You own this site. Make somebody else its owner first, then leave.' : 'The owner stays until somebody else is made the owner.');
        const answering = people.filter((one) => one.role !== 'editor' && one.isActive && one.userId !== person.userId);
        if (person.role === 'admin' && answering.length === 0) throw new ApiError('conflict', 'Nobody else answers for this site. Make somebody its owner or an admin first.');
        await removeSitePerson(trx, site.id, person);
      });
      return { removed: true };
    },

    'PUT /api/v1/sites/:site/owner': async ({ params, body, who, note }) => {
      note({ email: body.email });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.changeOwner(who, site.id)) throw new ApiError('forbidden', 'Only the owner of the site, or a global admin, makes somebody else its owner.');
      const userId = await db.transaction(async (trx) => {
        const people = await holdSitePeople(trx, site.id);
        const user = await openAccountOf(trx, body.email);
        const present = people.find((person) => person.userId === user.id);
        if (present?.role === 'owner') throw new ApiError('conflict', `${user.email} owns the site already.`);
        await makeOwner(trx, site, user, who);
        return user.id;
      });
      await engine.mailsQueued();
      return presented(site.id, userId);
    },

    'POST /api/v1/access-requests': async ({ body, who, note }) => {
      note({ site: body.site });
      const userId = assertOwnAccount(who);
      const site = await findSiteByName(db, body.site);
      if (site !== undefined && sitePolicy.see(who, site.id)) throw new ApiError('conflict', 'This site is open to you already.');
      // From here on, all that is said and kept is the same whether or not there is a site of this name.
      const refused = (await listAccessRequestsOf(db, userId, LOOKED_AT)).find((request) => request.siteName === body.site && request.state === 'refused' && (request.decidedAt?.getTime() ?? 0) > Date.now() - ASK_AGAIN_MS);
      if (refused !== undefined) throw new ApiError('tooManyRequests', 'Your last request for this site was declined less than a day ago. Speak with those who answer for it, or ask again tomorrow.');
      await db.transaction(async (trx) => {
        // One after the other, so that no two count the same number of open requests.
        await trx('users').where({ id: userId }).forNoKeyUpdate().select('id');
        if ((await countOpenAccessRequests(trx, userId)) >= OPEN_REQUESTS) throw new ApiError('tooManyRequests', `${OPEN_REQUESTS} of your requests wait for an answer. Wait until some are decided.`);
        const id = await insertAccessRequest(trx, { userId, siteId: site?.id ?? null, siteName: body.site, message: body.message });
        if (id === undefined || site === undefined) return;
        const answering = await listAnsweringFor(trx, site.id);
        const told = answering.length > 0 ? answering : await listPeopleWithRoles(trx, ['global_admin'], null);
        await queueMails(trx, told.map((person) => ({ kind: 'access-asked', dedupeKey: `access-asked/${id}/${person}`, userId: person, data: { siteName: site.name, siteTitle: site.title, by: who.name, byEmail: who.email ?? '', message: body.message } })));
      });
      // Not waited for: how long the answer takes must not tell whether anybody is mailed.
      void engine.mailsQueued();
      return { message: `If there is a site named ‘${body.site}’, those who answer for it were told that you ask. You get a mail when they decide.` };
    },

    'POST /api/v1/access-requests/:request/approve': async ({ params, body, who, note }) => {
      const given = await decidable(params.request, who);
      note({ site: given.site.name, person: given.request.userId, role: body.role, state: 'approved' });
      return decide(given, who, { state: 'approved', role: body.role });
    },

    'POST /api/v1/access-requests/:request/refuse': async ({ params, body, who, note }) => {
      const given = await decidable(params.request, who);
      note({ site: given.site.name, person: given.request.userId, state: 'refused' });
      return decide(given, who, { state: 'refused', answer: body.answer });
    },
  };
}
