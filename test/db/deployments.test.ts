import { beforeEach, describe, expect, it } from 'vitest';
import { beginDeployment, type DeploymentKey, findDeployment, finishDeployment, listDeployments, listManifestKeysInUse } from '#db/queries/deployments.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();

describe('a deployment', () => {
  let key: DeploymentKey;
  let runId: string;
  beforeEach(async () => {
    await database.clear();
    const site = await makeSite(database.db);
    key = { siteId: site.id, version: 'live', theme: '' };
    runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
  });
  const finish = (manifestKey: string) => finishDeployment(database.db, key, { manifestKey, runId, commit: 'c', contentRevision: 4 });

  it('is on its way from before the first object until after the last', async () => {
    expect(await findDeployment(database.db, key)).toBeUndefined();
    await beginDeployment(database.db, key, 'm1');
    expect(await findDeployment(database.db, key)).toMatchObject({ manifestKey: null, pendingManifestKey: 'm1', deployedAt: null });
    await finish('m1');
    expect(await findDeployment(database.db, key)).toMatchObject({ manifestKey: 'm1', pendingManifestKey: null, runId, commit: 'c', contentRevision: 4, deployedAt: expect.any(Date) as Date });
  });

  it('that breaks off leaves what readers see, beside what was on its way', async () => {
    await beginDeployment(database.db, key, 'm1');
    await finish('m1');
    await beginDeployment(database.db, key, 'm2');
    expect(await findDeployment(database.db, key)).toMatchObject({ manifestKey: 'm1', pendingManifestKey: 'm2', runId });
    expect(await listManifestKeysInUse(database.db)).toEqual(new Set(['m1', 'm2']));
  });

  it('that is finished twice by one run keeps its moment; a later run has its own, and the first stays the first', async () => {
    await beginDeployment(database.db, key, 'm1');
    await finish('m1');
    await database.db('deployments').update({ deployed_at: '2020-01-01T00:00:00Z', first_deployed_at: '2019-01-01T00:00:00Z' });
    await finish('m1');
    expect((await findDeployment(database.db, key))?.deployedAt).toEqual(new Date('2020-01-01T00:00:00Z'));
    runId = await makeRun(database.db, { siteId: key.siteId, version: 'live' });
    await finish('m2');
    const later = await findDeployment(database.db, key);
    expect(later?.deployedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(later?.firstDeployedAt).toEqual(new Date('2019-01-01T00:00:00Z'));
  });

  it('is one of a site, version and theme', async () => {
    await Promise.all(['a', 'b', 'c'].map((manifest) => beginDeployment(database.db, key, manifest)));
    expect(await database.db('deployments').count<{ count: number }[]>({ count: '*' })).toEqual([{ count: 1 }]);
    await beginDeployment(database.db, { ...key, version: 'draft' }, 'd');
    await beginDeployment(database.db, { ...key, theme: 'other' }, 'o');
    expect([...(await listDeployments(database.db, [key.siteId])).keys()].sort()).toEqual([`${key.siteId}/draft`, `${key.siteId}/live`]);
  });
});
