import { beforeAll, describe, expect, test } from 'vitest';
import type { RunRequest } from '#api/contracts/runs.ts';
import { moveRun } from '#db/queries/runs.ts';
import { cleanupKeys, type CleanupPart, reportHeader } from '#domain/cleanup/report.ts';
import { cleanupRules } from '#domain/cleanup/rules.ts';
import { useBuckets } from '../support/buckets.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => buckets.env });
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra');
});

const ask = (body: Record<string, unknown>): Promise<Answer> => api.call('POST /api/v1/cleanups', ada, { body: { rule: 'baseurl', dryRun: true, ...body } });

test('the rules are listed in the order in which they are best applied', async () => {
  const answer = await api.call('GET /api/v1/cleanups/rules', ada);
  expect(answer.json).toEqual({ rules: cleanupRules.map(({ name, title, isReadOnly }) => ({ name, title, isReadOnly })) });
  expect((answer.json as { rules: unknown[] }).rules).toHaveLength(17);
});

describe('a cleanup', () => {
  test('is written down with all that was asked, and answers with where to look', async () => {
    const body = { rule: 'baseurl', sites: ['algebra'], starter: 'course', publishedOnly: true, dryRun: false, limit: 3, csvOnlyChanges: true };
    const answer = await ask(body);
    expect(answer.status).toBe(202);
    const { id } = answer.json as RunRequest;
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${id}`);
    expect(await api.db('run_requests').where({ id }).first('process', 'site_id', 'requested_by', 'input')).toEqual({ process: 'cleanup-content', site_id: null, requested_by: ada.userId, input: body });
  });

  test.each([
    ['a rule that does not exist', { rule: 'baseurls' }, 404, 'notFound', /^There is no rule ‘baseurls’\. The rules are link_unescape, /],
    ['sites that do not exist', { sites: ['algebra', 'nowhere', 'neither'] }, 404, 'notFound', /^There is no site named ‘nowhere’, ‘neither’\.$/],
    ['a starter that does not exist', { starter: 'nowhere' }, 422, 'starterMissing', /^There is no starter ‘nowhere’\.$/],
    ['no item at all', { limit: 0 }, 422, 'validation', /body\.limit/],
    ['a site that is written in the place of sites, so that it would be every site', { site: 'algebra' }, 422, 'validation', /site/],
    ['neither a dry run nor a real one', { dryRun: undefined }, 422, 'validation', /body\.dryRun/],
  ])('of %s is refused, and nothing is written down', async (_name, body, status, code, sentence) => {
    const before = await api.db('run_requests').select('id');
    const answer = await ask(body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(messageOf(answer)).toMatch(sentence);
    expect(await api.db('run_requests').select('id')).toEqual(before);
  });
});

describe('the report', () => {
  const site = { name: 'algebra', studioUrl: 'https://studio.example.edu', liveUrl: null };
  const row = { original: 'planned', replacement: 'x', field: 'markdown', line: 1, textId: 't', page: 'p', pageUrl: null, note: 'n', outcome: 'not known' as const };
  const part = (): CleanupPart => ({ site, items: [{ textId: 't', revision: 1, isChanged: true, creates: 0, rows: [row] }], lookedAt: 1, after: null });
  const put = (key: string, body: string) => buckets.s3.put(api.config.buildStoreBucket, key, body, { contentType: 'text/plain' });
  const read = async (run: string): Promise<Answer> => api.call('GET /api/v1/runs/:run/report.csv', ada, { params: { run } });
  const begin = (): Promise<string> => makeRun(api.db, { siteId: null, version: null, process: 'cleanup-content', workflowId: `cleanup-content/${Math.random()}` });

  test('of a run that has found nothing yet is its header', async () => {
    const runId = await begin();
    const answer = await read(runId);
    expect([answer.status, answer.text]).toEqual([200, reportHeader]);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="cleanup-${runId}.csv"`);
  });

  test('joins the parts in their order, and says of one that was stopped what it was about to do', async () => {
    const runId = await begin();
    await put(cleanupKeys.lines(runId, { site: 10, after: null }), 'third\r\n');
    await put(cleanupKeys.lines(runId, { site: 2, after: '01890a5d-0000-7000-8000-000000000499' }), 'second\r\n');
    await put(cleanupKeys.lines(runId, { site: 2, after: null }), 'first\r\n');
    await put(cleanupKeys.plan(runId, { site: 2, after: null }), JSON.stringify(part()));
    await put(cleanupKeys.plan(runId, { site: 11, after: null }), JSON.stringify(part()));
    expect((await read(runId)).text).toBe(`${reportHeader}first\r\nsecond\r\nthird\r\n`);
    await moveRun(api.db, { runId, state: 'cancelled' });
    expect((await read(runId)).text).toBe(`${reportHeader}first\r\nsecond\r\nthird\r\nplanned,x,markdown,1,algebra,t,p,not known,n,https://studio.example.edu/sites/algebra,\r\n`);
  });

  test('is for cleanups only', async () => {
    const answer = await read(await makeRun(api.db, { siteId: null, version: null, process: 'sync-starters', workflowId: 'sync-starters' }));
    expect([answer.status, messageOf(answer)]).toEqual([404, 'There is no cleanup with this run.']);
  });
});

test('a cleanup that runs can be stopped by a global admin, and by nobody else', async () => {
  const runId = await makeRun(api.db, { siteId: null, version: null, process: 'cleanup-content', workflowId: 'cleanup-content/x' });
  const canCancel = async (who: Caller): Promise<boolean> => ((await api.call('GET /api/v1/runs/:run', who, { params: { run: runId } })).json as { can: { cancel: boolean } }).can.cancel;
  expect(await canCancel(ada)).toBe(true);
  expect(await canCancel(await api.person('gus@example.edu', [{ role: 'global_author' }]))).toBe(false);
  await moveRun(api.db, { runId, state: 'succeeded' });
  expect(await canCancel(ada)).toBe(false);
});
