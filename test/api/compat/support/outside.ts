import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

export interface Outside {
  /** Base address of the server. */
  readonly url: string;
  /** What it answers, by path; anything else is 404. */
  readonly answers: Map<string, { readonly status?: number; readonly type?: string; readonly body: string }>;
  /** Every request: method, path with query, body. */
  readonly asked: { readonly method: string; readonly url: string; readonly body: string }[];
  /** Requests that wait until it is called; null answers at once. */
  gate: (() => Promise<void>) | null;
}

/** A server that stands for a service outside, for the tests of a file. */
export function useOutside(): Outside {
  let url: string | undefined;
  const outside: Outside = {
    get url() {
      if (url === undefined) throw new Error('The server is there from beforeAll on');
      return url;
    },
    answers: new Map(),
    asked: [],
    gate: null,
  };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const asked = { method: request.method ?? '', url: request.url ?? '', body };
      outside.asked.push(asked);
      const answer = outside.answers.get(asked.url.split('?')[0] ?? '');
      void (outside.gate?.() ?? Promise.resolve()).then(() => response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200), { 'content-type': answer?.type ?? 'text/plain' }).end(answer?.body ?? ''));
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return outside;
}
