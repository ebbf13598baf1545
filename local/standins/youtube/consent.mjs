// @ts-check
import { randomBytes } from 'node:crypto';
import { escapeHtml, readBody, sendJson } from '../base.mjs';

const YOUTUBE = 'https://www.googleapis.com/auth/youtube';
/** Scopes a client of YouTube may ask for. */
export const SCOPES = /** @type {const} */ ({ all: YOUTUBE, forceSsl: `${YOUTUBE}.force-ssl`, upload: `${YOUTUBE}.upload`, read: `${YOUTUBE}.readonly` });
const LIFE_SECONDS = 3_600;
const CODE_MS = 10 * 60_000;
const CONSENT_PARAMETERS = new Set(['client_id', 'redirect_uri', 'response_type', 'scope', 'access_type', 'prompt', 'include_granted_scopes', 'state', 'login_hint']);

/** @typedef {import('./youtubeStore.mjs').Grant} Grant */
/** @typedef {{ clientId: string, clientSecret: string, redirectUris: readonly string[] }} OAuthClient */

/**
 * Google's page of consent, on which a person chooses one of their channels, and the endpoints that give tokens for it and take them back.
 * @param {{ client: OAuthClient, channels: readonly import('./youtubeStore.mjs').Channel[], store: ReturnType<typeof import('./youtubeStore.mjs').createYoutubeStore>, now: () => number }} options
 */
export function createConsent({ client, channels, store, now }) {
  /** @type {Map<string, { channelId: string, scopes: string[], redirectUri: string, isOffline: boolean, until: number }>} */
  const codes = new Map();
  /** @type {Map<string, { grant: string | null, channelId: string, scopes: string[], until: number }>} */
  const accesses = new Map();

  /** @param {string} channelId @param {string[]} scopes @param {string | null} grant */
  function newAccess(channelId, scopes, grant) {
    const token = `ya29.${randomBytes(32).toString('base64url')}`;
    accesses.set(token, { grant, channelId, scopes, until: now() + LIFE_SECONDS * 1_000 });
    return { access_token: token, expires_in: LIFE_SECONDS - 1, scope: scopes.join(' '), token_type: 'Bearer' };
  }

  /** @param {string} token takes a refresh token back, with every access that came of it */
  function withdraw(token) {
    store.state.grants = store.state.grants.filter((grant) => grant.token !== token);
    for (const [access, { grant }] of accesses) if (grant === token) accesses.delete(access);
    store.save();
  }

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} error @param {string} description @param {boolean} [isUnexpected] */
  function refuse(response, status, error, description, isUnexpected = false) {
    if (isUnexpected) response.setHeader('x-standin-unexpected', '1');
    sendJson(response, status, { error, error_description: description });
  }

  /** What is wrong with a request for consent, which a person reads. @param {URLSearchParams} query */
  function faultOf(query) {
    const strange = [...query.keys()].find((name) => !CONSENT_PARAMETERS.has(name));
    if (strange !== undefined) return `Error 400: invalid_request (${strange})`;
    if (query.get('client_id') !== client.clientId) return 'Error 401: invalid_client';
    if (query.get('response_type') !== 'code') return 'Error 400: unsupported_response_type';
    if (!client.redirectUris.includes(query.get('redirect_uri') ?? '')) return 'Error 400: redirect_uri_mismatch';
    const scopes = (query.get('scope') ?? '').split(' ');
    return scopes.every((scope) => Object.values(SCOPES).some((known) => known === scope)) ? null : 'Error 400: invalid_scope';
  }

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} body */
  function page(response, status, body) {
    if (status !== 200) response.setHeader('x-standin-unexpected', '1');
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' });
    response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in with Google (stand-in)</title><style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:34rem;padding:0 1rem}button{font:inherit;display:block;margin:.5rem 0}</style>${body}</html>`);
  }

  return {
    withdraw,

    /** No token that was handed out until now is good any more; what was consented to still is. */
    expireAccesses: () => accesses.clear(),

    /** A consent without a page. @param {string} channelId @param {string} [token] @returns {Grant} */
    grant(channelId, token = `1//${randomBytes(32).toString('base64url')}`) {
      const grant = { token, channelId, scopes: [SCOPES.all, SCOPES.forceSsl, SCOPES.upload] };
      if (!store.state.grants.some((known) => known.token === token)) store.state.grants.push(grant);
      store.save();
      return grant;
    },

    /**
     * Whose the token of a request is, and what it may do.
     * @param {string | undefined} authorization
     */
    accessOf(authorization) {
      const access = accesses.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      return access === undefined || access.until <= now() ? null : access;
    },

    /** The page a person is sent to. @param {URL} url @param {import('node:http').ServerResponse} response */
    ask(url, response) {
      const fault = faultOf(url.searchParams);
      if (fault !== null) return page(response, 400, `<h1>Access blocked</h1><p>${escapeHtml(fault)}</p>`);
      const hidden = [...url.searchParams].map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('');
      const buttons = channels.map(({ id, title }) => `<button name="channel" value="${escapeHtml(id)}">Allow for ${escapeHtml(title)}</button>`).join('');
      page(response, 200, `<h1>Choose a channel</h1><p>A program wants to manage your YouTube videos.</p><form method="post">${hidden}${buttons}<button name="channel" value="">Cancel</button></form>`);
    },

    /** What the person pressed. @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
    async answer(request, response) {
      // No other page may press the buttons of this one.
      if (request.headers.origin !== undefined && new URL(request.headers.origin).host !== request.headers.host) return page(response, 403, '<h1>The form belongs to another page</h1>');
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      const channelId = form.get('channel') ?? '';
      form.delete('channel');
      const fault = faultOf(form);
      if (fault !== null) return page(response, 400, `<h1>Access blocked</h1><p>${escapeHtml(fault)}</p>`);
      const back = new URL(form.get('redirect_uri') ?? '');
      if (form.has('state')) back.searchParams.set('state', form.get('state') ?? '');
      if (!channels.some(({ id }) => id === channelId)) back.searchParams.set('error', 'access_denied');
      else {
        const code = `4/0${randomBytes(24).toString('base64url')}`;
        codes.set(code, { channelId, scopes: (form.get('scope') ?? '').split(' '), redirectUri: form.get('redirect_uri') ?? '', isOffline: form.get('access_type') === 'offline', until: now() + CODE_MS });
        back.searchParams.set('code', code);
        back.searchParams.set('scope', form.get('scope') ?? '');
      }
      response.writeHead(302, { location: back.href, 'content-length': '0' });
      response.end();
    },

    /** The endpoint for tokens. @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
    async token(request, response) {
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '')) return refuse(response, 400, 'invalid_request', 'Bad Request', true);
      if (form.get('client_id') !== client.clientId) return refuse(response, 401, 'invalid_client', 'The OAuth client was not found.');
      if (form.get('client_secret') !== client.clientSecret) return refuse(response, 401, 'invalid_client', 'Unauthorized');
      if (form.get('grant_type') === 'refresh_token') {
        const grant = store.state.grants.find(({ token }) => token === form.get('refresh_token'));
        if (grant === undefined) return refuse(response, 400, 'invalid_grant', 'Token has been expired or revoked.');
        return sendJson(response, 200, newAccess(grant.channelId, grant.scopes, grant.token));
      }
      if (form.get('grant_type') !== 'authorization_code') return refuse(response, 400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`, true);
      const code = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      if (code === undefined || code.until <= now()) return refuse(response, 400, 'invalid_grant', 'Malformed auth code.');
      if (code.redirectUri !== form.get('redirect_uri')) return refuse(response, 400, 'redirect_uri_mismatch', 'Bad Request', true);
      // Only who asked for a lasting consent gets what lasts.
      const grant = code.isOffline ? this.grant(code.channelId) : null;
      if (grant !== null) grant.scopes = code.scopes;
      store.save();
      sendJson(response, 200, { ...newAccess(code.channelId, code.scopes, grant?.token ?? null), ...(grant === null ? {} : { refresh_token: grant.token }) });
    },

    /** The endpoint that takes a token back. @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {URL} url */
    async revoke(request, response, url) {
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      const token = url.searchParams.get('token') ?? form.get('token') ?? '';
      const refresh = accesses.get(token)?.grant ?? token;
      if (!store.state.grants.some((grant) => grant.token === refresh)) return refuse(response, 400, 'invalid_token', 'Token expired or revoked');
      withdraw(refresh);
      sendJson(response, 200, {});
    },
  };
}
