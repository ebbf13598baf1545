import { type CacheProvider, MultiSamlStrategy, type Profile, SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/passport-saml';
import type { Context } from 'koa';
import { consumeSamlRequest, findSamlRequest, insertSamlRequest, type SamlRequestKind, useAssertion } from '#db/queries/samlRequests.ts';
import type { ProviderSession } from '#db/queries/sessions.ts';
import type { ApiDeps } from '../deps.ts';
import { createAskingBrowser } from './askingBrowser.ts';
import { askStrategy, createPassport } from './askStrategy.ts';
import { assertionFault, assertionIdOf } from './assertionFault.ts';
import { checkResponse, type Claimed } from './checkResponse.ts';
import type { Vouched } from './entrance.ts';
import type { IdpMetadata } from './idpMetadata.ts';
import { createIdpSource } from './idpSource.ts';
import { ownPath } from './ownPath.ts';
import { decodeMessage } from './samlXml.ts';
import { receiveLogout, type LogoutOutcome } from './samlLogout.ts';
import { SignInRefused } from './signInRefused.ts';
import type { SpKeys } from './spKeys.ts';
import { spMetadata } from './spMetadata.ts';
import { strictPath } from './strictEncoding.ts';

/** How long a person may take at the identity provider, and how old an assertion may be, milliseconds. */
const REQUEST_LIFE_MS = 60 * 60_000;
const ASSERTION_LIFE_MS = 10 * 60_000;
const CLOCK_SKEW_MS = 3 * 60_000;
/** A response of a real provider has some ten kilobytes. */
export const MAX_RESPONSE_CHARACTERS = 512 * 1024;
/** Where the identity provider may send its answers; metadata and requests name `SAML_ACS_PATH`. */
export const ACS_PATHS = ['/auth/saml/acs', '/saml/acs'] as const;
export const SLO_PATH = '/auth/saml/slo';

/** What the library and we say of a signature that fits no certificate. */
const UNKNOWN_KEY = /^Invalid (?:\w+ )?signature|fits no key/;

export type SamlService = ReturnType<typeof createSaml>;

/** Sign-in through SAML 2.0: we are the service provider, `SAML_IDP_METADATA` names the identity provider. */
export function createSaml(deps: Pick<ApiDeps, 'config' | 'db' | 'log'>, keys: SpKeys) {
  const { config, db, log } = deps;
  const entityId = config.samlSpEntityId ?? `${config.studioBaseUrl}/saml/metadata`;
  const addressOf = (path: string): string => `${config.studioBaseUrl}${path}`;
  const idp = createIdpSource({ source: config.samlIdpMetadata, log });
  // The provider's page, of another site, posts the answer. Over plain http, which is for one's own machine, no cookie comes with that.
  const askingBrowser = config.studioBaseUrl.startsWith('https:') ? createAskingBrowser({ name: 'studio_saml', isHttps: true, sameSite: 'none', lifeMs: REQUEST_LIFE_MS }) : null;
  const strategies = createPassport();
  /** What the strategy goes by for a request: the provider's keys and addresses change while we run. */
  const settings = new WeakMap<Context, SamlConfig>();

  /**
   * Requests are remembered in the database, so that any API process may take the answer. The library takes a request away whatever the answer
   * is worth, and a second look with new certificates would find none; ours is taken by the one answer that is good.
   */
  const requestsOf = (kind: SamlRequestKind, browser: string | null): CacheProvider => ({
    async saveAsync(key, value) {
      await insertSamlRequest(db, key, value, kind, browser);
      return { value, createdAt: Date.now() };
    },
    getAsync: (key) => findSamlRequest(db, key, kind, REQUEST_LIFE_MS),
    removeAsync: (key) => Promise.resolve(key),
  });

  function settingsFor(metadata: IdpMetadata, kind: SamlRequestKind = 'sign-in', browser: string | null = null): SamlConfig {
    return {
      idpCert: [...metadata.certificates],
      issuer: entityId,
      callbackUrl: addressOf(config.samlAcsPath),
      logoutCallbackUrl: addressOf(SLO_PATH),
      entryPoint: metadata.entryPoint,
      ...(metadata.logoutUrl === null ? {} : { logoutUrl: metadata.logoutUrl }),
      ...(metadata.entityId === '' ? {} : { idpIssuer: metadata.entityId }),
      audience: entityId,
      privateKey: keys.privateKey,
      publicCert: keys.certificate,
      decryptionPvk: keys.privateKey,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      // Shibboleth signs the response and encrypts an unsigned assertion; the library still demands one signature.
      wantAssertionsSigned: false,
      wantAuthnResponseSigned: false,
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      acceptedClockSkewMs: CLOCK_SKEW_MS,
      maxAssertionAgeMs: ASSERTION_LIFE_MS,
      validateInResponseTo: ValidateInResponseTo.always,
      requestIdExpirationPeriodMs: REQUEST_LIFE_MS,
      cacheProvider: requestsOf(kind, browser),
    };
  }

  strategies.use(
    'saml',
    new MultiSamlStrategy(
      {
        passReqToCallback: true,
        getSamlOptions: (request, done) => {
          const found = settings.get((request as unknown as { ctx: Context }).ctx);
          done(found === undefined ? new Error('unreachable: every request that is shown to the strategy has settings') : null, found);
        },
      },
      (_request, profile, done) => done(null, profile ?? undefined),
      // Sessions that the identity provider ends are found by name id, not by whose browser brings the message: it may bring none of our cookies.
      (_request, _profile, done) => done(new SignInRefused('refused', 'A message about signing out came where people sign in')),
    ),
  );

  /** Does something with the provider's keys; when a signature fits none of them, once more with those it has by now. */
  async function withKeys<T>(work: (metadata: IdpMetadata) => Promise<T>): Promise<T> {
    const metadata = await idp.current();
    try {
      return await work(metadata);
    } catch (error) {
      if (!(error instanceof Error) || !UNKNOWN_KEY.test(error.message)) throw error;
      const renewed = await idp.renewed(metadata);
      if (renewed === null) throw error;
      log.info({ entityId: renewed.entityId }, 'The identity provider has new certificates');
      return await work(renewed);
    }
  }

  async function profileOf(ctx: Context, encoded: string, metadata: IdpMetadata, claimed: Claimed): Promise<Profile> {
    // A signature that is there must be good, also where another one would do.
    settings.set(ctx, { ...settingsFor(metadata), wantAuthnResponseSigned: claimed.isResponseSigned, wantAssertionsSigned: claimed.isAssertionSigned });
    ctx.state['body'] = { SAMLResponse: encoded };
    try {
      const profile = (await askStrategy(strategies, 'saml', ctx)) as Profile | null;
      if (profile === null) throw new SignInRefused('refused', 'The response signs nobody in');
      return profile;
    } catch (error) {
      throw error instanceof SignInRefused ? error : new SignInRefused('refused', error instanceof Error ? error.message : String(error));
    }
  }

  return {
    isSetUp: config.samlIdpMetadata !== undefined,

    /** Our metadata as XML; needs no identity provider. */
    metadata: (): string =>
      spMetadata({ saml: new SAML(settingsFor({ entityId: '', entryPoint: 'https://unused.invalid/', logoutUrl: null, logoutResponseUrl: null, certificates: [keys.certificate] })), certificate: keys.certificate }),

    /**
     * Sends a person who wants to sign in to the provider with a signed request; `returnTo` comes back as RelayState.
     * @throws {SignInRefused} when the provider's metadata cannot be read.
     */
    async begin(ctx: Context, returnTo: string): Promise<void> {
      // The strategy would take them for messages to judge.
      if ('SAMLRequest' in ctx.query || 'SAMLResponse' in ctx.query) throw new SignInRefused('refused', 'A message came where people begin to sign in');
      const metadata = await idp.current();
      settings.set(ctx, settingsFor(metadata, 'sign-in', askingBrowser?.remember(ctx) ?? null));
      await askStrategy(strategies, 'saml', ctx, { additionalParams: { RelayState: strictPath(ownPath(returnTo)) } });
    },

    /**
     * Takes the identity provider's answer, which was posted to the path of `ctx`.
     * @throws {SignInRefused} with the reason; every refusal is logged by the caller.
     */
    async accept(ctx: Context, encoded: string): Promise<Vouched> {
      if (ctx.querystring !== '') throw new SignInRefused('refused', 'The address of the response has a query');
      const recipient = addressOf(ctx.path.replace(/\/$/, ''));
      const bytes = decodeMessage(encoded, MAX_RESPONSE_CHARACTERS);
      const { profile, issuer, request } = await withKeys(async (metadata) => {
        const claimed = await checkResponse(bytes, { destination: recipient, issuer: metadata.entityId, privateKey: keys.privateKey });
        return { profile: await profileOf(ctx, bytes.toString('base64'), metadata, claimed), issuer: metadata.entityId, request: claimed.request };
      });
      const browser = askingBrowser?.hashOf(ctx) ?? null;
      if (request === null || !(await consumeSamlRequest(db, request, 'sign-in', REQUEST_LIFE_MS, browser))) throw new SignInRefused('refused', 'InResponseTo names no request of this browser, or one that was answered before');
      const fault = assertionFault(profile, { issuer, recipient });
      if (fault !== null) throw new SignInRefused('refused', fault);
      const assertionId = assertionIdOf(profile);
      if (assertionId === null) throw new SignInRefused('refused', 'The assertion has no id');
      if (!(await useAssertion(db, assertionId, new Date(Date.now() + REQUEST_LIFE_MS)))) throw new SignInRefused('refused', 'The assertion was used before');
      const subject = attributeOf(profile, config.samlAttributeSubject);
      const email = attributeOf(profile, config.samlAttributeEmail);
      if (subject === null || email === null) throw new SignInRefused('attributes', `The assertion lacks ${subject === null ? config.samlAttributeSubject : config.samlAttributeEmail}`, email);
      return { person: { provider: 'saml', subject, email, name: attributeOf(profile, config.samlAttributeName) ?? subject }, session: { nameId: profile.nameID || null, sessionIndex: profile.sessionIndex ?? null, detail: nameIdDetail(profile) } };
    },

    /** Where to send a browser so that the provider ends its session too; null when the provider offers no such thing. */
    async logoutUrl(session: ProviderSession): Promise<string | null> {
      if (session.nameId === null || config.samlIdpMetadata === undefined) return null;
      const metadata = await idp.current();
      if (metadata.logoutUrl === null) return null;
      const { nameIdFormat, nameQualifier, spNameQualifier } = session.detail;
      const user: Profile = {
        issuer: metadata.entityId,
        nameID: session.nameId,
        nameIDFormat: nameIdFormat ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
        ...(nameQualifier === undefined ? {} : { nameQualifier }),
        ...(spNameQualifier === undefined ? {} : { spNameQualifier }),
        ...(session.sessionIndex === null ? {} : { sessionIndex: session.sessionIndex }),
      };
      return new SAML(settingsFor(metadata, 'sign-out')).getLogoutUrlAsync(user, '', {});
    },

    /**
     * Takes what the provider says about signing out: its request, or its answer to ours.
     * @throws {SignInRefused}
     */
    receiveLogout: (ctx: Context, form: URLSearchParams | null): Promise<LogoutOutcome> =>
      withKeys((metadata) => receiveLogout({ ctx, form, metadata, destination: addressOf(SLO_PATH), db, privateKey: keys.privateKey, requestLifeMs: REQUEST_LIFE_MS, samlWith: (more) => new SAML({ ...settingsFor(metadata, 'sign-out'), ...more }) })),
  };
}

function nameIdDetail(profile: Profile): Record<string, string> {
  const parts = { nameIdFormat: profile.nameIDFormat, nameQualifier: profile.nameQualifier, spNameQualifier: profile.spNameQualifier };
  return Object.fromEntries(Object.entries(parts).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''));
}

function attributeOf(profile: Profile, name: string): string | null {
  const value: unknown = profile[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first.trim() !== '' ? first.trim() : null;
}
