import { gzipSync } from 'node:zlib';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { findRunRequest } from '#db/queries/runRequests.ts';
import { buildKeys } from '#domain/buildKeys.ts';
import type { EarlierPublish } from '#api/contracts/rollbacks.ts';
import { useBuckets } from '../support/buckets.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const buckets = useBuckets();
const api = useApi({ env: () => ({ ...temporal.env, ...buckets.env }) });

let siteId: string;
let olga: Caller;
/** Succeeded publishes, oldest first; the files of the first are not kept any more, readers see the last. */
let runs: string[];

const url = 'courses/waves';
async function published(as: { readonly isKept: boolean; readonly urlPath?: string; readonly state?: 'succeeded' | 'failed' }): Promise<string> {
  const runId = await makeRun(api.db, { siteId, version: 'live', state: as.state ?? 'succeeded', workflowRunId: uuidv7() });
  await api.db('runs').where({ id: runId }).update({ frozen: JSON.stringify({ revision: 3, urlPath: as.urlPath ?? url }), result: JSON.stringify({ changed: 4, removed: 1, uploadedBytes: 99 }), commit: 'c0ffee', ended_at: api.db.fn.now() });
  if (as.isKept) await buckets.s3.put(api.config.buildStoreBucket, buildKeys.deployed(siteId, 'live', runId), gzipSync('{}'), { contentType: 'application/gzip' });
  return runId;
}
const list = (query: Record<string, string | number> = {}): Promise<Answer> => api.call('GET /api/v1/sites/:site/publishes', olga, { params: { site: 'waves' }, query: { version: 'live', ...query } });
const rollBack = (runId: string): Promise<Answer> => api.call('POST /api/v1/sites/:site/rollbacks', olga, { params: { site: 'waves' }, body: { version: 'live', runId } });

beforeAll(async () => {
  await readInstallation(api.db, 'ours');
  siteId = await makeSite(api.db, 'waves');
  await api.db('sites').where({ id: siteId }).update({ url_path: url });
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  runs = [];
  for (const isKept of [false, true, true, true]) runs.push(await published({ isKept }));
  const key = { siteId, version: 'live', theme: '' } as const;
  await beginDeployment(api.db, key, 'manifest');
  await finishDeployment(api.db, key, { manifestKey: 'manifest', runId: runs[3] ?? '', commit: 'c0ffee', contentRevision: 3 });
});

describe('earlier publishes', () => {
  test('are listed newest first, by pages, with what is kept', async () => {
    await published({ isKept: true, urlPath: 'courses/elsewhere' });
    await published({ isKept: true, state: 'failed' });
    const all = (await list()).json as { total: number; publishes: EarlierPublish[] };
    expect(all.total).toBe(4);
    expect(all.publishes.map(({ runId, isCurrent }) => [runId, isCurrent])).toEqual([[runs[3], true], [runs[2], false], [runs[1], false]]);
    expect(all.publishes[0]).toMatchObject({ commit: 'c0ffee', revision: 3, changed: 4, removed: 1, uploadedBytes: 99, shows: null, requestedBy: [] });
    expect(all.publishes.map(({ previewUrl }) => previewUrl)).toEqual(all.publishes.map(({ runId }) => expect.stringContaining(runId.replaceAll('-', '')) as string));
    const second = (await list({ limit: 1, offset: 1 })).json as { publishes: EarlierPublish[] };
    expect(second.publishes.map(({ runId }) => runId)).toEqual([runs[2]]);
  });

  test('are shown again by a request that says which', async () => {
    const answer = await rollBack(runs[1] ?? '');
    expect(answer.status).toBe(202);
    const { id } = answer.json as { id: string };
    expect(await findRunRequest(api.db, id)).toMatchObject({ process: 'publish-site', siteId, version: 'live', requestedBy: olga.userId, input: { from: { kind: 'rollback', runId: runs[1] } } });
  });

  test('that readers see, that failed, were elsewhere or are not kept are refused with what to do instead', async () => {
    const refused = async (runId: string): Promise<string> => {
      const answer = await rollBack(runId);
      expect([answer.status, codeOf(answer)]).toEqual([409, 'wrongState']);
      return messageOf(answer);
    };
    expect(await refused(runs[3] ?? '')).toBe('Readers see that publish now. Choose an earlier one.');
    expect(await refused(runs[0] ?? '')).toBe('The files of that publish are not kept any more. Choose a later one, or publish the site anew.');
    expect(await refused(await published({ isKept: true, state: 'failed' }))).toContain('readers never saw it whole');
    expect(await refused(await published({ isKept: true, urlPath: 'courses/elsewhere' }))).toBe('That publish was made for ‘courses/elsewhere’, and the site is at ‘courses/waves’ by now. Publish the site anew.');
    const other = await rollBack(await makeRun(api.db, { siteId: await makeSite(api.db, 'other-waves'), version: 'live', state: 'succeeded', workflowRunId: uuidv7() }));
    expect(other.status).toBe(404);
  });
});
