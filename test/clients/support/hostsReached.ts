import net from 'node:net';

/** What this process connects to while something is done, as `host:port`; connections that were open before are not seen. */
export async function hostsReached(work: () => Promise<void>): Promise<string[]> {
  const reached = new Set<string>();
  const sockets = net.Socket.prototype as unknown as { connect: (this: unknown, ...args: unknown[]) => unknown };
  const { connect } = sockets;
  sockets.connect = function watch(...args) {
    const [first] = (Array.isArray(args[0]) ? args[0] : args) as [{ host?: string; port?: number }?];
    reached.add(`${first?.host ?? ''}:${first?.port ?? ''}`);
    return connect.apply(this, args);
  };
  try {
    await work();
  } finally {
    sockets.connect = connect;
  }
  return [...reached];
}
