import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunRequest } from '#api/contracts/runs.ts';
import { amendRun } from '#db/queries/runs.ts';
import type { PullReport } from '#domain/pullReport.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { pullContentContract } from '#temporal/contracts/pullContent.ts';
import { useBuckets } from '../support/buckets.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const temporal = useTemporal();
const api = useApi({ env: () => ({ ...buckets.env, ...temporal.env }) });
let siteId: string;
let olga: Caller;
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
});

const ask = (body: unknown): Promise<Answer> => api.call('POST /api/v1/sites/:site/pulls', olga, { params: { site: 'algebra' }, body });
const requests = (): Promise<unknown[]> => api.db('run_requests').select('id');

describe('a pull', () => {
  test('is written down with what is asked for, handed to the engine and answered with where to look', async () => {
    const answer = await ask({ path: './content/pages/', commit: 'c0ffee0', dryRun: true, overwrite: true });
    expect(answer.status).toBe(202);
    const request = answer.json as RunRequest;
    expect(request).toMatchObject({ process: 'pull-content', site: 'algebra', version: null, state: 'queued', runId: null });
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${request.id}`);
    const row = await api.db('run_requests').where({ id: request.id }).first<{ input: unknown; requested_by: string | null }>('input', 'requested_by');
    expect(row).toEqual({ input: { path: 'content/pages', commit: 'c0ffee0', dryRun: true, deleteMissing: false, overwrite: true, allowOlder: false }, requested_by: olga.userId });
    const client = createTemporalClient(api.config);
    try {
      const described = await client.workflow.getHandle(pullContentContract.workflowId('algebra')).describe();
      expect(described.type).toBe('pullContent');
      expect(await described.staticSummary()).toBe('Pull algebra');
      expect(described.searchAttributes).toMatchObject({ SiteName: ['algebra'], Process: ['pull-content'], RequestedBy: ['olga'] });
    } finally {
      await client.connection.close();
    }
    // A second one waits in the same execution.
    expect((await ask({})).status).toBe(202);
  });

  test.each([
    ['two commits', { commit: 'c0ffee0', onlyCommit: 'c0ffee0' }, 'Name one of ref, commit and onlyCommit.'],
    ['a branch and a commit', { ref: 'preview', commit: 'c0ffee0' }, 'Name one of ref, commit and onlyCommit.'],
    ['a part of what one commit changed', { path: 'content', onlyCommit: 'c0ffee0' }, 'What one commit changed is taken whole'],
    ['deleting in a part', { path: 'content', deleteMissing: true }, 'Items are deleted only when the whole repository is taken.'],
    ['deleting by one commit', { onlyCommit: 'c0ffee0', deleteMissing: true }, 'Items are deleted only when the whole repository is taken.'],
    ['a commit that is none', { commit: 'HEAD~1' }, 'A commit is named by at least seven'],
    ['a branch that is an expression', { ref: 'main~1' }, 'It is no name of a branch.'],
    ['a path out of the repository', { path: 'content/../../etc' }, 'The path leads out of the repository.'],
    ['no path at all', { path: '/' }, 'The path is empty'],
    ['something that is not known', { force: true }, 'force'],
  ])('of %s is not right, and nothing is written down', async (_what, body, sentence) => {
    const before = await requests();
    const answer = await ask(body);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
    expect(messageOf(answer)).toContain(sentence);
    expect(await requests()).toEqual(before);
  });
});

describe('the plan of a pull', () => {
  const planOf = (run: string): Promise<Answer> => api.call('GET /api/v1/pulls/:run/plan', olga, { params: { run } });
  const report: PullReport = {
    site: 'algebra',
    commit: 'c'.repeat(40),
    dryRun: true,
    goesBack: { at: '2026-03-01T10:00:00+02:00', commits: 2 },
    counts: { add: 0, change: 1, delete: 0, unchanged: 0, kept: 0, missing: 0, conflict: 0, refused: 0 },
    lines: [{ action: 'change', path: 'content/pages/a.md', textId: 'a', fields: ['title'], reason: null }],
  };

  test('is what the worker stored', async () => {
    const run = await makeRun(api.db, { siteId, version: null, process: 'pull-content', workflowId: 'pull-content/algebra' });
    await buckets.s3.put(api.config.buildStoreBucket, 'pulls/x/report.json.gz', gzipSync(JSON.stringify(report)), { contentType: 'application/gzip' });
    await amendRun(api.db, run, { frozen: { reportKey: 'pulls/x/report.json.gz' } });
    const answer = await planOf(run);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ ...report, goesBack: { at: '2026-03-01T08:00:00.000Z', commits: 2 } });
  });

  test.each([
    ['is not made yet', 'running', 'The pull has not compared its files yet. Ask again in a moment.'],
    ['was never made', 'failed', 'The pull ended before it had a plan; its run says why.'],
  ] as const)('that %s is said so', async (_what, state, sentence) => {
    const answer = await planOf(await makeRun(api.db, { siteId, version: null, process: 'pull-content', workflowId: 'pull-content/algebra', state }));
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([409, 'wrongState', sentence]);
  });
});
