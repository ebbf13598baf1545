import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { LinkAnswer, LinkTrouble } from '#domain/linkCheck.ts';
import { hostOf, isAddress, isPublicAddress, judgeUrl } from '#domain/publicAddress.ts';
import { resolveName } from './resolveName.ts';

export interface PublicWebConfig {
  /** Who asks, as servers’ owners read it in their logs. */
  readonly linkCheckUserAgent: string;
  /** Page or address where they can complain. */
  readonly linkCheckContact: string;
}

export interface SocketTarget {
  readonly address: string;
  readonly port: number;
}

export interface PublicWebOptions {
  /** Every address of a name. The name servers of this machine unless a test says otherwise. */
  readonly resolve?: (name: string, abortSignal: AbortSignal) => Promise<readonly string[]>;
  /** Where a socket to a judged address really leads: there, unless a test says otherwise. */
  readonly reach?: (judged: SocketTarget) => SocketTarget;
  /** Certificates that are trusted instead of the usual ones, as PEM. */
  readonly certificateAuthorities?: string;
  readonly limits?: Partial<PublicWebLimits>;
}

export interface PublicWebLimits {
  /** Of all requests for one address together; waiting for a turn does not count. */
  readonly timeoutMs: number;
  /** Of a HEAD, which some servers never answer. */
  readonly headTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxRedirects: number;
}

const LIMITS: PublicWebLimits = { timeoutMs: 30_000, headTimeoutMs: 10_000, connectTimeoutMs: 5_000, maxHeaderBytes: 32 * 1024, maxRedirects: 10 };

/** Addresses of one name that are tried when the first does not let us in. */
const MAX_ADDRESSES = 3;
/** Characters of a refused address that are told. */
const MAX_SHOWN = 500;
/** Answers to HEAD that say nothing of what GET would be answered. */
const HEAD_REFUSED = new Set([400, 403, 404, 405, 501]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

type Method = 'HEAD' | 'GET';

interface Answered {
  readonly status: number;
  readonly location: string | undefined;
  /** Null where it does not say. */
  readonly bytes: number | null;
}

/** What came of asking for an address, with the length of what is there; null where it does not say. */
export type MeasuredAnswer = Exclude<LinkAnswer, { readonly kind: 'answered' }> | (Extract<LinkAnswer, { readonly kind: 'answered' }> & { readonly bytes: number | null });

interface Asking {
  /** Waits until a request to this host may be sent; it is called before each. */
  readonly turn?: (host: string) => Promise<void>;
  readonly abortSignal?: AbortSignal;
}

/** What a single request ended with when not with an answer. */
class Trouble extends Error {
  readonly why: LinkTrouble;
  constructor(why: LinkTrouble, detail: string) {
    super(detail);
    this.why = why;
  }
}

export type PublicWeb = ReturnType<typeof createPublicWeb>;

/**
 * The public web, asked for addresses that anybody may have written. Nothing but public hosts is reached: a name is
 * resolved once for all requests of a check, every address of it is judged, the socket goes to a judged address and not to
 * the name, and each redirect is followed here and judged like the first address. Bodies are never read.
 */
export function createPublicWeb(config: PublicWebConfig, options: PublicWebOptions = {}) {
  const limits = { ...LIMITS, ...options.limits };
  const resolve = options.resolve ?? ((name: string, abortSignal: AbortSignal) => resolveName(name, { abortSignal }));
  const reach = options.reach ?? ((judged: SocketTarget) => judged);
  const userAgent = `${config.linkCheckUserAgent} (+${config.linkCheckContact})`;

  /** One request to a judged URL. @throws {Trouble} */
  async function ask(url: URL, method: Method, addresses: readonly string[], abortSignal: AbortSignal): Promise<Answered> {
    const socket = await open(url, addresses, abortSignal);
    try {
      const request = httpRequest({
        createConnection: () => socket,
        method,
        host: url.hostname,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, 'user-agent': userAgent, accept: '*/*' },
        maxHeaderSize: limits.maxHeaderBytes,
        signal: abortSignal,
      });
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        // The listener stays: what goes wrong after the answer concerns nobody, and must not end the process.
        request.on('response', resolve).on('error', reject);
        request.on('upgrade', () => reject(new Error('it changes to another protocol')));
      });
      request.end();
      const response = await answered;
      response.on('error', ignore);
      return { status: response.statusCode ?? 0, location: response.headers.location, bytes: lengthOf(response) };
    } catch (error) {
      if (abortSignal.aborted) throw error;
      throw new Trouble('answer', `it gave no proper answer: ${codeOf(error)}`);
    } finally {
      // Whatever else it would send, this is all that is wanted of it.
      socket.destroy();
    }
  }

  /** A socket to the first of these addresses that lets us in. @throws {Trouble} */
  async function open(url: URL, addresses: readonly string[], abortSignal: AbortSignal): Promise<Socket> {
    const isSecure = url.protocol === 'https:';
    let last: unknown;
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      const target = reach({ address, port: isSecure ? 443 : 80 });
      const socket = isSecure ? connectTls({ ...tlsOptionsOf(url), host: target.address, port: target.port }) : connectSocket({ host: target.address, port: target.port });
      socket.on('error', ignore);
      let isThere = false;
      try {
        await once(socket, 'connect', { signal: AbortSignal.any([abortSignal, AbortSignal.timeout(limits.connectTimeoutMs)]) });
        isThere = true;
        if (isSecure) await once(socket, 'secureConnect', { signal: abortSignal });
        return socket;
      } catch (error) {
        socket.destroy();
        if (abortSignal.aborted) throw error;
        if (isThere) throw new Trouble('tls', `it cannot be spoken to in confidence: ${codeOf(error)}`);
        last = error;
      }
    }
    throw new Trouble('connect', `it cannot be reached: ${codeOf(last)}`);
  }

  /** TLS for the name that was asked for, whatever the socket leads to. */
  function tlsOptionsOf(url: URL): ConnectionOptions {
    const host = hostOf(url).replace(/\.$/, '');
    return { ...(isAddress(host) ? {} : { servername: host }), ALPNProtocols: ['http/1.1'], ...(options.certificateAuthorities === undefined ? {} : { ca: options.certificateAuthorities }) };
  }

  /** The addresses a URL may be asked at; null when any of them is not public. @throws {Trouble} */
  async function judgedAddresses(url: URL, pinned: Map<string, readonly string[]>, abortSignal: AbortSignal): Promise<readonly string[] | null> {
    const host = hostOf(url);
    const known = isAddress(host) ? [host] : pinned.get(host);
    if (known !== undefined) return known;
    let found: readonly string[];
    try {
      found = await resolve(host, abortSignal);
    } catch (error) {
      if (abortSignal.aborted) throw error;
      throw new Trouble('dns', `its name cannot be resolved: ${codeOf(error)}`);
    }
    if (found.length === 0) throw new Trouble('dns', 'its name has no address');
    // One that leads inside among others that do not is how a name is made to slip through.
    if (!found.every(isPublicAddress)) return null;
    pinned.set(host, found);
    return found;
  }

  async function look(address: string, { turn, abortSignal }: Asking): Promise<MeasuredAnswer> {
    let judged = judgeUrl(address);
    if ('fault' in judged) return { kind: 'refused', why: judged.fault, at: cut(address) };
    let { url } = judged;
    let method: Method = 'HEAD';
    let leftMs = limits.timeoutMs;
    let redirects = 0;
    const seen = new Set<string>();
    const pinned = new Map<string, readonly string[]>();
    for (;;) {
      if (seen.has(`${method} ${url.href}`)) return { kind: 'failed', why: 'redirects', detail: 'it redirects in a circle' };
      seen.add(`${method} ${url.href}`);
      await turn?.(url.host);
      abortSignal?.throwIfAborted();
      const boundMs = Math.ceil(method === 'HEAD' ? Math.min(leftMs, limits.headTimeoutMs) : leftMs);
      const timeout = AbortSignal.timeout(boundMs);
      const signal = abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]);
      const startedAt = performance.now();
      let answer: Answered;
      try {
        const addresses = await judgedAddresses(url, pinned, signal);
        if (addresses === null) return { kind: 'refused', why: 'notPublic', at: cut(url.href) };
        answer = await ask(url, method, addresses, signal);
      } catch (error) {
        abortSignal?.throwIfAborted();
        if (!timeout.aborted && !(error instanceof Trouble)) throw error;
        leftMs -= performance.now() - startedAt;
        const trouble = error instanceof Trouble ? error : new Trouble('timeout', `it did not answer within ${limits.timeoutMs} ms`);
        // Some servers hang up on HEAD, or never answer it.
        const isHeadTrouble = method === 'HEAD' && (trouble.why === 'answer' || trouble.why === 'timeout');
        if (!isHeadTrouble || leftMs <= 0) return { kind: 'failed', why: trouble.why, detail: trouble.message };
        method = 'GET';
        continue;
      }
      leftMs -= performance.now() - startedAt;
      const { status, location, bytes } = answer;
      if (REDIRECTS.has(status) && location !== undefined) {
        redirects += 1;
        if (redirects > limits.maxRedirects) return { kind: 'failed', why: 'redirects', detail: `it redirects more than ${limits.maxRedirects} times` };
        judged = judgeUrl(location, url);
        if ('fault' in judged) return { kind: 'refused', why: judged.fault, at: cut(location) };
        ({ url } = judged);
      } else if (method === 'HEAD' && HEAD_REFUSED.has(status)) method = 'GET';
      else return { kind: 'answered', status, finalUrl: url.href, bytes };
      if (leftMs <= 0) return { kind: 'failed', why: 'timeout', detail: `it did not answer within ${limits.timeoutMs} ms` };
    }
  }

  return {
    /**
     * Asks whether something is at an address: with HEAD, and with GET where HEAD is refused. Whatever the address does is an
     * answer; only the caller’s abort is thrown.
     */
    async check(address: string, asking: Asking = {}): Promise<LinkAnswer> {
      const looked = await look(address, asking);
      return looked.kind === 'answered' ? { kind: looked.kind, status: looked.status, finalUrl: looked.finalUrl } : looked;
    },

    /** The same, with the length of what is there as its server says it. */
    measure: (address: string, asking: Asking = {}): Promise<MeasuredAnswer> => look(address, asking),
  };
}

/** Bytes of what was asked for. A server that packs it, or sends an error, tells the length of something else. */
function lengthOf({ statusCode = 0, headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  const isWhole = statusCode === 200 && (headers['content-encoding'] ?? 'identity') === 'identity';
  return isWhole && length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

/** As much of an address as people read, however long a server made it. */
function cut(address: string): string {
  return address.length > MAX_SHOWN ? `${address.slice(0, MAX_SHOWN)}…` : address;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'ETIMEDOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function ignore(): void {
  // An error of a socket that nobody waits for any more would end the process.
}
