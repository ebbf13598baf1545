import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunRequest } from '#api/contracts/runs.ts';
import { setBuilder } from '#db/queries/sites.ts';
import { recordStarterFault } from '#db/queries/starters.ts';
import { useBuckets } from '../support/buckets.ts';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => ({ ...buckets.env, STUDIO_INSTALLATION: 'ours' }) });
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra');
});

const archive = gzipSync(Buffer.from('a tar, as far as the API looks'));
const send = (query: Record<string, string>, body?: Uint8Array | string): Promise<Answer> => api.call('POST /api/v1/imports', ada, { query: { starter: 'course', folder: 'repo', ...query }, ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/gzip' } }) });
const keys = async (): Promise<string[]> => ((await buckets.direct.send(new ListObjectsV2Command({ Bucket: api.config.buildStoreBucket }))).Contents ?? []).map((object) => object.Key ?? '');
const requests = (): Promise<unknown[]> => api.db('run_requests').select('id');

describe('an import', () => {
  test('keeps the archive for the worker and answers with where to look', async () => {
    const answer = await send({ name: 'new-course' }, archive);
    expect(answer.status).toBe(202);
    const { id } = answer.json as RunRequest;
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${id}`);
    expect(await keys()).toContain(`imports/${id}.tar.gz`);
    const row = await api.db('run_requests').where({ id }).first<{ input: unknown }>('input');
    expect(row.input).toEqual({ starter: 'course', folder: 'repo', name: 'new-course', archiveKey: `imports/${id}.tar.gz` });
  });

  test.each([
    ['a starter that does not exist', { starter: 'nowhere' }, 422, 'starterMissing', 'There is no starter ‘nowhere’. Read the starters first, or name another.'],
    ['a name that is in use', { name: 'algebra' }, 409, 'nameInUse', 'There is a site named ‘algebra’ already.'],
    ['a file of the server', { gitUrl: 'file:///etc' }, 422, 'validation', 'The git URL must begin with https://, http://, ssh:// or git://.'],
    ['a helper of git', { gitUrl: 'ext::sh -c id' }, 422, 'validation', 'The git URL must begin with https://, http://, ssh:// or git://.'],
    ['an option of git', { gitUrl: '--upload-pack=id' }, 422, 'validation', 'The git URL must begin with https://, http://, ssh:// or git://.'],
  ])('of %s is refused, and nothing is written down', async (_name, query, status, code, sentence) => {
    const before = await requests();
    const answer = await send(query, archive);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([status, code, sentence]);
    expect(await requests()).toEqual(before);
  });

  test.each([
    ['nothing', '', 'The body is empty: send the repository as a gzipped tar, or name a git URL.'],
    ['one byte', '\u001f', 'The body is empty: send the repository as a gzipped tar, or name a git URL.'],
    ['a zip', 'PK\u0003\u0004 and more', 'The body is no gzipped tar: send the repository as one, or name a git URL.'],
    ['megabytes of text', 'x'.repeat(4 * 1024 * 1024), 'The body is no gzipped tar: send the repository as one, or name a git URL.'],
  ])('whose body is %s is refused at once, and nothing is kept', async (_name, body, sentence) => {
    const [before, kept] = [await requests(), await keys()];
    const answer = await send({}, body);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([422, 'validation', sentence]);
    expect(await requests()).toEqual(before);
    expect(await keys()).toEqual(kept);
  });

  test('without a folder or with a name too long is not right', async () => {
    expect(codeOf(await api.call('POST /api/v1/imports', ada, { query: { starter: 'course' } }))).toBe('validation');
    expect(codeOf(await send({ name: 'x'.repeat(513) }, archive))).toBe('validation');
  });
});

test('starters are listed with why a configuration was not taken, and how many sites they have', async () => {
  await recordStarterFault(api.db, { slug: 'broken', path: 'broken', fault: 'collections: must be a list' });
  const { starters } = (await api.call('GET /api/v1/starters', ada)).json as { starters: unknown[] };
  expect(starters).toMatchObject([
    { slug: 'broken', status: 'inactive', fault: 'collections: must be a list', siteCount: 0 },
    { slug: 'course', status: 'active', fault: null, siteCount: 1 },
  ]);
});

test('what builds sites is said to everybody, and which sites chose another only to who may see them all', async () => {
  const stan = await api.person('stan@example.edu');
  const siteId = await makeSite(api.db, 'built-elsewhere', { title: 'Built elsewhere' });
  const builderFor = async (who: Caller): Promise<unknown> => ((await api.call('GET /api/v1/system', who)).json as { builder: unknown }).builder;
  await setBuilder(api.db, siteId, 'temporal');
  expect(await builderFor(ada)).toEqual({ usual: 'temporal', hasConcourse: false, others: { total: 0, first: [] } });
  await setBuilder(api.db, siteId, 'concourse');
  expect(await builderFor(ada)).toEqual({ usual: 'temporal', hasConcourse: false, others: { total: 1, first: [{ name: 'built-elsewhere', title: 'Built elsewhere' }] } });
  expect(await builderFor(stan)).toMatchObject({ usual: 'temporal', others: null });
});

describe('the database of another installation', () => {
  test('is said to everybody who is signed in, until an admin adopts it', async () => {
    const stan = await api.person('stan@example.edu');
    const system = async (): Promise<unknown> => (await api.call('GET /api/v1/system', stan)).json;
    expect(await system()).toMatchObject({ installation: 'ours', outwardEffects: true });
    await api.db('installation').update({ installation_id: 'production' });
    expect(await system()).toMatchObject({ installation: 'production', outwardEffects: false, parts: [{ name: 'Database', ok: true }, { name: 'Engine (Temporal)', ok: false }, { name: 'File store (S3)', ok: true }] });
    expect((await api.call('POST /api/v1/system/adopt', stan)).status).toBe(403);
    expect(await system()).toMatchObject({ outwardEffects: false });
    expect((await api.call('POST /api/v1/system/adopt', ada)).json).toEqual({ installation: 'ours' });
    expect(await system()).toMatchObject({ installation: 'ours', outwardEffects: true });
    expect(api.logged.some((line) => line.msg.startsWith('The installation was adopted') && line['by'] === ada.userId)).toBe(true);
  });
});
