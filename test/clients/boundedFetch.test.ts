import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boundedFetch, FetchError } from '#clients/boundedFetch.ts';

let url: string;
const server: Server = createServer((request, response) => {
  if (request.url === '/silent') return;
  if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1024 * 1024)));
  else if (request.url === '/broken') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  } else if (request.url === '/no') response.writeHead(503).end('later');
  else {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.end(`${request.method ?? ''} ${body}`));
  }
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const bounds = { timeoutMs: 5_000, maxBytes: 1_000 };

test('an answer within its bounds is read, and a form is sent', async () => {
  expect(await boundedFetch(`${url}/`, bounds)).toEqual({ status: 200, text: 'GET ' });
  expect(await boundedFetch(`${url}/`, { ...bounds, method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).toEqual({ status: 200, text: 'POST a=b+c' });
  expect(await boundedFetch(`${url}/no`, { ...bounds, takesErrors: true })).toEqual({ status: 503, text: 'later' });
});

test.each([
  ['says no', '/no', bounds, 'It answers 503'],
  ['says nothing', '/silent', { ...bounds, timeoutMs: 50 }, 'It did not answer within 50 ms'],
  ['unfolds into more than its bound', '/bomb', bounds, 'Its answer is larger than 1,000 bytes'],
  ['breaks off', '/broken', bounds, /^It cannot be reached: /],
])('what %s is an error with its reason', async (_what, path, options, reason) => {
  const failed = boundedFetch(`${url}${path}`, options);
  await expect(failed).rejects.toThrow(reason);
  await expect(failed).rejects.toBeInstanceOf(FetchError);
});

test('where nobody listens, the reason is in the message', async () => {
  await expect(boundedFetch('http://127.0.0.1:9/', bounds)).rejects.toThrow(/^It cannot be reached: connect ECONNREFUSED|^It cannot be reached: bad port/);
});
