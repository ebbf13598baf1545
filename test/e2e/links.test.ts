import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

let studio: Studio;
let site: SampleSite;
/** Requests that reached a server of this machine, which no link may. */
let hits = 0;
const canary = createServer((_request, response) => {
  hits += 1;
  response.end();
});
beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  studio = await startStudio({ parts: { wayback: true } });
  await studio.cliJson('starters', 'sync', '--wait');
  site = await importSample(studio, 'with-links');
  // A name nobody has: nothing of this test depends on what the public web answers today.
  const { port } = canary.address() as AddressInfo;
  await studio.query(
    `update content_items i set metadata = metadata || jsonb_build_object('external_url', case n when 1 then $2 else 'https://nowhere.example.org/' || n end)
     from (select id, row_number() over (order by filename) n from content_items where site_id = $1 and type = 'external-resource') l where l.id = i.id`,
    [site.id, `http://127.0.0.1:${port}/`],
  );
});
afterAll(async () => {
  await studio.stop();
  await new Promise<void>((resolve) => void canary.close(() => resolve()));
});

const revision = async () => (await studio.query<{ content_revision: string }>('select content_revision from sites where id = $1', [site.id]))[0]?.content_revision;
const saves = async () => (await studio.journal('wayback')).filter(({ path }) => path === '/save');
const archiveStates = async () => (await studio.call('GET /api/v1/sites/:site/links', { params: { site: site.name }, query: { limit: 100 } })).links.map(({ archive }) => archive.state).sort();

it('the links of a site are looked at, none on this machine, and captures of the others are asked for once', async () => {
  const before = await revision();
  expect(await studio.cliJson('links', 'check', site.name, '--wait')).toMatchObject({ state: 'succeeded', looked: 3, broken: [] });
  expect(hits).toBe(0);
  // What readers see is as it was.
  expect(await revision()).toBe(before);

  await studio.cliJson('links', 'archive', site.name);
  // Seven a minute are let through, by the server and for all workers.
  await until('every link was handed to the archive', async () => (await archiveStates()).join() === 'failed,submitted,submitted', { withinMs: 120_000 });
  await studio.running.kill('worker');
  await studio.running.startPart('worker');
  await studio.cliJson('links', 'archive', site.name);
  await until('the second request has its run', async () => (await studio.call('GET /api/v1/runs', { query: { process: 'archive-links', limit: 5 } })).total === 2);
  expect(await archiveStates()).toEqual(['failed', 'submitted', 'submitted']);
  expect(await saves()).toHaveLength(2);
  expect(hits).toBe(0);
  expect((await studio.journal('wayback')).filter(({ unexpected }) => unexpected)).toEqual([]);
});
