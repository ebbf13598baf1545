// @ts-check
/// <reference path="./samlp.d.ts" />
/** Reads and judges what a service provider sends to sign somebody in. */
import { createVerify } from 'node:crypto';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import samlp from 'samlp';
import { parseXml } from './spMetadata.mjs';

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const POST_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
/** How old a message may be, and how far clocks may differ: Shibboleth's defaults. */
const MESSAGE_LIFE_MS = 3 * 60_000;
const CLOCK_SKEW_MS = 3 * 60_000;
const MAX_XML_BYTES = 128 * 1024;

/** Hashes of the signature algorithms we verify. @type {Record<string, string>} */
const SIGNATURE_HASHES = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'RSA-SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'RSA-SHA384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'RSA-SHA512',
};

/** Formats of the name identifier this provider can make. */
const NAME_FORMATS = ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient', 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'];
export const PASSWORD_CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';

/**
 * Why a request gets no sign-in. `unsupported`, `unsecured` and `stale` are pages a person sees; `refused` goes back to the
 * service provider as a signed response with a status.
 */
export class RequestFault extends Error {
  /** @param {'unsupported' | 'unsecured' | 'stale' | 'refused'} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/**
 * @typedef {object} AuthnRequest
 * @property {string} id
 * @property {string} consumer where the response goes
 * @property {RequestFault | null} refusal what the provider cannot do for it, although the request is genuine
 */

/**
 * @param {object} options
 * @param {'redirect' | 'post'} options.binding
 * @param {string} options.rawQuery the query as it was sent: a signature covers its very bytes
 * @param {URLSearchParams} options.form
 * @param {string} options.destination our own address for this binding
 * @param {import('./spMetadata.mjs').ServiceProvider} options.provider
 * @param {number} options.now epoch milliseconds
 * @returns {Promise<AuthnRequest>}
 * @throws {RequestFault}
 */
export async function readAuthnRequest({ binding, rawQuery, form, destination, provider, now }) {
  const encoded = form.get('SAMLRequest');
  if (encoded === null || encoded === '') throw new RequestFault('unsupported', 'there is no SAMLRequest');
  const xml = decode(encoded, binding);
  const document = parse(xml);
  const root = document.documentElement;
  if (root.namespaceURI !== PROTOCOL || root.localName !== 'AuthnRequest') throw new RequestFault('unsupported', `the message is a ${root.localName}, not an AuthnRequest`);
  if (root.getAttribute('Version') !== '2.0') throw new RequestFault('unsupported', 'the version of the message is not 2.0');
  const issuer = Array.from(root.getElementsByTagNameNS(ASSERTION, 'Issuer')).find((element) => element.parentNode === root)?.textContent?.trim() ?? '';
  if (issuer !== provider.entityId) throw new RequestFault('unsupported', `‘${issuer}’ is not registered here`);

  // Signature before anything else is believed.
  const isSigned = binding === 'redirect' ? form.has('Signature') : root.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature').length > 0;
  if (!isSigned && provider.signsRequests) throw new RequestFault('unsecured', 'the metadata says that requests are signed, and this one is not');
  if (isSigned && !(binding === 'redirect' ? isRedirectSignatureGood(rawQuery, form, provider) : await isEmbeddedSignatureGood(encoded, provider))) throw new RequestFault('unsecured', 'the signature does not fit');

  const id = root.getAttribute('ID') ?? '';
  if (!/^[A-Za-z_][\w.-]*$/.test(id)) throw new RequestFault('unsupported', 'the ID is missing or not an xs:ID');
  const issued = Date.parse(root.getAttribute('IssueInstant') ?? '');
  if (Number.isNaN(issued)) throw new RequestFault('unsupported', 'the IssueInstant is missing');
  if (issued < now - MESSAGE_LIFE_MS - CLOCK_SKEW_MS || issued > now + CLOCK_SKEW_MS) throw new RequestFault('stale', 'the IssueInstant is too long ago, or in the future');
  if (isSigned && root.getAttribute('Destination') !== destination) throw new RequestFault('unsecured', `the Destination of a signed message must be ${destination}`);
  const asked = root.getAttribute('AssertionConsumerServiceURL');
  const consumer = asked === null || asked === '' ? provider.consumers[0] : provider.consumers.find((location) => location === asked);
  if (consumer === undefined) throw new RequestFault('unsupported', `the metadata has no AssertionConsumerService ${asked ?? 'for POST'}`);
  const wanted = root.getAttribute('ProtocolBinding');
  if (wanted !== null && wanted !== '' && wanted !== POST_BINDING) throw new RequestFault('unsupported', `a response by ${wanted} is not offered`);
  return { id, consumer, refusal: refusalOf(root) };
}

/** @param {string} encoded @param {'redirect' | 'post'} binding */
function decode(encoded, binding) {
  const bytes = Buffer.from(encoded, 'base64');
  if (binding === 'post') return bytes.toString('utf8');
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_XML_BYTES }).toString('utf8');
  } catch {
    throw new RequestFault('unsupported', 'the SAMLRequest is not deflated and base64-encoded');
  }
}

/** @param {string} xml */
function parse(xml) {
  if (xml.length > MAX_XML_BYTES) throw new RequestFault('unsupported', 'the message is too large');
  try {
    return parseXml(xml);
  } catch (error) {
    throw new RequestFault('unsupported', `the SAMLRequest cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The redirect binding signs the query string as it is sent, not what it decodes to.
 * @param {string} rawQuery @param {URLSearchParams} form @param {import('./spMetadata.mjs').ServiceProvider} provider
 */
function isRedirectSignatureGood(rawQuery, form, provider) {
  const hash = SIGNATURE_HASHES[form.get('SigAlg') ?? ''];
  if (hash === undefined) throw new RequestFault('unsecured', `the signature algorithm ‘${form.get('SigAlg') ?? ''}’ is not accepted`);
  const parts = new Map(rawQuery.split('&').map((part) => /** @type {[string, string]} */ ([part.slice(0, Math.max(0, part.indexOf('='))), part])));
  const signed = ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => parts.get(name) ?? []).join('&');
  const signature = Buffer.from(form.get('Signature') ?? '', 'base64');
  return provider.signingCertificates.some((certificate) => createVerify(hash).update(signed).verify(certificate, signature));
}

/** @param {string} encoded @param {import('./spMetadata.mjs').ServiceProvider} provider */
async function isEmbeddedSignatureGood(encoded, provider) {
  const verify = promisify(samlp.parseRequest);
  for (const certificate of provider.signingCertificates) {
    const isGood = await verify({ method: 'POST', query: {}, body: { SAMLRequest: encoded } }, { signingCert: certificate }).then(() => true, () => false);
    if (isGood) return true;
  }
  return false;
}

/** @param {Element} root @returns {RequestFault | null} */
function refusalOf(root) {
  if (root.getAttribute('IsPassive') === 'true') return new RequestFault('refused', 'urn:oasis:names:tc:SAML:2.0:status:NoPassive');
  const format = root.getElementsByTagNameNS(PROTOCOL, 'NameIDPolicy')[0]?.getAttribute('Format') ?? '';
  if (format !== '' && !NAME_FORMATS.includes(format)) return new RequestFault('refused', 'urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy');
  const contexts = Array.from(root.getElementsByTagNameNS(ASSERTION, 'AuthnContextClassRef')).map((element) => element.textContent?.trim());
  if (contexts.length > 0 && !contexts.includes(PASSWORD_CONTEXT)) return new RequestFault('refused', 'urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext');
  return null;
}
