// @ts-check
import { createHmac, randomBytes, timingSafeEqual, verify } from 'node:crypto';
import { readBody, sendJson } from '../base.mjs';

/** The audience is Google's own address, wherever the request was sent. */
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPES = ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/drive.readonly'];
const LIFE_SECONDS = 3_600;
const CLOCK_SKEW_SECONDS = 300;

/**
 * The token endpoint for service accounts. Tokens carry their own proof, so that they outlive a restart as Google's do.
 * @param {{ email: string, publicKey: string, secret?: Buffer, now: () => number }} options `now` in epoch milliseconds
 */
export function createTokens({ email, publicKey, secret = randomBytes(32), now }) {
  let refusedUntil = 0;
  let count = 0;

  /** @param {string} payload */
  const seal = (payload) => createHmac('sha256', secret).update(payload).digest('base64url');

  /** @param {string} assertion @returns {{ scope: string } | { error: string, description: string }} */
  function judge(assertion) {
    const [head = '', body = '', signature = ''] = assertion.split('.');
    /** @type {{ alg?: unknown }} */
    let header;
    /** @type {{ iss?: unknown, scope?: unknown, aud?: unknown, exp?: unknown, iat?: unknown }} */
    let claims;
    try {
      header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
      claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    } catch {
      return { error: 'invalid_grant', description: 'Invalid JWT: Failed to parse.' };
    }
    if (claims.iss !== email) return { error: 'invalid_grant', description: 'Invalid grant: account not found' };
    if (header.alg !== 'RS256' || !verify('RSA-SHA256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))) return { error: 'invalid_grant', description: 'Invalid JWT Signature.' };
    if (claims.aud !== AUDIENCE) return { error: 'invalid_grant', description: `Invalid JWT: Failed audience check. The right audience is ${AUDIENCE}` };
    const seconds = now() / 1_000;
    const { iat, exp } = claims;
    if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > LIFE_SECONDS || exp < seconds - CLOCK_SKEW_SECONDS || iat > seconds + CLOCK_SKEW_SECONDS) {
      return { error: 'invalid_grant', description: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.' };
    }
    const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ').filter((scope) => scope !== '') : [];
    if (scopes.length === 0 || !scopes.every((scope) => SCOPES.includes(scope))) return { error: 'invalid_scope', description: 'Invalid OAuth scope or ID token audience provided.' };
    return { scope: scopes.join(' ') };
  }

  return {
    /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
    async answer(request, response) {
      const type = request.headers['content-type'] ?? '';
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      const refuse = (/** @type {string} */ error, /** @type {string} */ description, isUnexpected = false) => {
        if (isUnexpected) response.setHeader('x-standin-unexpected', '1');
        sendJson(response, 400, { error, error_description: description });
      };
      if (!type.startsWith('application/x-www-form-urlencoded')) return refuse('invalid_request', 'Bad Request', true);
      if (form.get('grant_type') !== GRANT) return refuse('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`, true);
      const verdict = judge(form.get('assertion') ?? '');
      if ('error' in verdict) return refuse(verdict.error, verdict.description);
      count += 1;
      const payload = Buffer.from(JSON.stringify({ at: now(), scope: verdict.scope, count })).toString('base64url');
      sendJson(response, 200, { access_token: `ya29.${payload}.${seal(payload)}`, expires_in: LIFE_SECONDS - 1, token_type: 'Bearer' });
    },

    /**
     * What the token of a request may do.
     * @param {string | undefined} authorization
     * @returns {'all' | 'read' | null}
     */
    rightsOf(authorization) {
      const [, payload = '', given = ''] = /^Bearer ya29\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? [];
      const expected = Buffer.from(seal(payload));
      const offered = Buffer.from(given);
      if (expected.length !== offered.length || !timingSafeEqual(expected, offered)) return null;
      const { at, scope } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
      if (at <= refusedUntil || now() >= at + LIFE_SECONDS * 1_000) return null;
      return scope.split(' ').includes(SCOPES[0]) ? 'all' : 'read';
    },

    /** No token that was handed out until now is good any more. */
    expireAll() {
      refusedUntil = now();
    },
  };
}
