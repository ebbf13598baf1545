import Router from '@koa/router';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { announceRights } from '#db/changes.ts';
import type { Db } from '#db/knex.ts';
import { endSamlSessions, type SignInProvider } from '#db/queries/sessions.ts';
import { readBody } from '../readBody.ts';
import type { Entrance } from './entrance.ts';
import type { OidcService } from './oidc.ts';
import { ownPath } from './ownPath.ts';
import { ACS_PATHS, MAX_RESPONSE_CHARACTERS, type SamlService, SLO_PATH } from './saml.ts';
import { SignInRefused } from './signInRefused.ts';

/** Paths of POSTs that the identity provider sends through somebody's browser. */
export const PROVIDER_POSTS: readonly string[] = [...ACS_PATHS, SLO_PATH];

/** Sign-in routes: pages and redirects, not part of the JSON API. */
export function createAuthRoutes(deps: { readonly saml: SamlService; readonly oidc: OidcService; readonly entrance: Entrance; readonly db: Db; readonly log: Logger }): Router {
  const { saml, oidc, entrance, db, log } = deps;
  const router = new Router();

  router.use(async (ctx, next) => {
    ctx.set('cache-control', 'no-store');
    await next();
  });

  router.get('/saml/metadata', (ctx) => {
    ctx.type = 'application/samlmetadata+xml';
    ctx.body = saml.metadata();
  });

  for (const [id, service] of [['saml', saml], ['oidc', oidc]] as const) {
    router.get(`/auth/${id}/login`, async (ctx) => {
      const wish = ctx.query['returnTo'];
      try {
        await service.begin(ctx, ownPath(typeof wish === 'string' ? wish : undefined));
      } catch (error) {
        if (!(error instanceof SignInRefused)) throw error;
        log.warn({ reason: error.reason, detail: error.message, by: id }, 'Sign-in could not begin');
        ctx.redirect(`/sign-in?error=${error.reason}`);
      }
    });
  }

  /** Lets somebody in, or sends them to the sign-in page with the reason. */
  async function answer(ctx: Context, provider: SignInProvider, work: () => Promise<string>): Promise<void> {
    let place: string;
    try {
      place = await work();
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      await entrance.refuse(ctx, provider, error);
      place = `/sign-in?error=${error.reason}`;
    }
    ctx.status = 303;
    ctx.redirect(place);
  }

  for (const path of ACS_PATHS) {
    router.post(path, (ctx) =>
      answer(ctx, 'saml', async () => {
        const form = await readForm(ctx);
        await entrance.enter(ctx, await saml.accept(ctx, form.get('SAMLResponse') ?? ''));
        return ownPath(form.get('RelayState') ?? undefined);
      }),
    );
  }

  router.get('/auth/oidc/callback', (ctx) =>
    answer(ctx, 'oidc', async () => {
      const vouched = await oidc.accept(ctx);
      await entrance.enter(ctx, vouched);
      return vouched.returnTo;
    }),
  );

  async function signOut(ctx: Context, form: URLSearchParams | null): Promise<string> {
    const outcome = await saml.receiveLogout(ctx, form);
    if (outcome.kind === 'response') return outcome.isConfirmed ? '/sign-in?signedOut=1' : '/sign-in?signedOut=here';
    const ended = await db.transaction(async (trx) => {
      const people = await endSamlSessions(trx, outcome.nameId, outcome.sessionIndexes);
      await entrance.noteSignOuts(trx, ctx, people);
      for (const { userId } of people) await announceRights(trx, userId);
      return people.length;
    });
    log.info({ ended }, 'The identity provider ended sessions');
    // That none was open any more is no failure: the person has no session here, which is what was asked for.
    return (await outcome.answerUrl()) ?? '/sign-in?signedOut=1';
  }

  const slo = async (ctx: Context): Promise<void> => {
    let place: string;
    try {
      place = await signOut(ctx, ctx.method === 'POST' ? await readForm(ctx) : null);
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      await entrance.refuseSignOut(ctx, error);
      place = '/sign-in?error=signOut';
    }
    ctx.status = 303;
    ctx.redirect(place);
  };
  router.get(SLO_PATH, slo);
  router.post(SLO_PATH, slo);
  return router;
}

/**
 * Forms are read by hand: one field of a size no general parser expects. A base64 text grows when it is encoded as a form.
 * @throws {SignInRefused} for what is no form, or says a thing twice.
 */
async function readForm(ctx: Context): Promise<URLSearchParams> {
  const body = await readBody(ctx.req, MAX_RESPONSE_CHARACTERS * 2);
  if (body === null) throw new SignInRefused('refused', 'The form is too large');
  if (!/^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(ctx.get('content-type'))) throw new SignInRefused('refused', 'What was sent is no form');
  if (ctx.get('content-encoding') !== '' && ctx.get('content-encoding') !== 'identity') throw new SignInRefused('refused', 'The form is compressed');
  const form = new URLSearchParams(body.toString('utf8'));
  for (const name of new Set(form.keys())) if (form.getAll(name).length > 1) throw new SignInRefused('refused', 'The form says a thing twice');
  return form;
}
