// @ts-check
/**
 * One distribution of the CDN: it answers readers from what it keeps, and asks its origin for the rest. Pages of several
 * megabytes are kept whole and cut into ranges here; what is larger passes through.
 */
import { Agent, request as ask } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createStandIn } from '../base.mjs';

/** How long what is no longer fresh may still be served while the origin fails, milliseconds. */
const STALE_IF_ERROR_MS = 24 * 60 * 60_000;
/** Addresses that are known to be too large to keep. */
const MAX_LARGE = 10_000;
/** How long the origin may take to begin its answer, milliseconds. */
const ORIGIN_MS = 60_000;

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {{ status: number, headers: Readonly<Record<string, string>>, body: Buffer }} Answer */
/** @typedef {{ purged: Set<string>, answer: Promise<Answer | 'large'> }} Flight */

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.service
 * @param {ReturnType<typeof import('./createCache.mjs').createCache>} options.cache
 * @param {() => string} options.origin its base URL
 * @param {number} options.ttlSeconds how long an answer is fresh; 0 keeps nothing
 * @param {number} options.missingTtlSeconds how long it is believed that there is nothing; 0 asks each time
 * @param {number} options.maxObjectBytes larger ones pass through
 * @param {() => number} options.now epoch milliseconds
 */
export function createEdge({ name, service, cache, origin, ttlSeconds, missingTtlSeconds, maxObjectBytes, now }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** What is being fetched, so that readers who ask for the same wait for one answer. @type {Map<string, Flight>} */
  const flights = new Map();
  /** @type {Set<Flight>} */
  const inTheAir = new Set();
  /** @type {Set<string>} */
  const large = new Set();
  const counts = { hits: 0, misses: 0 };

  /** @param {string} method @param {string} path @param {import('node:http').OutgoingHttpHeaders} headers @returns {Promise<Request>} */
  const askOrigin = (method, path, headers) =>
    new Promise((resolve, reject) => {
      const asking = ask(`${origin()}${path}`, { method, headers, agent, timeout: ORIGIN_MS }, resolve);
      asking.on('error', reject);
      asking.on('timeout', () => asking.destroy(new Error('the origin does not answer')));
      asking.end();
    });

  /** @param {string} path @returns {Flight} */
  function fetchWhole(path) {
    const known = flights.get(path);
    if (known !== undefined) return known;
    /** @type {Flight} */
    const flight = { purged: new Set(), answer: Promise.resolve('large') };
    flight.answer = take(path, flight).finally(() => {
      inTheAir.delete(flight);
      if (flights.get(path) === flight) flights.delete(path);
    });
    flights.set(path, flight);
    inTheAir.add(flight);
    return flight;
  }

  /** @param {string} path @param {Flight} flight @returns {Promise<Answer | 'large'>} */
  async function take(path, flight) {
    try {
      const message = await askOrigin('GET', path, {});
      const status = message.statusCode ?? 502;
      const headers = headersOf(message, status);
      if (status === 200 && Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) > maxObjectBytes) {
        message.destroy();
        if (large.size >= MAX_LARGE) large.clear();
        large.add(path);
        return 'large';
      }
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const chunk of message) chunks.push(/** @type {Buffer} */ (chunk));
      const answer = { status, headers, body: Buffer.concat(chunks) };
      keep(path, answer, flight);
      return answer;
    } catch (error) {
      return originFailed(error);
    }
  }

  /** @param {string} path @param {Answer} answer @param {Flight} flight */
  function keep(path, answer, flight) {
    const ttl = answer.status === 200 ? ttlSeconds : answer.status === 404 ? missingTtlSeconds : 0;
    const keys = (answer.headers['surrogate-key'] ?? '').split(' ').filter((key) => key !== '');
    // What was on its way when its key was purged may be the old one.
    if (ttl === 0 || keys.some((key) => flight.purged.has(key))) return;
    cache.put({ service, path, ...answer, keys, storedAt: now(), freshUntil: now() + ttl * 1_000 });
  }

  /**
   * @param {Request} request @param {Response} response @param {Answer & { storedAt?: number }} answer @param {'HIT' | 'MISS'} state
   */
  function send(request, response, answer, state) {
    const { 'surrogate-key': surrogateKey, ...shown } = answer.headers;
    /** @type {Record<string, string>} */
    const headers = { ...shown, 'x-cache': state, 'x-served-by': `cache-${name}`, age: String(Math.max(0, Math.floor((now() - (answer.storedAt ?? now())) / 1_000))) };
    if (surrogateKey !== undefined && request.headers['fastly-debug'] !== undefined) headers['surrogate-key'] = surrogateKey;
    const { etag } = shown;
    if (answer.status === 200 && etag !== undefined && request.headers['if-none-match'] === etag) {
      delete headers['content-length'];
      response.writeHead(304, headers);
      return void response.end();
    }
    const isWhole = answer.status !== 200 || (request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag);
    const range = isWhole ? null : readRange(request.headers.range, answer.body.length);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'content-range': `bytes */${answer.body.length}` });
      return void response.end();
    }
    const body = range === null ? answer.body : answer.body.subarray(range.first, range.last + 1);
    if (range !== null) headers['content-range'] = `bytes ${range.first}-${range.last}/${answer.body.length}`;
    headers['content-length'] = String(body.length);
    response.writeHead(range === null ? answer.status : 206, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** @param {Request} request @param {Response} response @param {string} path */
  async function passThrough(request, response, path) {
    /** @type {import('node:http').OutgoingHttpHeaders} */
    const asked = {};
    for (const header of ['range', 'if-range', 'if-none-match']) if (request.headers[header] !== undefined) asked[header] = request.headers[header];
    const message = await askOrigin(request.method ?? 'GET', path, asked).catch(originFailed);
    if ('body' in message) return send(request, response, message, 'MISS');
    const { 'surrogate-key': _own, ...headers } = headersOf(message, message.statusCode ?? 502);
    if (headers['x-standin-unexpected'] !== undefined) response.setHeader('x-standin-unexpected', '1');
    response.writeHead(message.statusCode ?? 502, { ...headers, 'x-cache': 'MISS' });
    // A reader who goes away in the middle is no event.
    await pipeline(message, response).catch(() => response.destroy());
  }

  const standIn = createStandIn({
    name: `CDN of the ${name} sites`,
    servesRoot: true,
    statePage: () => describe().join('\n'),
    answerFault: (response, fault) => {
      const status = Number(fault.fault);
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(`Error ${status} ${status === 429 ? 'Too Many Requests' : status === 500 ? 'Internal Server Error' : 'Service Unavailable'}\n`);
    },
    async handle(request, response, url) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        request.resume();
        response.setHeader('x-standin-unexpected', '1');
        response.writeHead(405, { 'content-type': 'text/plain; charset=utf-8', allow: 'GET, HEAD' });
        return void response.end('A published site can only be read.\n');
      }
      // The query is no part of an address, neither here nor at the origin.
      const path = url.pathname;
      const kept = cache.get(service, path);
      if (kept !== undefined && now() < kept.freshUntil) {
        counts.hits += 1;
        return send(request, response, kept, 'HIT');
      }
      if (kept !== undefined && kept.freshUntil === 0) {
        // Softly purged: this reader gets the old one, and the new one is fetched meanwhile.
        counts.hits += 1;
        void fetchWhole(path).answer;
        return send(request, response, kept, 'HIT');
      }
      counts.misses += 1;
      // Where nothing is kept, nobody waits for an answer that somebody else asked for earlier.
      if (ttlSeconds === 0 || large.has(path)) return passThrough(request, response, path);
      const answer = await fetchWhole(path).answer;
      if (answer === 'large') return passThrough(request, response, path);
      if (answer.status >= 500 && kept !== undefined && now() < kept.freshUntil + STALE_IF_ERROR_MS) return send(request, response, kept, 'HIT');
      if (answer.headers['x-standin-unexpected'] !== undefined) response.setHeader('x-standin-unexpected', '1');
      send(request, response, answer, 'MISS');
    },
  });

  function describe() {
    const { entries, bytes } = cache.sizeOf(service);
    return [`${name}: ${entries} objects, ${(bytes / 1e6).toFixed(1)} MB kept; ${counts.hits} hits, ${counts.misses} misses`];
  }

  return {
    ...standIn,
    describe,
    /** @param {string} key @param {boolean} soft @returns {number} how many objects it met */
    purge(key, soft) {
      for (const flight of inTheAir) flight.purged.add(key);
      // Who asks from now on waits for no answer that was asked for before.
      flights.clear();
      large.clear();
      return cache.purge(service, key, soft);
    },
    async close() {
      await standIn.close();
      agent.destroy();
    },
  };
}

/** @param {unknown} error @returns {Answer} */
function originFailed(error) {
  return { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' }, body: Buffer.from(`Error 503 ${error instanceof Error ? error.message : String(error)}\n`) };
}

/** @param {Request} message @param {number} status @returns {Record<string, string>} */
function headersOf(message, status) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (typeof value === 'string' && !['connection', 'keep-alive', 'transfer-encoding', 'date'].includes(name)) headers[name] = value;
  }
  // An answer that there is nothing carries no key, although the page that says so is some site's.
  if (status !== 200 && status !== 206) delete headers['surrogate-key'];
  return headers;
}

/** @param {string | undefined} header @param {number} size bytes @returns {{ first: number, last: number } | 'unsatisfiable' | null} null for the whole */
function readRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const [from, to] = [match[1] ?? '', match[2] ?? ''];
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) return from !== '' && to !== '' && Number(from) > Number(to) ? null : 'unsatisfiable';
  return { first, last };
}
