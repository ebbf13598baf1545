import { SamlLib } from 'samlify';
import type { KeyPair } from './keys.ts';

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** Signs one element of a SAML message, as an identity provider would that wrote it so. */
export function signXml(xml: string, element: 'Response' | 'Assertion' | 'LogoutRequest' | 'LogoutResponse', keys: KeyPair, algorithm = RSA_SHA256): string {
  const path = element === 'Assertion' ? `//*[local-name(.)='Assertion']` : `/*[local-name(.)='${element}']`;
  return SamlLib.constructSAMLSignature({
    rawSamlMessage: xml,
    referenceTagXPath: path,
    privateKey: keys.privateKey,
    signingCert: keys.certificate.replace(/-----[A-Z ]+-----|\s/g, ''),
    signatureAlgorithm: algorithm,
    isBase64Output: false,
    signatureConfig: { prefix: 'ds', location: { reference: `${path}/*[local-name(.)='Issuer']`, action: 'after' } },
  });
}
