import { deflateRawSync, gzipSync } from 'node:zlib';
import type { createIdentityProvider, ResponseOptions } from './identityProvider.ts';
import { EMAIL, NAME, SUBJECT } from './identityProvider.ts';
import type { KeyPair } from './keys.ts';
import { signXml } from './signXml.ts';

/** What is posted to the ACS: XML that is encoded as it should be, or anything else. */
export interface Attempt {
  readonly xml?: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** What a forger has: their own account at the provider, a key of their own, and our public metadata. */
export interface Workshop {
  /** A response to a request of their own, signed as the options say. */
  readonly respond: (given?: Partial<ResponseOptions>) => Promise<string>;
  /** A response whose text was changed before the provider signed it: what a mistaken or foreign provider might send. */
  readonly signedAfter: (change: (xml: string) => string, element?: 'Response' | 'Assertion' | 'both', keys?: KeyPair) => Promise<string>;
  readonly idp: Awaited<ReturnType<typeof createIdentityProvider>>;
  readonly eve: KeyPair;
  readonly spCertificate: string;
  readonly acs: string;
  readonly begin: () => Promise<string>;
  /** A response that was taken already. */
  readonly used: () => Promise<string>;
  readonly logoutRequestId: () => Promise<string>;
}

export interface Forgery {
  readonly name: string;
  readonly make: (workshop: Workshop) => Promise<Attempt>;
  /** Which page the browser is sent to: almost always `refused`. */
  readonly reason?: 'attributes';
}

const MINE = 'stan@example.edu';
const WANTED = 'ada@example.edu';
const SIGNATURE = /<(?:ds:)?Signature[\s\S]*?<\/(?:ds:)?Signature>/;
const ASSERTION = /<saml:Assertion[\s\S]*<\/saml:Assertion>/;

export const encode = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const form = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
const assertionOf = (xml: string): string => ASSERTION.exec(xml)?.[0] ?? '';
const signatureOf = (xml: string): string => SIGNATURE.exec(xml)?.[0] ?? '';
const idOf = (xml: string): string => /\bID="([^"]+)"/.exec(xml)?.[1] ?? '';
/** The same, but about whom the forger wants to be. */
const forged = (xml: string): string => xml.replaceAll(MINE, WANTED);
const without = (xml: string): string => xml.replace(SIGNATURE, '');
const withId = (xml: string, id: string): string => xml.replace(/\bID="[^"]+"/, `ID="${id}"`);
/** Puts something where a response may hold extensions. */
const extended = (xml: string, what: string): string => xml.replace('<samlp:Status>', `<samlp:Extensions>${what}</samlp:Extensions><samlp:Status>`);

function list(group: string, cases: Readonly<Record<string, (workshop: Workshop) => Promise<string>>>): Forgery[] {
  return Object.entries(cases).map(([name, make]) => ({ name: `${group}: ${name}`, make: async (workshop) => ({ xml: await make(workshop) }) }));
}

/** The eight forms of signature wrapping as SAML Raider numbers them, for each place of the signature and with the old id or a new one. */
function wrapping(): Forgery[] {
  const forms: Readonly<Record<string, (xml: string, id: string) => string>> = {
    // The signed response inside the forged one: within its signature, and beside it.
    'XSW1, the response in the signature of a forged one': (xml, id) => {
      const signature = signatureOf(xml);
      return withId(forged(without(xml)), id).replace('</saml:Issuer>', `</saml:Issuer>${signature.replace(/<\/((?:ds:)?)Signature>$/, `${without(xml)}</$1Signature>`)}`);
    },
    'XSW2, the response before the signature of a forged one': (xml, id) => withId(forged(without(xml)), id).replace('</saml:Issuer>', `</saml:Issuer>${without(xml)}${signatureOf(xml)}`),
    'XSW3, a forged assertion before the signed one': (xml, id) => xml.replace(assertionOf(xml), withId(forged(without(assertionOf(xml))), id) + assertionOf(xml)),
    'XSW4, the signed assertion within a forged one': (xml, id) => xml.replace(assertionOf(xml), withId(forged(without(assertionOf(xml))), id).replace('</saml:Assertion>', `${assertionOf(xml)}</saml:Assertion>`)),
    'XSW5, the signed assertion without its signature at the end, the forged one with it': (xml, id) => xml.replace(assertionOf(xml), withId(forged(assertionOf(xml)), id) + without(assertionOf(xml))),
    'XSW6, the signed assertion within the signature of a forged one': (xml, id) => {
      const signed = assertionOf(xml);
      const filled = signatureOf(signed).replace(/<\/((?:ds:)?)Signature>$/, `${without(signed)}</$1Signature>`);
      return xml.replace(signed, withId(forged(without(signed)), id).replace('</saml:Issuer>', `</saml:Issuer>${filled}`));
    },
    'XSW7, a forged assertion among the extensions': (xml, id) => extended(xml, withId(forged(without(assertionOf(xml))), id)),
    'XSW8, the signed assertion as an object of the signature of a forged one': (xml, id) => {
      const signed = assertionOf(xml);
      const filled = signatureOf(signed).replace(/<\/((?:ds:)?)Signature>$/, `<$1Object>${without(signed)}</$1Object></$1Signature>`);
      return xml.replace(signed, withId(forged(without(signed)), id).replace('</saml:Issuer>', `</saml:Issuer>${filled}`));
    },
  };
  const places = {
    'of a signed response': { signResponse: true, signAssertion: false },
    'of a signed assertion': { signResponse: false, signAssertion: true },
    'of both signed': { signResponse: true, signAssertion: true },
  } as const;
  const applies = (name: string, place: string): boolean => place !== (/XSW[12],/.test(name) ? 'of a signed assertion' : 'of a signed response');
  return Object.entries(forms).flatMap(([name, change]) =>
    Object.entries(places)
      .filter(([place]) => applies(name, place))
      .flatMap(([place, signing]) =>
        [true, false].map(
          (keepsId): Forgery => ({
            name: `wrapping: ${name}, ${place}, with ${keepsId ? 'the id it had' : 'another id'}`,
            make: async ({ respond }) => {
              const xml = await respond({ email: MINE, ...signing });
              return { xml: change(xml, keepsId ? idOf(/XSW[12],/.test(name) ? xml : assertionOf(xml)) : '_forged') };
            },
          }),
        ),
      ),
  );
}

const signatures = list('signature', {
  'none at all': ({ respond }) => respond({ signResponse: false, signAssertion: false }),
  'none, and encrypted': ({ respond, spCertificate }) => respond({ signResponse: false, signAssertion: false, encryptTo: spCertificate }),
  'by another key, on both': ({ respond, eve }) => respond({ keys: eve }),
  'by another key, on the response': ({ respond, eve }) => respond({ keys: eve, signAssertion: false }),
  'by another key, on the assertion': ({ respond, eve }) => respond({ keys: eve, signResponse: false }),
  'by another key, within what is encrypted': ({ respond, eve, spCertificate }) => respond({ keys: eve, signResponse: false, encryptTo: spCertificate }),
  'by another key, but naming the provider’s certificate': async ({ respond, eve, idp }) => (await respond({ keys: eve })).replace(/<X509Certificate>[^<]*</g, `<X509Certificate>${idp.keys.certificate.replace(/-----[A-Z ]+-----|\s/g, '')}<`),
  'about a changed attribute': async ({ respond }) => forged(await respond({ email: MINE })),
  'of the response only, about a changed attribute': async ({ respond }) => forged(await respond({ email: MINE, signAssertion: false })),
  'whose value is empty': async ({ respond }) => (await respond()).replace(/(<(?:ds:)?SignatureValue>)[^<]*/g, '$1'),
  'whose value is another’s': async ({ respond }) => {
    const value = /<(?:ds:)?SignatureValue>([^<]*)/.exec(await respond())?.[1] ?? '';
    return (await respond()).replace(/(<(?:ds:)?SignatureValue>)[^<]*/g, `$1${value}`);
  },
  'whose digest has a comment': async ({ respond }) => forged(await respond({ email: MINE })).replace(/(<(?:ds:)?DigestValue>)([^<]{8})/g, '$1<!--x-->$2'),
  'whose digest has a comment with another digest before it': async ({ respond }) => forged(await respond({ email: MINE })).replace(/(<(?:ds:)?DigestValue>)([^<]*)/g, '$1AAAA<!--$2-->'),
  'whose digest is in an element': async ({ respond }) => (await respond()).replace(/(<(?:ds:)?DigestValue>)([^<]*)/g, '$1<x>$2</x>'),
  'whose value has a comment': async ({ respond }) => (await respond()).replace(/(<(?:ds:)?SignatureValue>)([^<]{8})/g, '$1$2<!---->'),
  'with SignedInfo twice': async ({ respond }) => (await respond({ email: MINE })).replace(/<(ds:)?SignedInfo[\s\S]*?<\/(?:ds:)?SignedInfo>/, (info) => forged(info) + info),
  'with a forged SignedInfo after the signed one': async ({ respond }) => forged(await respond({ email: MINE })).replace(/<(ds:)?SignedInfo[\s\S]*?<\/(?:ds:)?SignedInfo>/, (info) => info + info.replace(/DigestValue>[^<]*/, 'DigestValue>AAAA')),
  'with SignedInfo in an object as well': async ({ respond }) => (await respond()).replace(/(<(ds:)?SignedInfo[\s\S]*?<\/(?:ds:)?SignedInfo>)([\s\S]*?)(<\/(?:ds:)?Signature>)/, '$1$3<Object xmlns="http://www.w3.org/2000/09/xmldsig#">$1</Object>$4'),
  'with two references': async ({ respond }) => (await respond()).replace(/<(ds:)?Reference[\s\S]*?<\/(?:ds:)?Reference>/, (reference) => reference + reference),
  'with no reference': async ({ respond }) => (await respond()).replace(/<(ds:)?Reference[\s\S]*?<\/(?:ds:)?Reference>/g, ''),
  'about the whole document': async ({ respond }) => (await respond()).replace(/URI="#[^"]*"/g, 'URI=""'),
  'about an element that is not there': async ({ respond }) => (await respond()).replace(/URI="#[^"]*"/g, 'URI="#_nowhere"'),
  'about something outside': async ({ respond }) => (await respond()).replace(/URI="#[^"]*"/g, 'URI="http://127.0.0.1:9/"'),
  'with a quote in its reference': async ({ respond }) => (await respond()).replace(/URI="#[^"]*"/g, `URI="#x' or '1'='1"`),
  'by a transform that leaves things out': async ({ respond }) => (await respond()).replace(/<(ds:)?Transforms>/g, '<$1Transforms><Transform xmlns="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>self::x</XPath></Transform>'),
  'by a stylesheet': async ({ respond }) => (await respond()).replace(/<(ds:)?Transforms>[\s\S]*?<\/(?:ds:)?Transforms>/g, '<Transforms xmlns="http://www.w3.org/2000/09/xmldsig#"><Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></Transforms>'),
  'by a shared secret, the certificate': async ({ respond }) => (await respond()).replaceAll('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
  'by no algorithm': async ({ respond }) => (await respond()).replace(/(<(?:ds:)?SignatureMethod Algorithm=")[^"]*/g, '$1'),
  'twice on one element': async ({ respond }) => (await respond()).replace(SIGNATURE, (signature) => signature + signature),
  'moved from the assertion to the response': async ({ respond }) => {
    const xml = await respond({ signResponse: false });
    return without(xml).replace('</saml:Issuer>', `</saml:Issuer>${signatureOf(xml)}`);
  },
  'of another response': async ({ respond }) => (await respond({ email: MINE, signAssertion: false })).replace(SIGNATURE, signatureOf(await respond({ signAssertion: false }))),
  'SHA-1': ({ respond }) => respond({ signatureAlgorithm: 'rsa-sha1', digestAlgorithm: 'sha1' }),
  'SHA-1 by its method': ({ respond }) => respond({ signatureAlgorithm: 'rsa-sha1' }),
  'SHA-1 by its digest': ({ respond }) => respond({ digestAlgorithm: 'sha1' }),
  'SHA-1 on the assertion': ({ respond }) => respond({ signatureAlgorithm: 'rsa-sha1', signResponse: false }),
  'SHA-1 within what is encrypted': ({ respond, spCertificate }) => respond({ signatureAlgorithm: 'rsa-sha1', signResponse: false, encryptTo: spCertificate }),
  'SHA-1 by the digest within what is encrypted': ({ respond, spCertificate }) => respond({ digestAlgorithm: 'sha1', signResponse: false, encryptTo: spCertificate }),
});

const envelopes = list('envelope', {
  'two roots': async ({ respond }) => `${await respond()}<a/>`,
  'two responses': async ({ respond }) => (await respond()) + forged(await respond({ email: MINE, signResponse: false, signAssertion: false })),
  'a root before': async ({ respond }) => `<a/>${await respond()}`,
  'a text before': async ({ respond }) => `hello${await respond()}`,
  'a text after': async ({ respond }) => `${await respond()}hello`,
  'a wrapper around it': async ({ respond }) => `<wrapper>${await respond()}</wrapper>`,
  'the signed assertion hidden among the extensions': async ({ respond }) => {
    const xml = await respond({ email: MINE, signResponse: false });
    return extended(xml.replace(assertionOf(xml), withId(forged(without(assertionOf(xml))), '_forged')), assertionOf(xml));
  },
  'the signed assertion among the extensions, and no other': async ({ respond }) => {
    const xml = await respond({ signResponse: false });
    return extended(xml.replace(assertionOf(xml), ''), assertionOf(xml));
  },
  'the signed assertion in the status': async ({ respond }) => {
    const xml = await respond({ email: MINE, signResponse: false });
    return xml.replace(assertionOf(xml), withId(forged(without(assertionOf(xml))), '_forged')).replace('</samlp:Status>', `<samlp:StatusDetail>${assertionOf(xml)}</samlp:StatusDetail></samlp:Status>`);
  },
  'an assertion of another namespace before the signed one': async ({ respond }) => {
    const xml = await respond({ email: MINE, signResponse: false });
    return xml.replace(assertionOf(xml), `<e:Assertion xmlns:e="urn:evil" ID="_forged"/>${assertionOf(xml)}`);
  },
  'an assertion beside an encrypted one': async ({ respond, spCertificate }) => {
    const xml = await respond({ email: MINE, signResponse: false, encryptTo: spCertificate });
    return xml.replace('<saml:EncryptedAssertion', `${withId(forged(without(assertionOf(await respond({ email: MINE, signResponse: false })))), '_forged')}<saml:EncryptedAssertion`);
  },
  'two encrypted assertions': async ({ respond, spCertificate }) => (await respond({ signResponse: false, encryptTo: spCertificate })).replace(/<saml:EncryptedAssertion[\s\S]*<\/saml:EncryptedAssertion>/, (one) => one + one),
  'a signed response that was changed, around a signed assertion that was not': async ({ respond }) => (await respond()).replace('<samlp:Status>', '<samlp:Extensions/><samlp:Status>'),
  'a signed assertion that was changed, in a response signed later': ({ signedAfter, idp }) => signedAfter((xml) => forged(signXml(xml.replaceAll(WANTED, MINE), 'Assertion', idp.keys)), 'Response'),
  'no assertion': ({ signedAfter }) => signedAfter((xml) => xml.replace(ASSERTION, ''), 'Response'),
  'another version': ({ signedAfter }) => signedAfter((xml) => xml.replace('Version="2.0"', 'Version="1.1"')),
  'another kind of message': ({ signedAfter }) => signedAfter((xml) => xml.replaceAll('samlp:Response', 'samlp:ArtifactResponse'), 'Assertion'),
  'an answer to a sign-out': ({ signedAfter }) => signedAfter((xml) => xml.replaceAll('samlp:Response', 'samlp:LogoutResponse').replace(ASSERTION, ''), 'both').catch(async () => '<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>'),
  'a response of no namespace': ({ signedAfter }) => signedAfter((xml) => xml.replaceAll('urn:oasis:names:tc:SAML:2.0:protocol', 'urn:other'), 'Assertion'),
  'an assertion of no namespace': ({ signedAfter }) => signedAfter((xml) => xml.replaceAll('urn:oasis:names:tc:SAML:2.0:assertion', 'urn:other')),
  'a status that is no success': ({ signedAfter }) => signedAfter((xml) => xml.replace('status:Success', 'status:Requester')),
  'no status': ({ signedAfter }) => signedAfter((xml) => xml.replace(/<samlp:Status>[\s\S]*?<\/samlp:Status>/, '')),
  'two statuses': ({ signedAfter }) => signedAfter((xml) => xml.replace(/<samlp:StatusCode[^>]*>/, (code) => `${code.replace(/\/?>$/, '/>')}<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>`).replace('</samlp:StatusCode>', '')),
});

const about = list('about', {
  'a time that is over': ({ respond }) => respond({ at: new Date(Date.now() - 20 * 60_000) }),
  'a time that is over, at length': ({ respond }) => respond({ at: new Date(Date.now() - 86_400_000) }),
  'too long ago, although it says it lasts': ({ respond }) => respond({ at: new Date(Date.now() - 20 * 60_000), lifetimeInSeconds: 86_400 }),
  'a time to come': ({ respond }) => respond({ at: new Date(Date.now() + 20 * 60_000) }),
  'no end': ({ signedAfter }) => signedAfter((xml) => xml.replace(/(<saml:SubjectConfirmationData[^>]*?) NotOnOrAfter="[^"]*"/, '$1')),
  'an end that is no time': ({ signedAfter }) => signedAfter((xml) => xml.replace(/NotOnOrAfter="[^"]*"/g, 'NotOnOrAfter="tomorrow"')),
  'an end in another place only': ({ signedAfter }) => signedAfter((xml) => xml.replace(/(<saml:Conditions[^>]*NotOnOrAfter=")[^"]*/, '$12000-01-01T00:00:00Z')),
  'another audience': ({ respond }) => respond({ audience: 'https://other.example/saml' }),
  'an audience that begins like ours': ({ respond, acs }) => respond({ audience: `${acs.replace('/auth/saml/acs', '/saml/metadata')}/other` }),
  'no audience': ({ signedAfter }) => signedAfter((xml) => xml.replace(/<saml:AudienceRestriction>[\s\S]*?<\/saml:AudienceRestriction>/, '')),
  'a second audience that is not ours': ({ signedAfter }) => signedAfter((xml) => xml.replace('</saml:AudienceRestriction>', '</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>')),
  'another recipient': ({ respond }) => respond({ recipient: 'https://other.example/acs' }),
  'a recipient that begins like ours': ({ respond, acs }) => respond({ recipient: `${acs}.evil.example` }),
  'our other address': ({ respond, acs }) => respond({ recipient: acs.replace('/auth/saml/acs', '/saml/acs') }),
  'no recipient': ({ signedAfter }) => signedAfter((xml) => xml.replace(/ Recipient="[^"]*"/, '')),
  'no bearer': ({ signedAfter }) => signedAfter((xml) => xml.replace('cm:bearer', 'cm:sender-vouches')),
  'no confirmation of the subject': ({ signedAfter }) => signedAfter((xml) => xml.replace(/<saml:SubjectConfirmation [\s\S]*?<\/saml:SubjectConfirmation>/, '')),
  'another destination': ({ signedAfter }) => signedAfter((xml) => xml.replace(/Destination="[^"]*"/, 'Destination="https://other.example/acs"')),
  'another destination, of an unsigned response': ({ signedAfter }) => signedAfter((xml) => xml.replace(/Destination="[^"]*"/, 'Destination="https://other.example/acs"'), 'Assertion'),
  'another issuer': ({ respond }) => respond({ issuer: 'http://other-idp.localhost' }),
  'another issuer of the response only': ({ signedAfter }) => signedAfter((xml) => xml.replace(/<saml:Issuer>[^<]*/, '<saml:Issuer>http://other-idp.localhost'), 'Response'),
  'another issuer of the assertion only': ({ signedAfter }) => signedAfter((xml) => xml.replace(assertionOf(xml), assertionOf(xml).replace(/<saml:Issuer>[^<]*/, '<saml:Issuer>http://other-idp.localhost'))),
  'no issuer': ({ signedAfter }) => signedAfter((xml) => xml.replace(assertionOf(xml), assertionOf(xml).replace(/<saml:Issuer>[^<]*/, '<saml:Issuer>'))),
  'a request that was not ours': ({ respond }) => respond({ inResponseTo: '_unknown' }),
  'no request': ({ respond }) => respond({ inResponseTo: '' }),
  'another request than its envelope': async ({ respond, begin }) => (await respond({ signResponse: false })).replace(/InResponseTo="[^"]+"/, `InResponseTo="${await begin()}"`),
  'no request, in an envelope that names one': ({ signedAfter }) => signedAfter((xml) => xml.replace(assertionOf(xml), assertionOf(xml).replace(/ InResponseTo="[^"]*"/, '')), 'Assertion'),
  'a request to sign out': async ({ respond, logoutRequestId }) => respond({ inResponseTo: await logoutRequestId() }),
  'what was said before': ({ used }) => used(),
  'no id of the assertion': ({ signedAfter }) => signedAfter((xml) => xml.replace(assertionOf(xml), assertionOf(xml).replace(/ ID="[^"]*"/, '')), 'Response'),
});

/** A text that a comment, or what is like one, cuts in two. */
function cuts(): Forgery[] {
  const marks = { 'a comment': '<!-- -->', 'an empty comment': '<!---->', 'an instruction': '<?x y?>', 'a CDATA section': '<![CDATA[]]>' };
  const places: Readonly<Record<string, (xml: string, mark: string) => string>> = {
    'the name id': (xml, mark) => xml.replace(/(<saml:NameID[^>]*>ada@example\.edu)/, `$1${mark}`),
    'the address': (xml, mark) => xml.replace(new RegExp(`(Name="${EMAIL}"[\\s\\S]*?ada@example\\.edu)`), `$1${mark}`),
    'the subject': (xml, mark) => xml.replace(new RegExp(`(Name="${SUBJECT}"[\\s\\S]*?ada@example\\.edu)`), `$1${mark}`),
    'the audience': (xml, mark) => xml.replace('</saml:Audience>', `${mark}</saml:Audience>`),
    'the issuer': (xml, mark) => xml.replace('</saml:Issuer>', `${mark}</saml:Issuer>`),
  };
  return Object.entries(marks).flatMap(([what, mark]) =>
    Object.entries(places).map(
      ([place, cut]): Forgery => ({ name: `comment: ${what} in ${place}`, make: async ({ respond }) => ({ xml: cut(await respond({ email: `${WANTED}.evil.example` }), mark) }) }),
    ),
  );
}

const DOCTYPES: Readonly<Record<string, string>> = {
  'of its own': '<!DOCTYPE r>',
  'with an entity': '<!DOCTYPE r [<!ENTITY x "y">]>',
  'with a file': '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  'from elsewhere': '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd">',
  'with a parameter entity': '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/evil.dtd">%x;]>',
  'that grows without end': `<!DOCTYPE r [<!ENTITY a "ha">${'bcdefghij'.split('').map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index] ?? 'a'};`.repeat(10)}">`).join('')}]>`,
  'with one long entity': `<!DOCTYPE r [<!ENTITY a "${'a'.repeat(50_000)}">]>`,
  'in small letters': '<!doctype r [<!entity x "y">]>',
};
const documentTypes = Object.entries(DOCTYPES).flatMap(([name, doctype]): Forgery[] => [
  { name: `document type: ${name}`, make: async ({ respond }) => ({ xml: doctype + (await respond()) }) },
  { name: `document type: ${name}, used as an address`, make: async ({ respond }) => ({ xml: doctype + (await respond()).replaceAll(WANTED, '&x;&a;&j;') }) },
]);

const huge: Forgery[] = [
  ...list('huge', {
    'a comment of a megabyte': async ({ respond }) => `${await respond()}<!--${'x'.repeat(1024 * 1024)}-->`,
    'an attribute of 300 kilobytes': ({ signedAfter }) => signedAfter((xml) => xml.replaceAll(WANTED, `${'a'.repeat(300_000)}@example.edu`)),
    'elements within elements': async ({ respond }) => extended(await respond(), `${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`),
    'elements within elements, a few hundred': async ({ respond }) => extended(await respond(), `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`),
    'elements beside elements': async ({ respond }) => extended(await respond(), '<a/>'.repeat(80_000)),
    'attributes beside attributes': async ({ respond }) => extended(await respond(), `<a ${Array.from({ length: 15_000 }, (_, index) => `a${index}=""`).join(' ')}/>`),
  }),
  { name: 'huge: a form of two megabytes', make: async () => ({ body: form({ SAMLResponse: 'A'.repeat(2 * 1024 * 1024) }) }) },
  { name: 'huge: ten thousand fields', make: async ({ respond }) => ({ body: `${Array.from({ length: 10_000 }, (_, index) => `f${index % 5_000}=1`).join('&')}&${form({ SAMLResponse: encode(await respond()) })}` }) },
];

const contentTypes = ['application/json', 'text/plain', 'text/xml', 'application/samlassertion+xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded; charset=utf-16', 'application/x-www-form-urlencoded, text/plain', 'x'].map(
  (contentType): Forgery => ({ name: `content type: ${contentType}`, make: async ({ respond }) => ({ body: form({ SAMLResponse: encode(await respond()) }), contentType }) }),
);

const encodings: Forgery[] = Object.entries<(xml: string) => { readonly body: string | Uint8Array; readonly headers?: Readonly<Record<string, string>> }>({
  'UTF-16, little end first': (xml) => ({ body: form({ SAMLResponse: encode(Buffer.from(`\uFEFF${xml}`, 'utf16le')) }) }),
  'UTF-16, big end first': (xml) => ({ body: form({ SAMLResponse: encode(Buffer.from(`\uFEFF${xml}`, 'utf16le').swap16()) }) }),
  'UTF-7, by its word': (xml) => ({ body: form({ SAMLResponse: encode(`<?xml version="1.0" encoding="UTF-7"?>${xml}`) }) }),
  'Latin-1, by its word': (xml) => ({ body: form({ SAMLResponse: encode(`<?xml version="1.0" encoding="ISO-8859-1"?>${xml}`) }) }),
  'bytes that are no UTF-8': (xml) => ({ body: form({ SAMLResponse: encode(Buffer.concat([Buffer.from(xml), Buffer.from([0xc3, 0x28])])) }) }),
  'a character written longer than need be': (xml) => ({ body: form({ SAMLResponse: encode(Buffer.concat([Buffer.from([0xc0, 0xbc]), Buffer.from(xml.slice(1))])) }) }),
  'a NUL': (xml) => ({ body: form({ SAMLResponse: encode(xml.replace('ada@', 'ada\0@')) }) }),
  'plain XML': (xml) => ({ body: form({ SAMLResponse: xml }) }),
  'base64 of base64': (xml) => ({ body: form({ SAMLResponse: encode(encode(xml)) }) }),
  hexadecimal: (xml) => ({ body: form({ SAMLResponse: Buffer.from(xml).toString('hex') }) }),
  'base64 with a stray character': (xml) => ({ body: form({ SAMLResponse: `${encode(xml).slice(0, 40)}*${encode(xml).slice(40)}` }) }),
  'base64 with dots between': (xml) => ({ body: form({ SAMLResponse: encode(xml).replace(/(.{40})/g, '$1.') }) }),
  'base64 that was encoded twice for the form': (xml) => ({ body: `SAMLResponse=${encodeURIComponent(encodeURIComponent(encode(xml)))}` }),
  deflated: (xml) => ({ body: form({ SAMLResponse: encode(deflateRawSync(xml)) }) }),
  'packed by gzip': (xml) => ({ body: form({ SAMLResponse: encode(gzipSync(xml)) }) }),
  'a packed form': (xml) => ({ body: gzipSync(form({ SAMLResponse: encode(xml) })), headers: { 'content-encoding': 'gzip' } }),
  'a form that says it is packed': (xml) => ({ body: form({ SAMLResponse: encode(xml) }), headers: { 'content-encoding': 'br' } }),
}).map(([name, write]): Forgery => ({ name: `encoding: ${name}`, make: async ({ respond }) => write(await respond()) }));

const truncated: Forgery[] = [
  ...[1, 10, 30, 50, 70, 90, 99].map((percent): Forgery => ({ name: `truncated: ${percent} % of the XML`, make: async ({ respond }) => respond().then((xml) => ({ xml: xml.slice(0, Math.floor((xml.length * percent) / 100)) })) })),
  { name: 'truncated: the XML without its last character', make: async ({ respond }) => ({ xml: (await respond()).slice(0, -1) }) },
  { name: 'truncated: the base64 by a character', make: async ({ respond }) => ({ body: form({ SAMLResponse: encode(await respond()).replace(/=*$/, '').slice(0, -1) }) }) },
  ...['', 'SAMLResponse', 'SAMLResponse=', '=', '&&&', 'SAMLResponse=%', 'SAMLResponse=%00', 'samlresponse=AAAA', 'SAMLRequest=AAAA'].map((body): Forgery => ({ name: `truncated: the form ${JSON.stringify(body)}`, make: async () => ({ body }) })),
  ...['', ' ', 'hello', '<', '<a/>', '<a><b></a>', '<?xml version="1.0"?>', '<samlp:Response/>', '<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol"/>', '{}', '\uFEFF'].map((xml): Forgery => ({ name: `truncated: ${JSON.stringify(xml)} in place of XML`, make: async () => ({ xml }) })),
];

const pollution: Forgery[] = Object.entries<(good: string, bad: string) => Attempt>({
  'the field twice, the good one first': (good, bad) => ({ body: `${form({ SAMLResponse: good })}&${form({ SAMLResponse: bad })}` }),
  'the field twice, the good one last': (good, bad) => ({ body: `${form({ SAMLResponse: bad })}&${form({ SAMLResponse: good })}` }),
  'the field twice, the same': (good) => ({ body: `${form({ SAMLResponse: good })}&${form({ SAMLResponse: good })}` }),
  'the place twice': (good) => ({ body: `${form({ SAMLResponse: good, RelayState: '/sites' })}&RelayState=//evil.example` }),
  'the field as a list': (good) => ({ body: form({ 'SAMLResponse[]': good }) }),
  'the field in the address': (good) => ({ body: '', path: `/auth/saml/acs?${form({ SAMLResponse: good })}` }),
  'the field in the address as well': (good, bad) => ({ body: form({ SAMLResponse: good }), path: `/auth/saml/acs?${form({ SAMLResponse: bad })}` }),
  'a request to sign out in the address': (good) => ({ body: form({ SAMLResponse: good }), path: `/auth/saml/acs?${form({ SAMLRequest: encode(deflateRawSync('<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_x"/>')) })}` }),
  'the field by a semicolon': (good) => ({ body: `a=1;${form({ SAMLResponse: good })}` }),
}).map(([name, make]): Forgery => ({
  name: `pollution: ${name}`,
  make: async ({ respond }) => make(encode(await respond()), encode(forged(await respond({ email: MINE, signResponse: false, signAssertion: false })))),
}));

const people: Forgery[] = Object.entries<Readonly<Record<string, string | readonly string[]>>>({
  'no attribute': {},
  'no address': { [SUBJECT]: 'ada', [NAME]: 'Ada' },
  'no subject': { [EMAIL]: WANTED, [NAME]: 'Ada' },
  'an empty subject': { [SUBJECT]: ' ', [EMAIL]: WANTED },
  'an address that is none': { [SUBJECT]: 'ada', [EMAIL]: 'ada' },
  'two addresses in one': { [SUBJECT]: 'ada', [EMAIL]: 'ada@example.edu,eve@example.edu <x>' },
  'a subject that is too long': { [SUBJECT]: 'a'.repeat(300), [EMAIL]: WANTED },
  'an address that is too long': { [SUBJECT]: 'ada', [EMAIL]: `${'a'.repeat(300)}@example.edu` },
}).map(([name, attributes]): Forgery => ({ name: `person: ${name}`, reason: 'attributes', make: async ({ respond }) => ({ xml: await respond({ attributes }) }) }));

/** What must never let anybody in. */
export const forgeries: readonly Forgery[] = [...wrapping(), ...signatures, ...envelopes, ...about, ...cuts(), ...documentTypes, ...huge, ...contentTypes, ...encodings, ...truncated, ...pollution, ...people];

/** Signs what was written unsigned. */
export function signParts(xml: string, element: 'Response' | 'Assertion' | 'both', keys: KeyPair): string {
  const withAssertion = element === 'Response' ? xml : signXml(xml, 'Assertion', keys);
  return element === 'Assertion' ? withAssertion : signXml(withAssertion, 'Response', keys);
}
