/**
 * Setup file of every test project: a test may speak to this machine and to nobody else. It patches the two doors every
 * Node client goes through (sockets and names); native code and child processes are not covered, so those are started by
 * tests with loopback addresses only.
 */
import dns from 'node:dns';
import net from 'node:net';

/** True for names and addresses of this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === '' || name === 'localhost' || name.endsWith('.localhost')) return true;
  if (name === '::1' || name === '::' || name === '0.0.0.0') return true;
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name);
}

function refusal(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`Tests speak to loopback only; something tried to reach ${host}`), { code: 'ENETUNREACH' });
}

/** The host of the many ways to call `socket.connect`; '' for a path (a Unix socket) or no host at all. */
function hostOf(args: readonly unknown[]): string {
  // net.connect() hands over its arguments already normalized, as an array inside the array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    const options = first as { host?: unknown; path?: unknown };
    return typeof options.path === 'string' || typeof options.host !== 'string' ? '' : options.host;
  }
  return typeof second === 'string' ? second : '';
}

const marker = Symbol.for('ocw-studio.test.loopbackOnly');
const registry = globalThis as { [marker]?: true };

if (registry[marker] !== true) {
  registry[marker] = true;

  type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;
  const prototype = net.Socket.prototype as unknown as { connect: Connect };
  const connect = prototype.connect;
  prototype.connect = function connectToLoopback(...args) {
    const host = hostOf(args);
    if (isLoopback(host)) return connect.apply(this, args);
    // As a real failure arrives: later, as an event, so that clients handle it the way they handle an unplugged cable.
    process.nextTick(() => this.destroy(refusal(host)));
    return this;
  };

  type Lookup = (host: string, ...rest: unknown[]) => unknown;
  const names = dns as unknown as Record<'lookup' | 'resolve' | 'resolve4' | 'resolve6', Lookup>;
  for (const method of ['lookup', 'resolve', 'resolve4', 'resolve6'] as const) {
    const original = names[method];
    names[method] = (host, ...rest) => {
      if (isLoopback(host) || net.isIP(host) !== 0) return original(host, ...rest);
      const callback = rest.at(-1);
      if (typeof callback !== 'function') throw refusal(host);
      process.nextTick(() => {
        (callback as (error: Error) => void)(refusal(host));
      });
      return undefined;
    };
  }
  const promised = dns.promises as unknown as Record<'lookup' | 'resolve', (host: string, ...rest: unknown[]) => Promise<unknown>>;
  for (const method of ['lookup', 'resolve'] as const) {
    const original = promised[method];
    promised[method] = (host, ...rest) => (isLoopback(host) || net.isIP(host) !== 0 ? original(host, ...rest) : Promise.reject(refusal(host)));
  }
}
