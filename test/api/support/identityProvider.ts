import { X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import { inflateRawSync } from 'node:zlib';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { type KeyPair, newKeys } from './keys.ts';

/** The parts of npm `samlp`, which has no types, that a test needs. */
interface Samlp {
  getSamlResponse(options: Record<string, unknown>, user: unknown, done: (error: Error | null, xml: string) => void): void;
}
const samlp = createRequire(import.meta.url)('samlp') as Samlp;
const getSamlResponse = promisify((options: Record<string, unknown>, user: unknown, done: (error: Error | null, xml: string) => void) => samlp.getSamlResponse(options, user, done));

export const SUBJECT = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6';
export const EMAIL = 'urn:oid:0.9.2342.19200300.100.1.3';
export const NAME = 'urn:oid:2.16.840.1.113730.3.1.241';

export interface ResponseOptions {
  readonly inResponseTo: string;
  readonly email?: string;
  /** Attributes in place of the usual three. */
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly recipient?: string;
  readonly keys?: KeyPair;
  readonly signResponse?: boolean;
  readonly signAssertion?: boolean;
  readonly signatureAlgorithm?: 'rsa-sha256' | 'rsa-sha1';
  readonly digestAlgorithm?: 'sha256' | 'sha1';
  /** PEM of the certificate to encrypt the assertion to. */
  readonly encryptTo?: string;
  /** When the provider says it is. */
  readonly at?: Date;
  readonly lifetimeInSeconds?: number;
}

/** An identity provider as npm `samlp` makes one, for the service provider at `studioUrl`. */
export async function createIdentityProvider(entityId: string) {
  const keys = await newKeys('identity provider');
  const body = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, '');

  return {
    keys,
    entityId,
    metadata: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${body(keys.certificate)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${entityId}/sso"/></IDPSSODescriptor></EntityDescriptor>`,

    /** A response as XML. */
    async respond(studioUrl: string, given: ResponseOptions): Promise<string> {
      const { email = 'ada@example.edu', keys: signing = keys } = given;
      const acs = `${studioUrl}/auth/saml/acs`;
      const claims = given.attributes ?? { [SUBJECT]: email, [EMAIL]: email, [NAME]: 'Ada Example' };
      if (given.at !== undefined) vi.useFakeTimers({ now: given.at, toFake: ['Date'] });
      try {
        return await getSamlResponse(
          {
            issuer: given.issuer ?? entityId,
            cert: signing.certificate,
            key: signing.privateKey,
            audience: given.audience ?? `${studioUrl}/saml/metadata`,
            destination: acs,
            recipient: given.recipient ?? acs,
            inResponseTo: given.inResponseTo,
            signResponse: given.signResponse ?? true,
            signAssertion: given.signAssertion ?? true,
            signatureAlgorithm: given.signatureAlgorithm ?? 'rsa-sha256',
            digestAlgorithm: given.digestAlgorithm ?? 'sha256',
            lifetimeInSeconds: given.lifetimeInSeconds ?? 300,
            sessionIndex: '_session',
            ...(given.encryptTo === undefined ? {} : { encryptionCert: given.encryptTo, encryptionPublicKey: new X509Certificate(given.encryptTo).publicKey.export({ type: 'spki', format: 'pem' }), encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm' }),
            profileMapper: () => ({ getClaims: () => claims, getNameIdentifier: () => ({ nameIdentifier: email }) }),
          },
          {},
        );
      } finally {
        if (given.at !== undefined) vi.useRealTimers();
      }
    },
  };
}

/** The id of the AuthnRequest in a redirect to the provider. */
export function requestIdOf(location: string): string {
  const encoded = new URL(location).searchParams.get('SAMLRequest') ?? '';
  return /\bID="([^"]+)"/.exec(inflateRawSync(Buffer.from(encoded, 'base64')).toString('utf8'))?.[1] ?? 'none';
}
