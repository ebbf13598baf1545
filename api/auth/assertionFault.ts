import type { Profile } from '@node-saml/passport-saml';

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

const assertionOf = (profile: Profile): ParsedElement | undefined => profile.getAssertion?.()?.['Assertion'] as ParsedElement | undefined;

/**
 * What the profile for web browsers demands and the library leaves open: that the assertion itself, which is what is signed, is
 * the provider's, meant for our address, bears an end, and answers the request that the unsigned envelope claims.
 * @returns what is wrong; null when nothing is.
 */
export function assertionFault(profile: Profile, expected: { readonly issuer: string; readonly recipient: string }): string | null {
  const assertion = assertionOf(profile);
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

/** The id of the assertion that was signed; null when it has none. */
export function assertionIdOf(profile: Profile): string | null {
  return assertionOf(profile)?.$?.['ID'] || null;
}
