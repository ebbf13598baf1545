import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an ID token differs from an honest one. */
export interface Forged {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
  readonly algorithm?: 'none' | 'None' | 'HS256';
  readonly key?: 'other';
  readonly keyId?: string;
  readonly cut?: 'signature' | 'claims' | 'all';
  /** In place of the token endpoint's answer. */
  readonly body?: string;
  readonly status?: number;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An OpenID provider that answers every code with the ID token it was told to forge. */
export async function forgingProvider(clientId: string) {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let next: { readonly status: number; readonly body: string } = { status: 500, body: '' };
  let issuer = '';
  const server = createServer((request, response) => {
    const send = (status: number, body: string): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    if (request.url === '/.well-known/openid-configuration') return send(200, JSON.stringify({ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'] }));
    if (request.url === '/keys') return send(200, JSON.stringify({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig', alg: 'RS256' }] }));
    request.resume();
    return send(next.status, next.body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function sign(key: KeyObject, text: string, forged: Forged): string {
    if (forged.algorithm === 'none' || forged.algorithm === 'None') return '';
    if (forged.algorithm === 'HS256') return createHmac('sha256', own.publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest('base64url');
    return createSign('RSA-SHA256').update(text).sign(key, 'base64url');
  }

  return {
    issuer,
    close: () => new Promise((resolve) => void server.close(resolve)),
    /** Decides what the next code is answered with. */
    forge(asked: { readonly nonce: string }, forged: Forged): void {
      const now = Math.floor(Date.now() / 1_000);
      const honest: Record<string, unknown> = { iss: issuer, aud: clientId, sub: 'ada', nonce: asked.nonce, iat: now, exp: now + 300, email: 'ada@example.edu', email_verified: true, name: 'Ada Example', preferred_username: 'ada' };
      const claims = Object.fromEntries(Object.entries({ ...honest, ...forged.claims }).filter(([name]) => forged.without?.includes(name) !== true));
      const head = part({ alg: forged.algorithm ?? 'RS256', typ: 'JWT', kid: forged.keyId ?? 'own' });
      const signed = `${head}.${part(claims)}`;
      const signature = sign(forged.key === 'other' ? other.privateKey : own.privateKey, signed, forged);
      const token = forged.cut === 'signature' ? `${signed}.` : forged.cut === 'claims' ? `${head}.${part({ ...claims, email: 'root@example.edu' })}.${signature}` : `${signed}.${signature}`;
      next = { status: forged.status ?? 200, body: forged.body ?? JSON.stringify({ access_token: 'a', token_type: 'bearer', expires_in: 300, ...(forged.cut === 'all' ? {} : { id_token: token }) }) };
    },
  };
}
