// @ts-check
/** The pages of a local user’s sign-in, with the cookies Concourse’s own keep from page to page. */
import { randomUUID } from 'node:crypto';
import { readBody } from '../base.mjs';

/** @typedef {import('node:http').ServerResponse} Response */

/** @param {{ username: string, password: string, issue: () => string, splitsCookie: () => boolean }} options */
export function createSignInPages(options) {
  /** @type {Set<string>} states that were given out and not used */
  const states = new Set();
  const page = (/** @type {Response} */ response, /** @type {string} */ body, /** @type {string[]} */ cookies = []) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) });
    response.end(`<!DOCTYPE html><html><body>${body}</body></html>`);
  };
  const cookiesOf = (/** @type {import('node:http').IncomingMessage} */ request) => Object.fromEntries((request.headers.cookie ?? '').split('; ').filter(Boolean).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));

  /**
   * @param {import('node:http').IncomingMessage} request @param {Response} response @param {URL} url
   * @returns {Promise<boolean>} whether the address is one of these pages
   */
  return async function serve(request, response, url) {
    if (url.pathname === '/sky/login' && request.method === 'GET') {
      const state = randomUUID();
      states.add(state);
      response.writeHead(302, { location: `/sky/issuer/auth?state=${state}`, 'set-cookie': [`skymarshal_state=${state}; Path=/; HttpOnly`] });
      response.end();
      return true;
    }
    if (url.pathname === '/sky/issuer/auth' && request.method === 'GET') {
      const state = url.searchParams.get('state') ?? '';
      page(response, `<a href="/sky/issuer/auth/oidc?state=${state}">Log in with OIDC</a><a href="/sky/issuer/auth/local?state=${state}&amp;client_id=concourse-web">Log in with Username</a>`);
      return true;
    }
    if (url.pathname === '/sky/issuer/auth/local' && request.method === 'GET') {
      response.writeHead(302, { location: `/sky/issuer/auth/local/login?back=&state=${url.searchParams.get('state') ?? ''}` });
      response.end();
      return true;
    }
    if (url.pathname !== '/sky/issuer/auth/local/login') return false;
    const state = url.searchParams.get('state') ?? '';
    const form = `<form method="post" action="/sky/issuer/auth/local/login?back=&amp;state=${state}"><input name="login"><input name="password" type="password"></form>`;
    if (request.method === 'GET') {
      page(response, form);
      return true;
    }
    const given = new URLSearchParams((await readBody(request)).toString('utf8'));
    // The state belongs to one sign-in, and to whoever holds its cookie.
    if (!states.has(state) || cookiesOf(request)['skymarshal_state'] !== state || 'skymarshal_auth' in cookiesOf(request)) {
      response.writeHead(400, { 'content-type': 'text/plain' });
      response.end('unexpected state');
      return true;
    }
    if (given.get('login') !== options.username || given.get('password') !== options.password) {
      page(response, `<div>Invalid username and password.</div>${form}`.replace('Invalid', 'invalid'));
      return true;
    }
    states.delete(state);
    const value = `"bearer ${options.issue()}"`;
    const half = Math.ceil(value.length / 2);
    response.writeHead(303, { location: '/', 'set-cookie': options.splitsCookie() ? [`skymarshal_auth0=${value.slice(0, half)}; Path=/`, `skymarshal_auth1=${value.slice(half)}; Path=/`] : [`skymarshal_auth=${value}; Path=/; HttpOnly`] });
    response.end();
    return true;
  };
}
