import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { lookAtPreview } from '#test/support/lookAtPreview.ts';
import { type SampleSite, savePage } from '#test/support/sampleCourse.ts';
import { until } from '#test/support/until.ts';
import type { Bench, BenchContext } from './bench.ts';
import { importCourse, publishAndWait, untilQuiet } from './courses.ts';
import { cloneCommands, ROUNDS } from './goals.ts';
import { inTurns } from './inTurns.ts';
import { type Measured, median, type Round } from './measured.ts';
import { seconds } from './seconds.ts';

/** Edits of a round. */
const EDITS = 10;
/** Edits while publishes run. */
const BUSY_EDITS = 20;
const BUSY_BOUND_SECONDS = 2;
const LOOK_MS = 10;

/** Edits of a page of a large course in the preview, beside a hugo server that somebody keeps in a terminal. */
export const previewBench: Bench = {
  measures: ['preview', 'preview-busy'],

  async run(context, wanted) {
    const { studio } = context;
    const site = await importCourse(studio, context.corpus, '6.042j-spring-2015', 'bench-preview');
    const page = await savePage(studio, site, 'The text that is edited.');
    await publishAndWait(studio, site.name, 'draft');
    const call = await studio.signIn('ada');
    const [item] = await studio.query<{ text_id: string }>('select text_id from content_items where site_id = $1 and written_path = $2', [site.id, page]);
    if (item === undefined) throw new Error('The page that is edited is not there');
    const params = { site: site.name, item: item.text_id };
    const look = (): Promise<SitePreview> => call('POST /api/v1/sites/:site/preview', { params: { site: site.name }, body: { item: item.text_id } });
    const startedIn = await seconds(() => until('the preview is ready', async () => (await look()).builds > 0, { withinMs: 300_000 }));
    const { page: address } = await look();
    if (address === null) throw new Error('The page has no address');
    let edits = 0;
    const ours = async (): Promise<void> => {
      const mark = `Edit number ${(edits += 1)} of the preview.`;
      await call('PUT /api/v1/sites/:site/preview/items/:item', { params, body: { markdown: `${mark}\n` } });
      await until('the edit is shown', async () => (await lookAtPreview(address)).text.includes(mark), { everyMs: LOOK_MS });
    };
    const measured: Measured[] = [];
    const peer = await startPeer(context, site, page);
    try {
      await ours();
      await peer.edit();
      if (wanted.has('preview')) {
        const rounds: Round[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const timed = { ours: 0, theirs: 0 };
          await inTurns(round, [async () => void (timed.ours = median(await timesOf(EDITS, ours))), async () => void (timed.theirs = median(await timesOf(EDITS, peer.edit)))], () => untilQuiet(studio));
          rounds.push(timed);
        }
        const slowest = Math.max(...rounds.map((round) => round.ours));
        measured.push({ name: 'preview', rounds, conditions: [{ what: 'within a second', holds: slowest <= 1 }], note: `the first build was shown after ${startedIn.toFixed(1)} s` });
      }
    } finally {
      peer.stop();
    }
    if (wanted.has('preview-busy')) {
      const publishing = publishAndWait(studio, site.name, 'live');
      const times = await timesOf(BUSY_EDITS, ours);
      await publishing;
      measured.push({ name: 'preview-busy', rounds: [{ ours: Math.max(...times), theirs: BUSY_BOUND_SECONDS }], note: `median ${median(times).toFixed(2)} s` });
    }
    return measured;
  },
};

async function timesOf(count: number, edit: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < count; time += 1) times.push(await seconds(edit));
  return times;
}

/** A warm hugo server over a clone of the site, and one edit of the page in it until it is served. */
async function startPeer({ shell, studio }: BenchContext, site: SampleSite, page: string) {
  const folder = shell.newFolder();
  const variables = { SITE: site.shortId, PREFIX: site.urlPath, BRANCH: 'preview', BUCKET: studio.stack.buckets.test };
  await shell.time(cloneCommands, folder, variables);
  const port = await freePort();
  const server: ChildProcess = spawn(process.env['HUGO_BIN'] ?? 'hugo', ['server', '--themesDir', '../themes', '--config', '../projects/ocw-course-v2/config.yaml', '--baseURL', `http://127.0.0.1:${port}/${site.urlPath}/`, '--appendPort=false', '--bind', '127.0.0.1', '--port', String(port), '--buildDrafts', '--disableLiveReload', '--navigateToChanged=false', '--renderToMemory', '--environment', 'production'], {
    cwd: join(folder, 'site'),
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, HUGO_CACHEDIR: join(folder, 'cache'), TZ: 'UTC', OCW_STUDIO_BASE_URL: studio.stack.studioUrl, STATIC_API_BASE_URL: studio.stack.draftSiteUrl, OCW_IMPORT_STARTER_SLUG: 'ocw-course-v2', OCW_COURSE_STARTER_SLUG: 'ocw-course-v2', RESOURCE_BASE_URL: '', SITEMAP_DOMAIN: 'ocw.mit.edu', COURSE_V3_CANONICAL_DOMAIN: 'learn.mit.edu', GTM_ACCOUNT_ID: '', SENTRY_DSN: '', NOINDEX: 'true' },
    stdio: 'ignore',
  });
  const file = join(folder, 'site', page);
  const address = `http://127.0.0.1:${port}/${site.urlPath}/${page.replace(/^content\//, '').replace(/\.md$/, '')}/`;
  const text = async (): Promise<string> => (await fetch(address)).text();
  await until('the hugo server serves the page', async () => (await fetch(address)).ok, { withinMs: 300_000 });
  const front = readFileSync(file, 'utf8').replace(/^(---\n[^]*?\n---\n)[^]*$/, '$1');
  let edits = 0;
  return {
    edit: async (): Promise<void> => {
      const mark = `Edit number ${(edits += 1)} of the peer.`;
      writeFileSync(file, `${front}${mark}\n`);
      await until('the edit is served', async () => (await text()).includes(mark), { everyMs: LOOK_MS });
    },
    stop: (): void => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  probe.close();
  await once(probe, 'close');
  return port;
}
