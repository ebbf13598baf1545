import { DOMParser } from '@xmldom/xmldom';
import { SignInRefused } from './signInRefused.ts';

export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** More than any real message has; without a bound, a small text could keep a parser busy for minutes. */
const MAX_TAGS = 20_000;
const MAX_DEPTH = 64;

const TEXT = 3;
const INSTRUCTION = 7;

const SIGNATURES = ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512'];
const DIGESTS = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#sha384', 'http://www.w3.org/2001/04/xmlenc#sha512'];

const refused = (message: string): SignInRefused => new SignInRefused('refused', message);

/**
 * The text of a message that was sent as base64.
 * @throws {SignInRefused} when it is not base64 of UTF-8.
 */
export function decodeMessage(encoded: string, maxCharacters: number): Buffer {
  if (encoded === '') throw refused('There is no message in the form');
  if (encoded.length > maxCharacters) throw refused('The message is too large');
  const compact = encoded.replace(/[\t\r\n ]+/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw refused('The message is not base64');
  return Buffer.from(compact, 'base64');
}

/**
 * Parses XML that came from outside, more strictly than any library behind it: what two parsers could read in two ways is
 * refused here. No document type, no entity, no comment, no instruction, one root, one encoding.
 * @throws {SignInRefused}
 */
export function parseSamlXml(bytes: Uint8Array): Document {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused('The message is not encoded in UTF-8');
  }
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw refused('The message declares a document type');
  // What begins so is not signed, or is read by one parser and not by another; no provider writes it. Within XML `<` begins nothing else.
  if (text.includes('<!--')) throw refused('The message holds a comment');
  if (text.includes('<![')) throw refused('The message holds a CDATA section');
  if (/<\?(?!xml[ \t\r\n])/.test(text)) throw refused('The message holds a processing instruction');
  if (!/^\s*</.test(text)) throw refused('The message is not XML: it begins with a text');
  if (text.includes('\0')) throw refused('The message is not XML: it holds a NUL');
  if (text.split('<', MAX_TAGS + 2).length > MAX_TAGS) throw refused('The message has too many elements');
  const encoding = /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) throw refused(`The message says it is encoded in ${encoding}`);
  const faults: string[] = [];
  const note = (message: string): void => void faults.push(message);
  let document: Document | undefined;
  try {
    document = new DOMParser({ errorHandler: { error: note, fatalError: note, warning: note } }).parseFromString(text, 'text/xml');
  } catch (error) {
    throw refused(`The message is not XML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (faults[0] !== undefined || document?.documentElement == null) throw refused(`The message is not XML: ${faults[0] ?? 'it is empty'}`);
  for (const child of childrenOf(document)) {
    if (child.nodeType === INSTRUCTION && child.nodeName === 'xml') continue;
    if (child.nodeType === TEXT && (child.nodeValue ?? '').trim() === '') continue;
    if (child !== document.documentElement) throw refused('The message holds more than one XML document');
  }
  checkNodes(document.documentElement);
  return document;
}

function checkNodes(root: Element): void {
  const ids = new Set<string>();
  const waiting: { readonly node: Node; readonly depth: number }[] = [{ node: root, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) throw refused('The message is nested too deeply');
    if (node.nodeType === INSTRUCTION) throw refused('The message holds a processing instruction');
    if (isElement(node)) {
      for (const attribute of Array.from(node.attributes)) {
        if (!/^(?:.*:)?(?:id|assertionid)$/i.test(attribute.name)) continue;
        if (ids.has(attribute.value)) throw refused('The message has more than one element with the same ID, so a signature could mean either');
        ids.add(attribute.value);
      }
      for (const child of childrenOf(node)) waiting.push({ node: child, depth: depth + 1 });
    }
  }
}

const isElement = (node: Node): node is Element => node.nodeType === 1;
const childrenOf = (node: Node): Node[] => Array.from(node.childNodes);

/** All elements of this local name, whatever namespace they claim, since libraries look for the local name too. */
export function elementsNamed(root: Document | Element, localName: string): Element[] {
  const found: Element[] = [];
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isElement(node) && node.localName === localName) found.push(node);
    waiting.push(...childrenOf(node).filter(isElement));
  }
  return found;
}

/** The children of an element with this local name. */
export function childElements(parent: Element, localName: string): Element[] {
  return childrenOf(parent).filter(isElement).filter((child) => child.localName === localName);
}

/** The only child of this name, as text; null when there is none, or more than one. */
export function childText(parent: Element, localName: string): string | null {
  const found = childElements(parent, localName);
  return found.length === 1 ? (found[0]?.textContent ?? '').trim() : null;
}

/**
 * Whether each signature is where a signature of SAML is, a child of what it signs, says one thing, and says it with algorithms nobody can
 * forge today. That it fits a key is for the library to say.
 * @param owners elements that may be signed.
 * @returns those that are.
 * @throws {SignInRefused}
 */
export function checkSignatures(root: Document | Element, owners: readonly Element[]): ReadonlySet<Element> {
  const signed = new Set<Element>();
  for (const signature of elementsNamed(root, 'Signature')) {
    const owner = owners.find((element) => element === signature.parentNode);
    if (owner === undefined || signature.namespaceURI !== DSIG) throw refused('A signature stands where none belongs');
    if (signed.has(owner)) throw refused('An element carries more than one signature');
    signed.add(owner);
    for (const [name, count] of [['SignedInfo', 1], ['Reference', 1], ['SignatureValue', 1], ['DigestValue', 1], ['SignatureMethod', 1], ['DigestMethod', 1], ['Object', 0], ['Manifest', 0]] as const) {
      if (elementsNamed(signature, name).length !== count) throw refused(`A signature has ${elementsNamed(signature, name).length} elements ${name}`);
    }
    const [info] = childElements(signature, 'SignedInfo');
    const reference = info === undefined ? undefined : childElements(info, 'Reference')[0];
    if (info === undefined || reference === undefined) throw refused('A signature is built in an unknown way');
    if (reference.getAttribute('URI') !== `#${owner.getAttribute('ID') ?? ''}`) throw refused('A signature is about something else than where it stands');
    for (const name of ['DigestValue', 'SignatureValue']) {
      const [value] = elementsNamed(signature, name);
      if (value === undefined || childrenOf(value).some((node) => node.nodeType !== TEXT)) throw refused(`The ${name} of a signature is no text`);
    }
    checkAlgorithm(elementsNamed(signature, 'SignatureMethod')[0], SIGNATURES);
    checkAlgorithm(elementsNamed(signature, 'DigestMethod')[0], DIGESTS);
  }
  return signed;
}

function checkAlgorithm(method: Element | undefined, allowed: readonly string[]): void {
  const algorithm = method?.getAttribute('Algorithm') ?? '';
  if (/sha1$/i.test(algorithm)) throw refused('The message is signed with SHA-1');
  if (!allowed.includes(algorithm)) throw refused(`A signature uses ${algorithm === '' ? 'no algorithm' : algorithm}`);
}
