import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPublicWeb, type PublicWeb, type PublicWebLimits, type SocketTarget } from '#clients/publicWeb.ts';
import { newKeys } from '#test/api/support/keys.ts';
import { makeConfig } from '#test/factories/config.ts';
import { hostileAddresses } from '#test/support/hostileAddresses.ts';
import { until } from '#test/support/until.ts';

/** Addresses of the public internet; here they lead to servers on this machine, and every other one to the canary. */
const PUBLIC = '93.184.215.14';
const PUBLIC_V6 = '2606:2800:21f:cb07::14';
const RAW = '93.184.215.15';
const CLOSED = '93.184.215.16';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

let asked: Asked[] = [];
let bodyBytes = 0;
let canaryHits = 0;
let resolved: string[] = [];
let answers: Record<string, readonly string[] | (() => readonly string[])> = {};
const servers: Server[] = [];
const sockets = new Set<Socket>();
const ports = { site: 0, secure: 0, raw: 0, closed: 0, canary: 0 };
let certificate = '';

function serve(request: IncomingMessage, response: ServerResponse): void {
  asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
  const url = new URL(request.url ?? '/', 'http://good.example.edu');
  const isHead = request.method === 'HEAD';
  const [, path = '', argument = ''] = url.pathname.split('/');
  if (path === 'head') response.writeHead(isHead ? Number(argument) : 200).end();
  else if (path === 'status') response.writeHead(Number(argument)).end();
  else if (path === 'to') response.writeHead(302, { location: url.searchParams.get('url') ?? '' }).end();
  else if (path === 'chain') response.writeHead(301, { location: Number(argument) <= 1 ? '/status/200' : `/chain/${Number(argument) - 1}` }).end();
  else if (path === 'circle') response.writeHead(307, { location: argument === 'a' ? '/circle/b' : '/circle/a' }).end();
  else if (path === 'nowhere') response.writeHead(302).end();
  else if (path === 'hangs-up' && isHead) request.socket.destroy();
  else if (path === 'never-head' && isHead) return;
  else if (path === 'never') return;
  else if (path === 'headers') response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end();
  else if (path === 'slow') {
    response.writeHead(isHead ? 405 : 200, { 'content-length': '1000' });
    response.flushHeaders();
    if (isHead) response.end();
  } else if (path === 'sized') response.writeHead(argument === 'gone' ? 404 : isHead && argument === 'get' ? 405 : 200, { 'content-length': '5000000000', ...(argument === 'packed' ? { 'content-encoding': 'gzip' } : {}) }).flushHeaders();
  else if (path === 'huge') {
    if (isHead) response.writeHead(405).end();
    else pour(response.writeHead(200));
  } else response.end();
}

/** Sends without end, and counts what it got rid of. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk)) bodyBytes += chunk.length;
    bodyBytes += chunk.length;
  };
  response.on('drain', more);
  more();
}

/** What an address does that speaks no HTTP, by its path. */
function speakRaw(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.once('data', (bytes) => {
    const path = /^\w+ (\S+)/.exec(bytes.toString())?.[1];
    if (path === '/upgrade') socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    else if (path === '/continue') for (let index = 0; index < 1_000; index += 1) socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
    else socket.end('220 mail.example.edu ESMTP\r\n');
  });
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const keys = await newKeys('good.example.edu');
  certificate = keys.certificate;
  ports.site = await listen(createHttpServer(serve));
  ports.secure = await listen(createHttpsServer({ key: keys.privateKey, cert: keys.certificate }, serve));
  ports.raw = await listen(createSocketServer(speakRaw));
  ports.canary = await listen(
    createSocketServer((socket) => {
      canaryHits += 1;
      socket.on('error', () => undefined).resume();
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    }),
  );
  const closed = createSocketServer();
  ports.closed = await listen(closed);
  closed.close();
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});
beforeEach(() => {
  asked = [];
  resolved = [];
  bodyBytes = 0;
  canaryHits = 0;
  answers = { 'good.example.edu': [PUBLIC], 'other.example.edu': [PUBLIC], 'raw.example.edu': [RAW], 'closed.example.edu': [CLOSED] };
});

function reach({ address, port }: SocketTarget): SocketTarget {
  const at = `${address}:${port}`;
  const found = { [`${PUBLIC}:80`]: ports.site, [`${PUBLIC_V6}:80`]: ports.site, [`${PUBLIC}:443`]: ports.secure, [`${RAW}:80`]: ports.raw, [`${CLOSED}:80`]: ports.closed }[at] ?? ports.canary;
  return { address: '127.0.0.1', port: found };
}

async function resolve(name: string): Promise<readonly string[]> {
  resolved.push(name);
  const answer = answers[name];
  if (answer === undefined) throw Object.assign(new Error(`queryA ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
  return typeof answer === 'function' ? answer() : answer;
}

const webOf = (limits: Partial<PublicWebLimits> = {}, certificateAuthorities = certificate): PublicWeb =>
  createPublicWeb(makeConfig({ LINK_CHECK_USER_AGENT: 'Studio/1', LINK_CHECK_CONTACT: 'https://example.edu/contact' }), { resolve, reach, certificateAuthorities, limits });

const GOOD = 'http://good.example.edu';
const redirectTo = (location: string): string => `${GOOD}/to?url=${encodeURIComponent(location)}`;
const methods = (): string[] => asked.map(({ method, url }) => `${method} ${url}`);

it('is asked for many hostile addresses', () => {
  expect(new Set(hostileAddresses.map(([url]) => url)).size).toBe(hostileAddresses.length);
  expect(hostileAddresses.length).toBeGreaterThanOrEqual(120);
});

describe('nothing is sent to what is not public', () => {
  it.each(hostileAddresses)('%j is refused: %s', async (url, why) => {
    expect(await webOf().check(url)).toEqual({ kind: 'refused', why, at: url });
    expect({ canaryHits, asked, resolved }).toEqual({ canaryHits: 0, asked: [], resolved: [] });
  });

  it.each(hostileAddresses.filter(([url, why]) => why !== 'malformed' || url.includes(':')))('%j is refused when a server redirects to it', async (url, why) => {
    // Relative to http, an address without its slashes is a path, and a header carries no line ends.
    const location = encodeURI(url.trim().replace(/[\n\t]/g, '')).replace(/%25/g, '%').replace(/%5B/g, '[').replace(/%5D/g, ']').replace(/%5C/g, '\\');
    const isPath = /^http:\/?[^/\\]/.test(location);
    const answer = await webOf().check(redirectTo(location));
    if (isPath) expect(answer).toMatchObject({ kind: 'answered', status: 200, finalUrl: expect.stringMatching(/^http:\/\/good\.example\.edu\//) as string });
    else expect(answer).toEqual({ kind: 'refused', why, at: location });
    expect(canaryHits).toBe(0);
  });

  it.each([
    '127.0.0.1', '0.0.0.0', '10.1.2.3', '172.20.0.1', '192.168.1.1', '169.254.169.254', '168.63.129.16', '100.64.1.1', '198.18.1.1', '224.0.0.251', '255.255.255.255', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1',
    '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', 'fd00::1', 'fe80::1', 'fe80::1%eth0', '0:0:0:0:0:0:0:1', '127.1', '0177.0.0.1', '0x7f000001', '2130706433', 'localhost', '',
  ])('a name that resolves to %j is refused, alone or among others', async (address) => {
    for (const found of [[address], [PUBLIC, address], [address, PUBLIC], [PUBLIC, PUBLIC_V6, PUBLIC, address]]) {
      answers['evil.example.edu'] = found;
      expect(await webOf().check('http://evil.example.edu/x')).toEqual({ kind: 'refused', why: 'notPublic', at: 'http://evil.example.edu/x' });
      expect(await webOf().check(redirectTo('https://evil.example.edu/'))).toEqual({ kind: 'refused', why: 'notPublic', at: 'https://evil.example.edu/' });
    }
    expect(canaryHits).toBe(0);
  });

  it('a name that is public when it is judged and inside a moment later leads to where it was judged', async () => {
    for (const path of ['/status/200', '/head/405', '/to?url=/status/200', '/to?url=http://evil.example.edu/status/200', '/hangs-up']) {
      let times = 0;
      answers['evil.example.edu'] = () => [times++ === 0 ? PUBLIC : '127.0.0.1'];
      expect(await webOf().check(`http://evil.example.edu${path}`)).toMatchObject({ kind: 'answered', status: 200 });
      expect(times).toBe(1);
      expect(await webOf().check(`http://evil.example.edu${path}`)).toMatchObject({ kind: 'refused', why: 'notPublic' });
    }
    expect(canaryHits).toBe(0);
  });

  it('a redirect is judged at every step of a chain', async () => {
    const inside = redirectTo(redirectTo(redirectTo('http://169.254.169.254/latest/meta-data/')));
    expect(await webOf().check(inside)).toEqual({ kind: 'refused', why: 'notPublic', at: 'http://169.254.169.254/latest/meta-data/' });
    expect(asked).toHaveLength(3);
    expect(canaryHits).toBe(0);
  });

  it('a refused address is told as far as anybody reads', async () => {
    const long = `http://10.0.0.1/${'x'.repeat(5_000)}`;
    for (const address of [long, redirectTo(long)]) {
      const answer = await webOf().check(address);
      expect(answer).toMatchObject({ kind: 'refused', at: `${long.slice(0, 500)}…` });
    }
  });

  it('the canary would have noticed', async () => {
    answers['unknown.example.edu'] = ['8.8.8.8'];
    expect(await webOf().check('http://unknown.example.edu/')).toMatchObject({ kind: 'answered', status: 200 });
    expect(canaryHits).toBe(1);
  });
});

describe('what is there', () => {
  it('is asked for with HEAD, by who we are, as the host it was written with', async () => {
    expect(await webOf().check(`${GOOD}/status/200?a=b%20c#part`)).toEqual({ kind: 'answered', status: 200, finalUrl: `${GOOD}/status/200?a=b%20c#part` });
    expect(methods()).toEqual(['HEAD /status/200?a=b%20c']);
    expect(asked[0]?.headers).toMatchObject({ host: 'good.example.edu', 'user-agent': 'Studio/1 (+https://example.edu/contact)', connection: 'close' });
    expect(asked[0]?.headers).not.toHaveProperty('cookie');
    expect(asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is asked for over TLS by its own name', async () => {
    expect(await webOf().check('https://good.example.edu/head/405')).toEqual({ kind: 'answered', status: 200, finalUrl: 'https://good.example.edu/head/405' });
    expect(methods()).toEqual(['HEAD /head/405', 'GET /head/405']);
  });

  it.each([400, 403, 404, 405, 501])('is asked for with GET where HEAD is answered %i', async (status) => {
    expect(await webOf().check(`${GOOD}/head/${status}`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(methods()).toEqual([`HEAD /head/${status}`, `GET /head/${status}`]);
  });

  it.each([401, 402, 408, 410, 429, 500, 503, 999])('is not asked for again where HEAD is answered %i', async (status) => {
    expect(await webOf().check(`${GOOD}/head/${status}`)).toMatchObject({ kind: 'answered', status });
    expect(asked).toHaveLength(1);
  });

  it('is gone when GET says so too', async () => {
    expect(await webOf().check(`${GOOD}/status/404`)).toMatchObject({ kind: 'answered', status: 404 });
    expect(asked).toHaveLength(2);
  });

  it('is asked for with GET where HEAD is hung up on, or never answered', async () => {
    expect(await webOf().check(`${GOOD}/hangs-up`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await webOf({ headTimeoutMs: 50 }).check(`${GOOD}/never-head`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(methods()).toEqual(['HEAD /hangs-up', 'GET /hangs-up', 'HEAD /never-head', 'GET /never-head']);
  });

  it('is tried at its other addresses where the first lets nobody in', async () => {
    answers['two.example.edu'] = [CLOSED, PUBLIC_V6];
    expect(await webOf().check('http://two.example.edu/')).toMatchObject({ kind: 'answered', status: 200 });
    expect(asked[0]?.headers.host).toBe('two.example.edu');
  });

  it('may be written as an address of the public internet', async () => {
    expect(await webOf().check(`http://${PUBLIC}/`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await webOf().check(`http://[${PUBLIC_V6}]/`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await webOf().check(`http://${PUBLIC}:80/to?url=/status/200`)).toMatchObject({ kind: 'answered', status: 200, finalUrl: `http://${PUBLIC}/status/200` });
    expect(resolved).toEqual([]);
  });

  it('waits for its turn before each request, at the host it goes to', async () => {
    const turns: string[] = [];
    const turn = async (host: string): Promise<void> => void turns.push(host);
    await webOf().check(redirectTo('http://other.example.edu/head/405'), { turn });
    expect(turns).toEqual(['good.example.edu', 'other.example.edu', 'other.example.edu']);
  });
});

describe('redirects', () => {
  it('are followed ten times, and the last address is told', async () => {
    expect(await webOf().check(`${GOOD}/chain/10`)).toEqual({ kind: 'answered', status: 200, finalUrl: `${GOOD}/status/200` });
    expect(asked).toHaveLength(11);
    expect(await webOf().check(`${GOOD}/chain/11`)).toEqual({ kind: 'failed', why: 'redirects', detail: 'it redirects more than 10 times' });
    expect(asked).toHaveLength(22);
  });

  it('in a circle end at once', async () => {
    expect(await webOf().check(`${GOOD}/circle/a`)).toEqual({ kind: 'failed', why: 'redirects', detail: 'it redirects in a circle' });
    expect(methods()).toEqual(['HEAD /circle/a', 'HEAD /circle/b']);
  });

  it('to another scheme of the same host are followed', async () => {
    expect(await webOf().check(redirectTo('https://good.example.edu/status/200'))).toMatchObject({ kind: 'answered', status: 200, finalUrl: 'https://good.example.edu/status/200' });
  });

  it('without an address are an answer like any other', async () => {
    expect(await webOf().check(`${GOOD}/nowhere`)).toMatchObject({ kind: 'answered', status: 302 });
    expect(await webOf().check(`${GOOD}/status/304`)).toMatchObject({ kind: 'answered', status: 304 });
  });
});

describe('what takes too much', () => {
  it('a body without end is cut off before it is read', async () => {
    expect(await webOf().check(`${GOOD}/huge`)).toMatchObject({ kind: 'answered', status: 200 });
    await until('every connection is closed', async () => sockets.size === 0, { withinMs: 10_000 });
    // What fits into the buffers of a connection may have left.
    expect(bodyBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it('a body that never comes is not waited for', async () => {
    expect(await webOf().check(`${GOOD}/slow`)).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('no answer in time is a failure, with GET as with HEAD', async () => {
    expect(await webOf({ timeoutMs: 200, headTimeoutMs: 50 }).check(`${GOOD}/never`)).toEqual({ kind: 'failed', why: 'timeout', detail: 'it did not answer within 200 ms' });
    expect(methods()).toEqual(['HEAD /never', 'GET /never']);
    await until('every connection is closed', async () => sockets.size === 0);
  });

  it('headers past their bound are a failure', async () => {
    expect(await webOf().check(`${GOOD}/headers`)).toEqual({ kind: 'failed', why: 'answer', detail: 'it gave no proper answer: HPE_HEADER_OVERFLOW' });
  });

  it('hints without end are a failure', async () => {
    expect(await webOf({ timeoutMs: 300, headTimeoutMs: 100 }).check('http://raw.example.edu/continue')).toMatchObject({ kind: 'failed', why: 'timeout' });
  });
});

describe('what fails', () => {
  it.each([
    ['a name nobody knows', 'http://nobody.example.edu/', 'dns', 'its name cannot be resolved: ENOTFOUND'],
    ['a host that lets nobody in', 'http://closed.example.edu/', 'connect', 'it cannot be reached: ECONNREFUSED'],
    ['a server that speaks no HTTP', 'http://raw.example.edu/', 'answer', /^it gave no proper answer: HPE_/],
    ['a server that speaks another protocol from here on', 'http://raw.example.edu/upgrade', 'answer', /^it gave no proper answer: /],
    ['a certificate of another name', 'https://other.example.edu/', 'tls', 'it cannot be spoken to in confidence: ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s', async (_what, url, why, detail) => {
    expect(await webOf().check(url)).toEqual({ kind: 'failed', why, detail: typeof detail === 'string' ? detail : (expect.stringMatching(detail) as string) });
  });

  it('a name without an address', async () => {
    answers['empty.example.edu'] = [];
    expect(await webOf().check('http://empty.example.edu/')).toEqual({ kind: 'failed', why: 'dns', detail: 'its name has no address' });
  });

  it('a certificate that nobody vouches for', async () => {
    const stranger = (await newKeys('stranger.example.edu')).certificate;
    expect(await webOf({}, stranger).check('https://good.example.edu/')).toEqual({ kind: 'failed', why: 'tls', detail: 'it cannot be spoken to in confidence: DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(asked).toEqual([]);
  });

  it('ends with who asks', async () => {
    const stop = new AbortController();
    const check = webOf().check(`${GOOD}/never`, { abortSignal: stop.signal });
    await until('it is asked', async () => asked.length > 0);
    stop.abort(new Error('stopped'));
    await expect(check).rejects.toThrow('stopped');
    await expect(webOf().check(`${GOOD}/`, { abortSignal: AbortSignal.abort(new Error('stopped before')) })).rejects.toThrow('stopped before');
    expect(asked).toHaveLength(1);
  });
});

describe('the length of what is at an address', () => {
  it.each([
    ['/sized/head', 5_000_000_000],
    ['/sized/get', 5_000_000_000],
    // Of what is sent, which is another length than that of the file.
    ['/sized/packed', null],
    // Of a notice that nothing is there.
    ['/sized/gone', null],
    ['/chain/2', null],
  ])('%s is told as its server says it: %s', async (path, bytes) => {
    expect(await webOf().measure(`${GOOD}${path}`)).toMatchObject({ kind: 'answered', bytes });
  });

  it('is told of where one is sent to, and not of what is not public', async () => {
    expect(await webOf().measure(redirectTo(`${GOOD}/sized/head`))).toMatchObject({ kind: 'answered', bytes: 5_000_000_000 });
    expect(await webOf().measure(redirectTo('http://127.0.0.1/sized/head'))).toMatchObject({ kind: 'refused', why: 'notPublic' });
    expect(await webOf().check(`${GOOD}/sized/head`)).toEqual({ kind: 'answered', status: 200, finalUrl: `${GOOD}/sized/head` });
    expect(canaryHits).toBe(0);
  });
});
