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
  } else if (request.url === '/no') response.writeHead(503, { 'retry-after': '7' }).end('later');
  else if (request.url === '/header') response.end(request.headers['x-key']);
  else if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
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
  expect(await boundedFetch(`${url}/`, bounds)).toMatchObject({ status: 200, text: 'GET ' });
  expect(await boundedFetch(`${url}/`, { ...bounds, method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).toMatchObject({ status: 200, text: 'POST a=b+c' });
  const no = await boundedFetch(`${url}/no`, { ...bounds, takesErrors: true });
  expect(no).toMatchObject({ status: 503, text: 'later' });
  expect(no.headers.get('retry-after')).toBe('7');
});

test('headers are sent, and a redirect is followed unless errors are taken', async () => {
  expect(await boundedFetch(`${url}/header`, { ...bounds, headers: { 'x-key': 'k' } })).toMatchObject({ text: 'k' });
  expect(await boundedFetch(`${url}/moved`, bounds)).toMatchObject({ status: 200 });
  expect(await boundedFetch(`${url}/moved`, { ...bounds, takesErrors: true })).toMatchObject({ status: 302 });
});

test('how far it came is said', async () => {
  await expect(boundedFetch(`${url}/no`, bounds)).rejects.toMatchObject({ kind: 'answered' });
  await expect(boundedFetch(`${url}/bomb`, bounds)).rejects.toMatchObject({ kind: 'answered' });
  await expect(boundedFetch(`${url}/broken`, bounds)).rejects.toMatchObject({ kind: 'unanswered' });
  await expect(boundedFetch(`${url}/silent`, { ...bounds, timeoutMs: 50 })).rejects.toMatchObject({ kind: 'unanswered' });
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await expect(boundedFetch(`http://127.0.0.1:${port}/`, bounds)).rejects.toMatchObject({ kind: 'notSent' });
});

test('it ends with who asks, for that reason', async () => {
  const stop = new AbortController();
  const asked = boundedFetch(`${url}/silent`, { ...bounds, abortSignal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow(/^stopped$/);
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
