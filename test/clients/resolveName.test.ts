import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { resolveName } from '#clients/resolveName.ts';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const A = 1;
const AAAA = 28;
const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;

let server: Socket;
let at = '';
let questions: string[] = [];
/** Addresses by `name type`; a number is an error, and a name that is not there is not known. */
const zone: Readonly<Record<string, readonly (readonly number[])[] | number>> = {
  [`both.example.edu ${A}`]: [[93, 184, 215, 14], [10, 0, 0, 1]],
  [`both.example.edu ${AAAA}`]: [[0x26, 0x06, 0x28, 0, 2, 0x1f, 0xcb, 7, 0, 0, 0, 0, 0, 0, 0, 0x14]],
  [`four.example.edu ${A}`]: [[93, 184, 215, 14]],
  [`four.example.edu ${AAAA}`]: [],
  [`six.example.edu ${A}`]: [],
  [`six.example.edu ${AAAA}`]: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  [`half.example.edu ${A}`]: [[93, 184, 215, 14]],
  [`half.example.edu ${AAAA}`]: SERVER_FAILURE,
  [`none.example.edu ${A}`]: [],
  [`none.example.edu ${AAAA}`]: [],
  [`broken.example.edu ${A}`]: SERVER_FAILURE,
  [`broken.example.edu ${AAAA}`]: SERVER_FAILURE,
};

/** A name server's answer to one question (RFC 1035); null for one that is never answered. */
function answerTo(query: Buffer): Buffer | null {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(query.subarray(offset + 1, offset + 1 + length).toString());
    offset += 1 + length;
  }
  const type = query.readUInt16BE(offset + 1);
  const name = labels.join('.').toLowerCase();
  questions.push(`${name} ${type}`);
  if (name === 'silent.example.edu') return null;
  const found = zone[`${name} ${type}`] ?? NO_SUCH_NAME;
  const records = typeof found === 'number' ? [] : found.map((address) => Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length, ...address]));
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80 | (typeof found === 'number' ? found : 0), 0, 1, 0, records.length, 0, 0, 0, 0]);
  return Buffer.concat([head, query.subarray(12, offset + 5), ...records]);
}

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    const answer = answerTo(query);
    if (answer !== null) server.send(answer, port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  at = `127.0.0.1:${server.address().port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  questions = [];
});

const resolve = (name: string, abortSignal = new AbortController().signal): Promise<readonly string[]> => resolveName(name, { abortSignal, servers: [at] });

it.each([
  ['both.example.edu', ['93.184.215.14', '10.0.0.1', '2606:2800:21f:cb07::14']],
  ['both.example.edu.', ['93.184.215.14', '10.0.0.1', '2606:2800:21f:cb07::14']],
  ['four.example.edu', ['93.184.215.14']],
  ['six.example.edu', ['::1']],
  ['half.example.edu', ['93.184.215.14']],
])('every address of %s is found, of both kinds', async (name, expected) => {
  expect(await resolve(name)).toEqual(expected);
});

it.each([
  ['nobody.example.edu', 'ENOTFOUND'],
  ['none.example.edu', 'ENODATA'],
  ['broken.example.edu', 'ESERVFAIL'],
])('%s has none: %s', async (name, code) => {
  await expect(resolve(name)).rejects.toMatchObject({ code });
});

it('a name is asked for as it is, and for nothing else', async () => {
  await expect(resolve('nobody')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(new Set(questions)).toEqual(new Set([`nobody ${A}`, `nobody ${AAAA}`]));
});

it('it ends with who asks, for that reason', async () => {
  const stop = new AbortController();
  const asked = resolve('silent.example.edu', stop.signal);
  await until('it is asked', async () => questions.length > 0);
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow(/^stopped$/);
  await expect(resolve('four.example.edu', stop.signal)).rejects.toThrow(/^stopped$/);
  expect(questions.every((question) => question.startsWith('silent'))).toBe(true);
});

it('what the public web refuses is what the name servers tell', async () => {
  const web = createPublicWeb(makeConfig(), { resolve: (name, abortSignal) => resolveName(name, { abortSignal, servers: [at] }) });
  for (const name of ['both', 'six']) expect(await web.check(`http://${name}.example.edu/`)).toMatchObject({ kind: 'refused', why: 'notPublic' });
  expect(await web.check('http://nobody.example.edu/')).toEqual({ kind: 'failed', why: 'dns', detail: 'its name cannot be resolved: ENOTFOUND' });
});
