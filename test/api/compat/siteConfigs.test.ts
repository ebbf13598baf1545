import { createHash, createHmac } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { startRelay } from '#api/relay.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { until } from '../../support/until.ts';
import { useTemporal } from '../support/temporal.ts';
import { type Answer, startApi, useApi } from '../support/testApi.ts';

const KEY = 'a key that GitHub knows too';
const PATH = '/api/starters/site_configs/';
const temporal = useTemporal();
const api = useApi({ env: () => ({ GITHUB_WEBHOOK_KEY: KEY, GITHUB_WEBHOOK_BRANCH: 'release', ...temporal.env }) });

const push = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ ref: 'refs/heads/release', after: 'c0ffee00'.repeat(5), repository: { html_url: 'https://github.com/mitodl/ocw-hugo-projects' }, commits: [{ modified: ['ocw-www/ocw-studio.yaml'] }], ...changes });
const sign = (body: string | Buffer, algorithm: 'sha256' | 'sha1' = 'sha256', key = KEY): string => `${algorithm}=${createHmac(algorithm, key).update(body).digest('hex')}`;
const deliver = (body: string, headers: Readonly<Record<string, string>>, to: { send: typeof api.send } = api): Promise<Answer> =>
  to.send('POST', PATH, { body, headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': uuidv7(), ...headers } });
const signed = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => deliver(body, { 'x-hub-signature-256': sign(body), ...headers });
const requests = (): Promise<{ process: string; input: unknown }[]> => api.db('run_requests').select('process', 'input');
const events = (): Promise<{ source: string; event_id: string; payload: unknown }[]> => api.db('webhook_events').select('source', 'event_id', 'payload');

beforeEach(() => api.clear());

describe('a push that GitHub signed', () => {
  test('asks for the starters to be read, and tells the engine', async () => {
    const answer = await signed(push(), { 'x-github-delivery': 'd-1' });
    expect({ status: answer.status, json: answer.json, cache: answer.headers.get('cache-control') }).toEqual({ status: 202, json: {}, cache: 'private, no-store' });
    expect(await requests()).toEqual([{ process: 'sync-starters', input: { delivery: 'd-1', after: 'c0ffee00'.repeat(5) } }]);
    expect(await events()).toEqual([{ source: 'github', event_id: createHash('sha256').update(push()).digest('hex'), payload: { delivery: 'd-1', event: 'push', repository: 'https://github.com/mitodl/ocw-hugo-projects', ref: 'refs/heads/release', after: 'c0ffee00'.repeat(5) } }]);
    expect(await api.db('run_requests').whereNotNull('delivered_at')).toHaveLength(1);
    const client = createTemporalClient(api.config);
    try {
      const { status, workflowId } = await client.workflow.getHandle(syncStartersContract.workflowId()).describe();
      expect([status.name, workflowId]).toEqual(['RUNNING', 'sync-starters']);
    } finally {
      await client.connection.close();
    }
  });

  test('to the themes’ branch asks for their assets to be built, and to another of theirs for nothing', async () => {
    const repository = { full_name: 'MITODL/ocw-hugo-themes', html_url: 'https://github.com/mitodl/ocw-hugo-themes' };
    expect((await signed(push({ repository, ref: 'refs/heads/main' }), { 'x-github-delivery': 'd-2' })).status).toBe(202);
    expect((await signed(push({ repository, ref: 'refs/heads/release' }))).status).toBe(202);
    expect(await requests()).toEqual([{ process: 'build-theme-assets', input: { delivery: 'd-2', after: 'c0ffee00'.repeat(5) } }]);
    expect(await api.db('audit_entries').select('action', 'actor_kind', 'actor_name', 'detail', 'outcome')).toEqual([{ action: 'theme-build', actor_kind: 'webhook', actor_name: 'GitHub', detail: { process: 'build-theme-assets', delivery: 'd-2', commit: 'c0ffee00'.repeat(5) }, outcome: 'done' }]);
  });

  test('may be signed in the older way', async () => {
    const body = push();
    expect((await deliver(body, { 'x-hub-signature': sign(body, 'sha1') })).status).toBe(202);
    expect(await requests()).toHaveLength(1);
  });

  test('may come from anywhere a browser would not: it is judged by its signature', async () => {
    const body = push();
    expect((await signed(body, { origin: 'https://evil.example.edu', 'sec-fetch-site': 'cross-site' })).status).toBe(202);
  });

  test('that comes ten times has one effect', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => signed(push(), { 'x-github-delivery': 'again' })));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => 202));
    expect([await requests(), await events()].map((rows) => rows.length)).toEqual([1, 1]);
  });

  test('that has no name is known by what it says', async () => {
    for (const body of [push(), push(), push({ after: 'd'.repeat(40) })]) expect((await signed(body, { 'x-github-delivery': '' })).status).toBe(202);
    expect(await requests()).toHaveLength(2);
  });

  test('in quick succession with another asks twice', async () => {
    await Promise.all([signed(push({ after: 'a'.repeat(40) })), signed(push({ after: 'b'.repeat(40) }))]);
    expect(await requests()).toHaveLength(2);
  });

  test.each([
    ['of another branch', push({ ref: 'refs/heads/main' }), 'push'],
    ['of a tag', push({ ref: 'refs/tags/release' }), 'push'],
    ['that is a ping', JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 1 }), 'ping'],
    ['that is about something else', push(), 'star'],
  ])('%s is taken and changes nothing', async (_what, body, event) => {
    expect((await signed(body, { 'x-github-event': event })).status).toBe(202);
    expect([await requests(), await events()]).toEqual([[], []]);
  });

  test('of many commits is not lost for its size', async () => {
    const large = push({ commits: Array.from({ length: 2_000 }, (_, index) => ({ id: String(index), message: 'x'.repeat(1_200) })) });
    expect(Buffer.byteLength(large)).toBeGreaterThan(2 * 1024 * 1024);
    expect((await signed(large)).status).toBe(202);
    expect(await requests()).toHaveLength(1);
  });

  test('that does not say where it went is not lost', async () => {
    expect((await signed(push({ ref: undefined }))).status).toBe(202);
    expect(await requests()).toHaveLength(1);
  });

  test.each([
    ['without a repository', push({ repository: undefined }), { repository: ['This field is required.'] }],
    ['whose repository is a word', push({ repository: 'x' }), { repository: ['This field is required.'] }],
    ['that is a list', '[]', { detail: 'The body must be a JSON object.' }],
    ['that is no JSON', 'payload=%7B%7D', { detail: expect.stringMatching(/^JSON parse error - /) as string }],
    ['that is empty', '', { detail: expect.stringMatching(/^JSON parse error - /) as string }],
  ])('%s is 400', async (_what, body, json) => {
    const answer = await signed(body);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json });
    expect(await requests()).toEqual([]);
  });
});

describe('a push that GitHub did not sign', () => {
  const body = push();
  const good = sign(body);
  const forged: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['has no signature', body, {}],
    ['has an empty signature', body, { 'x-hub-signature-256': '' }],
    ['is signed with another key', body, { 'x-hub-signature-256': sign(body, 'sha256', 'another key') }],
    ['is signed with no key', body, { 'x-hub-signature-256': sign(body, 'sha256', '') }],
    ['is signed with another key in the older way', body, { 'x-hub-signature': sign(body, 'sha1', 'another key') }],
    ['is signed with no key in the older way', body, { 'x-hub-signature': sign(body, 'sha1', '') }],
    ['bears the digest without its algorithm', body, { 'x-hub-signature-256': good.slice(7) }],
    ['bears the older signature in the newer header', body, { 'x-hub-signature-256': sign(body, 'sha1') }],
    ['bears the newer signature in the older header', body, { 'x-hub-signature': good }],
    ['names another algorithm', body, { 'x-hub-signature-256': `sha512=${good.slice(7)}` }],
    ['names no algorithm that is', body, { 'x-hub-signature-256': `none=${good.slice(7)}` }],
    ['bears a truncated signature', body, { 'x-hub-signature-256': good.slice(0, -2) }],
    ['bears half a signature', body, { 'x-hub-signature-256': good.slice(0, 7 + 32) }],
    ['bears an empty digest', body, { 'x-hub-signature-256': 'sha256=' }],
    ['bears a signature with more behind it', body, { 'x-hub-signature-256': `${good}00` }],
    ['bears a signature that differs in one digit', body, { 'x-hub-signature-256': good.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }],
    ['bears a signature in base64', body, { 'x-hub-signature-256': `sha256=${createHmac('sha256', KEY).update(body).digest('base64')}` }],
    ['bears no hexadecimal digits', body, { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['bears two signatures, the first wrong', body, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}, ${good}` }],
    ['bears a wrong newer and a right older signature', body, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-hub-signature': sign(body, 'sha1') }],
    ['was encoded anew after it was signed', JSON.stringify(JSON.parse(body), null, 1), { 'x-hub-signature-256': good }],
    ['has one more space at its end', `${body} `, { 'x-hub-signature-256': good }],
    ['has another content', push({ after: 'f'.repeat(40) }), { 'x-hub-signature-256': good }],
    ['is another’s signed body', push({ after: 'e'.repeat(40) }), { 'x-hub-signature-256': sign(push({ after: 'd'.repeat(40) })) }],
    ['has the plain hash of its body for a signature', body, { 'x-hub-signature-256': `sha256=${createHash('sha256').update(body).digest('hex')}` }],
    ['brings the key itself', body, { authorization: `Bearer ${KEY}`, 'x-hub-signature-256': KEY }],
  ];

  test.each(forged)('since it %s, is refused and leaves nothing behind', async (_why, sent, headers) => {
    const answer = await deliver(sent, headers);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 403, json: { detail: 'The request is not signed with the key of this studio.' } });
    expect([await requests(), await events()]).toEqual([[], []]);
  });

  test('may be as large as it likes: it is refused for its signature, or for its size, and nothing is kept', async () => {
    const huge = Buffer.alloc(25 * 1024 * 1024 + 1, 'x').toString();
    expect((await deliver(huge, {})).status).toBe(403);
    const answer = await deliver(huge, { 'x-hub-signature-256': sign(huge) });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 413, json: { detail: 'The body is larger than 25 MiB.' } });
    expect([await requests(), await events()]).toEqual([[], []]);
  });

  // It starts an API of its own.
  test('is refused where no key is set, however it is signed', { timeout: 60_000 }, async () => {
    const keyless = await startApi({}, undefined);
    try {
      for (const key of ['', KEY, 'undefined']) {
        for (const headers of [{ 'x-hub-signature-256': sign(body, 'sha256', key) }, { 'x-hub-signature': sign(body, 'sha1', key) }]) expect((await deliver(body, headers, keyless)).status).toBe(403);
      }
      expect(await keyless.database.db('run_requests')).toEqual([]);
    } finally {
      await keyless.stop();
    }
  });

  test('leaves the reason in the log, and neither key nor signature', async () => {
    const before = api.logged.length;
    await deliver(body, { 'x-hub-signature-256': sign(body, 'sha256', 'another key') });
    const lines = api.logged.slice(before);
    expect(lines).toEqual([expect.objectContaining({ msg: 'A push to the starters’ or the themes’ repository was refused', why: 'its signature does not fit' })]);
    expect(JSON.stringify(lines)).not.toMatch(/another key|sha256=/);
  });
});

test('a push while the engine is away is taken, and told when it is back', async () => {
  await temporal.kill();
  const answer = await signed(push());
  expect(answer.status).toBe(202);
  expect(await api.db('run_requests').whereNull('delivered_at')).toHaveLength(1);
  await temporal.start();
  const relay = startRelay({ db: api.db, engine: api.deps.engine, log: api.deps.log });
  try {
    await until('the relay tells the engine', async () => (await api.db('run_requests').whereNotNull('delivered_at')).length === 1);
  } finally {
    await relay.stop();
  }
  const client = createTemporalClient(api.config);
  try {
    expect((await client.workflow.getHandle(syncStartersContract.workflowId()).describe()).status.name).toBe('RUNNING');
  } finally {
    await client.connection.close();
  }
});
