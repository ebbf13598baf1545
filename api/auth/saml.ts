import { type CacheProvider, type Profile, SAML, ValidateInResponseTo } from '@node-saml/passport-saml';
import type { Context } from 'koa';
import { countGlobalAdmins, grantRole } from '#db/queries/roleGrants.ts';
import { consumeSamlRequest, findSamlRequest, insertSamlRequest, useAssertion } from '#db/queries/samlRequests.ts';
import { signInUser, type UserRow } from '#db/queries/users.ts';
import type { ApiDeps } from '../deps.ts';
import { readBody } from '../readBody.ts';
import { type IdpMetadata, readIdpMetadata } from './idpMetadata.ts';
import type { SpKeys } from './spKeys.ts';

/** How long a person may take at the identity provider, and how old an assertion may be, milliseconds. */
const REQUEST_LIFE_MS = 60 * 60_000;
const ASSERTION_LIFE_MS = 10 * 60_000;
const CLOCK_SKEW_MS = 3 * 60_000;
/** Metadata is read again after this, so that a changed certificate arrives. */
const METADATA_LIFE_MS = 15 * 60_000;
/** A response of a real provider has some ten kilobytes. */
export const MAX_RESPONSE_CHARACTERS = 512 * 1024;

/** SHA-1 in a signature, where the response is not encrypted: within an encrypted assertion only the provider could have put it. */
const WEAK_SIGNATURE = /<(?:\w+:)?SignatureMethod\b[^>]*#(?:rsa|dsa|hmac)-sha1["']/;
const WEAK_DIGEST = /<(?:\w+:)?Reference\b(?:(?!<\/(?:\w+:)?Reference>)[\s\S])*?<(?:\w+:)?DigestMethod\b[^>]*xmldsig#sha1["']/;

/** Why a sign-in was refused, for the sign-in page. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  readonly reason: 'unavailable' | 'refused' | 'attributes' | 'account';
  constructor(reason: SignInRefused['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface SignedIn {
  readonly user: UserRow;
  readonly nameId: string | null;
  readonly sessionIndex: string | null;
}

export type SamlService = ReturnType<typeof createSaml>;

/** Sign-in through SAML 2.0: we are the service provider, `SAML_IDP_METADATA` names the identity provider. */
export function createSaml(deps: Pick<ApiDeps, 'config' | 'db' | 'log'>, keys: SpKeys) {
  const { config, db, log } = deps;
  const entityId = config.samlSpEntityId ?? `${config.studioBaseUrl}/saml/metadata`;
  const callbackUrl = `${config.studioBaseUrl}/auth/saml/acs`;
  let cached: { metadata: IdpMetadata; readAt: number } | undefined;

  /** Requests are remembered in the database, so that any API process may take the answer, once. */
  const requests: CacheProvider = {
    async saveAsync(key, value) {
      await insertSamlRequest(db, key, value);
      return { value, createdAt: Date.now() };
    },
    getAsync: (key) => findSamlRequest(db, key, REQUEST_LIFE_MS),
    async removeAsync(key) {
      if (key === null) return null;
      return (await consumeSamlRequest(db, key)) ? key : null;
    },
  };

  async function idp(): Promise<IdpMetadata> {
    if (config.samlIdpMetadata === undefined) throw new SignInRefused('unavailable', 'SAML_IDP_METADATA is not set');
    if (cached !== undefined && Date.now() - cached.readAt < METADATA_LIFE_MS) return cached.metadata;
    try {
      cached = { metadata: await readIdpMetadata(config.samlIdpMetadata), readAt: Date.now() };
    } catch (error) {
      // An old copy is better than nobody signing in; its signatures are checked all the same.
      if (cached === undefined) throw new SignInRefused('unavailable', error instanceof Error ? error.message : String(error));
      log.warn({ err: error }, 'The identity provider’s metadata could not be read again');
    }
    return cached.metadata;
  }

  function samlFor(metadata: Pick<IdpMetadata, 'entityId' | 'entryPoint' | 'logoutUrl' | 'certificates'>): SAML {
    return new SAML({
      idpCert: [...metadata.certificates],
      issuer: entityId,
      callbackUrl,
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
      cacheProvider: requests,
    });
  }

  return {
    /** Our metadata as XML; needs no identity provider. */
    metadata(): string {
      return samlFor({ entityId: '', entryPoint: 'https://unused.invalid/', logoutUrl: null, certificates: [keys.certificate] }).generateServiceProviderMetadata(keys.certificate, keys.certificate);
    },

    /** Where to send a person who wants to sign in; `returnTo` comes back as RelayState. */
    async loginUrl(returnTo: string): Promise<string> {
      return samlFor(await idp()).getAuthorizeUrlAsync(ownPath(returnTo), undefined, {});
    },

    /**
     * Takes the identity provider's answer.
     * @throws {SignInRefused} with the reason; every refusal is logged by the caller.
     */
    async acceptResponse(response: string): Promise<SignedIn> {
      if (response.length > MAX_RESPONSE_CHARACTERS) throw new SignInRefused('refused', 'The response is too large');
      const xml = Buffer.from(response, 'base64').toString('utf8');
      if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw new SignInRefused('refused', 'The response declares a document type');
      if (WEAK_SIGNATURE.test(xml) || WEAK_DIGEST.test(xml)) throw new SignInRefused('refused', 'The response is signed with SHA-1');
      const metadata = await idp();
      const saml = samlFor(metadata);
      let profile: Profile | null;
      try {
        ({ profile } = await saml.validatePostResponseAsync({ SAMLResponse: response }));
      } catch (error) {
        throw new SignInRefused('refused', error instanceof Error ? error.message : String(error));
      }
      if (profile === null) throw new SignInRefused('refused', 'The response signs nobody in');
      const fault = faultOfAssertion(profile, { issuer: metadata.entityId, recipient: callbackUrl });
      if (fault !== null) throw new SignInRefused('refused', fault);
      const assertionId = assertionIdOf(profile);
      if (assertionId === null) throw new SignInRefused('refused', 'The assertion has no id');
      if (!(await useAssertion(db, assertionId, new Date(Date.now() + REQUEST_LIFE_MS)))) throw new SignInRefused('refused', 'The assertion was used before');
      const subject = attributeOf(profile, config.samlAttributeSubject);
      const email = attributeOf(profile, config.samlAttributeEmail);
      if (subject === null || email === null) throw new SignInRefused('attributes', `The assertion lacks ${subject === null ? config.samlAttributeSubject : config.samlAttributeEmail}`);
      const name = attributeOf(profile, config.samlAttributeName) ?? subject;
      const user = await db.transaction(async (trx) => {
        const found = await signInUser(trx, { subject, email, name });
        if (found === null || !found.isActive) return null;
        const isInitialAdmin = config.studioInitialAdmins.some((address) => address.toLowerCase() === email.toLowerCase());
        if (isInitialAdmin && (await countGlobalAdmins(trx)) === 0) await grantRole(trx, found.id, { role: 'global_admin', siteId: null });
        return found;
      });
      if (user === null) throw new SignInRefused('account', 'The address belongs to another account, or the account is closed');
      return { user, nameId: profile.nameID, sessionIndex: profile.sessionIndex ?? null };
    },
  };
}

/** Only a path of our own: never `//host`, never a scheme. */
export function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(path) && path.length <= 2_000 ? path : '/';
}

function attributeOf(profile: Profile, name: string): string | null {
  const value: unknown = profile[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first.trim() !== '' ? first.trim() : null;
}

/** The parts of an assertion, as the library parsed what was signed. */
interface ParsedElement {
  readonly _?: string;
  readonly $?: Readonly<Record<string, string | undefined>>;
  readonly [child: string]: unknown;
}

const children = (element: ParsedElement | undefined, name: string): readonly ParsedElement[] => {
  const found: unknown = element?.[name];
  return Array.isArray(found) ? (found as ParsedElement[]) : [];
};

/**
 * What the profile for web browsers demands and the library leaves open: that the assertion itself, which is what is signed, is
 * the provider's, meant for our address, bears an end, and answers the request that the unsigned envelope claims.
 */
function faultOfAssertion(profile: Profile, expected: { issuer: string; recipient: string }): string | null {
  const assertion = profile.getAssertion?.()?.['Assertion'] as ParsedElement | undefined;
  const issuer = children(assertion, 'Issuer')[0]?._;
  if (expected.issuer !== '' && issuer !== expected.issuer) return `The assertion was issued by ${issuer ?? 'nobody'}`;
  const bearer = children(children(assertion, 'Subject')[0], 'SubjectConfirmation').filter((confirmation) => confirmation.$?.['Method'] === 'urn:oasis:names:tc:SAML:2.0:cm:bearer');
  const data = bearer.flatMap((confirmation) => children(confirmation, 'SubjectConfirmationData'));
  if (data.length === 0) return 'The assertion confirms no bearer';
  if (!data.every((one) => one.$?.['Recipient'] === expected.recipient)) return 'The assertion is meant for another address';
  if (!data.every((one) => one.$?.['NotOnOrAfter'] !== undefined)) return 'The assertion has no end';
  if (!data.every((one) => one.$?.['InResponseTo'] !== undefined && one.$['InResponseTo'] === profile['inResponseTo'])) return 'The assertion answers another request';
  return null;
}

function assertionIdOf(profile: Profile): string | null {
  const assertion: unknown = profile.getAssertion?.()?.['Assertion'];
  if (typeof assertion !== 'object' || assertion === null || !('$' in assertion)) return null;
  const attributes: unknown = assertion.$;
  return typeof attributes === 'object' && attributes !== null && 'ID' in attributes && typeof attributes.ID === 'string' ? attributes.ID : null;
}

/** Forms are read by hand: one field of a size no general parser expects. */
export async function readForm(ctx: Context, maxBytes: number): Promise<URLSearchParams> {
  const body = await readBody(ctx.req, maxBytes);
  if (body === null) throw new SignInRefused('refused', 'The form is too large');
  return new URLSearchParams(body.toString('utf8'));
}
