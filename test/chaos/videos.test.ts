import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ffmpeg from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemporalClient } from '#temporal/client.ts';
import { captionVideoContract } from '#temporal/contracts/captionVideo.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { uploadToYouTubeContract } from '#temporal/contracts/uploadToYouTube.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { seeded } from '#test/support/seeded.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import { beginStorm, endStorm, keptOutside, rage, type Storm, type StormReport } from './support/videoStorm.ts';

const VIDEOS = isFullSize ? 200 : 20;
const SITES = isFullSize ? 4 : 2;
const WITHIN_MS = isFullSize ? 3_000_000 : 600_000;
const SEED = 7;
const MAX_EVENTS = 500;

/** What the rows say of each video at the end. */
interface VideoRow {
  readonly id: string;
  readonly site_id: string;
  readonly phase: string;
  readonly waits: unknown;
  readonly youtube_id: string;
  readonly youtube_status: string;
  readonly source_md5: string;
}

const sorted = (values: Iterable<string>): string[] => [...values].sort();

describe(`${VIDEOS} videos on their way from Drive to YouTube, with faults on everywhere and a worker that is killed`, () => {
  let studio: Studio;
  let temporal: ReturnType<typeof createTemporalClient>;
  let storm: Storm;
  let report: StormReport;
  let rows: VideoRow[];
  let kept: Awaited<ReturnType<typeof keptOutside>>;
  let giveUpAt: number;
  const sites: SampleSite[] = [];

  beforeAll(async () => {
    studio = await startStudio({
      parts: { drive: true, youtube: true, mediaConvert: true, threePlay: true },
      proxyS3: true,
      workerMain: fileURLToPath(new URL('support/hastyWorker.ts', import.meta.url)),
      // Of new videos the ledger knows the limit; of units YouTube alone says when they are spent. Money is no question here.
      env: { DRIVE_WATCH_INTERVAL: '0', YT_QUOTA_UNITS: '1000000', YT_UPLOAD_LIMIT: '1000000', YT_QUOTA_INSERTS: '100', THREEPLAY_DAY_LIMIT_CENTS: '100000000', THREEPLAY_SITE_LIMIT_CENTS: '100000000', LOG_LEVEL: 'warn' },
    });
    temporal = createTemporalClient({ temporalAddress: studio.stack.temporalAddress, temporalNamespace: studio.stack.temporalNamespace, temporalApiKey: undefined, temporalTls: false });
    storm = { studio, temporal, random: seeded(SEED), videos: VIDEOS };
    await studio.cliJson('starters', 'sync', '--wait');
    for (let number = 1; number <= SITES; number += 1) {
      const site = await importSample(studio, `films-${number}`);
      await studio.call('POST /api/v1/grants', { body: { email: 'olga@example.edu', role: 'owner', site: site.name } });
      // Its folders, with nothing in them.
      await studio.cliJson('drive', 'sync', site.name, '--wait');
      sites.push(site);
    }
    await putFilms();
    await beginStorm(storm);
    for (const site of sites) await studio.cliJson('drive', 'sync', site.name);
    giveUpAt = Date.now() + WITHIN_MS;
    report = await rage(storm, isOver);
    rows = await studio.query<VideoRow>('select id, site_id, phase, waits, youtube_id, youtube_status, source_md5 from videos order by id');
    await until('every mail is sent', async () => (await studio.query(`select 1 from mails where state in ('queued', 'sending')`)).length === 0);
    await endStorm(studio);
    kept = await keptOutside(studio);
  }, WITHIN_MS + 600_000);
  afterAll(async () => {
    await temporal.connection.close();
    await studio.stop();
  });

  /** One short film, each time with other bytes behind it that no player looks at, in the folders of the sites by turns. */
  async function putFilms(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'ocw-film-'));
    const clip = join(folder, 'clip.mp4');
    try {
      await promisify(execFile)(ffmpeg.path, ['-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc=duration=0.2:size=64x36:rate=10', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', clip]);
      const film = readFileSync(clip);
      const wishes = Array.from({ length: VIDEOS }, (_film, index) => {
        const free = Buffer.alloc(24);
        free.writeUInt32BE(free.length, 0);
        free.write(`free${`number ${index}`.padEnd(16)}`, 4, 'latin1');
        const site = sites[index % sites.length];
        return { do: 'put', path: `/${site?.shortId ?? ''}/videos_final/lecture-${String(index + 1).padStart(3, '0')}.mp4`, base64: Buffer.concat([film, free]).toString('base64') };
      });
      const answer = await fetch(`${studio.stack.standIns['drive'] ?? ''}/_person`, { method: 'POST', body: JSON.stringify(wishes) });
      if (!answer.ok) throw new Error(await answer.text());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Whether every run has come to an end, or to a person. */
  async function isOver(): Promise<boolean> {
    const [counts] = await studio.query<{ videos: string; ended: string }>(`select (select count(*) from videos) as videos, (select count(*) from runs where process = 'ingest-video' and state not in ('queued', 'running')) as ended`);
    if (Date.now() > giveUpAt) throw new Error(`After ${WITHIN_MS / 60_000} minutes of ${VIDEOS} videos ${counts?.videos ?? '?'} were found and ${counts?.ended ?? '?'} had ended`);
    return Number(counts?.videos) === VIDEOS && Number(counts?.ended) >= VIDEOS;
  }

  it('brings each to its end in one run, and asks a person for nothing but whether a third order may be paid', async () => {
    expect(report.kills).toBeGreaterThanOrEqual(isFullSize ? 10 : 2);
    expect(report.days).toBeGreaterThanOrEqual(1);
    expect(new Set(rows.map((row) => row.source_md5)).size).toBe(VIDEOS);
    expect(rows.map(({ phase, waits, youtube_status: status }) => ({ phase, waits, status }))).toEqual(Array.from({ length: VIDEOS }, () => ({ phase: 'done', waits: null, status: 'processed' })));
    const runs = await studio.query<{ state: string }>(`select state from runs where process = 'ingest-video'`);
    expect(runs.map(({ state }) => state)).toEqual(Array.from({ length: VIDEOS }, () => 'succeeded'));
  });

  it('has each transcoded once, and takes that job’s outputs', async () => {
    expect(sorted(kept.jobs.map((job) => job.userMetadata['videoId'] ?? ''))).toEqual(rows.map((row) => row.id));
    const taken = await studio.query<{ job_id: string; state: string; outputs: Record<string, string> }>('select job_id, state, outputs from transcode_jobs');
    expect(sorted(taken.map((row) => row.job_id))).toEqual(sorted(kept.jobs.map((job) => job.id)));
    expect(taken.filter(({ state }) => state !== 'complete')).toEqual([]);
    const stored = await studio.writeTimes(studio.stack.buckets.storage);
    expect(taken.flatMap(({ outputs }) => Object.values(outputs)).filter((key) => !stored.has(key))).toEqual([]);
    expect(new Set(taken.map(({ outputs }) => outputs['placed'])).size).toBe(VIDEOS);
  });

  it('uploads each to YouTube once, with its captions', () => {
    expect(sorted(kept.youtube.videos.map((video) => video.id))).toEqual(sorted(rows.map((row) => row.youtube_id)));
    expect(kept.youtube.videos.map(({ status }) => status.privacyStatus)).toEqual(Array.from({ length: VIDEOS }, () => 'unlisted'));
    expect(sorted(kept.youtube.captions.filter(({ trackKind }) => trackKind === 'standard').map((caption) => `${caption.videoId} ${caption.language}`))).toEqual(sorted(rows.map((row) => `${row.youtube_id} en`)));
  });

  it('pays for the captions of each once', async () => {
    const { files, transcripts, ledger } = kept.threePlay;
    expect(sorted(ledger.map(({ kind, referenceId }) => `${kind} ${referenceId}`))).toEqual(sorted(rows.map((row) => `charge ${row.youtube_id}`)));
    expect(sorted(files.map((file) => file.referenceId))).toEqual(sorted(rows.map((row) => row.youtube_id)));
    const orders = await studio.query<{ transcript_id: string }>(`select transcript_id from caption_orders where state = 'complete'`);
    expect(sorted(orders.map((order) => order.transcript_id))).toEqual(sorted(transcripts.map((transcript) => String(transcript.id))));
    const tracks = await studio.query<{ video_id: string; kind: string }>(`select video_id, kind from video_tracks where source = 'threePlay' and item_id is not null`);
    expect(sorted(tracks.map((track) => `${track.video_id} ${track.kind}`))).toEqual(sorted(rows.flatMap(({ id }) => [`${id} captions`, `${id} transcript`])));
  });

  it('sends one mail of each that says it is on YouTube, and one of its captions, and of a site when none lacks any', async () => {
    const told = ['captions-ready', 'video-uploaded'].flatMap((kind) => rows.map(({ id }) => `${kind} ${id}`));
    const outbox = await studio.query<{ kind: string; state: string; about: string; id: string }>(`select id, kind, state, split_part(dedupe_key, '/', 2) as about from mails`);
    const [complete, each] = [outbox.filter(({ kind }) => kind === 'captions-complete'), outbox.filter(({ kind }) => kind !== 'captions-complete')];
    expect(sorted(each.map(({ kind, about }) => `${kind} ${about}`))).toEqual(sorted(told));
    // A site is told complete when no video of it lacks captions, so again when more of them are found afterwards; of one video once.
    const siteOf = new Map(rows.map((row) => [row.id, row.site_id]));
    expect(sorted(new Set(complete.map(({ about }) => siteOf.get(about) ?? '')))).toEqual(sorted(new Set(siteOf.values())));
    expect(complete.map(({ about }) => about)).toHaveLength(new Set(complete.map(({ about }) => about)).size);
    expect(outbox.filter(({ state }) => state !== 'sent')).toEqual([]);
    // By the id that each was given before it was sent.
    expect(sorted(kept.mails.map(({ id }) => id.replace(/^<|@.*$/g, '')))).toEqual(sorted(outbox.map(({ id }) => id)));
  });

  it('asks nobody outside for what is not there', async () => {
    for (const standIn of ['drive', 'mediaConvert', 'youtube', 'threePlay', 'mailgun']) expect((await studio.journal(standIn)).filter(({ unexpected }) => unexpected === true)).toEqual([]);
    // Each fault was met, or nothing was shown.
    const faults = new Set((await Promise.all(['mediaConvert', 'youtube', 'threePlay', 'mailgun'].map(async (standIn) => (await studio.journal(standIn)).map(({ fault }) => `${standIn} ${fault ?? ''}`)))).flat());
    expect([...faults]).toEqual(expect.arrayContaining(['mediaConvert drop-after-accept', 'mediaConvert 429', 'youtube drop-after-accept', 'youtube 429', 'youtube 503', 'threePlay drop-after-accept', 'threePlay 502', 'mailgun drop-after-accept']));
  });

  it(`keeps the history of each below ${MAX_EVENTS} events, its children’s counted too`, async () => {
    const lengths = await Promise.all(rows.map(async ({ id }) => {
      const histories = [ingestVideoContract, uploadToYouTubeContract, captionVideoContract].map(async (contract) => (await temporal.workflow.getHandle(contract.workflowId(id)).describe()).historyLength);
      return (await Promise.all(histories)).reduce((sum, length) => sum + length, 0);
    }));
    expect(Math.max(...lengths)).toBeLessThan(MAX_EVENTS);
  });
});
