import { insertApiToken, type ListedApiToken, listApiTokens, revokeApiToken } from '#db/queries/apiTokens.ts';
import { findSiteByName } from '#db/queries/sites.ts';
import { scopesIncluded, TOKEN_PREFIX_CHARACTERS, TOKEN_START, type TokenScope } from '#domain/tokenScopes.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import { hashToken, newToken } from '../auth/tokens.ts';
import type { ApiToken } from '../contracts/apiTokens.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

type Routes = Pick<Handlers, 'GET /api/v1/tokens' | 'POST /api/v1/tokens' | 'DELETE /api/v1/tokens/:token'>;

const DAY_MS = 24 * 60 * 60_000;

/** Scopes that mean something for one site. */
const ofSites: ReadonlySet<TokenScope> = new Set(['read', 'write', 'publish', 'import', 'admin']);

export function apiTokenRoutes({ db }: ApiDeps): Routes {
  function assertMay(who: Principal): void {
    if (studioPolicy.manageTokens(who)) return;
    throw new ApiError('forbidden', who.reach !== null ? 'A token that was made in the studio neither sees nor makes tokens.' : who.impersonator !== null ? `You act as ${who.name}. Stop acting as them to make tokens.` : 'Only a global admin sees, makes and revokes tokens of machines.');
  }

  const present = (token: ListedApiToken): ApiToken => ({
    ...token,
    // A scope this version does not know opens nothing.
    scopes: token.scopes?.filter((scope): scope is TokenScope => scopesIncluded([scope]).size > 0) ?? null,
    roles: [...token.roles],
    sites: token.sites === null ? null : [...token.sites],
    madeAt: token.madeAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    state: token.revokedAt !== null ? 'revoked' : token.expiresAt !== null && token.expiresAt <= new Date() ? 'expired' : 'works',
  });

  async function siteIdsOf(names: readonly string[]): Promise<string[]> {
    const found = await Promise.all([...new Set(names)].map(async (name) => ({ name, site: await findSiteByName(db, name) })));
    const missing = found.filter(({ site }) => site === undefined).map(({ name }) => `‘${name}’`);
    if (missing.length > 0) throw new ApiError('notFound', `There is no site named ${missing.join(' or ')}.`);
    return found.flatMap(({ site }) => (site === undefined ? [] : [site.id]));
  }

  return {
    'GET /api/v1/tokens': async ({ who }) => {
      assertMay(who);
      return { tokens: (await listApiTokens(db)).map(present) };
    },

    'POST /api/v1/tokens': async ({ body, who, note }) => {
      note({ name: body.name, scopes: body.scopes, sites: body.sites ?? null, days: body.days });
      assertMay(who);
      const outside = body.sites === undefined ? [] : body.scopes.filter((scope) => !ofSites.has(scope));
      if (outside.length > 0) throw new ApiError('validation', `The scope ${outside.join(', ')} is for the whole studio: leave the sites out, or the scope.`, [{ path: 'body.sites', message: `not with the scope ${outside.join(', ')}` }]);
      const siteIds = body.sites === undefined ? null : await siteIdsOf(body.sites);
      const secret = `${TOKEN_START}${newToken()}`;
      const id = await db.transaction((trx) =>
        insertApiToken(trx, { name: body.name, tokenHash: hashToken(secret), prefix: secret.slice(0, TOKEN_PREFIX_CHARACTERS), scopes: [...new Set(body.scopes)], siteIds, expiresAt: new Date(Date.now() + body.days * DAY_MS), madeBy: who.userId }),
      );
      if (id === undefined) throw new ApiError('nameInUse', `There is, or was, a token named ‘${body.name}’. Choose another name, so that the audit log tells them apart.`, [{ path: 'body.name', message: 'taken' }]);
      const made = (await listApiTokens(db)).find((token) => token.id === id);
      if (made === undefined) throw new Error(`Token ${id} vanished after its insert`);
      return { ...present(made), secret };
    },

    'DELETE /api/v1/tokens/:token': async ({ params, who, note }) => {
      assertMay(who);
      const name = await revokeApiToken(db, params.token);
      if (name === undefined) throw new ApiError('notFound', 'There is no such token.');
      note({ name });
      return { name };
    },
  };
}
