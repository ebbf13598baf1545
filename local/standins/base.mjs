// @ts-check
/**
 * What every stand-in has beside its vendor's wire format: a request journal, a fault switch, a page that shows its
 * state, and one way to listen. It speaks HTTP only and imports nothing of the product.
 */
import { createServer } from 'node:http';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Fault
 * @property {'429' | '403' | '403-secondary' | '200-error' | '400' | '500' | '502' | '503' | '504' | 'timeout' | 'drop-after-accept' | 'slow' | 'cut'} fault
 * @property {number} times how many requests it meets; 0 means without end (until `until`)
 * @property {number} [every] meets only each of so many requests that match; all when absent
 * @property {RegExp} match tested against `METHOD /path`
 * @property {RegExp} [query] tested against the query, with its question mark
 * @property {number} [retryAfterSeconds]
 * @property {number} [until] epoch milliseconds after which it is over
 * @property {number} [delayMs]
 * @property {number} [afterBytes] of the answer's body, after which `cut` ends the connection
 * @property {string} [reason] the vendor's own word, where it has several for one status
 */

/**
 * @typedef {object} JournalEntry
 * @property {number} at epoch milliseconds
 * @property {string} method
 * @property {string} path
 * @property {number} status
 * @property {number} bytes of the request
 * @property {boolean} [unexpected] the vendor has no such thing
 * @property {string} [fault]
 */

/**
 * @typedef {object} StandIn
 * @property {(port?: number) => Promise<string>} listen resolves to the base URL
 * @property {() => Promise<void>} close
 * @property {JournalEntry[]} journal
 * @property {(entry: Partial<Fault> & { fault: Fault['fault'] }) => void} addFault
 */

const MAX_JOURNAL = 50_000;

/**
 * Wraps a request handler into a stand-in.
 * @param {object} options
 * @param {string} options.name
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, url: URL) => Promise<void>} options.handle
 * @param {() => Promise<string> | string} options.statePage lines of text, or HTML when it begins with `<`
 * @param {(response: import('node:http').ServerResponse, fault: Fault) => void} [options.answerFault] the vendor's own error
 * @param {(wish: Record<string, any>) => Record<string, unknown> | undefined} [options.control] what else `/_control` can be asked for; its answer, or undefined when the wish is none of its own
 * @param {boolean} [options.servesRoot] the stand-in needs `/` for itself
 * @param {string} [options.host]
 * @returns {StandIn}
 */
export function createStandIn(options) {
  /** @type {JournalEntry[]} */
  const journal = [];
  /** @type {(Fault & { seen: number })[]} */
  let faults = [];
  /** @param {Partial<Fault> & { fault: Fault['fault'] }} entry */
  const addFault = (entry) => {
    faults.push({ times: 1, match: /./, seen: 0, ...entry });
  };

  /** @param {string} line @param {string} query */
  function takeFault(line, query) {
    const now = Date.now();
    faults = faults.filter((fault) => fault.until === undefined || fault.until > now);
    const fault = faults.find((candidate) => {
      if (!candidate.match.test(line) || candidate.query?.test(query) === false) return false;
      candidate.seen += 1;
      return candidate.seen % (candidate.every ?? 1) === 0;
    });
    if (fault === undefined) return undefined;
    if (fault.times === 1) faults = faults.filter((candidate) => candidate !== fault);
    else if (fault.times > 1) fault.times -= 1;
    return fault;
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://standin');
    void serve(request, response, url).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The ${options.name} stand-in failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    });
  });
  server.keepAliveTimeout = 5_000;

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   * @param {URL} url
   */
  async function serve(request, response, url) {
    const method = request.method ?? 'GET';
    if (url.pathname === '/_control' && method === 'POST') {
      const wish = JSON.parse((await readBody(request)).toString('utf8') || '{}');
      const told = options.control?.(wish);
      if (told !== undefined) return sendJson(response, 200, { ok: true, ...told });
      if (wish.clear === true) faults = [];
      else addFault({ fault: wish.fault, times: wish.times ?? (wish.forMs === undefined ? 1 : 0), every: wish.every, match: new RegExp(wish.match ?? '.'), ...(wish.query === undefined ? {} : { query: new RegExp(wish.query) }), retryAfterSeconds: wish.retryAfterSeconds, delayMs: wish.delayMs, afterBytes: wish.afterBytes, reason: wish.reason, ...(wish.forMs === undefined ? {} : { until: Date.now() + wish.forMs }) });
      return sendJson(response, 200, { ok: true, faults: faults.length });
    }
    if (url.pathname === '/_journal') {
      if (method === 'DELETE') {
        journal.length = 0;
        return sendJson(response, 200, { ok: true });
      }
      const since = Number(url.searchParams.get('since') ?? 0);
      return sendJson(response, 200, { entries: journal.filter((entry) => entry.at >= since) });
    }
    if (method === 'GET' && (url.pathname === '/_state' || (url.pathname === '/' && options.servesRoot !== true))) return sendPage(response, options.name, await options.statePage(), journal);

    /** @type {JournalEntry} */
    const entry = { at: Date.now(), method, path: url.pathname + url.search, status: 0, bytes: Number(request.headers['content-length'] ?? 0) };
    journal.push(entry);
    if (journal.length > MAX_JOURNAL) journal.splice(0, journal.length - MAX_JOURNAL);
    response.on('finish', () => {
      entry.status = response.statusCode;
      if (response.getHeader('x-standin-unexpected') !== undefined) entry.unexpected = true;
    });
    const fault = takeFault(`${method} ${url.pathname}`, url.search);
    if (fault !== undefined) {
      entry.fault = fault.fault;
      if (fault.fault === 'slow') await sleep(fault.delayMs ?? 3_000);
      else if (fault.fault === 'timeout') {
        // Accepted and never answered: the client's own time-out ends it.
        request.resume();
        return;
      } else if (fault.fault === 'cut') cutAfter(response, fault.afterBytes ?? 0);
      else if (fault.fault === 'drop-after-accept') {
        await options.handle(request, dropped(response), url);
        response.destroy();
        return;
      } else {
        request.resume();
        if (options.answerFault !== undefined) options.answerFault(response, fault);
        else {
          response.writeHead(Number(fault.fault), { 'content-type': 'text/plain', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
          response.end('fault');
        }
        return;
      }
    }
    await options.handle(request, response, url);
  }

  return {
    journal,
    addFault,
    listen: (port = 0) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, options.host ?? '127.0.0.1', () => {
          server.off('error', reject);
          const address = server.address();
          resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * A response that is thrown away: the work is done, the answer is lost. A real stream, so that what is piped into it ends.
 * @param {import('node:http').ServerResponse} response
 * @returns {import('node:http').ServerResponse}
 */
function dropped(response) {
  const sink = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
    req: response.req,
    statusCode: 200,
    headersSent: false,
    setHeader: () => sink,
    getHeader: () => undefined,
    writeHead: () => {
      sink.headersSent = true;
      return sink;
    },
  });
  return /** @type {import('node:http').ServerResponse} */ (/** @type {unknown} */ (sink));
}

/**
 * Ends the connection once so many bytes of the body are on their way. What a client got before is right.
 * @param {import('node:http').ServerResponse} response
 * @param {number} bytes
 */
function cutAfter(response, bytes) {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  let left = bytes;
  let isCut = false;
  /** @param {string | Uint8Array} chunk */
  const cut = (chunk) => {
    const part = Buffer.from(chunk);
    if (isCut) return false;
    if (part.length < left) {
      left -= part.length;
      return write(part);
    }
    isCut = true;
    // What is left to send goes out before the connection ends.
    write(part.subarray(0, left), () => response.destroy());
    return false;
  };
  /** @param {string | Uint8Array} [chunk] */
  const cutEnd = (chunk) => {
    if (chunk !== undefined) cut(chunk);
    return isCut ? response : end();
  };
  Object.assign(response, { write: cut, end: cutEnd });
}

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Buffer>} */
export async function readBody(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of request) chunks.push(/** @type {Buffer} */ (chunk));
  return Buffer.concat(chunks);
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
export function sendJson(response, status, body, headers = {}) {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(text);
}

/** @param {string} text */
export function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** @param {import('node:http').ServerResponse} response @param {string} name @param {string} state @param {JournalEntry[]} journal */
function sendPage(response, name, state, journal) {
  const rows = journal.slice(-50).reverse().map((entry) => `<tr><td>${new Date(entry.at).toISOString().slice(11, 23)}</td><td>${escapeHtml(entry.method)}</td><td>${escapeHtml(entry.path)}</td><td>${entry.status}</td></tr>`).join('');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(name)} stand-in</title>
<style>body{font:15px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;font:13px ui-monospace,monospace}pre{white-space:pre-wrap}</style>
<h1>${escapeHtml(name)} stand-in</h1><p>A small server on this machine that speaks this service’s wire format.</p>
${state.startsWith('<') ? state : `<pre>${escapeHtml(state)}</pre>`}<h2>Last requests</h2><table>${rows}</table></html>`);
}

/**
 * Reads `--key value` pairs; a key that comes more than once gathers its values.
 * @param {string[]} argv
 * @returns {{ one(key: string, fallback?: string): string, many(key: string): string[], flag(key: string): boolean }}
 */
export function readArguments(argv) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith('--')) throw new Error(`What is ${argument}?`);
    const next = argv[index + 1];
    const value = next === undefined || next.startsWith('--') ? '' : next;
    if (value !== '') index += 1;
    found.set(argument.slice(2), [...(found.get(argument.slice(2)) ?? []), value]);
  }
  return {
    one(key, fallback) {
      const value = found.get(key)?.[0] ?? fallback;
      if (value === undefined) throw new Error(`--${key} is missing`);
      return value;
    },
    many: (key) => found.get(key) ?? [],
    flag: (key) => found.has(key),
  };
}

/**
 * Listens, says so on standard output in one JSON line, and ends on SIGTERM or SIGINT.
 * @param {StandIn} standIn
 * @param {number} port
 */
export async function runStandIn(standIn, port) {
  const url = await standIn.listen(port);
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void standIn.close().then(() => process.exit(0)));
}
