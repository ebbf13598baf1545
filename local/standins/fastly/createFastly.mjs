// @ts-check
/**
 * Fastly's purge by surrogate key. It caches nothing: what counts is who asked for which key, and how.
 */
import { createStandIn, sendJson } from '../base.mjs';

/**
 * @typedef {object} Purge
 * @property {string} service
 * @property {string} key
 * @property {boolean} soft
 * @property {number} at epoch milliseconds
 */

/** @param {{ services: Readonly<Record<string, string>> }} options service id -> the token that may purge it */
export function createFastly(options) {
  /** @type {Purge[]} */
  const purges = [];
  const standIn = createStandIn({
    name: 'Fastly',
    statePage: () => [`Services: ${Object.keys(options.services).join(', ')}`, '', 'Purges, newest first:', ...purges.slice(-50).reverse().map((purge) => `${new Date(purge.at).toISOString()}  ${purge.service}  ${purge.key}${purge.soft ? '  (soft)' : ''}`)].join('\n'),
    answerFault: (response, fault) => {
      const status = Number(fault.fault);
      const reset = fault.retryAfterSeconds ?? 1;
      if (status === 429) return sendJson(response, 429, { msg: 'You have exceeded your hourly rate limit', detail: 'Wait for the limit to reset' }, { 'fastly-ratelimit-remaining': '0', 'fastly-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + reset) });
      sendJson(response, status, { msg: 'Service unavailable', detail: 'Try again later' }, fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) });
    },
    async handle(request, response, url) {
      request.resume();
      const match = /^\/service\/([^/]+)\/purge\/([^/]+)$/.exec(url.pathname);
      if (match === null || request.method !== 'POST') {
        response.setHeader('x-standin-unexpected', '1');
        return sendJson(response, 404, { msg: 'Record not found', detail: 'No such resource' });
      }
      const service = decodeURIComponent(match[1] ?? '');
      const key = decodeURIComponent(match[2] ?? '');
      const given = request.headers['fastly-key'];
      // Who has no token learns nothing of which services there are.
      if (typeof given !== 'string' || !Object.values(options.services).includes(given)) return sendJson(response, 401, { msg: 'Provided credentials are missing or invalid' });
      if (options.services[service] !== given) return sendJson(response, 404, { msg: 'Record not found', detail: `Cannot load service '${service}'` });
      purges.push({ service, key, soft: request.headers['fastly-soft-purge'] === '1', at: Date.now() });
      // A key that no object carries is purged like any other.
      sendJson(response, 200, { status: 'ok', id: `${purges.length}-${Math.floor(Date.now() / 1000)}-${purges.length}` });
    },
  });
  return { ...standIn, purges };
}
