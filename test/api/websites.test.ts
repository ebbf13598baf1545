import { beforeAll, describe, expect, test } from 'vitest';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useApi } from './support/testApi.ts';

const api = useApi();

interface Listed {
  count: number;
  next: string | null;
  previous: string | null;
  results: { name: string; url_path: string; starter: { slug: string } }[];
}

async function list(query: Record<string, string | number> = {}): Promise<Listed> {
  const answer = await api.call('GET /api/websites/', null, { query });
  expect(answer.status).toBe(200);
  return answer.json as Listed;
}

/** Puts a version of a site out, on a day of January. */
async function deploy(siteId: string, version: 'draft' | 'live', day: number): Promise<void> {
  const key = { siteId, version, theme: '' };
  await beginDeployment(api.db, key, 'manifests/next');
  await finishDeployment(api.db, key, { manifestKey: 'manifests/now', runId: await makeRun(api.db, { siteId, version, workflowId: `publish-site/${siteId}/${version}` }), commit: 'c0ffee', contentRevision: 1 });
  await api.db('deployments').where({ site_id: siteId, version }).update({ first_deployed_at: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z` });
}

describe('the list of published sites that themes read', () => {
  beforeAll(async () => {
    for (const [name, day] of [['older', 1], ['newest', 3], ['newer', 2]] as const) await deploy(await makeSite(api.db, name), 'live', day);
    await deploy(await makeSite(api.db, 'only-draft'), 'draft', 4);
    await makeSite(api.db, 'never-published');
    const broken = await makeSite(api.db, 'first-deploy-broke-off');
    await beginDeployment(api.db, { siteId: broken, version: 'live', theme: '' }, 'manifests/next');
  });

  test('holds what readers can see, the newest first, for anybody', async () => {
    const { count, next, previous, results } = await list();
    expect(results.map((site) => site.name)).toEqual(['newest', 'newer', 'older']);
    expect({ count, next, previous }).toEqual({ count: 3, next: null, previous: null });
    expect(results[0]).toMatchObject({ url_path: 'courses/newest', starter: { slug: 'course' }, first_published_to_production: '2026-01-03T00:00:00.000Z' });
  });

  test('is narrowed to a starter, and paged by links that work', async () => {
    expect((await list({ type: 'another' })).results).toEqual([]);
    const first = await list({ type: 'course', limit: 2 });
    expect(first.results.map((site) => site.name)).toEqual(['newest', 'newer']);
    const next = new URL(first.next ?? '');
    const second = await list(Object.fromEntries(next.searchParams));
    expect(second.results.map((site) => site.name)).toEqual(['older']);
    expect(Object.fromEntries(new URL(second.previous ?? '').searchParams)).toEqual({ type: 'course', limit: '2', offset: '0' });
  });
});
