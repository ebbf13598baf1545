import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { ApiProblem, createApiClient } from '../../web/src/lib/apiClient.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function clientOf(answer: (request: IncomingMessage, response: ServerResponse) => void, timeoutMs = 10_000) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  let signedOut = 0;
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = createApiClient({ baseUrl, fetch, timeoutMs, onSignedOut: () => (signedOut += 1) });
  return { call, signedOut: () => signedOut };
}

const refuse = (response: ServerResponse, status: number, body: string): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

async function problemOf(asking: Promise<unknown>): Promise<ApiProblem> {
  const outcome = await asking.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof ApiProblem)) throw new Error('The call was not refused', { cause: outcome });
  return outcome;
}

test('the key of a route makes the request', async () => {
  const seen: unknown[] = [];
  const { call } = await clientOf((request, response) => {
    void text(request).then((body) => {
      seen.push([request.method, request.url, request.headers['content-type'], body]);
      response.end('{}');
    });
  });
  await call('POST /api/v1/sites/:site/publishes', { params: { site: 'a/b c' }, body: { version: 'live' } });
  await call('GET /api/v1/sites', { query: { search: 'x & y', limit: 20, state: undefined } });
  await call('GET /api/v1/me', {});
  expect(seen).toEqual([
    ['POST', '/api/v1/sites/a%2Fb%20c/publishes', 'application/json', '{"version":"live"}'],
    ['GET', '/api/v1/sites?search=x+%26+y&limit=20', undefined, ''],
    ['GET', '/api/v1/me', undefined, ''],
  ]);
});

test('a refusal becomes its code and its sentence, with what is wrong where', async () => {
  const body = { error: { code: 'validation', message: 'The request is not as it should be.', issues: [{ path: 'body.email', message: 'Invalid' }] } };
  const { call, signedOut } = await clientOf((_, response) => refuse(response, 422, JSON.stringify(body)));
  expect(await problemOf(call('GET /api/v1/me', {}))).toMatchObject({ ...body.error, status: 422 });
  expect(signedOut()).toBe(0);
});

test('an answer that nobody is signed in is told once per call', async () => {
  const { call, signedOut } = await clientOf((_, response) => refuse(response, 401, '{"error":{"code":"unauthenticated","message":"Sign in to go on."}}'));
  expect((await problemOf(call('GET /api/v1/me', {}))).code).toBe('unauthenticated');
  expect(signedOut()).toBe(1);
});

test('a proxy’s own page, a broken answer and no answer at all are sentences, too', async () => {
  const proxy = await clientOf((_, response) => refuse(response, 502, '<h1>Bad gateway</h1>'));
  expect(await problemOf(proxy.call('GET /api/v1/me', {}))).toMatchObject({ code: 'unreachable', message: 'The studio is not there just now. It tries again by itself.' });
  const broken = await clientOf((_, response) => refuse(response, 200, '<html>'));
  expect(await problemOf(broken.call('GET /api/v1/me', {}))).toMatchObject({ code: 'internal', status: 200 });
  const cut = await clientOf((request) => request.socket.destroy());
  expect(await problemOf(cut.call('GET /api/v1/me', {}))).toMatchObject({ code: 'unreachable', status: 0 });
  const late = await clientOf(() => undefined, 50);
  expect((await problemOf(late.call('GET /api/v1/me', {}))).message).toBe('The studio takes too long to answer. Try again in a moment.');
});
