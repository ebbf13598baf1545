import { createSign, createVerify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { type SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/passport-saml';
import type { Context } from 'koa';
import type { Db } from '#db/knex.ts';
import { consumeSamlRequest, useAssertion } from '#db/queries/samlRequests.ts';
import type { IdpMetadata } from './idpMetadata.ts';
import { checkSignatures, childElements, childText, decodeMessage, parseSamlXml, PROTOCOL } from './samlXml.ts';
import { SignInRefused } from './signInRefused.ts';
import { strictEncoding } from './strictEncoding.ts';

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const MAX_CHARACTERS = 64 * 1024;
/** How old a message about signing out may be, and how far clocks may differ. */
const MESSAGE_LIFE_MS = 5 * 60_000;
const SKEW_MS = 3 * 60_000;
/** A message is remembered until it would be too old anyway. */
const REMEMBERED_MS = MESSAGE_LIFE_MS + 2 * SKEW_MS;

/** Hashes of the signature algorithms of the redirect binding. */
const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'RSA-SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'RSA-SHA384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'RSA-SHA512',
};

export type LogoutOutcome =
  | { readonly kind: 'request'; readonly nameId: string; readonly sessionIndexes: readonly string[]; readonly answerUrl: () => Promise<string | null> }
  | { readonly kind: 'response'; readonly isConfirmed: boolean };

interface Received {
  readonly ctx: Context;
  /** The form of a POST; null for a redirect. */
  readonly form: URLSearchParams | null;
  readonly metadata: IdpMetadata;
  readonly destination: string;
  readonly db: Db;
  readonly requestLifeMs: number;
  /** Ours, PEM. */
  readonly privateKey: string;
  readonly samlWith: (more: Partial<SamlConfig>) => SAML;
}

const refused = (message: string): SignInRefused => new SignInRefused('refused', message);

/**
 * Judges a LogoutRequest or a LogoutResponse, by redirect or POST. The library takes a redirect without a signature for a good one, looks for
 * parameters by parts of their names, and knows neither where a message was sent nor that it came before; that is seen to here.
 * @throws {SignInRefused}
 */
export async function receiveLogout(received: Received): Promise<LogoutOutcome> {
  const { ctx, form, metadata, destination, db } = received;
  const sent = form ?? new URLSearchParams(ctx.querystring);
  if (form !== null && ctx.querystring !== '') throw refused('The address of the message has a query');
  for (const name of new Set(sent.keys())) if (sent.getAll(name).length > 1) throw refused(`${name} is there more than once`);
  const request = sent.get('SAMLRequest');
  const response = sent.get('SAMLResponse');
  if ((request === null) === (response === null)) throw refused('There is neither one request nor one response');
  const encoded = request ?? response ?? '';
  const bytes = decodeMessage(encoded, MAX_CHARACTERS);
  if (form === null) checkRedirectSignature(ctx.querystring, sent, metadata.certificates);
  const document = parseSamlXml(form === null ? inflate(bytes) : bytes);
  const root = document.documentElement;
  if (root.localName !== (request === null ? 'LogoutResponse' : 'LogoutRequest') || root.namespaceURI !== PROTOCOL) throw refused(`The message is a ${root.localName}`);
  checkSignatures(document, [root]);
  if (form !== null && childElements(root, 'Signature').length !== 1) throw refused('The message has no signature');
  checkEnvelope(root, { destination, issuer: metadata.entityId });

  try {
    return request === null ? await readAnswer(received, root, bytes) : await readRequest(received, root, bytes, db);
  } catch (error) {
    throw error instanceof SignInRefused ? error : refused(error instanceof Error ? error.message : String(error));
  }
}

/** The provider's answer to our own request. */
async function readAnswer({ form, samlWith, db, requestLifeMs }: Received, root: Element, bytes: Buffer): Promise<LogoutOutcome> {
  const [status] = childElements(root, 'Status');
  const codes = status === undefined ? [] : childElements(status, 'StatusCode');
  // Only by POST does the library not read it; what it refuses for its status we know to be the provider's by then.
  if (form !== null) await samlWith({ validateInResponseTo: ValidateInResponseTo.never }).validatePostResponseAsync({ SAMLResponse: bytes.toString('base64') });
  const answered = root.getAttribute('InResponseTo') ?? '';
  if (!(await consumeSamlRequest(db, answered, 'sign-out', requestLifeMs))) throw refused('InResponseTo names no request of ours to sign out, or one that was answered before');
  const isConfirmed = codes.length === 1 && codes[0]?.getAttribute('Value') === SUCCESS;
  return { kind: 'response', isConfirmed };
}

/** The provider's request to end sessions. */
async function readRequest({ ctx, form, samlWith, metadata, privateKey }: Received, root: Element, bytes: Buffer, db: Db): Promise<LogoutOutcome> {
  const id = root.getAttribute('ID') ?? '';
  if (id === '') throw refused('The message has no ID');
  const saml = samlWith({ ...(metadata.logoutResponseUrl === null ? {} : { logoutUrl: metadata.logoutResponseUrl }) });
  const { profile } = form === null ? await saml.validateRedirectAsync(Object.fromEntries(new URLSearchParams(ctx.querystring)), ctx.querystring) : await saml.validatePostRequestAsync({ SAMLRequest: bytes.toString('base64') });
  if (profile === null) throw refused('The message names nobody');
  if (!(await useAssertion(db, `logout:${id}`, new Date(Date.now() + REMEMBERED_MS)))) throw refused('The message came before');
  const relayState = (form ?? new URLSearchParams(ctx.querystring)).get('RelayState') ?? '';
  return {
    kind: 'request',
    nameId: profile.nameID,
    sessionIndexes: childElements(root, 'SessionIndex').map((element) => (element.textContent ?? '').trim()),
    answerUrl: async () => (metadata.logoutResponseUrl === null ? null : withRelayState(await saml.getLogoutResponseUrlAsync(profile, '', {}, true), relayState, privateKey)),
  };
}

/** The provider's own note beside our answer, signed as it is sent; the library sends it encoded otherwise than it signs it. */
function withRelayState(url: string, relayState: string, privateKey: string): string {
  if (relayState === '') return url;
  const signed = new URL(url);
  const message = signed.searchParams.get('SAMLResponse') ?? '';
  const algorithm = signed.searchParams.get('SigAlg') ?? '';
  for (const name of ['SAMLResponse', 'SigAlg', 'Signature']) signed.searchParams.delete(name);
  const query = `SAMLResponse=${strictEncoding(message)}&RelayState=${strictEncoding(relayState)}&SigAlg=${strictEncoding(algorithm)}`;
  const signature = createSign(HASHES[algorithm] ?? '').update(query).sign(privateKey, 'base64');
  return `${signed.href}${signed.search === '' ? '?' : '&'}${query}&Signature=${strictEncoding(signature)}`;
}

/**
 * The redirect binding signs the query as it is sent, not what it decodes to, and with names that are whole.
 * @throws {SignInRefused}
 */
function checkRedirectSignature(query: string, sent: URLSearchParams, certificates: readonly string[]): void {
  const algorithm = sent.get('SigAlg') ?? '';
  if (!sent.has('Signature')) throw refused('The message has no signature');
  if (/sha1$/i.test(algorithm)) throw refused('The message is signed with SHA-1');
  const hash = HASHES[algorithm];
  if (hash === undefined) throw refused(`The signature uses ${algorithm === '' ? 'no algorithm' : algorithm}`);
  const parts = new Map(query.split('&').map((part): [string, string] => [part.slice(0, Math.max(0, part.indexOf('='))), part]));
  const signed = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg'].flatMap((name) => parts.get(name) ?? []);
  if (signed.length !== ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg'].filter((name) => sent.has(name)).length) throw refused('A parameter is named in an unusual way');
  const signature = Buffer.from(sent.get('Signature') ?? '', 'base64');
  const isGood = certificates.some((certificate) => createVerify(hash).update(signed.join('&')).verify(`-----BEGIN CERTIFICATE-----\n${(certificate.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`, signature));
  if (!isGood) throw refused('The signature fits no key of the identity provider');
}

function inflate(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_CHARACTERS });
  } catch {
    throw refused('The message is not deflated, or too large');
  }
}

function checkEnvelope(root: Element, expected: { readonly destination: string; readonly issuer: string }): void {
  if (root.getAttribute('Version') !== '2.0') throw refused('The message is not of SAML 2.0');
  const issuer = childText(root, 'Issuer');
  if (issuer === null || (expected.issuer !== '' && issuer !== expected.issuer)) throw refused(`The message was issued by ${issuer ?? 'nobody'}`);
  if (root.getAttribute('Destination') !== expected.destination) throw refused('The message was sent to another address');
  const issued = Date.parse(root.getAttribute('IssueInstant') ?? '');
  const now = Date.now();
  if (Number.isNaN(issued) || issued < now - MESSAGE_LIFE_MS - SKEW_MS || issued > now + SKEW_MS) throw refused('The message is too old, or from the future');
  const end = root.getAttribute('NotOnOrAfter');
  if (end !== null && end !== '' && !(Date.parse(end) > now - SKEW_MS)) throw refused('The message has expired');
}
