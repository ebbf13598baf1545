// @ts-check
import { generateKeyPairSync } from 'node:crypto';

/** A new key for a realm to sign with, as a private JWK. */
export function createSigningKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'realm', alg: 'RS256', use: 'sig' };
}
