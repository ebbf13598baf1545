// @ts-check
/**
 * Fastly: its purge by surrogate key, and the caches that purge empties, one distribution in front of each web bucket. A
 * page that changed and was not purged stays as it was, as it would for readers.
 */
import { createStandIn, sendJson } from '../base.mjs';
import { createFrontDoor } from '../frontDoor/createFrontDoor.mjs';
import { createCache } from './createCache.mjs';
import { createEdge } from './createEdge.mjs';

/**
 * @typedef {object} Purge
 * @property {string} service
 * @property {string} key
 * @property {boolean} soft
 * @property {number} objects how many it met
 * @property {number} at epoch milliseconds
 */

/** @typedef {{ endpoint: string, bucket: string, accessKey: string, secretKey: string, region?: string }} Origin */

/**
 * @param {object} options
 * @param {Readonly<Record<string, string>>} options.services service id -> the token that may purge it
 * @param {Readonly<Record<string, { service: string, origin: Origin }>>} [options.distributions] by name
 * @param {number} [options.ttlSeconds] a day, as the live service has it; 0 keeps nothing
 * @param {number} [options.missingTtlSeconds] five minutes, as the live service has it
 * @param {number} [options.maxBytes] of all distributions together
 * @param {number} [options.maxObjectBytes]
 * @param {() => number} [options.now] epoch milliseconds
 */
export function createFastly({ services, distributions = {}, ttlSeconds = 86_400, missingTtlSeconds = 300, maxBytes = 64e6, maxObjectBytes = 4e6, now = Date.now }) {
  /** @type {Purge[]} */
  const purges = [];
  const cache = createCache({ maxBytes });
  const sites = Object.entries(distributions).map(([name, { service, origin }]) => {
    const door = createFrontDoor(origin);
    let doorUrl = '';
    const edge = createEdge({ name, service, cache, origin: () => doorUrl, ttlSeconds, missingTtlSeconds, maxObjectBytes, now });
    return {
      name,
      service,
      edge,
      /** @param {number} [port] @returns {Promise<string>} the base URL readers use */
      async listen(port) {
        doorUrl = await door.listen();
        return edge.listen(port);
      },
      async close() {
        await edge.close();
        await door.close();
      },
    };
  });
  const standIn = createStandIn({
    name: 'Fastly',
    statePage: () =>
      [
        `Services: ${Object.keys(services).join(', ')}`,
        ...sites.flatMap(({ edge }) => edge.describe()),
        '',
        'Purges, newest first:',
        ...purges.slice(-50).reverse().map((purge) => `${new Date(purge.at).toISOString()}  ${purge.service}  ${purge.key}${purge.soft ? '  (soft)' : ''}  ${purge.objects} objects`),
      ].join('\n'),
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
      if (typeof given !== 'string' || !Object.values(services).includes(given)) return sendJson(response, 401, { msg: 'Provided credentials are missing or invalid' });
      if (services[service] !== given) return sendJson(response, 404, { msg: 'Record not found', detail: `Cannot load service '${service}'` });
      const soft = request.headers['fastly-soft-purge'] === '1';
      const objects = sites.filter((site) => site.service === service).reduce((sum, { edge }) => sum + edge.purge(key, soft), 0);
      purges.push({ service, key, soft, objects, at: Date.now() });
      if (purges.length > 10_000) purges.splice(0, 5_000);
      // A key that no object carries is purged like any other.
      sendJson(response, 200, { status: 'ok', id: `${purges.length}-${Math.floor(Date.now() / 1000)}-${purges.length}` });
    },
  });
  return {
    ...standIn,
    purges,
    /** @param {string} name @param {number} [port] @returns {Promise<string>} where readers find the distribution */
    async openDistribution(name, port) {
      const site = sites.find((candidate) => candidate.name === name);
      if (site === undefined) throw new Error(`There is no distribution ${name}`);
      return site.listen(port);
    },
    async close() {
      await standIn.close();
      await Promise.all(sites.map((site) => site.close()));
    },
    /** Bytes the caches take. */
    cachedBytes: () => cache.bytes,
  };
}
