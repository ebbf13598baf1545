// @ts-check
import { DOMParser } from '@xmldom/xmldom';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

/**
 * @typedef {object} ServiceProvider
 * @property {string} entityId
 * @property {boolean} signsRequests
 * @property {readonly string[]} consumers addresses that take a response by POST; the default one first
 * @property {readonly string[]} signingCertificates PEM
 * @property {string | null} encryptionCertificate PEM
 */

/**
 * Parses XML that came from outside: no document type, no entities.
 * @param {string} text
 * @throws {Error} when it is not such XML.
 */
export function parseXml(text) {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Error('a document type is declared');
  /** @type {string[]} */
  const faults = [];
  const note = (/** @type {string} */ message) => faults.push(message);
  const document = new DOMParser({ errorHandler: { error: note, fatalError: note, warning: note } }).parseFromString(text, 'text/xml');
  if (faults[0] !== undefined || document?.documentElement == null) throw new Error('it is not XML');
  return document;
}

/**
 * Reads the service provider's metadata anew, so that a changed key is known at once.
 * @param {string} url
 * @returns {Promise<ServiceProvider>}
 * @throws {Error} when they cannot be read or describe no service provider.
 */
export async function readServiceProvider(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const entity = parseXml(await answer.text()).getElementsByTagNameNS(METADATA, 'EntityDescriptor')[0];
  const role = entity?.getElementsByTagNameNS(METADATA, 'SPSSODescriptor')[0];
  if (entity === undefined || role === undefined) throw new Error(`${url} describes no service provider`);
  const certificates = (/** @type {string} */ use) =>
    Array.from(role.getElementsByTagNameNS(METADATA, 'KeyDescriptor'))
      .filter((key) => !key.hasAttribute('use') || key.getAttribute('use') === use)
      .flatMap((key) => Array.from(key.getElementsByTagNameNS(SIGNATURE, 'X509Certificate')))
      .map((element) => pemOf(element.textContent ?? ''));
  const consumers = Array.from(role.getElementsByTagNameNS(METADATA, 'AssertionConsumerService'))
    .filter((element) => element.getAttribute('Binding') === POST)
    .sort((a, b) => Number(b.getAttribute('isDefault') === 'true') - Number(a.getAttribute('isDefault') === 'true'))
    .map((element) => element.getAttribute('Location') ?? '')
    .filter((location) => location !== '');
  return {
    entityId: entity.getAttribute('entityID') ?? '',
    signsRequests: role.getAttribute('AuthnRequestsSigned') === 'true',
    consumers,
    signingCertificates: certificates('signing'),
    encryptionCertificate: certificates('encryption')[0] ?? null,
  };
}

/** @param {string} base64 */
function pemOf(base64) {
  return `-----BEGIN CERTIFICATE-----\n${(base64.replace(/\s+/g, '').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}
