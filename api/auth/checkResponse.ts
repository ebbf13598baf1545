import { XMLSerializer } from '@xmldom/xmldom';
import { decrypt } from 'xml-encryption';
import { ASSERTION, checkSignatures, childElements, childText, elementsNamed, parseSamlXml, PROTOCOL } from './samlXml.ts';
import { SignInRefused } from './signInRefused.ts';

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

export interface Expected {
  /** Where the response was sent. */
  readonly destination: string;
  /** Entity id of the identity provider; empty when its metadata name none. */
  readonly issuer: string;
  /** Our private key, PEM. */
  readonly privateKey: string;
}

/** What a response says of itself before anything of it is believed. */
export interface Claimed {
  /** The request that it claims to answer; null when it names none. */
  readonly request: string | null;
  /** Whether it carries a signature of its own. */
  readonly isResponseSigned: boolean;
  /** Whether its assertion does, encrypted or not. */
  readonly isAssertionSigned: boolean;
}

const refused = (message: string): SignInRefused => new SignInRefused('refused', message);

/**
 * Looks at the shape of a response before a library is asked whether its signature is good: one assertion in its one place, signatures
 * only where they belong, and nothing said to somebody else.
 * @throws {SignInRefused}
 */
export async function checkResponse(bytes: Uint8Array, expected: Expected): Promise<Claimed> {
  const document = parseSamlXml(bytes);
  const root = document.documentElement;
  if (root.localName !== 'Response' || root.namespaceURI !== PROTOCOL) throw refused('The message is no response');
  if (root.getAttribute('Version') !== '2.0') throw refused('The response is not of SAML 2.0');
  if (root.hasAttribute('Destination') && root.getAttribute('Destination') !== expected.destination) throw refused('The response was sent to another address');
  const issuers = childElements(root, 'Issuer');
  if (issuers.length > 1) throw refused('The response names more than one issuer');
  const issuer = childText(root, 'Issuer');
  if (issuer !== null && expected.issuer !== '' && issuer !== expected.issuer) throw refused(`The response was issued by ${issuer}`);

  const plain = elementsNamed(document, 'Assertion');
  const encrypted = elementsNamed(document, 'EncryptedAssertion');
  const [assertion] = [...plain, ...encrypted];
  if (plain.length + encrypted.length > 1) throw refused('The response holds multiple assertions');
  if (assertion !== undefined && (assertion.parentNode !== root || assertion.namespaceURI !== ASSERTION)) throw refused('The assertion stands where none belongs');
  const signed = checkSignatures(document, assertion === undefined ? [root] : [root, assertion]);
  // Without an assertion the response says why there is none; the library reads that.
  if (assertion !== undefined && statusOf(root) !== SUCCESS) throw refused(`The response has the status ${statusOf(root)}`);
  const isAssertionSigned = encrypted[0] === undefined ? assertion !== undefined && signed.has(assertion) : await checkEncrypted(encrypted[0], expected.privateKey);
  return { request: root.getAttribute('InResponseTo') || null, isResponseSigned: signed.has(root), isAssertionSigned };
}

function statusOf(root: Element): string {
  const [status] = childElements(root, 'Status');
  const codes = status === undefined ? [] : childElements(status, 'StatusCode');
  return codes.length === 1 ? (codes[0]?.getAttribute('Value') ?? '') : '';
}

/** Anybody can encrypt to us, so what is inside is looked at as what is outside. @returns whether it carries a signature. */
async function checkEncrypted(element: Element, privateKey: string): Promise<boolean> {
  const text = await new Promise<unknown>((resolve, reject) => {
    decrypt(new XMLSerializer().serializeToString(element), { key: privateKey, warnInsecureAlgorithm: false }, (error: Error | null, found: unknown) => {
      if (error === null) resolve(found);
      else reject(refused(`The assertion cannot be decrypted: ${error.message}`));
    });
  });
  if (typeof text !== 'string') throw refused('The assertion cannot be decrypted');
  const document = parseSamlXml(Buffer.from(text, 'utf8'));
  const root = document.documentElement;
  if (root.localName !== 'Assertion') throw refused('What is encrypted is no assertion');
  if (elementsNamed(document, 'Assertion').length + elementsNamed(document, 'EncryptedAssertion').length !== 1) throw refused('The response holds multiple assertions');
  return checkSignatures(document, [root]).has(root);
}
