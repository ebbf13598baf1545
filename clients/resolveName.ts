import { Resolver } from 'node:dns/promises';

export interface ResolveOptions {
  readonly abortSignal: AbortSignal;
  /** Name servers that are asked, such as `127.0.0.1:53`, instead of this machine’s. */
  readonly servers?: readonly string[];
}

/** Of each of two tries at a name server, milliseconds. */
const ANSWER_MS = 3_000;

/**
 * Every address of a name, IPv4 first, as the name servers tell it: this machine’s own list of hosts is not read, and its
 * search domains are not put behind the name.
 * @throws {Error} with the resolver’s `code` when there is none, and the caller’s reason when `abortSignal` ends it.
 */
export async function resolveName(name: string, { abortSignal, servers }: ResolveOptions): Promise<readonly string[]> {
  abortSignal.throwIfAborted();
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  abortSignal.addEventListener('abort', cancel, { once: true });
  try {
    const families = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    abortSignal.throwIfAborted();
    const found = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
    const [ipv4] = families;
    // Most names have one of the two only; that both fail is a failure.
    if (found.length === 0 && ipv4.status === 'rejected') throw ipv4.reason;
    return found;
  } finally {
    abortSignal.removeEventListener('abort', cancel);
  }
}
