import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { openRun } from '#db/queries/runs.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, messageOf, useApi } from './support/testApi.ts';

const api = useApi({ env: () => ({ OCW_TEST_SITE_SLUGS: '["tests-course"]' }) });
let ada: Caller;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});

/** A site that is out. @returns its id. */
async function outSite(name: string, urlPath?: string): Promise<string> {
  const siteId = await makeSite(api.db, name);
  if (urlPath !== undefined) await api.db('sites').where({ id: siteId }).update({ url_path: urlPath });
  const at = { siteId, version: 'live', theme: '' } as const;
  const { runId } = await openRun(api.db, { process: 'publish-site', siteId, version: 'live', workflowId: `publish-site/${name}/live`, workflowRunId: uuidv7(), pass: 1, frozen: {} });
  await beginDeployment(api.db, at, `manifests/${runId}`);
  await finishDeployment(api.db, at, { manifestKey: `manifests/${runId}`, runId, commit: 'c'.repeat(40), contentRevision: 1 });
  return siteId;
}

/** The definition of the mass build, as a text. */
async function massBuild(query: Record<string, string> = {}): Promise<string> {
  await api.db('starters').update({ config: JSON.stringify({ 'root-url-path': 'courses', collections: [] }) });
  const answer = await api.call('GET /api/v1/sites/:site/pipelines/:kind', ada, { params: { site: 'algebra', kind: 'mass-build' }, query: { version: 'live', ...query } });
  expect(answer.status).toBe(200);
  return answer.text;
}

describe('the definition of a mass build', () => {
  test('has every site that is out, and none that only tests publish', async () => {
    for (const name of ['algebra', 'bridges', 'tests-course', api.config.testRootWebsiteName]) await outSite(name);
    await makeSite(api.db, 'never-out');
    const text = await massBuild();
    expect(['algebra', 'bridges', 'tests-course', api.config.testRootWebsiteName, 'never-out'].filter((name) => text.includes(`"${name}"`))).toEqual(['algebra', 'bridges']);
  });

  test('offline leaves out courses that hide their download; online has them', async () => {
    await outSite('algebra');
    const hidden = await outSite('hidden-course');
    await insertContentItems(api.db, hidden, [{ item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', metadata: { hide_download: true } }), writtenPath: null, writtenSha256: null, writtenBlob: null, writtenForm: null, updatedBy: null }]);
    expect([await massBuild({ offline: 'true' }), await massBuild()].map((text) => text.includes('"hidden-course"'))).toEqual([false, true]);
  });

  test('keeps the root site out of every other site’s folder, and lets it into its own', async () => {
    await outSite('algebra');
    await outSite(api.config.rootWebsiteName, 'ocw-home');
    await makeSite(api.db, 'never-out');
    await api.db('sites').where({ name: 'never-out' }).update({ url_path: 'elsewhere/never-out' });
    expect(/"FOREIGN_FOLDERS":"([^"]*)"/.exec(await massBuild())?.[1]).toBe('courses elsewhere');
  });

  test('cannot be offline and remove files at once', async () => {
    await outSite('algebra');
    const answer = await api.call('GET /api/v1/sites/:site/pipelines/:kind', ada, { params: { site: 'algebra', kind: 'mass-build' }, query: { version: 'live', offline: 'true', delete: 'true' } });
    expect([answer.status, messageOf(answer)]).toEqual([409, 'A mass build cannot be offline and remove files at once.']);
  });
});
