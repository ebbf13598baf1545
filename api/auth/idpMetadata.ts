import { DOMParser } from '@xmldom/xmldom';
import { readFile } from 'node:fs/promises';

export interface IdpMetadata {
  readonly entityId: string;
  readonly entryPoint: string;
  /** Where requests to sign out go by redirect; null when it offers none. */
  readonly logoutUrl: string | null;
  /** Where answers to its own requests to sign out go. */
  readonly logoutResponseUrl: string | null;
  /** PEM bodies; two while the provider changes its key. */
  readonly certificates: readonly string[];
}

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const MAX_BYTES = 1024 * 1024;

/**
 * Reads the identity provider's metadata from a file or an http(s) address.
 * @throws {Error} saying what is missing in it.
 */
export async function readIdpMetadata(source: string): Promise<IdpMetadata> {
  const text = /^https?:/.test(source) ? await fetchText(source) : await readFile(source, 'utf8');
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Error('The metadata declares a document type, which is refused');
  const faults: string[] = [];
  const document = new DOMParser({ errorHandler: { error: (message: string) => faults.push(message), fatalError: (message: string) => faults.push(message), warning: () => undefined } }).parseFromString(text, 'text/xml');
  if (faults[0] !== undefined) throw new Error(`The metadata is not XML: ${faults[0]}`);
  const entity = document.getElementsByTagNameNS(METADATA, 'EntityDescriptor')[0];
  const idp = entity?.getElementsByTagNameNS(METADATA, 'IDPSSODescriptor')[0];
  if (entity === undefined || idp === undefined) throw new Error('The metadata describes no identity provider');
  const addressOf = (name: string, attribute = 'Location'): string | null => Array.from(idp.getElementsByTagNameNS(METADATA, name)).find((element) => element.getAttribute('Binding') === REDIRECT)?.getAttribute(attribute) || null;
  const entryPoint = addressOf('SingleSignOnService');
  if (entryPoint === null) throw new Error('The metadata has no SingleSignOnService for redirects');
  const certificates = Array.from(idp.getElementsByTagNameNS(METADATA, 'KeyDescriptor'))
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => Array.from(key.getElementsByTagNameNS(SIGNATURE, 'X509Certificate')))
    .map((element) => (element.textContent ?? '').replace(/\s+/g, ''))
    .filter((certificate) => certificate !== '');
  if (certificates.length === 0) throw new Error('The metadata has no signing certificate');
  const logoutUrl = addressOf('SingleLogoutService');
  return { entityId: entity.getAttribute('entityID') ?? '', entryPoint, logoutUrl, logoutResponseUrl: addressOf('SingleLogoutService', 'ResponseLocation') ?? logoutUrl, certificates };
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`The metadata’s address answers ${answer.status}`);
  const text = await answer.text();
  if (text.length > MAX_BYTES) throw new Error('The metadata is larger than 1 MiB');
  return text;
}
