// @ts-check
/**
 * Sentry's endpoint for envelopes, and a page that shows the events that came. Nothing leaves this machine.
 */
import { gunzipSync } from 'node:zlib';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';
import { readEnvelope } from './readEnvelope.mjs';

const MAX_BYTES = 20 * 1024 * 1024;
const MAX_EVENTS = 1_000;
/** Browsers of every page may send. */
const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-sentry-error,x-sentry-rate-limits,retry-after', 'cross-origin-resource-policy': 'cross-origin' };

/**
 * @param {object} options
 * @param {string} options.project number of the one project
 * @param {string} options.key its public key
 */
export function createSentry({ project, key }) {
  /** @type {Record<string, any>[]} */
  const events = [];
  /** @type {string[]} */
  const raw = [];

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} detail @param {Record<string, string>} [headers] */
  const refuse = (response, status, detail, headers = {}) => sendJson(response, status, { detail }, { ...CORS, 'x-sentry-error': detail, ...headers });

  /** @param {import('node:http').IncomingMessage} request @param {URL} url */
  const keyOf = (request, url) => url.searchParams.get('sentry_key') ?? /sentry_key=([^,\s]+)/.exec(String(request.headers['x-sentry-auth'] ?? ''))?.[1];

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {URL} url */
  async function take(request, response, url) {
    const given = await readBody(request);
    if (keyOf(request, url) !== key) return refuse(response, 403, 'bad sentry DSN public key');
    if (given.length > MAX_BYTES) return refuse(response, 413, 'envelope exceeded size limits');
    let envelope;
    let body = given;
    try {
      body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(given) : given;
      envelope = readEnvelope(body);
    } catch (error) {
      return refuse(response, 400, `invalid event envelope: ${error instanceof Error ? error.message : String(error)}`);
    }
    raw.push(body.toString('utf8'));
    for (const { headers, payload } of envelope.items) if (headers.type === 'event') events.push({ .../** @type {object} */ (payload), receivedAt: Date.now() });
    if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
    sendJson(response, 200, { id: envelope.headers.event_id }, CORS);
  }

  /** @param {Record<string, any>} event */
  const titleOf = (event) => {
    const main = event.exception?.values?.at(-1);
    return `${main?.type ?? 'Event'}: ${main?.value ?? ''}`;
  };

  const standIn = createStandIn({
    name: 'Sentry',
    statePage: () =>
      `<h2>Events, newest first</h2>${events.length === 0 ? '<p>There is none yet.</p>' : ''}${[...events].reverse().slice(0, 100).map((event) => `<details><summary><b>${escapeHtml(titleOf(event))}</b> ${escapeHtml(event.environment ?? '')} ${escapeHtml(event.release ?? '')}</summary><pre>${escapeHtml(JSON.stringify(event, null, 2))}</pre></details>`).join('\n')}`,
    answerFault(response, fault) {
      const wait = fault.retryAfterSeconds ?? 60;
      if (fault.fault === '429') refuse(response, 429, 'Sentry dropped data due to a quota or internal rate limit being reached.', { 'retry-after': String(wait), 'x-sentry-rate-limits': `${wait}:${fault.reason ?? ''}:organization` });
      else refuse(response, Number(fault.fault), 'internal server error');
    },
    async handle(request, response, url) {
      if (url.pathname === '/_events' && request.method === 'GET') return sendJson(response, 200, { events });
      const path = /^\/api\/([0-9]+)\/envelope\/?$/.exec(url.pathname);
      if (path === null) {
        request.resume();
        response.setHeader('x-standin-unexpected', '1');
        return refuse(response, 404, 'Not found');
      }
      if (request.method === 'OPTIONS') {
        response.writeHead(204, { ...CORS, 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'x-sentry-auth,content-type,content-encoding' });
        return void response.end();
      }
      if (request.method !== 'POST') {
        request.resume();
        return refuse(response, 405, 'method not allowed');
      }
      if (path[1] !== project) {
        request.resume();
        return refuse(response, 403, 'project not found');
      }
      return take(request, response, url);
    },
  });
  return { ...standIn, events, raw };
}
