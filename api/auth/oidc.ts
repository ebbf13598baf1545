import type { Context } from 'koa';
import { allowInsecureRequests, buildEndSessionUrl, ClientSecretBasic, ClientSecretPost, Configuration, discovery, enableNonRepudiationChecks, type IDToken, randomNonce, randomState } from 'openid-client';
import { Strategy } from 'openid-client/passport';
import { insertOidcRequest, takeOidcRequest } from '#db/queries/oidcRequests.ts';
import type { ProviderSession } from '#db/queries/sessions.ts';
import type { ApiDeps } from '../deps.ts';
import { createAskingBrowser } from './askingBrowser.ts';
import { askStrategy, createPassport } from './askStrategy.ts';
import type { Vouched } from './entrance.ts';
import { ownPath } from './ownPath.ts';
import { SignInRefused } from './signInRefused.ts';
import { hashToken } from './tokens.ts';

/** How long a person may take at the provider, milliseconds. */
const REQUEST_LIFE_MS = 60 * 60_000;
/** What the provider says of itself is read again after this; keys it signs with are looked up as they come. */
const DISCOVERY_LIFE_MS = 15 * 60_000;
const TIMEOUT_SECONDS = 10;
const MAX_QUERY = 8_000;
const CALLBACK_PATH = '/auth/oidc/callback';
const STATE_KEY = 'oidc';

export type OidcService = ReturnType<typeof createOidc>;

interface Tokens {
  readonly id_token?: string;
  claims(): IDToken | undefined;
}

/** What the strategy keeps between the request and the answer. */
interface Pending {
  readonly code_verifier: string;
  readonly nonce: string;
  readonly state: string;
}

/** Sign-in through OpenID Connect: authorization code with PKCE, state and nonce, from the provider at `OIDC_ISSUER_URL`. */
export function createOidc({ config, db, log }: Pick<ApiDeps, 'config' | 'db' | 'log'>) {
  const callbackUrl = `${config.studioBaseUrl}${CALLBACK_PATH}`;
  const askingBrowser = createAskingBrowser({ name: 'studio_oidc', isHttps: config.studioBaseUrl.startsWith('https:'), sameSite: 'lax', lifeMs: REQUEST_LIFE_MS });
  const strategies = createPassport();
  let found: { readonly configuration: Configuration; readonly at: number } | undefined;

  async function provider(): Promise<Configuration> {
    const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: secret } = config;
    if (issuer === undefined || clientId === undefined || secret === undefined) throw new SignInRefused('unavailable', 'OIDC_ISSUER_URL is not set');
    const isInsecure = issuer.startsWith('http:');
    if (found !== undefined && Date.now() - found.at < DISCOVERY_LIFE_MS) return found.configuration;
    try {
      const server = (await discovery(new URL(issuer), clientId, secret, undefined, { execute: isInsecure ? [allowInsecureRequests] : [], timeout: TIMEOUT_SECONDS })).serverMetadata();
      // Without a word about it, a provider takes the secret in a header only.
      const takesForm = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') === true;
      const configuration = new Configuration(server, clientId, secret, takesForm ? ClientSecretPost(secret) : ClientSecretBasic(secret));
      configuration.timeout = TIMEOUT_SECONDS;
      // The library trusts a token that comes straight from the provider over TLS; we look at its signature as well.
      enableNonRepudiationChecks(configuration);
      if (isInsecure) allowInsecureRequests(configuration);
      strategies.use('oidc', strategyFor(configuration));
      found = { configuration, at: Date.now() };
    } catch (error) {
      if (found === undefined) throw new SignInRefused('unavailable', messageOf(error));
      log.warn({ err: error }, 'What the OpenID provider says of itself could not be read again');
    }
    return found.configuration;
  }

  function strategyFor(configuration: Configuration): StudioStrategy {
    return new StudioStrategy({ config: configuration, name: 'oidc', sessionKey: STATE_KEY, callbackURL: callbackUrl, scope: config.oidcScopes }, (tokens, done) => done(null, tokens));
  }

  /** The strategy's session: a place for this request only, filled from our own table. */
  function sessionOf(ctx: Context, pending: Pending | null): Record<string, Pending> {
    const session: Record<string, Pending> = pending === null ? {} : { [STATE_KEY]: pending };
    ctx.state['session'] = session;
    return session;
  }

  return {
    isSetUp: config.oidcIssuer !== undefined,

    /**
     * Sends a person who wants to sign in to the provider.
     * @throws {SignInRefused} when it does not answer.
     */
    async begin(ctx: Context, returnTo: string): Promise<void> {
      if ('code' in ctx.query || 'error' in ctx.query || 'response' in ctx.query) throw new SignInRefused('refused', 'An answer came where people begin to sign in');
      await provider();
      const session = sessionOf(ctx, null);
      await askStrategy(strategies, 'oidc', ctx);
      const pending = session[STATE_KEY];
      if (pending === undefined) throw new SignInRefused('unavailable', 'The provider cannot be asked');
      await insertOidcRequest(db, hashToken(pending.state), askingBrowser.remember(ctx), { codeVerifier: pending.code_verifier, nonce: pending.nonce, returnTo: ownPath(returnTo) });
    },

    /**
     * Takes the provider's answer.
     * @throws {SignInRefused} with the reason; every refusal is logged by the caller.
     */
    async accept(ctx: Context): Promise<Vouched & { readonly returnTo: string }> {
      if (ctx.querystring.length > MAX_QUERY) throw new SignInRefused('refused', 'The answer is too large');
      for (const [name, value] of Object.entries(ctx.query)) if (Array.isArray(value)) throw new SignInRefused('refused', `${name} is there more than once`);
      const { state } = ctx.query;
      if (typeof state !== 'string' || state === '') throw new SignInRefused('refused', 'The answer has no state');
      const browser = askingBrowser.hashOf(ctx);
      const configuration = await provider();
      const asked = await takeOidcRequest(db, hashToken(state), browser, REQUEST_LIFE_MS);
      if (asked === undefined) throw new SignInRefused('refused', 'The state names no request of this browser, or one that was answered before');
      sessionOf(ctx, { code_verifier: asked.codeVerifier, nonce: asked.nonce, state });
      let tokens: Tokens | null;
      try {
        tokens = (await askStrategy(strategies, 'oidc', ctx)) as Tokens | null;
      } catch (error) {
        throw error instanceof SignInRefused ? error : new SignInRefused(isAway(error) ? 'unavailable' : 'refused', messageOf(error));
      }
      const claims = tokens?.claims();
      if (tokens === null || claims === undefined || tokens.id_token === undefined) throw new SignInRefused('refused', 'The answer holds no ID token');
      return { ...vouchedBy(claims, tokens.id_token, configuration.serverMetadata().issuer), returnTo: asked.returnTo };
    },

    /** Where to send a browser so that the provider ends its session too; null when it offers no such thing. */
    async logoutUrl(session: ProviderSession): Promise<string | null> {
      const idToken = session.detail['idToken'];
      if (config.oidcIssuer === undefined || idToken === undefined) return null;
      const configuration = await provider();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: `${config.studioBaseUrl}/sign-in?signedOut=1` }).href;
    },
  };

  function vouchedBy(claims: IDToken, idToken: string, issuer: string): Vouched {
    const text = (name: string): string | null => {
      const value = claims[name];
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
    };
    const subject = text(config.oidcClaimSubject);
    const email = text(config.oidcClaimEmail);
    if (subject === null || email === null) throw new SignInRefused('attributes', `The ID token lacks ${subject === null ? config.oidcClaimSubject : config.oidcClaimEmail}`, email);
    // The address decides which account this is, so somebody must have seen that it is theirs.
    if (config.oidcEmailVerified === 'required' && claims['email_verified'] !== true && claims['email_verified'] !== 'true') throw new SignInRefused('attributes', `${issuer} has not verified the e-mail address (email_verified)`, email);
    return { person: { provider: 'oidc', subject, email, name: text(config.oidcClaimName) ?? text(config.oidcClaimUsername) ?? email }, session: { nameId: null, sessionIndex: null, detail: { idToken } } };
  }
}

/** The library's strategy, which always sends a state and a nonce, and knows its address from the configuration rather than from a header. */
class StudioStrategy extends Strategy {
  override authorizationRequestParams(): URLSearchParams {
    return new URLSearchParams({ state: randomState(), nonce: randomNonce() });
  }

  override currentUrl(request: Parameters<Strategy['currentUrl']>[0]): URL {
    return new URL(request.url, 'http://studio.invalid');
  }
}

/** Whether the provider did not answer, rather than answered wrongly. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const texts = [error.message, error.cause instanceof Error ? error.cause.message : ''];
  return texts.some((text) => /fetch failed|timed out|timeout|ECONNREFUSED/i.test(text));
}

/** What was wrong, with the reason behind it: the library's own messages are general. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const more = cause instanceof Error ? `: ${cause.message}` : 'error' in error && typeof error.error === 'string' ? `: ${error.error}` : '';
  return `${error.message}${more}`;
}
