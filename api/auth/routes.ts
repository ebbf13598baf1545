import Router from '@koa/router';
import type { Logger } from 'pino';
import type { Authentication } from './authenticate.ts';
import { MAX_RESPONSE_CHARACTERS, ownPath, readForm, type SamlService, SignInRefused } from './saml.ts';

/** Sign-in routes: pages and redirects, not part of the JSON API. */
export function createAuthRoutes(deps: { readonly saml: SamlService; readonly authentication: Authentication; readonly log: Logger }): Router {
  const { saml, authentication, log } = deps;
  const router = new Router();

  router.get('/saml/metadata', (ctx) => {
    ctx.type = 'application/samlmetadata+xml';
    ctx.body = saml.metadata();
  });

  router.get('/auth/saml/login', async (ctx) => {
    const wish = ctx.query['returnTo'];
    try {
      ctx.redirect(await saml.loginUrl(ownPath(typeof wish === 'string' ? wish : undefined)));
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      log.warn({ reason: error.reason, detail: error.message }, 'Sign-in could not begin');
      ctx.redirect(`/sign-in?error=${error.reason}`);
    }
  });

  router.post('/auth/saml/acs', async (ctx) => {
    try {
      // A base64 text grows when it is encoded as a form.
      const form = await readForm(ctx, MAX_RESPONSE_CHARACTERS * 2);
      const signedIn = await saml.acceptResponse(form.get('SAMLResponse') ?? '');
      await authentication.begin(ctx, signedIn.user.id, { nameId: signedIn.nameId, sessionIndex: signedIn.sessionIndex });
      log.info({ userId: signedIn.user.id }, 'Signed in');
      ctx.status = 303;
      ctx.redirect(ownPath(form.get('RelayState') ?? undefined));
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      log.warn({ reason: error.reason, detail: error.message, ip: ctx.ip }, 'Sign-in refused');
      ctx.status = 303;
      ctx.redirect(`/sign-in?error=${error.reason}`);
    }
  });
  return router;
}
