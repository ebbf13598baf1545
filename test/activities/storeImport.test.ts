import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createImportsActivities } from '#activities/imports.ts';
import type { Config } from '#config/load.ts';
import { listGrantsOf } from '#db/queries/roleGrants.ts';
import { findSite } from '#db/queries/sites.ts';
import { leadOn } from '#db/queries/siteRedirects.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRequest, makeRun, makeSite, makeStarter } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

describe('an import whose files are stored', () => {
  let config: Config;
  let activities: ReturnType<typeof createImportsActivities>;
  beforeAll(() => {
    config = makeConfig(buckets.env);
    activities = createImportsActivities({ config, db: database.db, s3: buckets.s3, log: keptLog().log } as ActivityDeps);
  });
  beforeEach(() => database.clear());

  /** An import that was read while its place was free. */
  async function read(requestedBy: string | null = null): Promise<{ runId: string; requestId: string; phase: string; siteId: string }> {
    const { id: requestId } = await makeRequest(database.db, { process: 'import-site', siteId: null, version: null, requestedBy });
    const runId = await makeRun(database.db, { process: 'import-site', siteId: null, version: null, workflowId: `import-site/${requestId}` });
    const siteId = uuidv7();
    const plan = { site: { name: 'imported', shortId: 'imported', title: 'Imported', urlPath: 'courses/imported' }, items: [], kept: [], instructors: [] };
    await putJson({ s3: buckets.s3, config }, storeKeys.importPlan(requestId), { siteId, starterId: await makeStarter(database.db), plan, refused: [] });
    const tar = pack();
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    await buckets.s3.put(config.buildStoreBucket, storeKeys.importArchive(requestId), gzipSync(Buffer.concat(chunks)), { contentType: 'application/gzip' });
    return { runId, requestId, phase: 'store', siteId };
  }
  const store = (step: Awaited<ReturnType<typeof read>>) => runActivity(() => activities.storeImport(step), undefined);

  it('becomes a site, once', async () => {
    const step = await read();
    await store(step);
    await store(step);
    expect(await findSite(database.db, step.siteId)).toMatchObject({ name: 'imported', urlPath: 'courses/imported' });
  });

  it('is its importer’s, who may write it from then on', async () => {
    const importer = await ensureUserByEmail(database.db, 'gus@example.edu');
    const step = await read(importer.id);
    await store(step);
    expect((await findSite(database.db, step.siteId))?.ownerId).toBe(importer.id);
    expect(await listGrantsOf(database.db, importer.id)).toEqual([{ role: 'owner', siteId: step.siteId }]);
  });

  it.each([
    ['a site got it', 'courses/imported'],
    ['a site got one inside of it', 'courses/imported/inside'],
  ])('gets no address that was taken since it was read: %s', async (_what, urlPath) => {
    const step = await read();
    await makeSite(database.db, { name: 'other', urlPath });
    await expect(store(step)).rejects.toMatchObject({ type: 'UrlInUse', message: 'The URL ‘courses/imported’ is in use by the site ‘other’. Was this course imported before?' });
    expect(await findSite(database.db, step.siteId)).toBeUndefined();
  });

  it('gets no address from which a site leads its readers on since', async () => {
    const step = await read();
    const other = await makeSite(database.db, { name: 'other' });
    await leadOn(database.db, { siteId: other.id, fromPath: 'courses/imported', toPath: 'courses/other', runId: await makeRun(database.db, { siteId: other.id }) });
    await expect(store(step)).rejects.toMatchObject({ type: 'UrlInUse' });
  });

  it('says that its name was taken since, instead of failing for no reason one knows', async () => {
    const step = await read();
    await makeSite(database.db, { name: 'imported', urlPath: 'courses/elsewhere' });
    await expect(store(step)).rejects.toMatchObject({ type: 'NameInUse', message: 'There is a site named ‘imported’ already. Import it under another --name.' });
  });
});
