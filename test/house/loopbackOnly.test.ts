import dns from 'node:dns/promises';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isLoopback } from '../support/loopbackOnly.ts';

test('a test cannot reach another machine', async () => {
  await expect(fetch('http://192.0.2.1/')).rejects.toMatchObject({ cause: { message: expect.stringContaining('loopback only') as unknown } });
  await expect(fetch('https://example.edu/')).rejects.toThrow();
  await expect(dns.lookup('example.edu')).rejects.toThrow('loopback only');
  const error = await new Promise<Error>((resolve) => net.connect(80, '192.0.2.1').once('error', resolve));
  expect(error.message).toContain('192.0.2.1');
});

test('a test can reach this machine', async () => {
  const server = createServer((_request, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await expect(fetch(`http://localhost:${String(port)}/`).then((answer) => answer.text())).resolves.toBe('here');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test.each([
  ['localhost', true],
  ['sp.localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['[::1]', true],
  ['127.0.0.1.example.edu', false],
  ['192.168.0.1', false],
  ['localhost.example.edu', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
