import Router from '@koa/router';
import Koa from 'koa';
import { findSiteByName } from '#db/queries/sites.ts';
import { assertNotArchived } from './archiveSite.ts';
import { createAudited } from './audited.ts';
import { createAuthentication } from './auth/authenticate.ts';
import { createEntrance } from './auth/entrance.ts';
import { createOidc } from './auth/oidc.ts';
import { createAuthRoutes, PROVIDER_POSTS } from './auth/routes.ts';
import { createSaml } from './auth/saml.ts';
import type { Principal } from './auth/principal.ts';
import { createSignOut } from './auth/signOut.ts';
import type { SpKeys } from './auth/spKeys.ts';
import { koaCompatMethods } from './compat/compatRouter.ts';
import { createCompat } from './compat/createCompat.ts';
import type { ApiDeps } from './deps.ts';
import { koaAppVersion } from './middleware/koa-app-version.ts';
import { koaCrossSite } from './middleware/koa-cross-site.ts';
import { koaErrorHandler } from './middleware/koa-error-handler.ts';
import { createRateLimits } from './middleware/koa-rate-limits.ts';
import { koaSecurityHeaders } from './middleware/koa-security-headers.ts';
import { koaWebApp } from './middleware/koa-web-app.ts';
import { createOpenApi } from './openapi.ts';
import { sitePolicy } from './policies/sitePolicy.ts';
import { reportRequestErrors } from './reportRequestErrors.ts';
import { previewSource } from './preview/previewHosts.ts';
import { createRouter, type Handlers } from './router.ts';
import { accessibilityRoutes } from './routes/accessibility.ts';
import { accountRoutes } from './routes/accounts.ts';
import { adminSiteRoutes } from './routes/adminSites.ts';
import { apiTokenRoutes } from './routes/apiTokens.ts';
import { auditRoutes } from './routes/audit.ts';
import { builderRoutes } from './routes/builders.ts';
import { captionRoutes } from './routes/captions.ts';
import { cleanupRoutes } from './routes/cleanups.ts';
import { draftRoutes } from './routes/drafts.ts';
import { engineScheduleRoutes } from './routes/engineSchedules.ts';
import { eventRoutes } from './routes/events.ts';
import { importRoutes } from './routes/imports.ts';
import { importSyncRoutes } from './routes/importSyncs.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { itemChangeRoutes } from './routes/itemChanges.ts';
import { itemRevisionRoutes } from './routes/itemRevisions.ts';
import { itemRoutes } from './routes/items.ts';
import { kindRoutes } from './routes/kinds.ts';
import { linkRoutes } from './routes/links.ts';
import { youtubeRoutes } from './routes/youtube.ts';
import { mailRoutes } from './routes/mails.ts';
import { massPublishRoutes } from './routes/massPublishes.ts';
import { moveRoutes } from './routes/moves.ts';
import { driveRoutes } from './routes/drive.ts';
import { offlineRoutes } from './routes/offline.ts';
import { peopleRoutes } from './routes/people.ts';
import { pickerRoutes } from './routes/pickers.ts';
import { presenceRoutes } from './routes/presence.ts';
import { publishRoutes } from './routes/publishes.ts';
import { pullRoutes } from './routes/pulls.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { rollbackRoutes } from './routes/rollbacks.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { signInRoutes } from './routes/signIn.ts';
import { sitePeopleRoutes } from './routes/sitePeople.ts';
import { sitePreviewRoutes } from './routes/sitePreviews.ts';
import { siteRoutes } from './routes/sites.ts';
import { siteUrlRoutes } from './routes/siteUrls.ts';
import { starterRoutes } from './routes/starters.ts';
import { telemetryRoutes } from './routes/telemetry.ts';
import { themeBuildRoutes } from './routes/themeBuilds.ts';
import { readParts, systemRoutes } from './routes/system.ts';
import { unpublishedRoutes } from './routes/unpublished.ts';
import { unpublishRoutes } from './routes/unpublishes.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { validationRoutes } from './routes/validation.ts';
import { videoRoutes } from './routes/videos.ts';
import { createUnsubscribe, UNSUBSCRIBE_PATH } from './unsubscribe.ts';
import { createMailEvents, MAIL_EVENTS_PATH } from './webhooks/mailEvents.ts';
import { uploadOrigin } from './uploadOrigin.ts';

export interface AppOptions {
  readonly spKeys: SpKeys;
  /** Throw when an answer does not fit its contract (tests and development) instead of logging it. */
  readonly strictAnswers: boolean;
  /** Takes the secrets of the configuration out of a text; what others say back may hold them. */
  readonly redact?: (text: string) => string;
}

/** The whole API and the web app in front of it; it does not listen. */
export function createApp(deps: ApiDeps, options: AppOptions): Koa {
  const { config, log } = deps;
  const app = new Koa({ proxy: config.trustedProxyHops > 0, maxIpsCount: config.trustedProxyHops });
  const authentication = createAuthentication(deps);
  const saml = createSaml(deps, options.spKeys);
  const oidc = createOidc(deps);
  const openApi = createOpenApi({ version: deps.version, baseUrl: config.studioBaseUrl, cookieName: authentication.cookieName });
  const handlers: Handlers = {
    ...siteRoutes(deps),
    ...siteUrlRoutes(deps),
    ...moveRoutes(deps),
    ...publishRoutes(deps),
    ...unpublishRoutes(deps),
    ...unpublishedRoutes(deps),
    ...accessibilityRoutes(deps),
    ...offlineRoutes(deps),
    ...driveRoutes(deps),
    ...captionRoutes(deps),
    ...videoRoutes(deps),
    ...pullRoutes(deps),
    ...repositoryRoutes(deps),
    ...rollbackRoutes(deps),
    ...reviewRoutes(deps),
    ...runRoutes(deps),
    ...itemRoutes(deps),
    ...pickerRoutes(deps),
    ...kindRoutes(deps),
    ...itemChangeRoutes(deps),
    ...sitePreviewRoutes(deps),
    ...draftRoutes(deps),
    ...presenceRoutes(deps),
    ...deletionRoutes(deps),
    ...itemRevisionRoutes(deps),
    ...importRoutes(deps),
    ...starterRoutes(deps),
    ...themeBuildRoutes(deps),
    ...peopleRoutes(deps, authentication, createSignOut(deps, { saml, oidc })),
    ...signInRoutes(deps),
    ...accountRoutes(deps, authentication),
    ...sessionRoutes(deps),
    ...apiTokenRoutes(deps),
    ...sitePeopleRoutes(deps),
    ...eventRoutes(deps, authentication),
    ...systemRoutes(deps),
    ...telemetryRoutes(deps),
    ...cleanupRoutes(deps),
    ...massPublishRoutes(deps),
    ...importSyncRoutes(deps),
    ...linkRoutes(deps),
    ...youtubeRoutes(deps),
    ...validationRoutes(deps),
    ...builderRoutes(deps),
    ...mailRoutes(deps),
    ...uploadRoutes(deps),
    ...auditRoutes(deps),
    ...engineScheduleRoutes(deps),
    ...adminSiteRoutes(deps),
  };
  const onUnexpected = reportRequestErrors(deps.errors, (ctx) => authentication.principalOf(ctx));
  const onWrongAnswer = (key: string, error: Error): void => {
    if (options.strictAnswers) throw error;
    log.error({ err: error, route: key }, 'An answer does not fit its contract');
    deps.errors.report(error, { tags: { route: key }, group: ['wrong answer', key] });
  };
  const assertSiteTaken = async (name: string, who: Principal): Promise<void> => {
    const site = await findSiteByName(deps.db, name);
    if (site !== undefined && sitePolicy.see(who, site.id)) assertNotArchived(site);
  };
  const audited = createAudited(deps);
  const router = createRouter(handlers, { assertSiteTaken, principalOf: (ctx) => authentication.principalOf(ctx), onWrongAnswer, audited });
  const compat = createCompat(deps, { authentication, onWrongAnswer, audited });
  const plain = new Router({ sensitive: true });
  plain.get('/api/openapi.json', (ctx) => {
    ctx.body = openApi;
  });
  plain.get('/health/startup/', (ctx) => {
    ctx.body = { ok: true };
  });
  plain.get('/health/liveness/', (ctx) => {
    ctx.body = { ok: true };
  });
  plain.get('/health/readiness/', async (ctx) => {
    const ok = await deps.db.raw('select 1').then(() => true, () => false);
    ctx.status = ok ? 200 : 503;
    ctx.body = { ok };
  });
  plain.get('/health/full/', async (ctx) => {
    const parts = await readParts(deps);
    ctx.status = parts.every((part) => part.ok) ? 200 : 503;
    ctx.body = { parts };
  });

  const isHook = (path: string): boolean => path === MAIL_EVENTS_PATH || compat.match(path, 'POST').route;
  app.use(koaErrorHandler({ log, isCompat: (path) => compat.match(path, 'GET').path.length > 0, onUnexpected, ...(options.redact === undefined ? {} : { redact: options.redact }) }));
  const spokenTo = [uploadOrigin(config), ...(config.sentryDsn === undefined ? [] : [new URL(config.sentryDsn).origin])];
  app.use(koaSecurityHeaders({ isHttps: config.studioBaseUrl.startsWith('https:'), spokenTo, previews: previewSource(config.studioPreviewTemplate) }));
  app.use(async (ctx, next) => {
    if (ctx.path.startsWith('/api/')) ctx.set('cache-control', 'private, no-store');
    await next();
  });
  app.use(koaAppVersion(config.studioWebDir));
  const limits = createRateLimits(deps, { authentication, isWebhook: isHook });
  app.use(limits.byAddress);
  app.use(koaCompatMethods(compat));
  // The identity provider and webhooks prove themselves by what they send; no POST of theirs looks at a session.
  const isExempt = (path: string): boolean => PROVIDER_POSTS.includes(path) || path.startsWith(UNSUBSCRIBE_PATH) || isHook(path);
  app.use(koaCrossSite({ origin: new URL(config.studioBaseUrl).origin, isExempt }));
  app.use(limits.byPerson);
  const authRoutes = createAuthRoutes({ saml, oidc, entrance: createEntrance(deps, authentication), db: deps.db, log });
  const parts = [plain, authRoutes, router, compat, createMailEvents(deps), createUnsubscribe(deps)];
  for (const part of parts) app.use(part.routes());
  for (const part of parts) app.use(part.allowedMethods());
  app.use(koaWebApp(config.studioWebDir));
  // Koa prints errors of sockets that went away; ours were answered and logged above.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'A response could not be sent'));
  return app;
}
