// @ts-check
/** Signing in as a GitHub App: a JWT of the App's own key, exchanged for a token of its installation that dies after an hour. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';

/** An installation token's life, milliseconds. */
const TOKEN_LIFE_MS = 60 * 60_000;
const MAX_JWT_SECONDS = 10 * 60;
const INSTALLATION_ID = 4711;

/**
 * @typedef {object} AppOptions
 * @property {string} id
 * @property {string} publicKey PEM; a private key is as good, its public half is taken
 * @property {number} [tokenLifeMs]
 */

/** @param {{ app: AppOptions | undefined, org: string, apiUrl: () => string, now: () => number }} options */
export function createAppAuth({ app, org, apiUrl, now }) {
  /** Token -> epoch milliseconds at which it dies. @type {Map<string, number>} */
  const tokens = new Map();
  const key = app === undefined ? undefined : createPublicKey(app.publicKey);

  const installation = () => ({
    id: INSTALLATION_ID,
    account: { login: org, id: 1, type: 'Organization' },
    app_id: Number(app?.id),
    app_slug: 'ocw-studio',
    target_type: 'Organization',
    target_id: 1,
    repository_selection: 'all',
    access_tokens_url: `${apiUrl()}/app/installations/${INSTALLATION_ID}/access_tokens`,
    permissions: { administration: 'write', contents: 'write', metadata: 'read', repository_hooks: 'write' },
    events: [],
    suspended_at: null,
  });

  return {
    installationId: INSTALLATION_ID,
    installation,
    app: () => ({ id: Number(app?.id), slug: 'ocw-studio', name: 'OCW Studio', owner: { login: org, id: 1, type: 'Organization' }, permissions: installation().permissions, events: [] }),

    /** Why GitHub does not take this as the App's signature; null when it does. @param {string | undefined} header @returns {{ status: number, message: string } | null} */
    refusalOf(header) {
      const undecodable = { status: 401, message: 'A JSON web token could not be decoded' };
      const jwt = /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(header ?? '');
      if (jwt === null || key === undefined) return undecodable;
      const [, head = '', body = '', signature = ''] = jwt;
      const { alg } = decoded(head);
      const { iat, exp, iss } = decoded(body);
      if (alg !== 'RS256' || !verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return undecodable;
      const seconds = now() / 1_000;
      if (!Number.isInteger(iat) || iat > seconds) return { status: 401, message: "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued" };
      if (!Number.isInteger(exp) || exp <= seconds) return { status: 401, message: "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires" };
      if (exp > seconds + MAX_JWT_SECONDS) return { status: 401, message: "'Expiration time' claim ('exp') is too far in the future" };
      if (String(iss) !== app?.id) return { status: 404, message: 'Integration not found' };
      return null;
    },

    issueToken() {
      const token = `ghs_${randomBytes(18).toString('hex')}`;
      const expiresAt = now() + (app?.tokenLifeMs ?? TOKEN_LIFE_MS);
      tokens.set(token, expiresAt);
      return { token, expires_at: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'), permissions: installation().permissions, repository_selection: 'all' };
    },

    /** @param {string} token */
    isGood: (token) => (tokens.get(token) ?? 0) > now(),
    /** Every token issued so far stops working, as when the App's rights change. */
    revokeTokens: () => tokens.clear(),
  };
}

/** @param {string} part @returns {Record<string, any>} */
function decoded(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return {};
  }
}
