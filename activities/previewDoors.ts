import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { ActivityDeps } from './deps.ts';

/** Bytes of an item that somebody writes; the API takes as many. */
const MAX_BYTES = 1_200_000;

export interface DoorRequest {
  readonly method: string;
  /** With its query, such as `/state?by=…`. */
  readonly url: URL;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/**
 * Where the API reaches the previews of this worker: one port for all of them, opened with the first and closed with the last. Each has a key
 * that only its row knows; who comes without one learns nothing.
 */
export function createPreviewDoors({ config, log }: Pick<ActivityDeps, 'config' | 'log'>) {
  /** Hash of a key -> what answers there. */
  const rooms = new Map<string, (request: DoorRequest) => Promise<DoorAnswer>>();
  let listening: Promise<Server> | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers['x-studio-preview'];
    const room = typeof key === 'string' ? rooms.get(hashOf(key)) : undefined;
    if (room === undefined) return send(request, response, { status: 404, body: '' });
    const body = await readJson(request);
    if (body === null) return send(request, response, { status: 413, body: '' });
    try {
      await send(request, response, await room({ method: request.method ?? 'GET', url: new URL(request.url ?? '/', 'http://worker'), body: body.value }));
    } catch (error) {
      log.error({ err: error, url: request.url }, 'A preview could not answer');
      await send(request, response, { status: 500, body: '' });
    }
  }

  function listen(): Promise<Server> {
    const server = createServer((request, response) => void answer(request, response).catch((error: unknown) => log.debug({ err: error }, 'A preview’s answer could not be sent')));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.previewWorkerPort, config.previewWorkerHost, () => resolve(server));
    });
  }

  return {
    /** Lets the API in to what `room` answers. */
    async open(room: (request: DoorRequest) => Promise<DoorAnswer>) {
      const accessKey = randomBytes(32).toString('base64url');
      const hash = hashOf(accessKey);
      rooms.set(hash, room);
      try {
        listening ??= listen();
        const { port } = (await listening).address() as AddressInfo;
        return {
          accessKey,
          address: (config.previewWorkerUrl ?? `http://${reachableHost(config.previewWorkerHost)}:{port}`).replace('{port}', String(port)).replace('{host}', hostname()),
          async close(): Promise<void> {
            rooms.delete(hash);
            if (rooms.size > 0) return;
            const server = await listening;
            listening = undefined;
            server?.close();
            server?.closeAllConnections();
          },
        };
      } catch (error) {
        rooms.delete(hash);
        listening = undefined;
        throw error;
      }
    },
  };
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** An address to listen on that stands for all of a machine is none to be reached at. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

async function send(request: IncomingMessage, response: ServerResponse, answer: DoorAnswer): Promise<void> {
  request.resume();
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/** Null for a body that is too large, or none that can be read. */
async function readJson(request: IncomingMessage): Promise<{ readonly value: unknown } | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  if (bytes === 0) return { value: undefined };
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    // Only the API speaks here, and it sends JSON.
    return null;
  }
}
