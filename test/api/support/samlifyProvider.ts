import { IdentityProvider, ServiceProvider, SamlLib, setSchemaValidator } from 'samlify';
import { EMAIL, NAME, SUBJECT } from './identityProvider.ts';
import { newKeys } from './keys.ts';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

// The package wants a validator to be named; what it parses here are messages of our own.
setSchemaValidator({ validate: () => Promise.resolve('not validated') });

export interface Said {
  readonly inResponseTo: string;
  readonly email: string;
  readonly nameId: string;
  readonly sessionIndex: string;
}

const claim = (name: string, tag: string) => ({ name, valueTag: tag, nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri', valueXsiType: 'xs:string' });

/** An identity provider by another implementation than the stand-in's, for the service provider with these metadata. */
export async function createSamlifyProvider(entityId: string, options: { readonly encrypts: boolean; readonly signs: 'response' | 'assertion' }) {
  const keys = await newKeys('second identity provider');
  const idp = IdentityProvider({
    entityID: entityId,
    privateKey: keys.privateKey,
    signingCert: keys.certificate,
    isAssertionEncrypted: options.encrypts,
    wantAuthnRequestsSigned: true,
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    nameIDFormat: [TRANSIENT],
    singleSignOnService: [{ Binding: REDIRECT, Location: `${entityId}/sso` }],
    singleLogoutService: [{ Binding: REDIRECT, Location: `${entityId}/slo` }],
    loginResponseTemplate: { context: SamlLib.defaultLoginResponseTemplate.context, attributes: [claim(SUBJECT, 'subject'), claim(EMAIL, 'email'), claim(NAME, 'name')] },
  });
  const serviceProvider = (metadata: string) =>
    ServiceProvider({ metadata: options.signs === 'assertion' ? metadata.replace('<SPSSODescriptor', '<SPSSODescriptor WantAssertionsSigned="true"') : metadata, wantMessageSigned: options.signs === 'response', wantLogoutRequestSigned: true, wantLogoutResponseSigned: true });

  return {
    keys,
    metadata: idp.getMetadata(),

    /** Reads our signed request, as sent by redirect. @throws when its signature does not fit our metadata. @returns its id. */
    async readLoginRequest(spMetadata: string, location: string): Promise<string> {
      const { extract } = await idp.parseLoginRequest(serviceProvider(spMetadata), 'redirect', received(location));
      return (extract['request'] as { id: string }).id;
    },

    /** A response in base64, as a form carries it. */
    async respond(spMetadata: string, said: Said): Promise<string> {
      const sp = serviceProvider(spMetadata);
      const now = new Date();
      const end = new Date(now.getTime() + 300_000).toISOString();
      const acs = sp.entityMeta.getAssertionConsumerService('post') as string;
      const fill = (template: string) => ({
        id: said.inResponseTo,
        context: SamlLib.replaceTagsByValue(template.replace('{AuthnStatement}', `<saml:AuthnStatement AuthnInstant="${now.toISOString()}" SessionIndex="${said.sessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`), {
          ID: `_response-${said.inResponseTo}`,
          AssertionID: `_assertion-${said.inResponseTo}`,
          Destination: acs,
          Audience: sp.entityMeta.getEntityID(),
          SubjectRecipient: acs,
          Issuer: entityId,
          IssueInstant: now.toISOString(),
          StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
          ConditionsNotBefore: now.toISOString(),
          ConditionsNotOnOrAfter: end,
          SubjectConfirmationDataNotOnOrAfter: end,
          NameIDFormat: TRANSIENT,
          NameID: said.nameId,
          InResponseTo: said.inResponseTo,
          attrSubject: said.email,
          attrEmail: said.email,
          attrName: 'Ada Example',
        }),
      });
      const { context } = await idp.createLoginResponse(sp, { extract: { request: { id: said.inResponseTo } } }, 'post', { email: said.email }, { customTagReplacement: fill, encryptThenSign: options.encrypts && options.signs === 'response' });
      return context;
    },

    /** The address to which the provider sends a browser to end our sessions of somebody. */
    logoutRequestUrl: (spMetadata: string, session: { readonly nameId: string; readonly sessionIndex: string }, relayState = ''): string =>
      idp.createLogoutRequest(serviceProvider(spMetadata), 'redirect', { logoutNameID: session.nameId, sessionIndex: session.sessionIndex }, relayState).context,

    /** Reads our answer to it. @throws when it is not good. @returns the id it answers. */
    async readLogoutResponse(spMetadata: string, location: string): Promise<string> {
      const { extract } = await idp.parseLogoutResponse(serviceProvider(spMetadata), 'redirect', received(location));
      return (extract['response'] as { inResponseTo: string }).inResponseTo;
    },

    /** Reads our request to end the provider's session. @throws when it is not good. */
    async readLogoutRequest(spMetadata: string, location: string): Promise<{ readonly id: string; readonly nameId: string; readonly sessionIndex: string }> {
      const { extract } = await idp.parseLogoutRequest(serviceProvider(spMetadata), 'redirect', received(location));
      return { id: (extract['request'] as { id: string }).id, nameId: textOf(extract['nameID']), sessionIndex: textOf(extract['sessionIndex']) };
    },

    /** The address of the provider's answer to our request. */
    logoutResponseUrl: (spMetadata: string, inResponseTo: string): string => idp.createLogoutResponse(serviceProvider(spMetadata), { extract: { request: { id: inResponseTo } } }, 'redirect', '').context,
  };
}

/** @throws when it is no text. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The package found no such text');
  return value;
}

/** A redirect as the package wants it: the fields, and the bytes that were signed. */
function received(location: string) {
  const { search, searchParams } = new URL(location);
  const signed = search.slice(1).split('&').filter((part) => !part.startsWith('Signature=')).join('&');
  return { query: Object.fromEntries(searchParams), octetString: signed };
}
