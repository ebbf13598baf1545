import { createHash, randomBytes } from 'node:crypto';

/** A new secret of 256 bits, for a cookie or a header. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: its SHA-256, hex. A look-up by it takes the same time for every wrong token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
