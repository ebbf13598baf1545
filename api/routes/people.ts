import { announceRights } from '#db/changes.ts';
import { countGlobalAdmins, type GrantedRole, grantRole, revokeRole } from '#db/queries/roleGrants.ts';
import { deleteWholeSession } from '#db/queries/sessions.ts';
import { findSiteByName } from '#db/queries/sites.ts';
import { ensureUserByEmail, findUserByEmail } from '#db/queries/users.ts';
import { ApiError } from '../apiError.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import type { SignOut } from '../auth/signOut.ts';
import { globalRoles } from '../contracts/people.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

type Routes = Pick<Handlers, 'GET /api/v1/me' | 'POST /api/v1/grants' | 'POST /api/v1/grants/revoke' | 'DELETE /api/v1/session'>;

export function peopleRoutes(deps: ApiDeps, authentication: Authentication, signOut: SignOut): Routes {
  const { db } = deps;

  async function target(body: { email: string; role: GrantedRole; site?: string | undefined }, who: Principal): Promise<{ siteId: string | null; site: string | null }> {
    if (!studioPolicy.grant(who)) throw new ApiError('forbidden', 'Only a global admin may give or take roles.');
    const isGlobal = globalRoles.some((role) => role === body.role);
    if (isGlobal && body.site !== undefined) throw new ApiError('validation', `The role ${body.role} is for the whole studio: leave the site out.`, [{ path: 'body.site', message: 'not with a global role' }]);
    if (!isGlobal && body.site === undefined) throw new ApiError('validation', `The role ${body.role} needs a site.`, [{ path: 'body.site', message: 'required for this role' }]);
    if (body.site === undefined) return { siteId: null, site: null };
    const site = await findSiteByName(db, body.site);
    if (site === undefined) throw new ApiError('notFound', `There is no site named ‘${body.site}’.`);
    return { siteId: site.id, site: site.name };
  }

  return {
    'GET /api/v1/me': ({ who }) =>
      Promise.resolve({
        id: who.userId ?? '00000000-0000-0000-0000-000000000000',
        name: who.name,
        email: who.email ?? '',
        roles: [...who.globalRoles],
        can: { seeAllSites: studioPolicy.seeAllSites(who), inspect: studioPolicy.inspect(who), importSites: studioPolicy.importSites(who), syncStarters: studioPolicy.syncStarters(who), syncImports: studioPolicy.syncImports(who), chooseBuilders: studioPolicy.chooseBuilders(who), grant: studioPolicy.grant(who) },
        signOutUrl: '/sign-in',
        actedBy: who.impersonator === null || who.sessionEndsAt === null ? null : { id: who.impersonator.userId, name: who.impersonator.name, until: who.sessionEndsAt.toISOString() },
      }),

    'POST /api/v1/grants': async ({ body, who, note }) => {
      note({ email: body.email, role: body.role, site: body.site ?? null });
      const { siteId, site } = await target(body, who);
      const changed = await db.transaction(async (trx) => {
        const user = await ensureUserByEmail(trx, body.email);
        await announceRights(trx, user.id);
        return grantRole(trx, user.id, { role: body.role, siteId });
      });
      deps.log.info({ by: who.userId ?? who.name, role: body.role, site, changed }, 'A role was given');
      return { email: body.email, role: body.role, site, changed };
    },

    'POST /api/v1/grants/revoke': async ({ body, who, note }) => {
      note({ email: body.email, role: body.role, site: body.site ?? null });
      const { siteId, site } = await target(body, who);
      const changed = await db.transaction(async (trx) => {
        const user = await findUserByEmail(trx, body.email);
        if (user === undefined) throw new ApiError('notFound', `Nobody has the address ${body.email}.`);
        // The rows of all admins are locked before one is taken away, so that two cannot revoke each other.
        if (body.role === 'global_admin') await countGlobalAdmins(trx);
        const removed = await revokeRole(trx, user.id, { role: body.role, siteId });
        await announceRights(trx, user.id);
        if (removed && body.role === 'global_admin' && (await countGlobalAdmins(trx)) === 0) throw new ApiError('conflict', 'This is the last global admin. Give the role to somebody else first.');
        return removed;
      });
      deps.log.info({ by: who.userId ?? who.name, role: body.role, site, changed }, 'A role was taken');
      return { email: body.email, role: body.role, site, changed };
    },

    'DELETE /api/v1/session': async ({ ctx, who }) => {
      const { sessionId } = who;
      const redirectTo = await signOut.placeAfter(sessionId);
      if (sessionId !== null) {
        await db.transaction(async (trx) => {
          for (const owner of new Set(await deleteWholeSession(trx, sessionId))) await announceRights(trx, owner);
        });
      }
      authentication.clearCookie(ctx);
      return { redirectTo };
    },
  };
}
