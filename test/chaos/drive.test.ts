import { createHash } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFullSize } from '#test/support/corpus.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const SIZE = isFullSize ? 1_000_000_000 : 100_000_000;
const KILLS = isFullSize ? 10 : 3;

let studio: Studio;
let site: SampleSite;
beforeAll(async () => {
  studio = await startStudio({ parts: { drive: true }, env: { DRIVE_WATCH_INTERVAL: '0' } });
  await studio.cliJson('starters', 'sync', '--wait');
  site = await importSample(studio, 'big-file');
});
afterAll(() => studio.stop());

async function drive(path: '_person' | '_settings', wish: object): Promise<unknown> {
  const answer = await fetch(`${studio.stack.standIns['drive'] ?? ''}/${path}`, { method: 'POST', body: JSON.stringify(wish) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
const file = async () => (await studio.query<{ s3_key: string | null; state: string; md5: string }>('select s3_key, state, md5 from drive_files where site_id = $1', [site.id]))[0];
const bytesThere = async (): Promise<number> => Number((await studio.query<{ bytes: string }>('select bytes from drive_run_files order by updated_at desc limit 1'))[0]?.bytes ?? 0);
const reads = async (): Promise<number> => (await studio.journal('drive')).filter(({ method, path }) => method === 'GET' && path.includes('alt=media')).length;

it(`a worker killed ${KILLS} times in the middle of a file leaves one object with the right bytes, and nothing beside it`, async () => {
  // The site's folders, with nothing in them.
  expect(await studio.cliJson('drive', 'sync', site.name, '--wait')).toMatchObject({ state: 'succeeded', seen: 0 });
  await drive('_settings', { bytesPerSecond: SIZE / 20 });
  await drive('_person', { do: 'put', path: `/${site.shortId}/videos_final/lecture.mp4`, bytes: SIZE });
  await studio.cliJson('drive', 'sync', site.name);
  let before = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    // In the middle of a read that began in this life, and further each time.
    const at = (SIZE * kill) / (KILLS + 2);
    const known = before;
    before = await until(`the file is read for the ${kill}. time`, async () => {
      const now = await reads();
      return now > known && (await bytesThere()) >= at - SIZE / KILLS ? now : undefined;
    }, { withinMs: 120_000 });
    expect((await file())?.state).toBe('streaming');
    await studio.running.kill('worker');
    await studio.running.startPart('worker');
  }
  await drive('_settings', { bytesPerSecond: null });
  const { newest } = await studio.call('GET /api/v1/sites/:site/drive', { params: { site: site.name } });
  expect(await studio.untilRun(newest?.id ?? '')).toMatchObject({ state: 'succeeded', warnings: [], result: { files: 1, streamed: 1, failed: 0 } });

  const row = await file();
  expect(row).toMatchObject({ state: 'complete' });
  const Bucket = studio.stack.buckets.storage;
  const Key = row?.s3_key ?? '';
  const hash = createHash('md5');
  const object = await studio.s3.send(new GetObjectCommand({ Bucket, Key }));
  for await (const chunk of object.Body as AsyncIterable<Buffer>) hash.update(chunk);
  expect(object.ContentLength).toBe(SIZE);
  expect(hash.digest('hex')).toBe(row?.md5);
  const { Uploads: uploads = [] } = await studio.s3.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(uploads).toEqual([]);
  const { Contents: objects = [] } = await studio.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'gdrive_uploads/' }));
  expect(objects.map((each) => each.Key)).toEqual([Key]);
  expect((await studio.journal('drive')).filter(({ unexpected }) => unexpected === true)).toEqual([]);
}, 1_800_000);
