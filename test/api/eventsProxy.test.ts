import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { announce } from '#db/changes.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, useApi } from './support/testApi.ts';

const IDLE_MS = 60_000;
/** As much as the proxy collects of an answer before it hands anything on, unless the answer forbids it. */
const BUFFER_BYTES = 8 * 1024;

const api = useApi();
let ada: Caller;
beforeAll(async () => {
  await makeSite(api.db, 'algebra');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});

/** Text that came so far, and the end. */
interface Reader {
  readonly text: () => string;
  readonly isClosed: () => boolean;
  /** The next time something came or ended. No clock is asked: those of this file stand still. */
  next(): Promise<void>;
  close(): void;
}

function read(url: string, headers: Readonly<Record<string, string>>): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers }, (answer) => {
      let text = '';
      let isClosed = false;
      const wake: (() => void)[] = [];
      const woken = (): void => {
        for (const each of wake.splice(0)) each();
      };
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        woken();
      });
      answer.on('close', () => {
        isClosed = true;
        woken();
      });
      answer.on('error', () => undefined);
      resolve({ text: () => text, isClosed: () => isClosed, next: () => new Promise((done) => void wake.push(done)), close: () => request.destroy() });
    });
    request.on('error', reject);
  });
}

const stops: (() => void)[] = [];
beforeEach(() => {
  // The clock of the stream and that of the proxy, which is in this process too; sockets have theirs elsewhere.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.useRealTimers();
});

/** A proxy as nginx is set up by itself: it collects what an answer sends, unless that says not to, and gives up on who sends nothing for a minute. */
async function startProxy(target: string): Promise<string> {
  const proxy = createServer((request: IncomingMessage, response: ServerResponse) => {
    const upstream = get(`${target}${request.url ?? ''}`, { headers: request.headers }, (answer) => {
      const isDirect = answer.headers['x-accel-buffering'] === 'no';
      let held: Buffer[] = [];
      const giveUp = (): void => {
        upstream.destroy();
        response.destroy();
      };
      let idle = setTimeout(giveUp, IDLE_MS);
      // As nginx does it, the header is for the proxy alone.
      delete answer.headers['x-accel-buffering'];
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.on('data', (chunk: Buffer) => {
        clearTimeout(idle);
        idle = setTimeout(giveUp, IDLE_MS);
        held.push(chunk);
        if (!isDirect && held.reduce((sum, each) => sum + each.length, 0) < BUFFER_BYTES) return;
        response.write(Buffer.concat(held));
        held = [];
      });
      answer.on('error', () => undefined);
      answer.on('end', () => response.end(Buffer.concat(held)));
    });
    upstream.on('error', () => response.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test('a stream on which nothing happens stays open behind a proxy that gives up after a minute, and hears at once of what then happens', async () => {
  const reader = await read(`${await startProxy(api.url)}/api/v1/events`, { cookie: ada.headers['cookie'] ?? '' });
  stops.push(() => reader.close());
  if (reader.text() === '') await reader.next();
  expect(reader.text()).toBe('retry: 1000\n\n');
  for (let comments = 1; comments <= 20; comments += 1) {
    const heard = reader.next();
    vi.advanceTimersByTime(15_000);
    await heard;
    expect([comments, reader.isClosed(), reader.text().split(': still here\n\n').length - 1]).toEqual([comments, false, comments]);
  }
  const heard = reader.next();
  await announce(api.db, { kind: 'site', site: 'algebra', runId: null });
  await heard;
  expect(reader.text()).toMatch(/event: change\ndata: \{"kind":"site","site":"algebra","runId":null\}\n\n$/);
});

test('the proxy of that test does give up on silence, and does hold back what it may', async () => {
  const silent = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...(request.url === '/direct' ? { 'x-accel-buffering': 'no' } : {}) });
    response.write('retry: 1000\n\n');
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const proxy = await startProxy(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const [direct, held] = [await read(`${proxy}/direct`, {}), await read(`${proxy}/held`, {})];
  if (direct.text() === '') await direct.next();
  expect([direct.text(), held.text()]).toEqual(['retry: 1000\n\n', '']);
  const [first, second] = [direct.next(), held.next()];
  vi.advanceTimersByTime(IDLE_MS);
  await Promise.all([first, second]);
  expect([direct.isClosed(), held.isClosed(), held.text()]).toEqual([true, true, '']);
});

test('the stream tells proxies neither to collect, nor to keep, nor to change it', async () => {
  const off = new AbortController();
  const answer = await fetch(`${api.url}/api/v1/events`, { headers: ada.headers, signal: off.signal });
  off.abort();
  expect([answer.headers.get('x-accel-buffering'), answer.headers.get('cache-control'), answer.headers.get('content-encoding'), answer.headers.get('content-length')]).toEqual(['no', 'private, no-store, no-transform', null, null]);
});
