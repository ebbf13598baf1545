// @ts-check
/**
 * PostHog's endpoint for batches of events and the one for definitions of flags, with a page that shows both. Nothing leaves this machine.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';

const MAX_BYTES = 20 * 1024 * 1024;
const MAX_EVENTS = 1_000;

/** @typedef {{ key: string, active?: boolean, filters?: object }} Flag */

/**
 * @param {object} options
 * @param {string} options.projectKey what events are sent with; public
 * @param {string} options.secureKey what definitions of flags are read with
 */
export function createPostHog({ projectKey, secureKey }) {
  /** @type {Record<string, any>[]} */
  const events = [];
  /** @type {string[]} */
  const raw = [];
  /** @type {Flag[]} */
  let flags = [];

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} type @param {string} code @param {string} detail @param {Record<string, string>} [headers] */
  const refuse = (response, status, type, code, detail, headers = {}) => sendJson(response, status, { type, code, detail, attr: null }, headers);

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function take(request, response) {
    const given = await readBody(request);
    if (given.length > MAX_BYTES) return refuse(response, 413, 'validation_error', 'too_large', 'Payload too large');
    let batch;
    try {
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(given) : given).toString('utf8');
      batch = JSON.parse(text);
      raw.push(text);
    } catch {
      return refuse(response, 400, 'validation_error', 'invalid_payload', 'Malformed request data');
    }
    if (typeof batch?.api_key !== 'string') return refuse(response, 401, 'authentication_error', 'missing_api_key', 'API key not provided. You can find your project API key in your PostHog project settings.');
    if (!Array.isArray(batch.batch)) return refuse(response, 400, 'validation_error', 'invalid_payload', 'Malformed request data');
    // A key of nobody's is taken like any other; its events are dropped later.
    if (batch.api_key === projectKey) events.push(...batch.batch);
    if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
    sendJson(response, 200, { status: 'Ok' });
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {URL} url */
  function define(request, response, url) {
    request.resume();
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) return refuse(response, 401, 'authentication_error', 'not_authenticated', 'Authentication credentials were not provided.');
    if (key !== secureKey) return refuse(response, 401, 'authentication_error', 'authentication_failed', 'Personal API key found in request Authorization header is invalid.');
    if (url.searchParams.get('token') !== projectKey) return refuse(response, 403, 'authentication_error', 'permission_denied', 'You do not have access to this project.');
    const body = { flags: flags.map((flag, index) => ({ id: index + 1, name: flag.key, active: true, deleted: false, filters: { groups: [] }, ...flag })), group_type_mapping: {}, cohorts: {} };
    const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag });
      return void response.end();
    }
    sendJson(response, 200, body, { etag });
  }

  const standIn = createStandIn({
    name: 'PostHog',
    statePage: () =>
      `<h2>Flags</h2><pre>${escapeHtml(JSON.stringify(flags, null, 2))}</pre><p>Set them by a POST of <code>{"flags": […]}</code> to <code>/_control</code>.</p><h2>Events, newest first</h2>${[...events].reverse().slice(0, 100).map((event) => `<details><summary><b>${escapeHtml(String(event['event']))}</b> ${escapeHtml(String(event['timestamp']))}</summary><pre>${escapeHtml(JSON.stringify(event, null, 2))}</pre></details>`).join('\n')}`,
    control(wish) {
      if (!Array.isArray(wish['flags'])) return undefined;
      flags = wish['flags'];
      return { flags: flags.length };
    },
    answerFault: (response, fault) => refuse(response, Number(fault.fault), fault.fault === '429' ? 'throttled_error' : 'server_error', fault.fault === '429' ? 'throttled' : 'error', fault.fault === '429' ? 'Request was throttled.' : 'A server error occurred.', fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
    async handle(request, response, url) {
      if (url.pathname === '/_events' && request.method === 'GET') return sendJson(response, 200, { events });
      const path = `${request.method} ${url.pathname.replace(/\/$/, '')}`;
      if (path === 'POST /batch') return take(request, response);
      if (path === 'GET /api/feature_flag/local_evaluation') return define(request, response, url);
      request.resume();
      // Among them /flags, where flags are evaluated from afar with what is told of a person: nobody shall ask there.
      response.setHeader('x-standin-unexpected', '1');
      return refuse(response, 404, 'invalid_request', 'not_found', 'Endpoint not found.');
    },
  });
  return {
    ...standIn,
    events,
    raw,
    /** @param {Flag[]} wanted */
    setFlags(wanted) {
      flags = wanted;
    },
  };
}
