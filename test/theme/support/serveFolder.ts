import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { contentTypeOf } from '#domain/contentType.ts';

export interface ServedFolder {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves a folder as readers meet a bucket: `index.html` for a folder, 301 to the slash, 404 for what is not there. */
export async function serveFolder(folder: string): Promise<ServedFolder> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const last = path.slice(path.lastIndexOf('/') + 1);
    if (last !== '' && !last.includes('.')) {
      response.writeHead(301, { location: `${path}/` }).end();
      return;
    }
    const file = normalize(join(folder, last === '' ? `${path}index.html` : path));
    readFile(file).then(
      (body) => response.writeHead(200, { 'content-type': contentTypeOf(file) }).end(body),
      () => response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found'),
    );
  });
  return listen(server);
}

/** A server that answers everything with one status: a root site in trouble. */
export async function serveStatus(status: number): Promise<ServedFolder> {
  return listen(createServer((_, response) => response.writeHead(status).end()));
}

/** A server that answers one path with this text as JSON, and 404 to all else. */
export async function serveJson(path: string, text: string): Promise<ServedFolder> {
  return listen(
    createServer((request, response) => {
      if (new URL(request.url ?? '/', 'http://localhost').pathname === path) response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(text);
      else response.writeHead(404).end();
    }),
  );
}

async function listen(server: ReturnType<typeof createServer>): Promise<ServedFolder> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
